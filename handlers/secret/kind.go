package secret

import (
	"regexp"
	"strconv"
	"strings"
)

// Prefixes of the portal's credentials.
const (
	Prefix            = "gps_"
	PersonalToken     = "gpp_"
	RefreshToken      = "gpr_"
	AuthorizationCode = "gpc_"
	DeviceCode        = "gpd_"
	InvitationLink    = "gpi_"
	ResetLink         = "gpw_"
	EmailLink         = "gpe_"
	CalendarAddress   = "gpf_" // f as in feed
)

// Kind is a kind of credential that people or programs hold as text.
type Kind struct {
	Prefix string // its own: no other kind has it
	// Former is a prefix that older credentials of this kind have, which still work. It may be that of
	// another kind, whose length differs.
	Former  string
	Name    string // "client secret"
	Lives   string // how long it is valid at most
	Length  int    // characters of base62 after the prefix
	Checked bool   // its last six characters are a checksum of the others
}

// Kinds is the table of all credentials with a prefix. Session cookies and access tokens have none:
// the first are never shown, the second are JWTs.
var Kinds = []Kind{
	{Prefix: Prefix, Name: "client secret", Lives: "until it expires or is revoked", Length: randomLength + tagLength},
	{Prefix: PersonalToken, Name: "personal token", Lives: "until it expires or is revoked", Length: tokenLength + checksumLength, Checked: true},
	{Prefix: RefreshToken, Name: "refresh token", Lives: "one use and the app's refresh grace, within 30 days", Length: tokenLength + checksumLength, Checked: true},
	{Prefix: AuthorizationCode, Name: "authorization code", Lives: "one use, within 1 minute", Length: tokenLength + checksumLength, Checked: true},
	{Prefix: DeviceCode, Name: "device code", Lives: "one use, within 15 minutes", Length: tokenLength + checksumLength, Checked: true},
	{Prefix: InvitationLink, Name: "invitation or activation link", Lives: "one use, within 72 hours", Length: tokenLength},
	{Prefix: ResetLink, Name: "password reset link", Lives: "one use, within 1 hour", Length: tokenLength},
	{Prefix: EmailLink, Name: "email confirmation link", Lives: "one use, within 24 hours", Length: tokenLength},
	{Prefix: CalendarAddress, Former: AuthorizationCode, Name: "calendar address", Lives: "until it is revoked or replaced", Length: tokenLength},
}

// Pattern returns the regular expression that finds credentials of this kind in leaks, without those
// that have the former prefix.
func (k Kind) Pattern() string { return k.Prefix + "[0-9A-Za-z]{" + strconv.Itoa(k.Length) + "}" }

// Matches says whether presented has the form of this kind, with its present or former prefix, and the
// right checksum if it has one. It doesn't say that such a credential exists.
func (k Kind) Matches(presented string) bool {
	body, ok := strings.CutPrefix(presented, k.Prefix)
	if !ok && k.Former != "" {
		body, ok = strings.CutPrefix(presented, k.Former)
	}
	if !ok || len(body) != k.Length || !isBase62(body) {
		return false
	}
	covered, sum := presented[:len(presented)-checksumLength], presented[len(presented)-checksumLength:]
	return !k.Checked || checksum(covered) == sum // not a secret: anybody can compute it
}

// KindOf returns the kind whose form presented has.
func KindOf(presented string) (Kind, bool) {
	for _, k := range Kinds {
		if k.Matches(presented) {
			return k, true
		}
	}
	return Kind{}, false
}

// WellFormed says whether presented has the form of the kind with this prefix. It doesn't say that
// such a credential exists.
func WellFormed(prefix, presented string) bool {
	k, ok := KindOf(presented)
	return ok && k.Prefix == prefix
}

// prefixed finds whatever starts like a credential, whole or cut, also right after other letters, as
// in an encoded URL.
var prefixed = func() *regexp.Regexp {
	var prefixes []string
	for _, k := range Kinds {
		prefixes = append(prefixes, k.Prefix)
	}
	return regexp.MustCompile(`(?i)(` + strings.Join(prefixes, "|") + `)[^\s"'<>]+`)
}()

// Scrub returns text with every credential cut down to its prefix, for logs and error texts.
func Scrub(text string) string { return prefixed.ReplaceAllString(text, "${1}…") }
