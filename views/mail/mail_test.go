package mail

import (
	"strings"
	"testing"
	"time"
)

func TestInvitationSaysTheSameInTextAndHTML(t *testing.T) {
	subject, text, html := Invitation{
		Brand: "Gatepost", InvitedBy: "Ana <b>\r\nBcc: x@example.com", Team: "A & B", Role: "developer",
		Link: "https://portal.example.com/activate/gpi_x", Ends: time.Unix(1e9, 0),
	}.Mail()
	if strings.ContainsAny(subject, "\r\n") {
		t.Errorf("subject = %q, want one line", subject)
	}
	for _, s := range []string{"https://portal.example.com/activate/gpi_x", "9 September 2001, 01:46 UTC", "developer"} {
		if !strings.Contains(text, s) || !strings.Contains(html, s) {
			t.Errorf("want %q in text and HTML", s)
		}
	}
	if strings.Contains(html, "<b>") || !strings.Contains(html, "A &amp; B") {
		t.Errorf("html = %s, want names escaped", html)
	}
}

func TestEveryMailHasItsLink(t *testing.T) {
	const link = "https://portal.example.com/x"
	for name, mail := range map[string]func() (string, string, string){
		"reset":     Reset{Brand: "G", Name: "Ana", Link: link, From: "203.0.113.9"}.Mail,
		"changed":   PasswordChanged{Brand: "G", ForgotLink: link, From: "203.0.113.9"}.Mail,
		"destroyed": Destroyed{Brand: "G", What: "The app Hub was deleted", By: "Ana", From: "203.0.113.9", Link: link}.Mail,
	} {
		subject, text, html := mail()
		if subject == "" || !strings.Contains(text, link) || !strings.Contains(html, link) {
			t.Errorf("%s: got %q, %q, want a subject, and the link in both bodies", name, subject, text)
		}
	}
}
