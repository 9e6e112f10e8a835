package flow

import (
	"net/http"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// The link of the first owner creates nobody else, and says so before anybody fills in a form.
func TestTheFirstOwnersLinkOnceThereIsAnOwner(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	link := strings.TrimPrefix(app.OwnerLink(t), app.URL)
	visitor := app.Visitor(t)
	if page := visitor.Get(t, link); page.Status != http.StatusOK || !strings.Contains(page.Body, "Create the owner account") {
		t.Fatalf("GET of the link = %d, want the form", page.Status)
	}
	app.Run(t, testapp.Password+"\n", "user", "add", "--email", "first@example.com", "--name", "First", "--owner", "--password-stdin")
	for what, r := range map[string]*testapp.Answer{
		"GET":  visitor.Get(t, link),
		"POST": visitor.Post(t, link, testapp.Form("name", "Second", "email", "second@example.com", "password", testapp.Password)),
	} {
		testapp.WantStatus(t, what+" of the link", r, http.StatusGone)
		testapp.WantWords(t, what+" of the link", r.Body, "This portal already has an owner", "ask an owner for an invitation", `href="/login"`)
		if strings.Contains(r.Body, `name="password"`) {
			t.Errorf("%s of the link shows a form", what)
		}
	}
	owner := testapp.New(t)
	used := strings.TrimPrefix(owner.OwnerLink(t), owner.URL)
	owner.Owner(t)
	testapp.WantWords(t, "GET of the link that the owner used", owner.Visitor(t).Get(t, used).Body, "This portal already has an owner")
	testapp.WantWords(t, "GET of a made-up link", owner.Visitor(t).Get(t, "/activate/gpi_madeup").Body, "This link no longer works")
}
