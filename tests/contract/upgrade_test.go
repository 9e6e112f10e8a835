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
	{"migrations: devices of version 3 are found by a search, and its keys stay used", upgradeOfVersion3},
}

// searchSince is the version of the schema since which people are written with what a search looks at.
const searchSince = 5

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
	rows := func(version int) string {
		if version < searchSince {
			return rowsOfVersion1
		}
		return rowsOfVersion1 + "UPDATE people SET search = 'zoë éclair'"
	}
	for version := 1; s.older(t, version, rows(version)) > version; version++ {
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
