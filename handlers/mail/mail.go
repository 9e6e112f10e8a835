// Package mail writes the portal's letters and hands them to a mail server, one try at a time; hub keeps the outbox.
// Bodies are made by views/mail; links in them carry one-time tokens, so neither bodies nor links are ever logged.
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
)

// sendTimeout bounds one delivery to the mail server.
const sendTimeout = 15 * time.Second

// Options say where mails go. SMTPURL is smtp://[user:password@]host[:port] (STARTTLS where
// the server offers it; required with a user) or smtps://.. (TLS from the start); empty:
// mails are off. From is the sender's address; empty: gatepost@ and the issuer's host.
type Options struct {
	SMTPURL, From string
	Issuer        *url.URL
	Brand         string
}

// Mailer sends mails, or says that it can't.
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
		return nil, fmt.Errorf("GATEPOST_SMTP_URL: the settings do not fit together: write smtp://user:password@host:port")
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

// Server is the mail server's host and port; empty when mails are off.
func (m *Mailer) Server() string { return m.server }

// From is the sender's address.
func (m *Mailer) From() string { return m.from }

// Enabled says whether a mail server is set.
func (m *Mailer) Enabled() bool { return m.host != "" }

// Message is a mail as it is sent.
type Message struct{ Subject, Text, HTML string }

// Write makes the message of a letter.
func (m *Mailer) Write(l Letter) Message {
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
	// The library's own would tell everybody the machine's name.
	msg.SetMessageIDWithValue(rand.Text() + m.from[strings.LastIndex(m.from, "@"):])
	msg.SetDate()
	msg.SetBodyString(smtp.TypeTextPlain, message.Text)
	msg.AddAlternativeString(smtp.TypeTextHTML, message.HTML)
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	// A client sends one mail at a time: each gets its own, so that a slow answer delays one mail.
	client, err := smtp.NewClient(m.host, m.options...)
	if err != nil {
		return fmt.Errorf("mail: send: %w", err)
	}
	// A server that took the mail and then broke the connection off has taken it.
	if err := client.DialAndSendWithContext(ctx, msg); err != nil && !msg.IsDelivered() {
		text, _, _ := strings.Cut(err.Error(), ", affected message ID") // what follows is no news to who reads it
		return errors.New("mail: send: " + text)
	}
	return nil
}
