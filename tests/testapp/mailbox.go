package testapp

import (
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// Mail is a message that the mail server took.
type Mail struct {
	To, Subject string
	Text        string // the text/plain part, decoded
	HTML        string // the text/html part, decoded
}

// Mailbox is a mail server on a loopback port that keeps what it gets.
type Mailbox struct {
	URL   string // for GATEPOST_SMTP_URL
	mails chan Mail
}

// StartMailbox starts the mail server, which ends with the test.
func StartMailbox(t testing.TB) *Mailbox {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &Mailbox{URL: "smtp://" + l.Addr().String(), mails: make(chan Mail, 100)}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailSession{box: m}, nil }))
	server.Domain, server.ReadTimeout, server.MaxMessageBytes = "localhost", time.Minute, 1<<20
	served := inBackground(func() error { return server.Serve(l) })
	t.Cleanup(func() {
		server.Close()
		<-served
	})
	return m
}

// Next waits for the next mail, which must be for this address.
func (m *Mailbox) Next(t testing.TB, to string) Mail {
	t.Helper()
	select {
	case got := <-m.mails:
		if got.To != to {
			t.Fatalf("the mail %q went to %s, want %s", got.Subject, got.To, to)
		}
		return got
	case <-time.After(30 * time.Second):
		t.Fatalf("no mail for %s came", to)
		return Mail{}
	}
}

// mailSession is one delivery.
type mailSession struct {
	box *Mailbox
	to  string
}

func (s *mailSession) Reset()                               { s.to = "" }
func (s *mailSession) Logout() error                        { return nil }
func (s *mailSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	message, err := readMail(r)
	if err != nil {
		return &smtp.SMTPError{Code: 554, Message: err.Error()}
	}
	message.To = s.to
	s.box.mails <- message
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
