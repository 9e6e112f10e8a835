package mail

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	smtp "github.com/wneessen/go-mail"

	letters "gatepost/views/mail"
)

// sendTimeout bounds one delivery to the mail server.
const sendTimeout = 15 * time.Second

// Options say through which server mails are sent, and in whose name.
type Options struct {
	// SMTPURL is smtp://[user:password@]host[:port] (STARTTLS, RFC 3207) or smtps://[user:password@]host[:port] (TLS
	// from the start, RFC 8314). A server without TLS gets no mails, unless the URL ends in ?tls=off, or the host is
	// this machine and gets no password. Without a URL, no mails are sent.
	SMTPURL string
	From    string // the sender's address; empty: gatepost@ followed by the issuer's host
	Issuer  *url.URL
	Brand   string
}

// Mailer sends mails if a mail server is configured.
type Mailer struct {
	host    string // empty: no mails are sent
	options []smtp.Option
	server  string // host:port
	from    string
	brand   string
}

// New checks the settings. It doesn't connect.
func New(o Options) (*Mailer, error) {
	m := &Mailer{from: o.From, brand: o.Brand}
	if m.from == "" {
		m.from = "gatepost@" + o.Issuer.Hostname()
	}
	if o.SMTPURL == "" {
		return m, nil
	}
	u, err := url.Parse(o.SMTPURL)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, fmt.Errorf("GATEPOST_SMTP_URL: write smtp://user:password@host:port or smtps://user:password@host:port")
	}
	if query := u.RawQuery; query != "" && (query != "tls=off" || u.Scheme != "smtp") {
		return nil, fmt.Errorf("GATEPOST_SMTP_URL: the only parameter is ?tls=off, after smtp://host:port")
	}
	if m.options, err = clientOptions(u); err != nil {
		return nil, err
	}
	client, err := smtp.NewClient(u.Hostname(), m.options...)
	if err != nil {
		return nil, fmt.Errorf("GATEPOST_SMTP_URL: the settings contradict each other: write smtp://user:password@host:port")
	}
	m.host, m.server = u.Hostname(), client.ServerAddr()
	return m, nil
}

func clientOptions(u *url.URL) ([]smtp.Option, error) {
	port := 587
	policy := smtp.TLSMandatory
	switch {
	case u.RawQuery == "tls=off":
		policy = smtp.NoTLS
	case u.User == nil && isLoopback(u.Hostname()):
		policy = smtp.TLSOpportunistic // nobody listens in between
	}
	options := []smtp.Option{smtp.WithTimeout(sendTimeout)}
	if u.Scheme == "smtps" {
		port = 465
		options = append(options, smtp.WithSSL())
	}
	if u.User != nil {
		password, _ := u.User.Password()
		options = append(options, smtp.WithSMTPAuth(smtp.SMTPAuthAutoDiscover), smtp.WithUsername(u.User.Username()), smtp.WithPassword(password))
	}
	if _, text, err := net.SplitHostPort(u.Host); err == nil {
		if port, err = strconv.Atoi(text); err != nil {
			return nil, fmt.Errorf("GATEPOST_SMTP_URL: the port must be a number")
		}
	}
	return append(options, smtp.WithPort(port), smtp.WithTLSPolicy(policy)), nil
}

// isLoopback says whether a host is this machine.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback() || strings.EqualFold(host, "localhost")
}

// Server returns the mail server's host and port, or an empty string without a mail server.
func (m *Mailer) Server() string { return m.server }

// From returns the sender's address.
func (m *Mailer) From() string { return m.from }

// Enabled reports whether a mail server is configured.
func (m *Mailer) Enabled() bool { return m.host != "" }

// Message is a mail as it is sent.
type Message struct{ Subject, Text, HTML string }

// Write turns a letter into a message.
func (m *Mailer) Write(l letters.Letter) Message {
	subject, text, html := l.Mail(m.brand)
	return Message{Subject: subject, Text: text, HTML: html}
}

// Send hands a message to the mail server. Its error may quote the server's answer.
func (m *Mailer) Send(ctx context.Context, to string, message Message) error {
	msg := smtp.NewMsg(smtp.WithNoDefaultUserAgent()) // the library's version is nobody's business
	if err := msg.FromFormat(m.brand, m.from); err != nil {
		return fmt.Errorf("mail: from: %w", err)
	}
	if err := msg.To(to); err != nil {
		return fmt.Errorf("mail: to: %w", err)
	}
	msg.Subject(message.Subject)
	// The library's own Message-ID would reveal the machine's name to every recipient.
	msg.SetMessageIDWithValue(rand.Text() + m.from[strings.LastIndex(m.from, "@"):])
	msg.SetDate()
	msg.SetBodyString(smtp.TypeTextPlain, message.Text)
	msg.AddAlternativeString(smtp.TypeTextHTML, message.HTML)
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	// A client sends one mail at a time. With a client per mail, a slow server delays only that mail.
	client, err := smtp.NewClient(m.host, m.options...)
	if err != nil {
		return fmt.Errorf("mail: send: %w", err)
	}
	// A mail is delivered even if the server drops the connection after accepting it.
	if err := client.DialAndSendWithContext(ctx, msg); err != nil && !msg.IsDelivered() {
		text, _, _ := strings.Cut(err.Error(), ", affected message ID") // the rest means nothing to an owner
		if strings.Contains(text, "does not support STARTTLS") {
			text = "The mail server doesn't offer TLS (STARTTLS), so nothing was sent. Switch TLS on there, or add ?tls=off to GATEPOST_SMTP_URL to send without encryption."
		}
		return errors.New("mail: send: " + text)
	}
	return nil
}
