// Package mail sends the portal's mails: invitations, password resets, and notices to the
// person whose account was changed. Bodies are made by views/mail; links in them carry
// one-time tokens, so neither bodies nor links are ever logged.
package mail

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"time"

	smtp "github.com/wneessen/go-mail"

	view "gatepost/views/mail"
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
	client *smtp.Client
	from   string
	brand  string
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
	options, err := clientOptions(u)
	if err != nil {
		return nil, err
	}
	if m.client, err = smtp.NewClient(u.Hostname(), options...); err != nil {
		return nil, fmt.Errorf("GATEPOST_SMTP_URL: the settings do not fit together: write smtp://user:password@host:port")
	}
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

// Enabled says whether a mail server is set.
func (m *Mailer) Enabled() bool { return m.client != nil }

// Invitation asks somebody to activate an account.
type Invitation struct {
	InvitedBy, Team, Role, URL string
	ExpiresAt                  time.Time
}

// SendInvitation mails an invitation.
func (m *Mailer) SendInvitation(ctx context.Context, to string, in Invitation) error {
	return m.send(ctx, to, view.Invitation{
		Brand: m.brand, To: to, InvitedBy: in.InvitedBy, Team: in.Team, Role: in.Role, Link: in.URL, Ends: in.ExpiresAt,
	})
}

// Reset lets somebody choose a new password. From is the address that asked.
type Reset struct {
	Name, URL, From string
	ExpiresAt       time.Time
}

// SendReset mails a reset link.
func (m *Mailer) SendReset(ctx context.Context, to string, in Reset) error {
	return m.send(ctx, to, view.Reset{Brand: m.brand, Name: in.Name, Link: in.URL, From: in.From, Ends: in.ExpiresAt})
}

// PasswordChanged tells somebody that their password was changed, from which address.
type PasswordChanged struct {
	Name, From, ForgotURL string
	At                    time.Time
}

// SendPasswordChanged mails the notice.
func (m *Mailer) SendPasswordChanged(ctx context.Context, to string, in PasswordChanged) error {
	return m.send(ctx, to, view.PasswordChanged{Brand: m.brand, Name: in.Name, From: in.From, ForgotLink: in.ForgotURL, At: in.At})
}

// Destroyed tells an admin what was deleted or revoked, by whom and from which address.
type Destroyed struct {
	Name, What, By, From, URL string
	At                        time.Time
}

// SendDestroyed mails the notice.
func (m *Mailer) SendDestroyed(ctx context.Context, to string, in Destroyed) error {
	return m.send(ctx, to, view.Destroyed{Brand: m.brand, Name: in.Name, What: in.What, By: in.By, From: in.From, Link: in.URL, At: in.At})
}

// letter is a mail's text.
type letter interface {
	Mail() (subject, text, html string)
}

func (m *Mailer) send(ctx context.Context, to string, l letter) error {
	subject, text, html := l.Mail()
	msg := smtp.NewMsg()
	if err := msg.FromFormat(m.brand, m.from); err != nil {
		return fmt.Errorf("mail: from: %w", err)
	}
	if err := msg.To(to); err != nil {
		return fmt.Errorf("mail: to: %w", err)
	}
	msg.Subject(subject)
	msg.SetMessageID()
	msg.SetDate()
	msg.SetBodyString(smtp.TypeTextPlain, text)
	msg.AddAlternativeString(smtp.TypeTextHTML, html)
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	if err := m.client.DialAndSendWithContext(ctx, msg); err != nil {
		return fmt.Errorf("mail: send: %w", err)
	}
	return nil
}
