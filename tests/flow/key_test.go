package flow

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// The owner rotates the signing key on its page; nobody else sees it. What the old key signed is good, before and
// after the new one is there.
func TestOwnerRotatesTheSigningKey(t *testing.T) {
	t.Parallel()
	app := testapp.New(t, testapp.WithEnv("GATEPOST_SIGNING_ALG", "EdDSA"))
	owner := app.Owner(t)
	team := app.AddTeam(t, "Keys")
	admin := app.Member(t, team.Name, "admin")
	client := app.AddApp(t, team.Name, "Reader", "read")
	token := app.Token(t, client)
	keys := func() (kids []string) {
		var set struct{ Keys []struct{ Kid string } }
		r := app.Do(t, app.Request(t, http.MethodGet, "/.well-known/jwks.json", ""))
		r.JSON(t, &set)
		for _, k := range set.Keys {
			kids = append(kids, k.Kid)
		}
		return kids
	}
	before := keys()
	for _, path := range []string{"/owner/keys", "/owner/keys/rotate"} {
		testapp.WantStatus(t, "GET "+path+" by an admin", admin.Get(t, path), http.StatusForbidden)
	}
	testapp.WantStatus(t, "POST /owner/keys/rotate by an admin", admin.Post(t, "/owner/keys/rotate", url.Values{}), http.StatusForbidden)
	if got := keys(); len(got) != 1 || got[0] != before[0] {
		t.Fatalf("keys after what an admin tried = %v, want %v", got, before)
	}
	page := owner.Get(t, "/owner/keys")
	if page.Status != http.StatusOK || !strings.Contains(page.Body, before[0]) || !strings.Contains(page.Body, `href="/owner/keys/rotate"`) {
		t.Errorf("GET /owner/keys = %d, want the key and the way to rotate it", page.Status)
	}
	form := owner.Get(t, "/owner/keys/rotate")
	if form.Status != http.StatusOK || len(keys()) != 1 || !strings.Contains(form.Body, "7 min later") || !strings.Contains(form.Body, "24 h after") {
		t.Errorf("GET /owner/keys/rotate = %d with %d keys, want the facts, and nothing done", form.Status, len(keys()))
	}
	for range 2 { // a second click does nothing more
		r := owner.Post(t, "/owner/keys/rotate", url.Values{})
		testapp.WantStatus(t, "POST /owner/keys/rotate", r, http.StatusSeeOther)
	}
	page = owner.Get(t, "/owner/keys")
	after := keys()
	if len(after) != 2 || page.Status != http.StatusOK || !strings.Contains(page.Body, after[0]) || !strings.Contains(page.Body, after[1]) ||
		strings.Contains(page.Body, `href="/owner/keys/rotate"`) {
		t.Errorf("after the rotation = %v on the page with %d, want both keys and no way to rotate again", after, page.Status)
	}
	if got := strings.SplitN(app.Token(t, client), ".", 2)[0]; got != strings.SplitN(token, ".", 2)[0] {
		t.Error("the new key signs immediately, want the old one until everybody can have seen it")
	}
	if status := app.Me(t, token); status != http.StatusOK && status != http.StatusForbidden {
		t.Errorf("GET /api/v1/me with a token of before = %d, want it known", status)
	}
}
