package contract

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"gatepost/db"
)

func liveTokenList(t *testing.T, s store) {
	f := s.fixture(t)
	ctx := t.Context()
	y := s.yes(t, f)
	alone, expired := newToken(f.secret), newToken(f.secret)
	alone.IssuedAt, alone.PersonID = now().Add(time.Second), ""
	expired.ExpiresAt = now()
	for _, token := range []db.AccessToken{alone, expired} {
		if err := s.RecordToken(ctx, token, db.Caller{}); err != nil {
			t.Fatal(err)
		}
	}
	list := must[[]db.LiveToken](t)(s.LiveTokens(ctx, f.app.ClientID, now(), 10, 0))
	var ids []string
	for _, x := range list {
		ids = append(ids, x.JTI)
	}
	sameList(t, "LiveTokens", ids, []string{alone.JTI, y.access.JTI, y.family.ID})
	if of := list[1]; of.PersonName != f.person.Name || of.SecretHint != f.secret.Hint || of.Refresh || !list[2].Refresh || list[0].PersonName != "" {
		t.Errorf("LiveTokens = %+v, want names, hints and which one refreshes", list)
	}
	page := must[[]db.LiveToken](t)(s.LiveTokens(ctx, f.app.ClientID, now(), 1, 1))
	if len(page) != 1 || page[0].JTI != y.access.JTI {
		t.Errorf("the second page = %+v, want the family's access token", page)
	}
	equal(t, "CountLiveTokens", must[int](t)(s.CountLiveTokens(ctx, f.app.ClientID, "", now())), 3)
	equal(t, "LiveToken by id", must[db.LiveToken](t)(s.LiveToken(ctx, f.app.ClientID, y.family.ID, now())).Refresh, true)

	revoke := func(client, id string) error {
		return s.Tx(ctx, func(tx *db.Tx) error { return tx.RevokeToken(ctx, client, id) })
	}
	wantErr(t, "RevokeToken of another app", revoke("other", y.access.JTI), db.ErrNotFound)
	wantErr(t, "RevokeToken of another app's family", revoke("other", y.family.ID), db.ErrNotFound)
	for _, odd := range []string{"a\x00b", "\xff\xfe", ""} {
		wantErr(t, "RevokeToken of an id that no row can have", revoke(f.app.ClientID, odd), db.ErrNotFound)
	}
	wantErr(t, "RevokeToken of an expired one", revoke(f.app.ClientID, expired.JTI), db.ErrNotFound)
	s.wantAlive(t, "before the revocation", y, true)
	if err := revoke(f.app.ClientID, y.access.JTI); err != nil {
		t.Fatal(err)
	}
	s.wantAlive(t, "after the revocation of its access token", y, false)
	wantErr(t, "RevokeToken again", revoke(f.app.ClientID, y.access.JTI), db.ErrNotFound)

	second, third := s.yes(t, f), s.yes(t, f)
	if err := revoke(f.app.ClientID, second.family.ID); err != nil {
		t.Fatal(err)
	}
	s.wantAlive(t, "the family that was revoked by its id", second, false)
	s.wantAlive(t, "the other family", third, true)
	s.do(t, func(tx *db.Tx) error { return tx.RevokeTokensOfApp(ctx, f.app.ClientID) })
	s.wantAlive(t, "after the revocation of all", third, false)
	equal(t, "CountLiveTokens after the revocation of all", must[int](t)(s.CountLiveTokens(ctx, f.app.ClientID, "", now())), 0)

	seen := newToken(f.secret)
	if err := s.RecordToken(ctx, seen, db.Caller{}); err != nil {
		t.Fatal(err)
	}
	s.do(t, func(tx *db.Tx) error { return tx.SeeToken(ctx, seen.JTI) })
	if got := must[db.AccessToken](t)(s.AccessToken(ctx, seen.JTI)); got.LastSeenAt.IsZero() {
		t.Error("SeeToken wrote no time")
	}
}

func tokensOfSecretWithFamilies(t *testing.T, s store) {
	f := s.fixture(t)
	other := f
	other.secret = newSecret(f.app.ClientID)
	s.do(t, func(tx *db.Tx) error { return tx.InsertSecret(t.Context(), other.secret, 5) })
	mine, kept := s.yes(t, f), s.yes(t, other)
	equal(t, "CountLiveTokens of the secret", must[int](t)(s.CountLiveTokens(t.Context(), f.app.ClientID, f.secret.ID, now())), 2)
	s.do(t, func(tx *db.Tx) error {
		_, err := tx.RevokeTokensOfSecret(t.Context(), f.app.ClientID, f.secret.ID)
		return err
	})
	s.wantAlive(t, "what the secret issued", mine, false)
	s.wantAlive(t, "what another secret issued", kept, true)
}

