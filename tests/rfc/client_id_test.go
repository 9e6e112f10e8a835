package rfc

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

var clientID = regexp.MustCompile(`^[a-z0-9]{26}$`)

// JWT-08, RFC 9700 section 4.15.1: a client can't choose its client_id, nor any claim by which an API would
// take it for a person.
func TestRFC9700_4_15_1(t *testing.T) {
	w := shared
	person := testapp.One[string](t, w.App, "SELECT id FROM people WHERE email = ?", w.owner.Email)
	form := testapp.Form("name", person, "description", person, "kind", "server", "scopes", "read", "secret_expires_at", "never", "once", w.owner.Get(t, "/apps/new").Once(t),
		"client_id", person, "id", person, "sub", person, "person_id", person)
	w.Secret(regexp.MustCompile(`gps_[A-Za-z0-9]{40}`).FindString(w.owner.Post(t, "/apps", form).Body))
	token := w.owner.AddToken(t, "impersonator", "read", "apps:read", "apps:write")
	var made testapp.Credentials
	create := func(more string) *testapp.Answer {
		return w.Do(t, w.Request(t, http.MethodPost, "/api/v1/apps", `{"name":"Me","scopes":["read"]`+more+`}`, append(testapp.Bearer(token), "Content-Type", "application/json")...))
	}
	for _, name := range []string{"client_id", "id", "sub"} {
		if r := create(`,"` + name + `":"` + person + `"`); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, `"field":"`+name+`"`) {
			t.Errorf("POST /api/v1/apps with %s = %d %s, want 422 that names it", name, r.Status, r.Body)
		}
	}
	r := create("")
	r.JSON(t, &made)
	w.Secret(made.ClientSecret)
	if made.ClientSecret == "" || made.ClientID == person || !clientID.MatchString(made.ClientID) {
		t.Fatalf("POST /api/v1/apps = %d with the client id %q, want one that the portal chose", r.Status, made.ClientID)
	}
	if n := testapp.One[string](t, w.App, "SELECT COUNT(*) FROM apps WHERE client_id = ? OR client_id IN (SELECT id FROM people)", person); n != "0" {
		t.Errorf("%s apps have the id of a person", n)
	}
	claims := decode(t, strings.Split(w.Tokens(t, w.TokenRequest(t, made, "grant_type", "client_credentials", "sub", person, "client_name", person)).AccessToken, ".")[1])
	if claims["sub"] != made.ClientID || claims["client_id"] != made.ClientID {
		t.Errorf("the app's own token has sub %v and client_id %v, want its client id in both", claims["sub"], claims["client_id"])
	}
	ofPerson := decode(t, strings.Split(w.owner.Authorize(t, w.site).AccessToken, ".")[1])
	if ofPerson["sub"] != person || ofPerson["client_id"] != w.site.ClientID {
		t.Errorf("a person's token has sub %v and client_id %v, want the person's id and the app's", ofPerson["sub"], ofPerson["client_id"])
	}
}
