package testapp

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// Mail is a message that the mail server took.
type Mail struct {
	To, Subject string
	Text        string // the text/plain part, decoded
	HTML        string // the text/html part, decoded
	Raw         string // the message as received
}

// Mailbox is a mail server on a loopback port that keeps what it gets.
type Mailbox struct {
	URL string // for GATEPOST_SMTP_URL

	mu     sync.Mutex
	mails  []Mail
	seen   []bool // by Next or Find
	refuse string
}

// StartMailbox starts the mail server, which ends with the test.
func StartMailbox(t testing.TB) *Mailbox {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &Mailbox{URL: "smtp://" + l.Addr().String()}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailSession{box: m}, nil }))
	server.Domain, server.ReadTimeout, server.MaxMessageBytes = "localhost", time.Minute, 1<<20
	served := inBackground(func() error { return server.Serve(l) })
	t.Cleanup(func() {
		server.Close()
		l.Close() // Serve may begin only now, and the server knows no listener to close before
		<-served
	})
	return m
}

// Refuse makes the server refuse every mail for now, in these words; with none it takes mails again.
func (m *Mailbox) Refuse(words string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuse = words
}

// All returns the mails received so far.
func (m *Mailbox) All() []Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.mails)
}

// Next waits for the next mail to this address that no call has given yet. Mails come in no order.
func (m *Mailbox) Next(t testing.TB, to string) Mail {
	t.Helper()
	return m.Find(t, to, "")
}

// Find is Next for a mail whose subject has these words.
func (m *Mailbox) Find(t testing.TB, to, subject string) (found Mail) {
	t.Helper()
	var others []string
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if others = m.take(to, subject, &found); others == nil {
			return found
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("no mail %q for %s arrived; there are\n%s", subject, to, strings.Join(others, "\n"))
		}
	}
}

// take looks for a mail, and returns nil, or the mails there are instead.
func (m *Mailbox) take(to, subject string, found *Mail) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	others := []string{"(the mails that nobody asked for:)"}
	for i, mail := range m.mails {
		if m.seen[i] {
			continue
		}
		if mail.To == to && strings.Contains(mail.Subject, subject) {
			m.seen[i], *found = true, mail
			return nil
		}
		others = append(others, mail.To+": "+mail.Subject)
	}
	return others
}

// Unseen are the mails that neither Next nor Find has given: "to: subject".
func (m *Mailbox) Unseen() (out []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, mail := range m.mails {
		if !m.seen[i] {
			out = append(out, mail.To+": "+mail.Subject)
		}
	}
	return out
}

// mailSession is one delivery.
type mailSession struct {
	box *Mailbox
	to  string
}

func (s *mailSession) Reset()        { s.to = "" }
func (s *mailSession) Logout() error { return nil }
func (s *mailSession) Mail(string, *smtp.MailOptions) error {
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	if s.box.refuse != "" {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: s.box.refuse}
	}
	return nil
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	message, err := readMail(bytes.NewReader(raw))
	if err != nil {
		return &smtp.SMTPError{Code: 554, Message: err.Error()}
	}
	message.To, message.Raw = s.to, string(raw)
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.mails, s.box.seen = append(s.box.mails, message), append(s.box.seen, false)
	return nil
}

func readMail(r io.Reader) (m Mail, err error) {
	message, err := mail.ReadMessage(r)
	if err != nil {
		return m, err
	}
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject")); err != nil {
		return m, err
	}
	kind, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		return m, err
	}
	if !strings.HasPrefix(kind, "multipart/") {
		return m, fmt.Errorf("want text and HTML, got %s", kind)
	}
	parts := multipart.NewReader(message.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return m, nil
		}
		if err != nil {
			return m, err
		}
		var body io.Reader = part
		if strings.EqualFold(part.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
			body = quotedprintable.NewReader(part)
		}
		text, err := io.ReadAll(body)
		if err != nil {
			return m, err
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			m.HTML = string(text)
		} else {
			m.Text = string(text)
		}
	}
}
