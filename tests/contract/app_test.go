package contract

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"gatepost/db"
)

var appPromises = []promise{
	{"apps: what is inserted is read", appRoundTrip},
	{"apps: a name is unique in its team", appNameIsUnique},
	{"apps: the first call is kept", firstCallIsKept},
	{"apps: secrets, tokens and usage go with their app", deleteAppTakesAll},
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
	changed.Name, changed.Description, changed.Scopes, changed.TokenLifetime = "Aaa", "", []string{"read"}, time.Minute
	s.do(t, func(tx *db.Tx) error {
		changed.UpdatedAt = tx.Now.UTC()
		other := changed // what an update leaves alone
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

var portalPromises = []promise{
	{"settings: the first value stands", firstSettingStands},
	{"settings: of forty first values at once all see one", oneFirstSetting},
	{"scopes: an entry that is there stands", scopesStand},
	{"idempotency keys: a second use conflicts and undoes its work", idempotencyKeyConflicts},
	{"idempotency keys: of forty uses at once one wins", idempotencyKeyHasOneWinner},
}

func firstSettingStands(t *testing.T, s store) {
	_, err := s.Setting(t.Context(), "pepper")
	wantErr(t, "Setting(none)", err, db.ErrNotFound)
	for i, value := range []string{"one", "two"} {
		s.do(t, func(tx *db.Tx) error {
			got, err := tx.KeepSetting(t.Context(), "pepper", value)
			if got != "one" {
				t.Errorf("KeepSetting number %d = %q, want %q", i+1, got, "one")
			}
			return err
		})
	}
	equal(t, "Setting", must[string](t)(s.Setting(t.Context(), "pepper")), "one")
}

func oneFirstSetting(t *testing.T, s store) {
	got := make([]string, 40)
	for _, err := range atOnce(len(got), func(i int) error {
		return s.Tx(t.Context(), func(tx *db.Tx) (err error) {
			got[i], err = tx.KeepSetting(t.Context(), "pepper", fresh("value"))
			return err
		})
	}) {
		if err != nil {
			t.Errorf("KeepSetting: %v", err)
		}
	}
	stands := must[string](t)(s.Setting(t.Context(), "pepper"))
	for _, value := range got {
		equal(t, "KeepSetting", value, stands)
	}
}

func scopesStand(t *testing.T, s store) {
	want := []db.Scope{{Name: "write", Sentence: "Change.", AdminOnly: true, Position: 1}, {Name: "read", Sentence: "See.", Position: 2}}
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.KeepScope(t.Context(), want[1]), tx.KeepScope(t.Context(), want[0]),
			tx.KeepScope(t.Context(), db.Scope{Name: "read", Sentence: "Other.", Position: 9}))
	})
	if got := must[[]db.Scope](t)(s.Scopes(t.Context())); !reflect.DeepEqual(got, want) {
		t.Errorf("Scopes = %v, want %v", got, want)
	}
}

// targetOf is what an actor's key made.
func targetOf(t *testing.T, s store, actor, key string) string {
	t.Helper()
	target, _, err := s.IdempotencyTarget(t.Context(), actor, key)
	wantErr(t, "IdempotencyTarget", err, nil)
	return target
}

func idempotencyKeyConflicts(t *testing.T, s store) {
	f := s.fixture(t)
	use := func(actor, key string, app db.App) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error {
			if err := tx.InsertApp(t.Context(), app); err != nil {
				return err
			}
			return tx.UseIdempotencyKey(t.Context(), actor, key, app.ClientID, "")
		})
	}
	first, again := newApp(f.team.ID), newApp(f.team.ID)
	if err := use("ana", "key", first); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "UseIdempotencyKey again", use("ana", "key", again), db.ErrConflict)
	_, err := s.App(t.Context(), again.ClientID)
	wantErr(t, "App of the second use", err, db.ErrNotFound)
	equal(t, "IdempotencyTarget", targetOf(t, s, "ana", "key"), first.ClientID)
	if err := use("bob", "key", again); err != nil {
		t.Errorf("the same key of another actor: %v", err)
	}
	_, _, err = s.IdempotencyTarget(t.Context(), "ana", "none")
	wantErr(t, "IdempotencyTarget(none)", err, db.ErrNotFound)
}

func idempotencyKeyHasOneWinner(t *testing.T, s store) {
	f := s.fixture(t)
	won := 0
	for _, err := range atOnce(40, func(int) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error {
			app := newApp(f.team.ID)
			return errors.Join(tx.InsertApp(t.Context(), app), tx.UseIdempotencyKey(t.Context(), "ana", "key", app.ClientID, ""))
		})
	}) {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, db.ErrConflict):
			t.Errorf("UseIdempotencyKey of a loser = %v, want %v", err, db.ErrConflict)
		}
	}
	equal(t, "winners", won, 1)
	equal(t, "apps", len(must[[]db.App](t)(s.Apps(t.Context(), f.team.ID))), 2)
}
