package setup

import (
	"flag"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// Settings say how a portal runs. Each has a flag and a GATEPOST_ variable; the flag wins. Bind
// reads them, Check validates them and fills in what other settings decide.
type Settings struct {
	Addr           string // host:port to listen on
	URL            string // the issuer: what people and clients open
	DB             string // a file, or a postgres:// URL
	Key            string // the portal's keys themselves; only from the variable
	KeyFile        string // their file; empty: gatepost.key next to the database, unless Key is set
	KeyIdentity    string // a file of age's identities or of a passphrase, if KeyFile is encrypted with age
	SMTPURL        string
	MailFrom       string
	TrustedProxies string // addresses or CIDR ranges, separated by commas
	Brand          string
	LogFormat      string // text or json
	SigningAlg     string // RS256, ES256 or EdDSA
	AuditAnchor    string // file of the audit log's heads; empty: next to an SQLite database, otherwise none
	AnchorMail     string // hourly, daily or off

	issuer  *url.URL
	proxies []netip.Prefix
}

// settingFlags is the one table of settings.
var settingFlags = []struct {
	flag, variable, fallback, usage string
	field                           func(*Settings) *string
}{
	{"addr", "GATEPOST_ADDR", ":8080", "`host:port` to listen on", func(s *Settings) *string { return &s.Addr }},
	{"url", "GATEPOST_URL", "", "the `address` that people and clients open, and the issuer of tokens (default http://localhost and the port of --addr)", func(s *Settings) *string { return &s.URL }},
	{"db", "GATEPOST_DB", "./data/gatepost.db", "database: a `file`, or a postgres:// URL", func(s *Settings) *string { return &s.DB }},
	{"key-file", "GATEPOST_KEY_FILE", "", "`file` of the portal's key, created if missing (default gatepost.key next to the database)", func(s *Settings) *string { return &s.KeyFile }},
	{"key-identity", "GATEPOST_KEY_IDENTITY", "", "`file` with the age identity or passphrase that decrypts the key file (default none: it isn't encrypted)", func(s *Settings) *string { return &s.KeyIdentity }},
	{"", "GATEPOST_KEY", "", "", func(s *Settings) *string { return &s.Key }}, // without a flag, as everybody on the machine sees command lines
	{"smtp-url", "GATEPOST_SMTP_URL", "", "mail server: smtp://user:password@host:port or smtps://.., with TLS unless it ends in ?tls=off (default none: the portal shows links to copy)", func(s *Settings) *string { return &s.SMTPURL }},
	{"mail-from", "GATEPOST_MAIL_FROM", "", "sender `address` of mails (default gatepost@ and the host of --url)", func(s *Settings) *string { return &s.MailFrom }},
	{"trusted-proxies", "GATEPOST_TRUSTED_PROXIES", "", "`addresses` or CIDR ranges, separated by commas, whose X-Forwarded-For is trusted", func(s *Settings) *string { return &s.TrustedProxies }},
	{"brand-name", "GATEPOST_BRAND_NAME", "Gatepost", "`name` on pages and in mails", func(s *Settings) *string { return &s.Brand }},
	{"log-format", "GATEPOST_LOG_FORMAT", "text", "text or json", func(s *Settings) *string { return &s.LogFormat }},
	{"signing-alg", "GATEPOST_SIGNING_ALG", "RS256", "algorithm of access tokens: RS256, ES256 or EdDSA", func(s *Settings) *string { return &s.SigningAlg }},
	{"audit-anchor", "GATEPOST_AUDIT_ANCHOR", "", "`file` that heads of the audit log are added to every hour (default the SQLite database's name and .anchors; none for PostgreSQL)", func(s *Settings) *string { return &s.AuditAnchor }},
	{"audit-anchor-mail", "GATEPOST_AUDIT_ANCHOR_MAIL", "off", "how often owners get the head of the audit log by email: hourly, daily or off", func(s *Settings) *string { return &s.AnchorMail }},
}

// Bind adds the settings to a command's flags, with the environment as defaults. --help shows no
// value of the environment, since some contain passwords.
func (s *Settings) Bind(flags *flag.FlagSet, getenv func(string) string) {
	for _, f := range settingFlags {
		field := f.field(s)
		*field = f.fallback
		if v := getenv(f.variable); v != "" {
			*field = v
		}
		if f.flag == "" {
			continue
		}
		flags.Func(f.flag, f.usage+" ["+f.variable+"]", func(v string) error { *field = v; return nil })
	}
}

// Check validates the settings; an error says what to write instead.
func (s *Settings) Check() error {
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return fmt.Errorf("GATEPOST_ADDR: write host:port, such as 127.0.0.1:8080 or :8080")
	}
	if s.URL == "" {
		if host == "" || host == "0.0.0.0" || host == "::" {
			host = "localhost"
		}
		s.URL = "http://" + net.JoinHostPort(host, port)
	}
	s.URL = strings.TrimSuffix(s.URL, "/")
	u, err := url.Parse(s.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil || u.Fragment != "" {
		return fmt.Errorf("GATEPOST_URL: write the portal's address without a path, such as https://portal.example.com")
	}
	s.issuer = u
	if s.Key != "" && s.KeyFile != "" {
		return fmt.Errorf("GATEPOST_KEY and GATEPOST_KEY_FILE are both set: keep the one that holds the portal's key")
	}
	if s.KeyIdentity != "" && s.KeyFile == "" {
		return fmt.Errorf("GATEPOST_KEY_IDENTITY is set without GATEPOST_KEY_FILE: set that to the key file that is encrypted with age")
	}
	if s.Key == "" && s.KeyFile == "" {
		s.KeyFile = "./data/gatepost.key"
		if !db.IsPostgres(s.DB) {
			s.KeyFile = filepath.Join(filepath.Dir(s.DB), "gatepost.key")
		}
	}
	if s.AuditAnchor == "" && !db.IsPostgres(s.DB) {
		s.AuditAnchor = s.DB + ".anchors"
	}
	switch s.AnchorMail {
	case "hourly", "daily", "off":
	default:
		return fmt.Errorf("GATEPOST_AUDIT_ANCHOR_MAIL: write hourly, daily or off")
	}
	for _, p := range strings.FieldsFunc(s.TrustedProxies, func(r rune) bool { return r == ',' || r == ' ' }) {
		prefix, err := parsePrefix(p)
		if err != nil {
			return fmt.Errorf("GATEPOST_TRUSTED_PROXIES: write addresses or ranges such as 10.0.0.0/8, separated by commas")
		}
		s.proxies = append(s.proxies, prefix)
	}
	if s.LogFormat != "text" && s.LogFormat != "json" {
		return fmt.Errorf("GATEPOST_LOG_FORMAT: write text or json")
	}
	switch s.SigningAlg {
	case "RS256", "ES256", "EdDSA":
	default:
		return fmt.Errorf("GATEPOST_SIGNING_ALG: write RS256, ES256 or EdDSA")
	}
	if strings.TrimSpace(s.Brand) == "" {
		return fmt.Errorf("GATEPOST_BRAND_NAME: write a name, or leave it out")
	}
	return nil
}

func parsePrefix(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		return a.Prefix(a.BitLen())
	}
	return netip.ParsePrefix(text)
}

// KeySource returns where the portal's key is.
func (s *Settings) KeySource() *secret.Source {
	return &secret.Source{Text: s.Key, File: s.KeyFile, Identity: s.KeyIdentity}
}

// Issuer returns the portal's URL, parsed by Check.
func (s *Settings) Issuer() *url.URL { return s.issuer }

// Proxies returns the trusted proxies, parsed by Check.
func (s *Settings) Proxies() []netip.Prefix { return s.proxies }
