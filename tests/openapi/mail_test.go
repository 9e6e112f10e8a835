package openapi

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

type mailList struct {
	Mails []struct {
		ID        string  `json:"id"`
		Recipient string  `json:"recipient"`
		Kind      string  `json:"kind"`
		State     string  `json:"state"`
		NextTryAt *string `json:"next_try_at"`
		SentAt    *string `json:"sent_at"`
	} `json:"mails"`
	Next *string `json:"next_cursor"`
}

// The outbox is that of a portal of its own, whose mail server takes nothing at first.
func TestMails(t *testing.T) {
	box := testapp.StartMailbox(t)
	box.Refuse("450 4.2.1 Not now")
	w := newWalker(t, testapp.New(t, testapp.WithMailbox(box)))
	w.seen = shared.seen
	const path = "/api/v1/mails"
	owner := w.owner()
	token := owner.AddToken(w, "Mails", "portal:read", "portal:write")
	list := func(query string) (l mailList) {
		w.Helper()
		w.send(200, http.MethodGet, path+query, "", testapp.Bearer(token)...).JSON(w, &l)
		return l
	}
	for range 2 {
		if r := w.send(202, http.MethodPost, path+"/test", "", testapp.Bearer(token)...); !strings.Contains(r.Body, owner.Email) {
			w.Errorf("POST %s/test = %s, want the owner's address", path, r.Body)
		}
	}
	waiting := list("?state=waiting")
	if len(waiting.Mails) < 2 || waiting.Mails[0].Recipient != owner.Email || waiting.Mails[0].Kind != "test" || waiting.Mails[0].NextTryAt == nil || waiting.Mails[0].SentAt != nil {
		w.Fatalf("mails that wait = %+v, want the two tests first", waiting)
	}
	first := list("?limit=1")
	if len(first.Mails) != 1 || first.Next == nil || first.Mails[0].ID != waiting.Mails[0].ID {
		w.Fatalf("first page of one = %+v, want the latest mail", first)
	}
	if next := list("?limit=1&cursor=" + *first.Next); len(next.Mails) != 1 || next.Mails[0].ID != waiting.Mails[1].ID {
		w.Errorf("second page of one = %+v, want the mail before %s", next, first.Mails[0].ID)
	}
	if l := list("?state=given_up"); len(l.Mails) != 0 || l.Next != nil {
		w.Errorf("mails that were given up = %+v, want none", l)
	}
	w.check(422, path+"?state=odd", token)
	w.send(404, http.MethodGet, path+"/none", "", testapp.Bearer(token)...)
	w.send(404, http.MethodPost, path+"/none/retry", "", testapp.Bearer(token)...)
	w.send(400, http.MethodPost, path+"/test", "{", jsonBy(token)...)
	w.send(415, http.MethodPost, path+"/test", "x", append(testapp.Bearer(token), "Content-Type", "text/plain")...)

	one := path + "/" + waiting.Mails[0].ID
	var refused struct {
		Error string `json:"last_error"`
	}
	testapp.Until(w, 30*time.Second, "the mail server has refused the mail", func() bool {
		w.send(200, http.MethodGet, one, "", testapp.Bearer(token)...).JSON(w, &refused)
		return strings.Contains(refused.Error, "Not now")
	})
	box.Refuse("")
	w.send(202, http.MethodPost, one+"/retry", "", testapp.Bearer(token)...)
	if mail := box.Find(w, owner.Email, "est"); !strings.Contains(mail.Raw, owner.Email) {
		w.Errorf("the mail that came = %s, want the test", mail.Raw)
	}
	testapp.Until(w, 30*time.Second, "the mail counts as sent", func() bool {
		return strings.Contains(w.send(200, http.MethodGet, one, "", testapp.Bearer(token)...).Body, `"state":"sent"`)
	})
	w.send(404, http.MethodPost, one+"/retry", "", testapp.Bearer(token)...) // there is nothing to try

	reader := owner.AddToken(w, "Reads", "portal:read")
	w.send(403, http.MethodPost, path+"/test", "", testapp.Bearer(reader)...)
	w.send(403, http.MethodPost, one+"/retry", "", testapp.Bearer(reader)...)
	admin := w.app.Member(w, w.app.AddTeam(w, "No owner").ID, "admin").AddToken(w, "No owner", "portal:read", "portal:write")
	w.send(403, http.MethodGet, path, "", testapp.Bearer(admin)...)
	w.send(403, http.MethodGet, one, "", testapp.Bearer(admin)...)
	w.send(403, http.MethodPost, path+"/test", "", testapp.Bearer(admin)...)
	w.send(403, http.MethodPost, one+"/retry", "", testapp.Bearer(admin)...)
}
