package flow

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

// A mail server that is down loses nothing and slows nothing; the owner sees why.
func TestDeadMailServer(t *testing.T) {
	t.Parallel()
	box := testapp.StartMailbox(t)
	app := testapp.New(t, testapp.WithMailbox(box))
	owner := app.Owner(t)
	box.Refuse("queue full, see https://relay.example/activate/gpi_Leaked0000000000000000 for ana@example.com")
	started := time.Now()
	testapp.WantRedirect(t, "POST /team/invitations", owner.Post(t, "/team/invitations", url.Values{"email": {"ana@example.com"}, "role": {"viewer"}}), "/team/members")
	if took := time.Since(started); took > 10*time.Second {
		t.Errorf("the invitation took %s with a mail server that refuses", took)
	}
	page := ""
	testapp.Until(t, 20*time.Second, "the outbox shows the failed try", func() bool {
		page = owner.Get(t, "/owner/mail").Body
		return strings.Contains(page, "queue full")
	})
	for _, s := range []string{"1 try", "Retrying", "ana@example.com", "Invitation", "Retry now"} {
		if !strings.Contains(page, s) {
			t.Errorf("GET /owner/mail does not show %q", s)
		}
	}
	if strings.Contains(page, "gpi_") || strings.Contains(page, "relay.example") {
		t.Error("GET /owner/mail shows a link that the mail server quoted")
	}
	if strings.Contains(page, "message ID") {
		t.Error("GET /owner/mail shows more of the failure than the mail server's answer")
	}
	// A process that dies with the mail in its hands loses nothing either.
	app.Exec(t, "UPDATE outbox SET claimed_at = $1, next_at = 0", time.Now().Unix())
	app.Kill(t)
	box.Refuse("")
	app.Start(t)
	page = owner.Get(t, "/owner/mail").Body
	if !strings.Contains(page, "Being sent") {
		t.Error("GET /owner/mail does not show the mail of the dead process as being sent")
	}
	if len(box.All()) != 0 {
		t.Fatal("the mail of a process that may live was sent by another")
	}
	app.Exec(t, "UPDATE outbox SET claimed_at = claimed_at - 301")
	link := wantMail(t, app, box, post{"ana@example.com", "You're invited", nil, "/activate/gpi_"})
	app.Activate(t, link, "Ana", "ana@example.com")
	testapp.Until(t, 20*time.Second, "the outbox shows the mail as sent", func() bool {
		page = owner.Get(t, "/owner/mail").Body
		return strings.Contains(page, "Recently sent") && strings.Contains(page, "No queued emails")
	})
	if n := len(box.All()); n != 1 {
		t.Errorf("%d mails came, want 1", n)
	}

	// Retry now: before its time.
	box.Refuse("busy")
	testapp.WantRedirect(t, "POST /owner/mail/test", owner.Post(t, "/owner/mail/test", url.Values{}), "/owner/mail")
	retry := regexp.MustCompile(`/owner/mail/[^/"]+/retry`)
	testapp.Until(t, 20*time.Second, "the test mail failed once", func() bool {
		page = owner.Get(t, "/owner/mail").Body
		return strings.Contains(page, "1 try: ") && retry.MatchString(page)
	})
	box.Refuse("")
	path := retry.FindString(page)
	testapp.WantRedirect(t, "POST "+path, owner.Post(t, path, url.Values{}), "/owner/mail")
	wantMail(t, app, box, post{owner.Email, "Test email", nil, "/owner/mail"})
	testapp.Until(t, 20*time.Second, "the test mail is sent", func() bool { return strings.Contains(owner.Get(t, "/owner/mail").Body, "No queued emails") })
	testapp.WantStatus(t, "POST "+path+" of a sent mail", owner.Post(t, path, url.Values{}), http.StatusNotFound)
}

// A mail is of no use after its link, and is not tried again.
func TestMailWhoseLinkHasEnded(t *testing.T) {
	t.Parallel()
	box := testapp.StartMailbox(t)
	app := testapp.New(t, testapp.WithMailbox(box))
	owner := app.Owner(t)
	box.Refuse("busy")
	testapp.WantRedirect(t, "POST /team/invitations", owner.Post(t, "/team/invitations", url.Values{"email": {"ana@example.com"}, "role": {"viewer"}}), "/team/members")
	retry := regexp.MustCompile(`/owner/mail/[^/"]+/retry`)
	path := ""
	testapp.Until(t, 20*time.Second, "the invitation's mail failed once", func() bool {
		page := owner.Get(t, "/owner/mail").Body
		path = retry.FindString(page)
		return strings.Contains(page, "1 try: ") && path != ""
	})
	app.Exec(t, "UPDATE outbox SET ends_at = $1", time.Now().Unix()-1)
	if page := owner.Get(t, "/owner/mail").Body; !strings.Contains(page, "Its link has expired") || retry.MatchString(page) {
		t.Error("GET /owner/mail offers to send a mail whose link has ended")
	}
	testapp.WantStatus(t, "POST "+path, owner.Post(t, path, url.Values{}), http.StatusNotFound)
}

// Two servers on one database send each mail once.
func TestMailsOfTwoServers(t *testing.T) {
	t.Parallel()
	box := testapp.StartMailbox(t)
	app := testapp.New(t, testapp.WithMailbox(box))
	owner := app.Owner(t)
	testapp.New(t, testapp.WithMailbox(box), testapp.Beside(app))
	const mails = 30
	for range mails {
		testapp.WantRedirect(t, "POST /owner/mail/test", owner.Post(t, "/owner/mail/test", url.Values{}), "/owner/mail")
	}
	testapp.Until(t, 60*time.Second, "all mails are sent", func() bool { return strings.Contains(owner.Get(t, "/owner/mail").Body, "No queued emails") })
	tests := 0
	for _, m := range box.All() {
		if strings.Contains(m.Subject, "Test email") {
			tests++
		}
	}
	if tests != mails {
		t.Errorf("%d mails came, want %d", tests, mails)
	}
}

// Without a mail server nothing is queued, and the owner reads what to set.
func TestNoMailServer(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	owner.Invite(t, "ana@example.com", "viewer") // shows the link
	page := owner.Get(t, "/owner/mail").Body
	for _, s := range []string{"No mail server is configured", "GATEPOST_SMTP_URL", "No queued emails"} {
		if !strings.Contains(page, s) {
			t.Errorf("GET /owner/mail does not show %q", s)
		}
	}
	testapp.WantStatus(t, "POST /owner/mail/test", owner.Post(t, "/owner/mail/test", url.Values{}), http.StatusConflict)
	dev := app.Member(t, "First team", "admin")
	for _, path := range []string{"/owner/mail", "/owner/audit", "/owner/audit/export.csv", "/owner/audit/export.jsonl"} {
		testapp.WantStatus(t, "GET "+path+" by no owner", dev.Get(t, path), http.StatusForbidden)
	}
}
