package contract

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"

	"gatepost/db"
	"gatepost/tests/testapp"
)

var upgradePromises = []promise{
	{"migrations: a database of any older version keeps its rows", upgradeOfEveryVersion},
	{"migrations: what version 5 knows of consents is bound to teams, and APIs stay open to who uses them", upgradeOfVersion5},
	{"migrations: devices of version 3 are found by a search, and its keys stay used", upgradeOfVersion3},
}

// auditSignedSince is the version of the schema since which the audit log is signed.
const auditSignedSince = 9

// rowsOfVersion1 are an app, its secret and a token, as the first release wrote them.
const rowsOfVersion1 = `
INSERT INTO people (id, email, name, created_at) VALUES ('p1', 'ana@example.com', 'Zoë Éclair', 1700000000);
INSERT INTO teams (id, name, solution_key, created_at) VALUES ('t1', 'Team', 'key', 1700000000);
INSERT INTO memberships (team_id, person_id, role, created_at) VALUES ('t1', 'p1', 'admin', 1700000000);
INSERT INTO apps (client_id, team_id, name, kind, grants, scopes, token_lifetime, created_at, updated_at)
	VALUES ('c1', 't1', 'App', 'server', 'client_credentials', 'read write', 3600, 1700000000, 1700000000);
INSERT INTO client_secrets (id, client_id, hint, hash, created_at) VALUES ('s1', 'c1', 'k3f9', '$argon2id$x', 1700000000);
INSERT INTO access_tokens (jti, client_id, secret_id, scope, audience, dialect, issued_at, expires_at)
	VALUES ('j1', 'c1', 's1', 'read', 'https://portal.example', 'nextome', 1700000000, 4000000000);
`

// rowsOf are rowsOfVersion1 as a later release wrote them: since version 5 with what a search looks into.
func rowsOf(version int) string {
	if version < 3 {
		return rowsOfVersion1
	}
	document := rowsOfVersion1 + `
INSERT INTO apis (id, name, audience, created_at) VALUES ('a1', 'Meters', 'https://meters.example', 1700000000);
INSERT INTO api_documents (api_id, version, title, document, created_at) VALUES ('a1', 1, 'Meters', '{"openapi":"3.0.3"}', 1700000000);
`
	if version < 5 {
		return document
	}
	return document + "UPDATE people SET search = 'zoë éclair';"
}

// older makes the database one that an older release left, with that version of the schema and
// these rows. It returns the newest version.
func (s store) older(t *testing.T, version int, rows string) (newest int) {
	t.Helper()
	raw := s.raw(t)
	s.leave(t, s.DB)
	if s.engine == "postgres" {
		if _, err := raw.Exec("DROP SCHEMA public CASCADE; CREATE SCHEMA public"); err != nil {
			t.Fatal(err)
		}
	} else {
		for _, name := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(s.dsn + name); err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
		}
	}
	newest = testapp.OldSchema(t, raw, s.engine, version)
	if _, err := raw.Exec(rows); err != nil {
		t.Fatal(err)
	}
	s.leave(t, raw)
	return newest
}

// REL-15: what an older release wrote is still there after the upgrade, and opening the database
// again changes nothing.
func upgradeOfEveryVersion(t *testing.T, s store) {
	for version := 1; s.older(t, version, rowsOf(version)) > version; version++ {
		s.DB = open(t, s.dsn)
		equal(t, fmt.Sprintf("whether the audit log of version %d is signed yet", version), s.OldAudit(), version < auditSignedSince)
		s = s.reopened(t)
		app := must[db.App](t)(s.App(t.Context(), "c1"))
		if app.AuthMethod != db.AuthSecret || len(app.RedirectURIs) != 0 || app.QueryParameters || app.Introspection != "" || !slices.Equal(app.Scopes, []string{"read", "write"}) {
			t.Errorf("the app of version %d after the upgrade = %+v, want it to authenticate by secret, and nothing more", version, app)
		}
		token := must[db.AccessToken](t)(s.AccessToken(t.Context(), "j1"))
		if token.SecretID != "s1" || token.FamilyID != "" || !token.RevokedAt.IsZero() {
			t.Errorf("the token of version %d after the upgrade = %+v, want it as it was", version, token)
		}
		if c := must[[]db.Credential](t)(s.Credentials(t.Context(), "c1", "k3f9")); len(c) != 1 {
			t.Errorf("Credentials of version %d after the upgrade = %v, want the one secret", version, c)
		}
		if version >= 3 {
			d := must[db.APIDocument](t)(s.APIDocument(t.Context(), "a1", 0))
			equal(t, fmt.Sprintf("the document of version %d after the upgrade", version), string(d.Document), `{"openapi":"3.0.3"}`)
		}
		if version >= 5 {
			continue // the releases since then write what searches read
		}
		for _, search := range []string{"zoë éclair", "ZOË ÉCLAIR"} {
			if found := must[[]db.PersonRow](t)(s.People(t.Context(), db.PeopleQuery{Search: search, Limit: 10})); len(found) != 1 {
				t.Errorf("people of version %d found by %q after the upgrade = %d, want one", version, search, len(found))
			}
		}
	}
}

