package contract

import (
	"reflect"
	"sync"
	"testing"
	"time"

	"gatepost/db"
)

var appPromises = []promise{
	{"apps: what is inserted is read", appRoundTrip},
	{"apps: a name is unique in its team", appNameIsUnique},
	{"apps: the first call is stored once", firstCallIsKept},
	{"apps: secrets, tokens and usage are deleted with their app", deleteAppTakesAll},
	{"apps: a person's apps are those of the teams where they develop", appsOfPerson},
	{"apps: an OAuth client's settings are stored", clientSettings},
	{"apps: of changes made at once, each sees the one before it", changesOfOneApp},
	{"apps: an app moves to another team", appMoves},
}

func appRoundTrip(t *testing.T, s store) {
	f := s.fixture(t)
	same := func(what string, want db.App) {
		t.Helper()
		if got := must[db.App](t)(s.App(t.Context(), want.ClientID)); !reflect.DeepEqual(got, want) {
			t.Errorf("%s = %+v, want %+v", what, got, want)
		}
	}
	same("App", f.app)
	changed := f.app
	changed.Name, changed.Description, changed.Scopes, changed.TokenLifetime, changed.RefreshGrace = "Aaa", "", []string{"read"}, time.Minute, 0
	s.do(t, func(tx *db.Tx) error {
		changed.UpdatedAt = tx.Now.UTC()
		other := changed // what an update doesn't change
		other.Kind, other.TeamID, other.CreatedBy = "web", "none", "nobody"
		return tx.UpdateApp(t.Context(), other)
	})
	same("App after UpdateApp", changed)

	second := newApp(f.team.ID)
	second.Name = "Zzz"
	s.do(t, func(tx *db.Tx) error { return tx.InsertApp(t.Context(), second) })
	list := must[[]db.App](t)(s.Apps(t.Context(), f.team.ID))
	if len(list) != 2 || list[0].Name != "Aaa" || list[1].Name != "Zzz" {
		t.Errorf("Apps = %+v, want Aaa and Zzz", list)
	}
	_, err := s.App(t.Context(), "none")
	wantErr(t, "App(none)", err, db.ErrNotFound)
	none := newApp(f.team.ID)
	wantErr(t, "UpdateApp(none)", s.Tx(t.Context(), func(tx *db.Tx) error { return tx.UpdateApp(t.Context(), none) }), db.ErrNotFound)
	wantErr(t, "DeleteApp(none)", s.Tx(t.Context(), func(tx *db.Tx) error { return tx.DeleteApp(t.Context(), "none") }), db.ErrNotFound)
}

func appNameIsUnique(t *testing.T, s store) {
	here, there := s.fixture(t), s.fixture(t)
	twin := newApp(here.team.ID)
	twin.Name = here.app.Name
	err := s.Tx(t.Context(), func(tx *db.Tx) error { return tx.InsertApp(t.Context(), twin) })
	wantErr(t, "InsertApp with a taken name", err, db.ErrConflict)
	twin.TeamID = there.team.ID
	s.do(t, func(tx *db.Tx) error { return tx.InsertApp(t.Context(), twin) })
	twin.Name = there.app.Name
	err = s.Tx(t.Context(), func(tx *db.Tx) error { return tx.UpdateApp(t.Context(), twin) })
	wantErr(t, "UpdateApp to a taken name", err, db.ErrConflict)
}

func firstCallIsKept(t *testing.T, s store) {
	f := s.fixture(t)
	s.do(t, func(tx *db.Tx) error { return tx.NoteFirstCall(t.Context(), f.app.ClientID) })
	first := must[db.App](t)(s.App(t.Context(), f.app.ClientID)).FirstCallAt
	if first.IsZero() {
		t.Fatal("NoteFirstCall kept no time")
	}
	s.do(t, func(tx *db.Tx) error {
		tx.Now = tx.Now.Add(time.Hour)
		return tx.NoteFirstCall(t.Context(), f.app.ClientID)
	})
	equal(t, "time of the first call after a later one", must[db.App](t)(s.App(t.Context(), f.app.ClientID)).FirstCallAt, first)
}

