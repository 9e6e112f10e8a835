package flow

import (
	"net/http"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// An owner gives an API another name, audience and address on its page. From then on it
// answers there, and tokens come for the new audience alone.
func TestOwnerChangesAnAPI(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	page := addAPI(t, app, owner, "Meters", "https://meters.example/")
	taken := addAPI(t, app, owner, "Pumps", "https://pumps.example/")
	testapp.WantRedirect(t, "POST of its document", paste(t, app, owner, page, meters), page)
	testapp.WantRedirect(t, "POST of another's", paste(t, app, owner, taken, meters), taken)

	client := app.AddApp(t, "First team", "Reads meters", "read")
	ask := func(audience string) int {
		t.Helper()
		return app.Do(t, app.Request(t, http.MethodPost, "/oauth2/token", client.Form()+"&resource="+audience, "Content-Type", "application/x-www-form-urlencoded")).Status
	}
	if got := ask("https://meters.example/"); got != http.StatusOK {
		t.Fatalf("a token for the audience = %d, want 200", got)
	}
	good := []string{"name", "Gauges", "audience", "https://gauges.example/", "slug", "gauges"}
	with := func(field, value string) []string {
		pairs := append([]string{}, good...)
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == field {
				pairs[i+1] = value
			}
		}
		return pairs
	}
	for what, c := range map[string]struct {
		fields []string
		says   string
	}{
		"no name":                {with("name", " "), "a name for the API"},
		"a relative audience":    {with("audience", "meters"), "absolute URI"},
		"a fragment":             {with("audience", "https://gauges.example/#x"), "absolute URI"},
		"the portal's address":   {with("audience", app.URL), "own address"},
		"another's audience":     {with("audience", "https://pumps.example/"), "already an API with this audience"},
		"another's address":      {with("slug", "pumps"), "Another API has this address"},
		"a reserved address":     {with("slug", "oauth2-redirect"), "lowercase letters"},
		"an address of capitals": {with("slug", "Gauges"), "lowercase letters"},
		"no address":             {with("slug", ""), "lowercase letters"},
	} {
		r := owner.Post(t, page, testapp.Form(c.fields...))
		testapp.WantStatus(t, "POST with "+what, r, http.StatusUnprocessableEntity)
		if !strings.Contains(r.Body, c.says) {
			t.Errorf("POST with %s does not say %q", what, c.says)
		}
		for i := 1; i < len(c.fields); i += 2 { // it comes back filled in
			if value := strings.TrimSpace(c.fields[i]); !strings.Contains(r.Body, `value="`+value) {
				t.Errorf("POST with %s comes back without %q", what, value)
			}
		}
	}
	if r := owner.Get(t, "/apis/meters"); r.Status != http.StatusOK || ask("https://meters.example/") != http.StatusOK {
		t.Errorf("after refused changes GET /apis/meters = %d, want 200, and tokens as before", r.Status)
	}
	testapp.WantStatus(t, "POST by an admin", app.Member(t, "First team", "admin").Post(t, page, testapp.Form(good...)), http.StatusForbidden)

	testapp.WantRedirect(t, "POST", owner.Post(t, page, testapp.Form(good...)), page)
	for path, status := range map[string]int{"/apis/gauges": http.StatusOK, "/apis/gauges/openapi.json": http.StatusOK, "/apis/meters": http.StatusNotFound, "/apis/meters/openapi.json": http.StatusNotFound} {
		testapp.WantStatus(t, "GET "+path, owner.Get(t, path), status)
	}
	if was, is := ask("https://meters.example/"), ask("https://gauges.example/"); was != http.StatusBadRequest || is != http.StatusOK {
		t.Errorf("a token for the old audience = %d, for the new one %d, want 400 and 200", was, is)
	}
	if body := owner.Get(t, "/owner/audit").Body; !strings.Contains(body, "audience was https://meters.example/, is https://gauges.example/") {
		t.Error("the audit log does not say what the audience was and is")
	}
	testapp.WantRedirect(t, "POST of the same again", owner.Post(t, page, testapp.Form(good...)), page)
	if n := strings.Count(owner.Get(t, "/owner/audit").Body, "audience was https://meters.example/"); n != 1 {
		t.Errorf("the audit log has the change %d times, want once", n)
	}
}