// Version 3 stored no text for searches of devices, and no hash with an idempotency key. There are
// more devices than the upgrade handles at a time.
func upgradeOfVersion3(t *testing.T, s store) {
	const most = 1100
	rows := rowsOfVersion1 + "INSERT INTO idempotency_keys (actor, key, target, created_at) VALUES ('p1', 'k1', 'd1', 1700000000);\n" +
		"INSERT INTO devices (guid, team_id, unique_id, display_name, created_at, updated_at) VALUES "
	for i := range most {
		rows += fmt.Sprintf("('g%04d', 't1', 'OLD-%04d', 'Насос %d', 1700000000, 1700000000), ", i, i, i)
	}
	s.older(t, 3, rows+"('z', 't1', 'Last-1', 'TÜR 100%', 1700000000, 1700000000)")
	d := open(t, s.dsn)
	for search, want := range map[string]int{"насос": most, "НАСОС 7": 111, "old-": most, "Old-0042": 1, "tür 100%": 1, "last-1": 1, "100_": 0, "\n": most + 1} {
		equal(t, fmt.Sprintf("devices found by %q after the upgrade", search),
			must[int](t)(d.CountDevices(t.Context(), db.DeviceQuery{Filter: db.DeviceFilter{TeamID: "t1"}, Search: search})), want)
	}
	target, content, err := d.IdempotencyTarget(t.Context(), "p1", "k1")
	if target != "d1" || content != "" || err != nil {
		t.Errorf("IdempotencyTarget after the upgrade = %q, %q, %v, want what the key made, and no content", target, content, err)
	}
	err = d.Tx(t.Context(), func(tx *db.Tx) error {
		return tx.UseIdempotencyKey(t.Context(), "p1", "k1", "d2", "a hash")
	})
	wantErr(t, "UseIdempotencyKey of a key from before the upgrade", err, db.ErrConflict)
}

// Version 5 stored no teams with a consent, and didn't say which apps an API is for.
func upgradeOfVersion5(t *testing.T, s store) {
	s.older(t, 5, rowsOfVersion1+`
INSERT INTO teams (id, name, solution_key, created_at, login_client_id) VALUES ('t2', 'Two', 'key2', 1700000000, 'c2');
INSERT INTO teams (id, name, solution_key, created_at) VALUES ('t3', 'Three', 'key3', 1700000000);
INSERT INTO memberships (team_id, person_id, role, created_at) VALUES ('t2', 'p1', 'viewer', 1700000000);
INSERT INTO people (id, email, name, created_at) VALUES ('p2', 'bob@example.com', 'Bob', 1700000000);
INSERT INTO apps (client_id, team_id, name, kind, grants, scopes, token_lifetime, created_at, updated_at)
	VALUES ('c2', 't2', 'IoTConnect login', 'native', 'refresh_token', 'read', 3600, 1700000000, 1700000000);
UPDATE apps SET redirect_uris = 'https://app.example/a https://app.example/b' WHERE client_id = 'c1';
INSERT INTO authorizations (id, person_id, client_id, scopes, created_at, updated_at)
	VALUES ('a1', 'p1', 'c1', 'read', 1, 1), ('a2', 'p1', 'c2', 'read', 1, 1), ('a3', 'p2', 'c1', 'read', 1, 1);
INSERT INTO families (id, client_id, person_id, scope, audience, dialect, auth_time, created_at, expires_at)
	VALUES ('f1', 'c1', 'p1', 'read', 'https://used.example', 'nxtsoft', 1, 1, 4000000000), ('f2', 'c2', 'p1', 'read', 'https://portal.example', 'iotconnect', 1, 1, 4000000000);
INSERT INTO apis (id, name, audience, created_at) VALUES ('i1', 'Used', 'https://used.example', 1), ('i2', 'Unused', 'https://used.example/2', 1), ('i3', 'Documented', 'urn:d', 1);
INSERT INTO api_documents (api_id, version, title, document, facts, created_at)
	VALUES ('i3', 1, 'Old', '{}', '{"scopes":[{"name":"old"}]}', 1), ('i3', 2, 'New', '{}', '{"scopes":[{"name":"meters:read"},{"name":"two words"},{"name":"read"}]}', 1),
	('i2', 1, 'None', '{}', '', 1), ('i1', 1, 'Null', '{}', '{"scopes":null}', 1);
`)
	s.DB = open(t, s.dsn)
	ctx := t.Context()
	sorted := func(list []string) []string { slices.Sort(list); return list }
	for clientID, want := range map[string][]string{"c1": {"t1", "t2"}, "c2": {"t2"}} {
		sameList(t, "teams of the authorization of "+clientID, sorted(must[db.Authorization](t)(s.Authorization(ctx, "p1", clientID)).Teams), want)
	}
	for family, want := range map[string][]string{"f1": {"t1", "t2"}, "f2": {"t2"}} {
		sameList(t, "teams of the family "+family, sorted(must[db.Family](t)(s.Family(ctx, family)).Teams), want)
	}
	kept := must[db.Authorization](t)(s.Authorization(ctx, "p2", "c1"))
	sameList(t, "teams of who is in none", kept.Teams, nil)
	sameList(t, "redirect URIs of an authorization", kept.RedirectURIs, []string{"https://app.example/a", "https://app.example/b"})
	equal(t, "why it ended", kept.Ended, "")
	for id, want := range map[string]struct {
		access       string
		scopes, apps []string
	}{"i1": {db.AccessByApps, nil, []string{"c1"}}, "i2": {db.AccessByApps, nil, nil}, "i3": {db.AccessByScopes, []string{"meters:read", "read"}, nil}} {
		api := must[db.API](t)(s.API(ctx, id))
		equal(t, "access of "+id, api.Access, want.access)
		sameList(t, "scopes of "+id, api.Scopes, want.scopes)
		var apps []string
		for _, app := range must[[]db.App](t)(s.AppsOfAPI(ctx, id)) {
			apps = append(apps, app.ClientID)
		}
		sameList(t, "apps of "+id, apps, want.apps)
	}
}
