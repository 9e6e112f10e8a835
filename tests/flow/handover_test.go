package flow

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

// sealed is what a browser could have encrypted.
var sealed = strings.Repeat("5a", 60)

// handOver sends what the script of a page sends.
func handOver(t *testing.T, app *testapp.App, from *testapp.Person, clientID, secretID, to string) *testapp.Answer {
	t.Helper()
	body, err := json.Marshal(map[string]string{"to": to, "ciphertext": sealed})
	if err != nil {
		t.Fatal(err)
	}
	return postJSON(t, app, from, "/apps/"+clientID+"/secrets/"+secretID+"/handover", string(body))
}

func postJSON(t *testing.T, app *testapp.App, p *testapp.Person, path, body string) *testapp.Answer {
	t.Helper()
	return p.Do(t, app.Request(t, http.MethodPost, path, body, "Content-Type", "application/json", "Sec-Fetch-Site", "same-origin", "Origin", app.URL))
}

func TestHandover(t *testing.T) {
	t.Parallel()
	box := testapp.StartMailbox(t)
	app := testapp.New(t, testapp.WithMailbox(box))
	owner := app.Owner(t)
	ben, eve := app.Member(t, "First team", "developer"), app.Member(t, "First team", "admin")
	stranger := app.Member(t, app.AddTeam(t, "Zoo").Name, "admin")
	c := owner.AddApp(t, "Warehouse", "read")
	id := owner.SecretIDs(t, c.ClientID)[0]
	form := owner.Get(t, "/apps/"+c.ClientID+"/secrets/"+id+"/handover")
	testapp.WantWords(t, "the form", form.Body, ben.Name, eve.Name, "handover.js")
	to := optionValue(t, form.Body, ben.Name)

	r := handOver(t, app, owner, c.ClientID, id, to)
	if r.Status != http.StatusCreated {
		t.Fatalf("POST handover = %d %s, want 201", r.Status, r.Body)
	}
	var made struct{ ID, Link string }
	r.JSON(t, &made)
	page := "/handovers/" + made.ID
	if made.Link != app.URL+page {
		t.Errorf("link = %q, want the page's address, without a key", made.Link)
	}

	// The mail says that something waits, and opens nothing.
	mail := box.Find(t, ben.Email, "You're being handed a secret of Warehouse")
	if strings.Contains(mail.Text, made.ID) || strings.Contains(mail.Text, sealed) || !strings.Contains(mail.Text, "Warehouse") {
		t.Errorf("the mail = %q, want the app and neither link nor secret", mail.Text)
	}

	// The page is inert, for whoever looks at it.
	for range 3 {
		testapp.WantWords(t, "the page for the teammate", ben.Get(t, page).Body, "Open secret", owner.Name+" is handing you a secret of Warehouse")
	}
	testapp.WantWords(t, "the receipt", owner.Get(t, page).Body, "Not opened yet", "Cancel hand-over")
	for what, answer := range map[string]*testapp.Answer{
		"another admin's page": eve.Get(t, page), "another admin opening it": postJSON(t, app, eve, page+"/open", "{}"), "its sender opening it": postJSON(t, app, owner, page+"/open", "{}"),
		"a teammate cancelling it": ben.Post(t, page+"/cancel", nil),
	} {
		testapp.WantStatus(t, what, answer, http.StatusForbidden)
	}
	for what, answer := range map[string]*testapp.Answer{
		"a stranger's page": stranger.Get(t, page), "a stranger opening it": postJSON(t, app, stranger, page+"/open", "{}"),
		"a stranger handing it over": handOver(t, app, stranger, c.ClientID, id, to), "a stranger cancelling it": stranger.Post(t, page+"/cancel", nil),
		"one that is none": ben.Get(t, "/handovers/none"),
	} {
		testapp.WantStatus(t, what, answer, http.StatusNotFound)
	}
	testapp.WantStatus(t, "opening it signed out", app.Do(t, app.Request(t, http.MethodPost, page+"/open", "{}", "Content-Type", "application/json")), http.StatusUnauthorized)
	crossSite := app.Request(t, http.MethodPost, page+"/open", "{}", "Content-Type", "application/json", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example")
	testapp.WantStatus(t, "opening it from another site", ben.Do(t, crossSite), http.StatusForbidden)

	// Two browsers of the teammate at the same time: one gets it.
	browsers := []*testapp.Person{ben, ben.Again(t)}
	var got [2]*testapp.Answer
	var all sync.WaitGroup
	for i, b := range browsers {
		all.Go(func() { got[i] = postJSON(t, app, b, page+"/open", "{}") })
	}
	all.Wait()
	won := 0
	for _, r := range got {
		switch {
		case r.Status == http.StatusOK && strings.Contains(r.Body, sealed) && r.Header.Get("Cache-Control") == "no-store":
			won++
		case r.Status != http.StatusGone:
			t.Errorf("the loser's answer = %d %s, want 410", r.Status, r.Body)
		}
	}
	if won != 1 {
		t.Errorf("winners = %d, want 1", won)
	}
	testapp.WantWords(t, "the receipt", owner.Get(t, page).Body, "Opened", "127.0.0.1")
	testapp.WantWords(t, "the page for the teammate", ben.Get(t, page).Body, "You opened it, and it opens once.")
	testapp.WantWords(t, "the board", owner.Get(t, "/apps/"+c.ClientID+"/secrets").Body, "(was handed it, opened it)", "127.0.0.1")
	if text := box.Find(t, owner.Email, "was opened").Text; !strings.Contains(text, ben.Name) {
		t.Errorf("the sender's mail = %q, want who opened it", text)
	}

	// One that is cancelled, and one that is over, open no more; and nothing of them is kept.
	again := func() string {
		t.Helper()
		r := handOver(t, app, owner, c.ClientID, id, to)
		r.JSON(t, &made)
		return "/handovers/" + made.ID
	}
	cancelled := again()
	testapp.WantRedirect(t, "cancelling it", owner.Post(t, cancelled+"/cancel", nil), cancelled)
	testapp.WantStatus(t, "opening a cancelled one", postJSON(t, app, ben, cancelled+"/open", "{}"), http.StatusGone)
	testapp.WantStatus(t, "cancelling it twice", owner.Post(t, cancelled+"/cancel", nil), http.StatusGone)
	over := again()
	app.Exec(t, `UPDATE handovers SET expires_at = expires_at - 86401 WHERE opened_at = 0 AND cancelled_at = 0`)
	testapp.WantStatus(t, "opening one that is over", postJSON(t, app, ben, over+"/open", "{}"), http.StatusGone)
	testapp.WantWords(t, "its page", ben.Get(t, over).Body, "Expired unopened", "Ask "+owner.Name)
	for what, body := range map[string]string{
		"the secret in the clear": `{"to": "` + to + `", "ciphertext": "` + c.ClientSecret + `"}`, "nobody": `{"to": "x", "ciphertext": "` + sealed + `"}`,
		"no ciphertext": `{"to": "` + to + `"}`, "a number": `{"to": 1}`,
	} {
		r := postJSON(t, app, owner, "/apps/"+c.ClientID+"/secrets/"+id+"/handover", body)
		if r.Status < 400 || r.Status >= 500 || strings.Contains(r.Body, c.ClientSecret) {
			t.Errorf("handing over %s = %d %s, want a refusal", what, r.Status, r.Body)
		}
	}
}

// optionValue is the value of the option of a select whose label starts with these words.
func optionValue(t *testing.T, page, label string) string {
	t.Helper()
	before, _, ok := strings.Cut(page, ">"+label)
	if !ok {
		t.Fatalf("the page has no option %q\n%.3000s", label, page)
	}
	before = before[:strings.LastIndex(before, `"`)]
	return before[strings.LastIndex(before, `"`)+1:]
}

func TestCalendarFeed(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	dev := app.Member(t, "First team", "developer")
	c := owner.AddApp(t, "Warehouse; with, signs", "read")
	r := owner.Post(t, "/apps/"+c.ClientID+"/secrets", testapp.Form("label", "production", "expires_at", "30d", "once", "x"))
	ending := app.Secret(plainSecret.FindString(r.Body))
	make := func(p *testapp.Person) string {
		t.Helper()
		action := between(t, p.Get(t, "/team/rotation").Body, `action="/account/calendars/`, `"`)
		r := p.Post(t, "/account/calendars/"+action, nil)
		testapp.WantStatus(t, "POST calendar", r, http.StatusOK)
		return app.Secret("gpf_" + between(t, r.Body, app.URL+"/calendar/gpf_", "<"))
	}
	get := func(token string) *testapp.Answer {
		t.Helper()
		return app.Do(t, app.Request(t, http.MethodGet, "/calendar/"+token, ""))
	}
	token := make(dev)
	feed := get(token)
	testapp.WantStatus(t, "GET calendar", feed, http.StatusOK)
	if got := feed.Header.Get("Content-Type"); got != "text/calendar; charset=utf-8" {
		t.Errorf("content type = %q, want text/calendar", got)
	}
	testapp.WantWords(t, "the calendar", feed.Body, "BEGIN:VCALENDAR\r\n", "BEGIN:VEVENT\r\n", time.Now().UTC().AddDate(0, 0, 30).Format("DTSTART:20060102"), `Warehouse\; with\, signs`, "…"+ending[40:])
	if plainSecret.MatchString(feed.Body) || strings.Count(feed.Body, "BEGIN:VEVENT") != 1 {
		t.Errorf("the calendar has a secret, or other than the one end:\n%s", feed.Body)
	}
	if strings.Contains(owner.Get(t, "/team/audit").Body+dev.Get(t, "/team/rotation").Body, token[4:]) {
		t.Error("a page shows the address again")
	}
	second := make(dev)
	testapp.WantStatus(t, "the address before", get(token), http.StatusNotFound)
	testapp.WantStatus(t, "HEAD", app.Do(t, app.Request(t, http.MethodHead, "/calendar/"+second, "")), http.StatusOK)
	team := between(t, dev.Get(t, "/team/rotation").Body, `action="/account/calendars/`, `"`)
	testapp.WantStatus(t, "revoking", dev.Post(t, "/account/calendars/"+strings.TrimSuffix(team, "/revoke")+"/revoke", nil), http.StatusSeeOther)
	testapp.WantStatus(t, "the address after it was revoked", get(second), http.StatusNotFound)
	testapp.WantStatus(t, "a made up address", get("gpf_x"), http.StatusNotFound)
	third := make(dev)
	app.Exec(t, `DELETE FROM memberships WHERE role = 'developer'`)
	testapp.WantStatus(t, "the address of who left the team", get(third), http.StatusNotFound)
	testapp.WantStatus(t, "a calendar of a team that is not theirs", dev.Post(t, "/account/calendars/"+team, nil), http.StatusNotFound)
}

// between is the text after one thing and before the next other.
func between(t *testing.T, text, after, before string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, after)
	if !ok {
		t.Fatalf("the page lacks %q\n%.3000s", after, text)
	}
	rest, _, _ = strings.Cut(rest, before)
	return rest
}