func deleteAppTakesAll(t *testing.T, s store) {
	f, other := s.fixture(t), s.fixture(t)
	token, kept := newToken(f.secret), newToken(other.secret)
	for _, tok := range []db.AccessToken{token, kept} {
		if err := s.RecordToken(t.Context(), tok, db.Caller{Address: "192.0.2.1"}); err != nil {
			t.Fatal(err)
		}
	}
	s.do(t, func(tx *db.Tx) error { return tx.DeleteApp(t.Context(), f.app.ClientID) })
	_, err := s.AccessToken(t.Context(), token.JTI)
	wantErr(t, "AccessToken of a deleted app", err, db.ErrNotFound)
	equal(t, "secrets of a deleted app", len(must[[]db.ClientSecret](t)(s.Secrets(t.Context(), f.app.ClientID))), 0)
	equal(t, "usage of a deleted app", len(must[[]db.Usage](t)(s.UsageOfApp(t.Context(), f.app.ClientID, time.Time{}))), 0)
	wantErr(t, "RecordToken for a deleted app", s.RecordToken(t.Context(), newToken(f.secret), db.Caller{}), db.ErrNotFound)
	must[db.AccessToken](t)(s.AccessToken(t.Context(), kept.JTI))
	equal(t, "secrets of the other app", len(must[[]db.ClientSecret](t)(s.Secrets(t.Context(), other.app.ClientID))), 1)
	err = s.Tx(t.Context(), func(tx *db.Tx) error { return tx.InsertSecret(t.Context(), newSecret(f.app.ClientID), 5) })
	wantErr(t, "InsertSecret for a deleted app", err, db.ErrNotFound)
}

func changesOfOneApp(t *testing.T, s store) {
	f := s.fixture(t)
	const writers = 8
	var done sync.WaitGroup
	for range writers {
		done.Go(func() {
			err := s.Tx(t.Context(), func(tx *db.Tx) error {
				app, err := tx.LockApp(t.Context(), f.app.ClientID)
				if err != nil {
					return err
				}
				app.Description += "x"
				return tx.UpdateApp(t.Context(), app)
			})
			if err != nil {
				t.Errorf("Tx: %v", err)
			}
		})
	}
	done.Wait()
	app := must[db.App](t)(s.App(t.Context(), f.app.ClientID))
	equal(t, "changes that were kept", len(app.Description)-len(f.app.Description), writers)
	err := s.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := tx.LockApp(t.Context(), "nothing")
		return err
	})
	wantErr(t, "LockApp of none", err, db.ErrNotFound)
}

func appMoves(t *testing.T, s store) {
	f, other, ctx := s.fixture(t), s.fixture(t), t.Context()
	s.do(t, func(tx *db.Tx) error { return tx.MoveApp(ctx, f.app.ClientID, other.team.ID) })
	equal(t, "team of the moved app", must[db.App](t)(s.App(ctx, f.app.ClientID)).TeamID, other.team.ID)
	same := newApp(f.team.ID)
	same.Name = f.app.Name
	s.do(t, func(tx *db.Tx) error { return tx.InsertApp(ctx, same) })
	wantErr(t, "MoveApp to a team with that name", s.Tx(ctx, func(tx *db.Tx) error { return tx.MoveApp(ctx, same.ClientID, other.team.ID) }), db.ErrConflict)
	wantErr(t, "MoveApp(none)", s.Tx(ctx, func(tx *db.Tx) error { return tx.MoveApp(ctx, "none", other.team.ID) }), db.ErrNotFound)
}

func appsOfPerson(t *testing.T, s store) {
	one, two := s.fixture(t), s.fixture(t)
	check := func(who string, p db.Person, want ...string) {
		t.Helper()
		var got []string
		for _, a := range must[[]db.App](t)(s.AppsOf(t.Context(), p.ID)) {
			got = append(got, a.ClientID)
		}
		sameList(t, "apps of "+who, got, want)
	}
	check("an admin of one team", one.person, one.app.ClientID)
	check("a developer of both", s.person(t, false, "developer", one.team.ID, two.team.ID), one.app.ClientID, two.app.ClientID)
	check("a viewer", s.person(t, false, "viewer", one.team.ID))
	check("an owner in no team", s.person(t, true, ""), one.app.ClientID, two.app.ClientID)
	check("nobody", db.Person{ID: "nobody"})
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
