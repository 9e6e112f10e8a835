package mail

import (
	"context"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
	gomail "github.com/wneessen/go-mail"
)

// plainServer is a mail server on a loopback port that offers no TLS, and keeps what it gets.
type plainServer struct {
	address string
	mu      sync.Mutex
	mails   []string
}

func startPlainServer(t *testing.T) *plainServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &plainServer{address: l.Addr().String()}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return s, nil }))
	server.Domain = "localhost"
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // ends with Close
	}()
	t.Cleanup(func() {
		server.Close()
		<-done
	})
	return s
}

func (s *plainServer) Reset()                               {}
func (s *plainServer) Logout() error                        { return nil }
func (s *plainServer) Mail(string, *smtp.MailOptions) error { return nil }
func (s *plainServer) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (s *plainServer) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, string(text))
	return err
}

func (s *plainServer) got() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mails
}

// mailer makes a Mailer whose every host name leads to the server.
func (s *plainServer) mailer(t *testing.T, smtpURL string) *Mailer {
	t.Helper()
	m, err := New(Options{SMTPURL: smtpURL, Issuer: &url.URL{Scheme: "https", Host: "portal.example"}, Brand: "Portal"})
	if err != nil {
		t.Fatalf("New(%s) = %v", smtpURL, err)
	}
	m.options = append(m.options, gomail.WithDialContextFunc(func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.address)
	}))
	return m
}

var hello = Message{Subject: "Hello", Text: "Hello", HTML: "<p>Hello</p>"}

// Whoever is between the portal and its mail server can hide STARTTLS; links that sign in would cross the wire in the clear.
func TestNothingIsSentToAServerThatHidesSTARTTLS(t *testing.T) {
	for _, smtpURL := range []string{"smtp://mail.example", "smtp://mail.example:25", "smtp://me:secret@mail.example", "smtp://203.0.113.5", "smtp://localhost.example", "smtp://me:secret@localhost"} {
		s := startPlainServer(t)
		err := s.mailer(t, smtpURL).Send(t.Context(), "ana@example.com", hello)
		if err == nil || !strings.Contains(err.Error(), "doesn't offer TLS") || !strings.Contains(err.Error(), "tls=off") {
			t.Errorf("Send by %s = %v, want an error that says how to allow it", smtpURL, err)
		}
		if got := s.got(); len(got) != 0 {
			t.Errorf("Send by %s sent %q", smtpURL, got)
		}
	}
}

func TestSendWithoutTLSWhereItIsAllowed(t *testing.T) {
	for _, smtpURL := range []string{"smtp://mail.example?tls=off", "smtp://localhost", "smtp://127.0.0.1:25", "smtp://[::1]"} {
		s := startPlainServer(t)
		if err := s.mailer(t, smtpURL).Send(t.Context(), "ana@example.com", hello); err != nil || len(s.got()) != 1 {
			t.Errorf("Send by %s = %v, %d mails, want 1", smtpURL, err, len(s.got()))
		}
	}
}

func TestMailsNameNoLibrary(t *testing.T) {
	s := startPlainServer(t)
	if err := s.mailer(t, "smtp://localhost").Send(t.Context(), "ana@example.com", hello); err != nil || len(s.got()) != 1 {
		t.Fatalf("Send = %v, %d mails", err, len(s.got()))
	}
	head, _, _ := strings.Cut(s.got()[0], "\r\n\r\n")
	for _, word := range []string{"user-agent", "x-mailer", "go-mail"} {
		if strings.Contains(strings.ToLower(head), word) {
			t.Errorf("the mail's head has %s:\n%s", word, head)
		}
	}
}

func TestNewRefusesOtherParameters(t *testing.T) {
	for _, smtpURL := range []string{"smtp://h?tls=no", "smtp://h?insecure", "smtps://h?tls=off", "smtp+plain://h"} {
		if _, err := New(Options{SMTPURL: smtpURL, Issuer: &url.URL{Host: "portal.example"}}); err == nil {
			t.Errorf("New(%s) took it", smtpURL)
		}
	}
}
