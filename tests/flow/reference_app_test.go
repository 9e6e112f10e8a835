package flow

import (
	"html"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// The reference offers only the apps that may get a token for the API, and says why the others can't.
func TestReferenceOffersAppsThatMayCall(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	page := addAPI(t, app, owner, "Meters", "https://api.example.com/")
	team := app.AddTeam(t, "Builders")
	dev := app.Member(t, team.ID, "admin")
	reads := app.AddApp(t, team.ID, "Reader", "read")
	writes := app.AddApp(t, team.ID, "Writer", "write")
	shown := func() string { return html.UnescapeString(dev.Get(t, "/apis/meters").Body) }
	offered := func(what string, want map[string]bool, says string) {
		t.Helper()
		body := shown()
		for name, id := range map[string]string{"Reader": reads.ClientID, "Writer": writes.ClientID} {
			if got := strings.Contains(body, `value="`+id+`"`); got != want[name] {
				t.Errorf("%s: the reference offers %s: %v, want %v", what, name, got, want[name])
			}
		}
		if !strings.Contains(body, says) {
			t.Errorf("%s: the reference doesn't say %q", what, says)
		}
	}
	const head = "openapi: 3.0.3\ninfo: {title: Meters, version: '1'}\nservers: [{url: https://api.example.com}]\npaths: {}\n"
	testapp.WantRedirect(t, "POST of a document without scopes", paste(t, app, owner, page, head), page)
	offered("no scopes", nil, "Reader and Writer can't get a token for this API: its document names no scopes, and an owner of the portal hasn't listed any apps.")

	const scoped = head + "components: {securitySchemes: {o: {type: oauth2, flows: {clientCredentials: {tokenUrl: /t, scopes: {read: Reads}}}}}}\n"
	testapp.WantRedirect(t, "POST of a document with a scope", paste(t, app, owner, page, scoped), page)
	offered("a scope", map[string]bool{"Reader": true}, "Writer can't get a token for this API without one of its scopes: read. Add one in the app's settings.")

	form := testapp.Form("name", "Meters", "audience", "https://api.example.com/", "slug", "meters", "access", "apps", "apps", writes.ClientID)
	testapp.WantRedirect(t, "POST of the listed apps", owner.Post(t, page, form), page)
	offered("a list of apps", map[string]bool{"Writer": true}, "Reader can't get a token for this API: only apps that an owner of the portal has listed can.")
	for name, id := range map[string]string{"Reader": reads.ClientID, "Writer": writes.ClientID} {
		r := dev.Do(t, app.Request(t, "POST", "/apps/"+id+"/try-token?api=meters", "", "Sec-Fetch-Site", "same-origin"))
		if got, want := r.Status == 200, name == "Writer"; got != want {
			t.Errorf("try-token of %s = %d, want what the reference offers", name, r.Status)
		}
	}
	for _, name := range []string{reads.ClientID, writes.ClientID} {
		if !strings.Contains(dev.Get(t, "/swagger-ui/index.html").Body, `value="`+name+`"`) {
			t.Errorf("the portal's own reference doesn't offer %s", name)
		}
	}
}
