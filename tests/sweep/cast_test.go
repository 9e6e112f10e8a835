package sweep

import (
	"database/sql"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatepost/handlers"
	"gatepost/tests/testapp"
)

// cast is the world with its actors.
type cast struct {
	*world
	who    map[string]*testapp.Person
	tokens map[string]string     // personal tokens with every scope, by actor
	json   map[string]string     // bodies, with ids of this world
	form   map[string]url.Values // fields, with ids of this world
	keep   *sql.DB
	tables []string
}

func newCast(t *testing.T) *cast {
	t.Helper()
	c := &cast{world: newWorld(t), who: map[string]*testapp.Person{}, tokens: map[string]string{}}
	team := testapp.One[string](t, c.App, "SELECT team_id FROM apps WHERE client_id = $1", c.credentials.ClientID)
	// With a scope for admins the app would be theirs alone: tests/flow.
	c.Exec(t, "UPDATE apps SET scopes = 'read write' WHERE client_id = $1", c.credentials.ClientID)
	abroad := c.AddTeam(t, "Elsewhere")
	c.who[owner], c.who[stranger] = c.owner, c.Visitor(t)
	c.who[admin], c.who[maker], c.who[other] = c.Member(t, team, "admin"), c.Member(t, team, "developer"), c.Member(t, team, "developer")
	c.who[viewer], c.who[foreign] = c.Member(t, team, "developer"), c.Member(t, abroad.ID, "admin")
	c.Exec(t, "UPDATE apps SET created_by = (SELECT id FROM people WHERE email = $1) WHERE client_id = $2", c.who[maker].Email, c.credentials.ClientID)
	c.AddApp(t, abroad.ID, "Abroad", "read")
	// Invitations have ended once; each actor gets a token before the viewer becomes one.
	for _, name := range people {
		c.tokens[name] = c.who[name].AddToken(t, "all", everyScope...)
	}
	demoted := testapp.One[string](t, c.App, "SELECT id FROM people WHERE email = $1", c.who[viewer].Email)
	if r := c.owner.Post(t, "/team/members/"+demoted+"/role", url.Values{"role": {"viewer"}}); r.Status != http.StatusSeeOther {
		t.Fatalf("POST /team/members/{id}/role = %d, want 303\n%s", r.Status, r.Body)
	}
	person, secretID := c.values["{person}"], c.values["/apps/{client_id}/secrets/{id}/revoke"]
	c.json = maps.Clone(bodies)
	c.json["POST /api/v1/exposures/retire"] = `{"person_id": "` + person + `", "team": "` + team + `", "keep_old": 3600}`
	c.json["POST /api/v1/apps/{client_id}/drills"] = `{"secret_id": "` + secretID + `", "minutes": 1}`
	c.json["POST /apps/{client_id}/secrets/{id}/handover"] = `{"to": "` + person + `", "ciphertext": "` + strings.Repeat("ab", 60) + `"}`
	c.form = maps.Clone(fields)
	c.form["POST /team/switch"] = url.Values{"team": {team}}
	c.snapshot(t)
	return c
}

// snapshot keeps the rows that routes end, so that restore brings them back for the next actor.
func (c *cast) snapshot(t *testing.T) {
	t.Helper()
	d, err := sql.Open("sqlite", "file:"+c.DB+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	c.keep = d
	c.tables = []string{"people", "teams", "memberships", "apps", "client_secrets", "access_tokens", "links", "personal_tokens", "authorizations", "families",
		"refresh_tokens", "devices", "device_grants", "device_templates", "apis", "api_documents", "handovers", "drills", "passkeys", "scopes", "settings", "outbox", "signing_keys"}
	for _, table := range append(c.tables, "sessions") {
		if _, err := d.Exec("CREATE TABLE keep_" + table + " AS SELECT * FROM " + table); err != nil {
			t.Fatal(err)
		}
	}
}

// restore puts back what a request has ended, in the connection's own way: without foreign
// keys nothing is cascaded.
func (c *cast) restore(t *testing.T) {
	t.Helper()
	tx, err := c.keep.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	for _, table := range c.tables {
		if _, err := tx.Exec("INSERT OR REPLACE INTO " + table + " SELECT * FROM keep_" + table); err != nil {
			t.Fatalf("restoring %s: %v", table, err)
		}
	}
	if _, err := tx.Exec("DELETE FROM client_secrets WHERE id NOT IN (SELECT id FROM keep_client_secrets)"); err != nil {
		t.Fatal(err)
	}
	// Of the sessions only the one that routes name: those of the actors change as they go on.
	if _, err := tx.Exec("INSERT OR REPLACE INTO sessions SELECT * FROM keep_sessions WHERE id = $1", c.values["/account/sessions/{id}/end"]); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// ask sends a request as one of the cast, as a browser or a program of theirs would.
func (c *cast) ask(t *testing.T, name string, r route, path string) *testapp.Answer {
	t.Helper()
	if r.group == handlers.Programs || r.group == handlers.Iotconnect {
		body := ""
		if r.method != http.MethodGet && r.method != http.MethodDelete {
			body = c.json[r.method+" "+r.pattern]
			if body == "" {
				body = "{}"
			}
		}
		req := c.Request(t, r.method, path, body, "Content-Type", jsonType)
		if name != stranger {
			req.Header.Set("Authorization", "Bearer "+c.tokens[name])
		}
		return c.Do(t, req)
	}
	key, body, kind := r.method+" "+r.pattern, "", formType
	switch {
	case c.json[key] != "":
		body, kind = c.json[key], jsonType
	case r.method == http.MethodPost:
		form := url.Values{"confirm_password": {testapp.Password}}
		maps.Copy(form, c.form[key])
		if version := c.version(t, name, path); version != "" {
			form.Set("seen", version)
		}
		body = form.Encode()
	}
	return c.who[name].Do(t, c.Request(t, r.method, path, body, "Content-Type", kind, "Sec-Fetch-Site", "same-origin"))
}

// version is the version that a form of a page sends: as the actor's page shows it, or the owner's if the
// actor may not see the page.
func (c *cast) version(t *testing.T, name, path string) string {
	t.Helper()
	if version := c.who[name].Version(t, path); version != "" {
		return version
	}
	return c.owner.Version(t, path)
}
