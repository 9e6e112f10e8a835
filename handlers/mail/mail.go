package mail

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	smtp "github.com/wneessen/go-mail"

	letters "gatepost/views/mail"
)

// sendTimeout bounds one delivery to the mail server.
const sendTimeout = 15 * time.Second

// Options say where mails go.
type Options struct {
	// SMTPURL is smtp://[user:password@]host[:port] (STARTTLS if the server offers it, required
	// with a user) or smtps://.. (TLS from the start). Mails are off when it is empty.
	SMTPURL string
	From    string // the sender's address; empty: gatepost@ and the issuer's host
	Issuer  *url.URL
	Brand   string
}

// Mailer sends mails if a mail server is set.
type Mailer struct {
	host    string // empty: mails are off
	options []smtp.Option
	server  string // host:port
	from    string
	brand   string
}

// New checks the settings; it does not connect.
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
	policy := smtp.TLSOpportunistic
	options := []smtp.Option{smtp.WithTimeout(sendTimeout)}
	if u.Scheme == "smtps" {
		port = 465
		options = append(options, smtp.WithSSL())
	}
	if u.User != nil {
		policy = smtp.TLSMandatory // a password never crosses the wire in the clear
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

// Server returns the mail server's host and port, empty when mails are off.
func (m *Mailer) Server() string { return m.server }

// From returns the sender's address.
func (m *Mailer) From() string { return m.from }

// Enabled reports whether a mail server is set.
func (m *Mailer) Enabled() bool { return m.host != "" }

// Message is a mail as it is sent.
type Message struct{ Subject, Text, HTML string }

// Write turns a letter into a message.
func (m *Mailer) Write(l letters.Letter) Message {
	subject, text, html := l.Mail(m.brand)
	return Message{Subject: subject, Text: text, HTML: html}
}

// Send hands a message to the mail server. The error may quote what the server said.
func (m *Mailer) Send(ctx context.Context, to string, message Message) error {
	msg := smtp.NewMsg()
	if err := msg.FromFormat(m.brand, m.from); err != nil {
		return fmt.Errorf("mail: from: %w", err)
	}
	if err := msg.To(to); err != nil {
		return fmt.Errorf("mail: to: %w", err)
	}
	msg.Subject(message.Subject)
	// The library's own Message-ID would tell every recipient the machine's name.
	msg.SetMessageIDWithValue(rand.Text() + m.from[strings.LastIndex(m.from, "@"):])
	msg.SetDate()
	msg.SetBodyString(smtp.TypeTextPlain, message.Text)
	msg.AddAlternativeString(smtp.TypeTextHTML, message.HTML)
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	// A client sends one mail at a time: with one client a mail, a slow server delays only that mail.
	client, err := smtp.NewClient(m.host, m.options...)
	if err != nil {
		return fmt.Errorf("mail: send: %w", err)
	}
	// A mail is delivered even if the server drops the connection after accepting it.
	if err := client.DialAndSendWithContext(ctx, msg); err != nil && !msg.IsDelivered() {
		text, _, _ := strings.Cut(err.Error(), ", affected message ID") // the rest means nothing to an owner
		return errors.New("mail: send: " + text)
	}
	return nil
}
