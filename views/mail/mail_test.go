package mail

import (
	"strings"
	"testing"
	"time"

	"gatepost/views/words"
)

func TestInvitationSaysTheSameInTextAndHTML(t *testing.T) {
	subject, text, html := Invitation{
		InvitedBy: "Ana <b>\r\nBcc: x@example.com", Team: "A & B", Role: "developer",
		Link: "https://portal.example.com/activate/gpi_x", Expires: time.Unix(1e9, 0),
	}.Mail("Gatepost")
	if strings.ContainsAny(subject, "\r\n") {
		t.Errorf("subject = %q, want one line", subject)
	}
	if strings.Contains(text, "\nBcc:") {
		t.Errorf("text = %q, want a name's line breaks gone", text)
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

// Every notice names its reader, who did what, when, from where, and links to its page.
func TestEveryNoticeSaysWhoWhenAndWhere(t *testing.T) {
	const link = "https://portal.example.com/x"
	n := Notice{Name: "Reader", By: "Ana", From: "203.0.113.9", At: time.Unix(1e9, 0), Link: link}
	for _, tc := range []struct {
		letter interface {
			Kind() string
			Mail(string) (string, string, string)
		}
		subject string
		want    []string
	}{
		{PasswordChanged{Notice: n, Ended: words.Ended{Sessions: 2}}, "Your password on G was changed", []string{"This ended 2 sessions."}},
		{PasswordChanged{Notice: n, Reset: true}, "Your password on G was reset with a link", []string{"There was nothing else to end.", "Sign in, open User section, Security"}},
		{SecondFactorChanged{n, "A passkey was added"}, "A passkey was added for your account on G", []string{"A passkey was added by Ana"}},
		{NewBrowser{n, "Firefox on Linux"}, "New sign-in to your account on G", []string{"Firefox on Linux"}},
		{EmailChanged{n, "a@example.com", "b@example.com"}, "Your email address on G was changed", []string{"from a@example.com to b@example.com"}},
		{TestMail{n}, "Test email from G", nil},
		{SecretMade{n, "Hub", "k3f9", "production", time.Time{}}, "New secret …k3f9 of Hub", []string{"…k3f9 (production)"}},
		{SecretMade{n, "Hub", "k3f9", "", time.Unix(1e9+3600, 0)}, "New secret …k3f9 of Hub", []string{"It expires on 9 September 2001, 02:46 UTC."}},
		{SecretExpiring{n, "Hub", "k3f9", time.Unix(1e9+3600, 0), 0}, "The secret …k3f9 of Hub expires in less than a day", []string{"expires on 9 September 2001, 02:46 UTC", "This expiry was set by Ana"}},
		{SecretRotated{n, "Hub", "k3f9", "aaaa", time.Unix(1e9+3600, 0), time.Unix(1e9+7200, 0)}, "A secret of Hub was rotated", []string{"…aaaa works until 9 September 2001, 02:46 UTC", "It expires on 9 September 2001, 03:46 UTC."}},
		{SecretRotated{n, "Hub", "k3f9", "aaaa", time.Unix(1e9, 0), time.Time{}}, "A secret of Hub was rotated", []string{"…aaaa has expired. Requests with it get a 401."}},
		{SecretRotated{n, "Hub", "k3f9", "aaaa", time.Time{}, time.Time{}}, "A secret of Hub was rotated", []string{"…aaaa keeps working until someone revokes it."}},
		{SecretRotated{n, "Hub", "k3f9", "", time.Time{}, time.Time{}}, "A secret of Hub was rotated", []string{"no live secret before"}},
		{SecretRevoked{n, "Hub", "k3f9"}, "The secret …k3f9 of Hub was revoked", []string{"401"}},
		{AppDeleted{n, "Hub"}, "The app Hub was deleted", []string{"401"}},
		{TokensRevoked{n, "Hub"}, "All tokens of Hub were revoked", []string{"401"}},
		{HandedOver{n, "Hub", "Ops"}, "You're being handed a secret of Hub", []string{"in this email because it contains the key"}},
		{HandoverOpened{n, "Hub", "k3f9"}, "The secret …k3f9 of Hub was opened", []string{"The link no longer works."}},
		{RoleChanged{n, "Ops", "viewer", "admin"}, "You're now a viewer of Ops on G", []string{"from admin to viewer"}},
		{OwnerChanged{n, true}, "You're now an owner of G", []string{"its settings and signing keys"}},
		{OwnerChanged{n, false}, "You're no longer an owner of G", []string{"Your teams and your roles in them stay the same."}},
		{PersonRemoved{n, "Ops", ""}, "You were removed from Ops on G", nil},
		{PersonRemoved{n, "Ops", "Mario"}, "A person was removed from Ops", []string{"Mario was removed from the team Ops", "keep working until someone rotates them"}},
		{ReachChanged{n, "Hub", []Change{{"Scopes", "read", "apps:write, read"}, {"Can introspect", "no tokens", "the team's tokens"}}, false}, "Access settings of Hub were changed", []string{"Scopes: read → apps:write, read"}},
		{ReachChanged{n, "Hub", nil, true}, "Access settings of Hub were changed", []string{"change it back, rotate"}},
		{AdminAdded{n, "Ops", "mario@example.com", ""}, "A new admin of Ops was invited", []string{"mario@example.com was invited to the team Ops as an admin", "cancel the invitation"}},
		{AdminAdded{n, "Ops", "Mario", "viewer"}, "The team Ops has a new admin", []string{"from viewer to admin", "change the role back"}},
		{TokenMade{n, "CI", "k3f9", "Mario", []string{"read", "write"}, time.Time{}}, "A new API token of Mario can make changes", []string{"…k3f9 (CI)", "read, write. It never expires."}},
		{TokenMade{n, "CI", "k3f9", "Mario", []string{"write"}, time.Unix(1e9, 0)}, "A new API token of Mario can make changes", []string{"write. It expires on 9 September 2001, 01:46 UTC."}},
		{Reported{n, "client secret …k3f9", "Hub"}, "A credential of Hub was reported and revoked", []string{"The client secret …k3f9 of Hub was reported", "no longer works"}},
		{AppTransferred{n, "Hub", "New", "Old"}, "The app Hub was transferred to New", []string{"from the team Old to the team New"}},
	} {
		subject, text, html := tc.letter.Mail("G")
		if subject != tc.subject {
			t.Errorf("%s: subject = %q, want %q", tc.letter.Kind(), subject, tc.subject)
		}
		for _, s := range append(tc.want, "Hello Reader,", "by Ana on 9 September 2001, 01:46 UTC from 203.0.113.9.", link) {
			if !strings.Contains(text, s) || !strings.Contains(html, s) {
				t.Errorf("%s: want %q in text and HTML, got %q", tc.letter.Kind(), s, text)
			}
		}
	}
}

func TestLettersOfLinks(t *testing.T) {
	expires := time.Unix(1e9, 0)
	n := Notice{Name: "Reader", From: "203.0.113.9", At: expires, Link: "https://portal.example.com/x"}
	for name, mail := range map[string]func(string) (string, string, string){
		"reset":      Reset{Name: "Reader", Link: n.Link, From: n.From, Expires: expires}.Mail,
		"reset by":   Reset{Name: "Reader", Link: n.Link, By: "Ana", Expires: expires}.Mail,
		"old side":   EmailConfirm{n, "a@example.com", "b@example.com", true, expires}.Mail,
		"new side":   EmailConfirm{n, "a@example.com", "b@example.com", false, expires}.Mail,
		"expiring":   SecretExpiring{n, "Hub", "k3f9", expires, 1}.Mail,
		"invitation": Invitation{Link: n.Link, Expires: expires}.Mail,
	} {
		subject, text, html := mail("G")
		if subject == "" || !strings.Contains(text, n.Link) || !strings.Contains(html, n.Link) || !strings.Contains(text, date(expires)) {
			t.Errorf("%s: got %q, %q, want a subject, the expiry, and the link in both bodies", name, subject, text)
		}
	}
}

// Whoever has a name that another reads in a mail can't make a link, a line, or the start of a subject
// of it, nor hide anything in it.
func TestNamesInMailsMakeNoLinks(t *testing.T) {
	for name, want := range map[string]string{
		"http://evil.example click":          "evil. example click",
		"see hTTps://Evil.example/login now": "see Evil. example/login now",
		"evil.example":                       "evil. example",
		"www.evil.example/x?y=1":             "www. evil. example/x?y=1",
		"evil\u3002example":                  "evil. example",
		"hhttp://ttp://evil.example":         "evil. example",
		"http://192.0.2.1/x":                 "192 0 2 1/x",
		"ana@evil.example":                   "ana at evil. example",
		"mailto:x@evil.example":              "x at evil. example",
		"Ana\r\nBcc: x":                      "Ana Bcc: x",
		"Ana\u2028Conti":                     "Ana Conti",
		"A\u200bn\u2060a\ufeff":              "Ana",
		"\u202eana\u202c \u2066x\u2069":      "ana x",
		"ev\u200bil.exam\u200bple":           "evil. example",
		"J.R.R. Tolkien":                     "J.R.R. Tolkien",
		"Dr. Zoë Éclair-O'Neil":              "Dr. Zoë Éclair-O'Neil",
		"Hub v2.0":                           "Hub v2.0",
		"李小龍":                                "李小龍",
		strings.Repeat("ä", 61):              strings.Repeat("ä", 59) + "…",
	} {
		if got := clean(name); got != want {
			t.Errorf("clean(%q) = %q, want %q", name, got, want)
		}
	}
	const evil = "http://evil.example click\u202e\r\nnow"
	at := time.Unix(1e9, 0)
	n := Notice{Name: evil, By: evil, From: "203.0.113.9", At: at, Link: "https://portal.example.com/x"}
	for _, l := range []Letter{
		Invitation{evil, evil, "admin", n.Link, at}, Reset{Name: evil, Link: n.Link, Expires: at, By: evil}, PasswordChanged{Notice: n}, SecondFactorChanged{n, "A passkey was added"},
		NewBrowser{n, evil}, AccountDisabled{n}, EmailConfirm{n, "a@example.com", "b@example.com", true, at}, EmailConfirm{n, "a@example.com", "b@example.com", false, at},
		EmailChanged{n, "a@example.com", "b@example.com"}, TestMail{n}, SecretMade{n, evil, "k3f9", evil, at}, SecretRotated{n, evil, "k3f9", "aaaa", at, at}, SecretRevoked{n, evil, "k3f9"},
		SecretExpiring{n, evil, "k3f9", at, 1}, AppDeleted{n, evil}, TokensRevoked{n, evil}, HandedOver{n, evil, evil}, HandoverOpened{n, evil, "k3f9"}, RoleChanged{n, evil, "viewer", "admin"},
		OwnerChanged{n, true}, OwnerChanged{n, false}, PersonRemoved{n, evil, ""}, PersonRemoved{n, evil, evil}, AppTransferred{n, evil, evil, evil},
	} {
		subject, text, html := l.Mail("G")
		if strings.HasPrefix(subject, "evil") || strings.Contains(subject, "click") && strings.Index(subject, "evil") < 8 {
			t.Errorf("%s: subject = %q, want none that starts with a name", l.Kind(), subject)
		}
		for where, s := range map[string]string{"subject": subject, "text": text, "HTML": html} {
			if strings.Contains(s, "http://") || strings.Contains(s, "evil.example") || strings.ContainsAny(s, "\u202e\u2028") || strings.Contains(s, "\nnow") {
				t.Errorf("%s: %s = %q, want no link, line or invisible character of a name", l.Kind(), where, s)
			}
		}
	}
}