func clientSettings(t *testing.T, s store) {
	f := s.fixture(t)
	app := f.app
	app.Grants, app.RedirectURIs = []string{"authorization_code", "refresh_token"}, []string{"https://app.example/a", "http://127.0.0.1/b"}
	app.AuthMethod, app.JWKS, app.JWKSURI, app.QueryParameters, app.Introspection = db.AuthJWT, `{"keys":[]}`, "https://app.example/jwks", true, "team"
	s.do(t, func(tx *db.Tx) error { return tx.UpdateApp(t.Context(), app) })
	got := must[db.App](t)(s.App(t.Context(), app.ClientID))
	sameList(t, "grants", got.Grants, app.Grants)
	sameList(t, "redirect URIs", got.RedirectURIs, app.RedirectURIs)
	if got.AuthMethod != app.AuthMethod || got.JWKS != app.JWKS || got.JWKSURI != app.JWKSURI || !got.QueryParameters || got.Introspection != "team" {
		t.Errorf("App = %+v, want %+v", got, app)
	}
	plain := newApp(f.team.ID)
	plain.AuthMethod = ""
	s.do(t, func(tx *db.Tx) error { return tx.InsertApp(t.Context(), plain) })
	equal(t, "method of an app that was stored without one", must[db.App](t)(s.App(t.Context(), plain.ClientID)).AuthMethod, db.AuthSecret)
	credentials := must[[]db.Credential](t)(s.Credentials(t.Context(), app.ClientID, f.secret.Hint))
	if len(credentials) != 1 || credentials[0].AuthMethod != db.AuthJWT {
		t.Errorf("Credentials = %+v, want one of %s", credentials, db.AuthJWT)
	}
}

// rows of version 1: an app, its secret, a token, as the first release wrote them.
const rowsOfVersion1 = `
INSERT INTO people (id, email, name, created_at) VALUES ('p1', 'ana@example.com', 'Ana', 1700000000);
INSERT INTO teams (id, name, solution_key, created_at) VALUES ('t1', 'Team', 'key', 1700000000);
INSERT INTO memberships (team_id, person_id, role, created_at) VALUES ('t1', 'p1', 'admin', 1700000000);
INSERT INTO apps (client_id, team_id, name, kind, grants, scopes, token_lifetime, created_at, updated_at)
	VALUES ('c1', 't1', 'App', 'server', 'client_credentials', 'read write', 3600, 1700000000, 1700000000);
INSERT INTO client_secrets (id, client_id, hint, hash, created_at) VALUES ('s1', 'c1', 'k3f9', '$argon2id$x', 1700000000);
INSERT INTO access_tokens (jti, client_id, secret_id, scope, audience, dialect, issued_at, expires_at)
	VALUES ('j1', 'c1', 's1', 'read', 'https://portal.example', 'nextome', 1700000000, 4000000000);
`

// older is a database as an older release left it: of that version of the schema, with rows.
func (s store) older(t *testing.T, version int, rows string) {
	t.Helper()
	raw := s.raw(t)
	files, err := filepath.Glob("../../db/migrations/" + s.engine + "/*.sql") // in their order
	if err != nil || len(files) <= version {
		t.Fatalf("migrations = %v, %v, want more than %d", files, err, version)
	}
	s.leave(t, s.DB)
	if s.engine == "postgres" {
		_, err = raw.Exec("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
	} else {
		for _, name := range []string{"", "-wal", "-shm"} {
			if removeErr := os.Remove(s.dsn + name); removeErr != nil && !errors.Is(removeErr, os.ErrNotExist) {
				t.Fatal(removeErr)
			}
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"CREATE TABLE schema_migrations (version BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)"}
	for i, name := range files[:version] {
		schema, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(schema), fmt.Sprintf("INSERT INTO schema_migrations (version, applied_at) VALUES (%d, 1700000000)", i+1))
	}
	for _, text := range append(texts, rows) {
		if _, err := raw.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	s.leave(t, raw)
}

func upgradeOfVersion1(t *testing.T, s store) {
	s.older(t, 1, rowsOfVersion1)
	d := open(t, s.dsn)
	app := must[db.App](t)(d.App(t.Context(), "c1"))
	if app.AuthMethod != db.AuthSecret || len(app.RedirectURIs) != 0 || app.QueryParameters || app.Introspection != "" || !slices.Equal(app.Scopes, []string{"read", "write"}) {
		t.Errorf("the app after the upgrade = %+v, want it to authenticate by secret, and nothing more", app)
	}
	token := must[db.AccessToken](t)(d.AccessToken(t.Context(), "j1"))
	if token.SecretID != "s1" || token.FamilyID != "" || !token.RevokedAt.IsZero() {
		t.Errorf("the token after the upgrade = %+v, want it as it was", token)
	}
	if c := must[[]db.Credential](t)(d.Credentials(t.Context(), "c1", "k3f9")); len(c) != 1 {
		t.Errorf("Credentials after the upgrade = %v, want the one secret", c)
	}
}

// Version 3 kept no text for searches of devices, and no hash with a one-time key. The devices
// are more than the upgrade takes at a time.
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
