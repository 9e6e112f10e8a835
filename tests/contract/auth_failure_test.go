package contract

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"gatepost/db"
)

var authFailurePromises = []promise{
	{"failures: a queued failure is listed immediately, by every filter, newest first", failuresAreListed},
	{"failures: the team is the app's, and a request that names no app has none", failuresFindTheirTeam},
	{"failures: another app's secret is recognized only for the team that owns both apps", secretOfAnotherApp},
	{"failures: a vendor login's team is that of its solution key", failureOfLogin},
	{"failures: what is queued before Close is stored by it", failuresSurviveClose},
	{"failures: text that can't be stored doesn't block anything", oddFailures},
	{"failures: they are deleted after 30 days", oldFailuresGo},
	{"failures: each caller is counted once", failingCallers},
	{"failures: they move with their app", failuresMove},
}

// newFailure returns a failure of an app, with a reason that the queue doesn't change.
func newFailure(clientID string) db.AuthFailure {
	return db.AuthFailure{
		ID: fresh("err_"), At: now(), ClientID: clientID, Status: 401, Code: "invalid_client", Description: "not right", Reason: db.ReasonSecretRevoked,
		Detail: "revoked", Endpoint: "/oauth2/token", Dialect: "nxtsoft", Address: "192.0.2.1", UserAgent: "curl/8.5 \"Ω\"",
	}
}

func (s store) failed(t *testing.T, q db.AuthFailureQuery) (ids []string) {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 100
	}
	for _, f := range must[[]db.AuthFailure](t)(s.AuthFailures(t.Context(), q)) {
		ids = append(ids, f.ID)
	}
	return ids
}

func failuresAreListed(t *testing.T, s store) {
	f := s.fixture(t)
	start := now()
	old := newFailure(f.app.ClientID)
	old.At, old.Reason, old.Address = start.Add(-time.Hour), db.ReasonScopeNotGranted, "192.0.2.9"
	a, b := newFailure(f.app.ClientID), newFailure(f.app.ClientID)
	b.Proven, b.SecretID, b.Hint = true, f.secret.ID, f.secret.Hint
	for _, x := range []db.AuthFailure{a, old, b} { // a and b at the same moment
		s.NoteFailure(x, db.FailureClues{})
	}
	got := must[db.AuthFailure](t)(s.AuthFailure(t.Context(), b.ID))
	want := b
	want.At, want.TeamID, want.AppName, want.SecretLabel, want.SecretExpires = got.At, f.team.ID, f.app.Name, f.secret.Label, f.secret.ExpiresAt
	equal(t, "AuthFailure", got, want)
	if d := got.At.Sub(b.At); d < 0 || d > time.Millisecond {
		t.Errorf("AuthFailure.At = %s after it was noted, want the same moment", d)
	}
	of := db.AuthFailureQuery{TeamID: f.team.ID}
	for name, c := range map[string]struct {
		query db.AuthFailureQuery
		want  []string
	}{
		"all":                         {of, []string{b.ID, a.ID, old.ID}},
		"two":                         {db.AuthFailureQuery{TeamID: f.team.ID, Limit: 2}, []string{b.ID, a.ID}},
		"older":                       {db.AuthFailureQuery{TeamID: f.team.ID, Before: a.ID}, []string{old.ID}},
		"older than one that is gone": {db.AuthFailureQuery{TeamID: f.team.ID, Before: "err_gone"}, nil},
		"app":                         {db.AuthFailureQuery{TeamID: f.team.ID, ClientID: f.app.ClientID}, []string{b.ID, a.ID, old.ID}},
		"another app":                 {db.AuthFailureQuery{TeamID: f.team.ID, ClientID: "x"}, nil},
		"reason":                      {db.AuthFailureQuery{TeamID: f.team.ID, Reason: db.ReasonScopeNotGranted}, []string{old.ID}},
		"secret":                      {db.AuthFailureQuery{TeamID: f.team.ID, SecretID: f.secret.ID}, []string{b.ID}},
		"address":                     {db.AuthFailureQuery{TeamID: f.team.ID, Address: "192.0.2.9"}, []string{old.ID}},
		"since":                       {db.AuthFailureQuery{TeamID: f.team.ID, Since: start.Add(-time.Minute)}, []string{b.ID, a.ID}},
		"until":                       {db.AuthFailureQuery{TeamID: f.team.ID, Until: start.Add(-time.Minute)}, []string{old.ID}},
		"another team":                {db.AuthFailureQuery{TeamID: "x"}, nil},
		"of no app":                   {db.AuthFailureQuery{}, nil},
	} {
		if got := s.failed(t, c.query); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("AuthFailures(%s) = %v, want %v", name, got, c.want)
		}
	}
	secrets := must[[]db.FailedSecret](t)(s.FailedSecrets(t.Context(), f.team.ID, 10))
	if len(secrets) != 1 || secrets[0] != (db.FailedSecret{SecretID: f.secret.ID, Hint: f.secret.Hint, Label: f.secret.Label, AppName: f.app.Name}) {
		t.Errorf("FailedSecrets = %+v, want the one", secrets)
	}
	_, err := s.AuthFailure(t.Context(), "err_gone")
	wantErr(t, "AuthFailure of none", err, db.ErrNotFound)
}

func failuresFindTheirTeam(t *testing.T, s store) {
	f := s.fixture(t)
	keyed := newApp(f.team.ID)
	keyed.AuthMethod = db.AuthJWT
	s.do(t, func(tx *db.Tx) error { return tx.InsertApp(t.Context(), keyed) })
	note := func(clientID, reason, hint string) string {
		x := newFailure(clientID)
		x.Reason, x.Hint = reason, hint
		s.NoteFailure(x, db.FailureClues{})
		return x.ID
	}
	for name, c := range map[string]struct {
		id                   string
		team, reason, secret string
	}{
		"made up":                  {note(f.app.ClientID, db.ReasonSecretUnknown, ""), f.team.ID, db.ReasonSecretUnknown, ""},
		"with whitespace":          {note(f.app.ClientID, db.ReasonSecretWhitespace, f.secret.Hint), f.team.ID, db.ReasonSecretWhitespace, f.secret.ID},
		"of no app":                {note("nosuchapp", db.ReasonSecretUnknown, ""), "", db.ReasonUnknownClient, ""},
		"JSON of no app":           {note("nosuchapp", db.ReasonBodyNotForm, ""), "", db.ReasonBodyNotForm, ""},
		"without a client id":      {note("", db.ReasonBodyNotForm, ""), "", db.ReasonBodyNotForm, ""},
		"a secret for a key's app": {note(keyed.ClientID, db.ReasonSecretUnknown, ""), f.team.ID, db.ReasonAuthMethod, ""},
	} {
		got := must[db.AuthFailure](t)(s.AuthFailure(t.Context(), c.id))
		if got.TeamID != c.team || got.Reason != c.reason || got.SecretID != c.secret {
			t.Errorf("%s = team %q, reason %q, secret %q, want %q, %q, %q", name, got.TeamID, got.Reason, got.SecretID, c.team, c.reason, c.secret)
		}
	}
}

func secretOfAnotherApp(t *testing.T, s store) {
	mine, theirs := s.fixture(t), s.fixture(t)
	sibling := newApp(mine.team.ID)
	s.do(t, func(tx *db.Tx) error { return tx.InsertApp(t.Context(), sibling) })
	note := func(madeFor string) db.AuthFailure {
		x := newFailure(mine.app.ClientID)
		x.Reason = db.ReasonSecretUnknown
		s.NoteFailure(x, db.FailureClues{MadeFor: func(clientID string) bool { return clientID == madeFor }})
		return must[db.AuthFailure](t)(s.AuthFailure(t.Context(), x.ID))
	}
	if got := note(sibling.ClientID); got.Reason != db.ReasonSecretOfOtherApp || got.Detail != "secret of another app: "+sibling.Name {
		t.Errorf("secret of the team's other app = %s, %q, want secret_of_other_app with its name", got.Reason, got.Detail)
	}
	if got := note(theirs.app.ClientID); got.Reason != db.ReasonSecretUnknown {
		t.Errorf("secret of another team's app = %s, %q, want secret_unknown", got.Reason, got.Detail)
	}
}

func failureOfLogin(t *testing.T, s store) {
	f := s.fixture(t)
	note := func(key string) db.AuthFailure {
		x := newFailure("")
		x.Reason = db.ReasonWrongLogin
		s.NoteFailure(x, db.FailureClues{SolutionKey: key})
		return must[db.AuthFailure](t)(s.AuthFailure(t.Context(), x.ID))
	}
	equal(t, "team before the first login", note(f.team.SolutionKey).TeamID, f.team.ID)
	s.do(t, func(tx *db.Tx) error { return tx.SetVendorLoginApp(t.Context(), f.team.ID, f.app.ClientID) })
	equal(t, "app after it", note(f.team.SolutionKey).ClientID, f.app.ClientID)
	equal(t, "team of an unknown key", note("none").TeamID, "")
}

func failuresSurviveClose(t *testing.T, s store) {
	f := s.fixture(t)
	x := newFailure(f.app.ClientID)
	s.NoteFailure(x, db.FailureClues{})
	s.leave(t, s.DB)
	again := open(t, s.dsn)
	equal(t, "team after reopening", must[db.AuthFailure](t)(again.AuthFailure(t.Context(), x.ID)).TeamID, f.team.ID)
}

func oddFailures(t *testing.T, s store) {
	f := s.fixture(t)
	odd, next := newFailure("a\x00b"), newFailure(f.app.ClientID)
	odd.Description, odd.UserAgent, odd.Address = "\xff", "curl\x00\xc3", "\x00"
	s.NoteFailure(odd, db.FailureClues{SolutionKey: "\x00"})
	s.NoteFailure(next, db.FailureClues{})
	if err := s.FlushFailures(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "user agent", must[db.AuthFailure](t)(s.AuthFailure(t.Context(), odd.ID)).UserAgent, "curl \uFFFD")
	equal(t, "team of the next one", must[db.AuthFailure](t)(s.AuthFailure(t.Context(), next.ID)).TeamID, f.team.ID)
}

func oldFailuresGo(t *testing.T, s store) {
	f := s.fixture(t)
	old, young := newFailure(f.app.ClientID), newFailure(f.app.ClientID)
	old.At, young.At = now().Add(-31*24*time.Hour), now().Add(-29*24*time.Hour)
	s.NoteFailure(old, db.FailureClues{})
	s.NoteFailure(young, db.FailureClues{})
	if err := s.FlushFailures(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Purge(t.Context(), 100); err != nil {
		t.Fatal(err)
	}
	if got := s.failed(t, db.AuthFailureQuery{TeamID: f.team.ID}); len(got) != 1 || got[0] != young.ID {
		t.Errorf("after Purge = %v, want the one of 29 days", got)
	}
}

func failingCallers(t *testing.T, s store) {
	f := s.fixture(t)
	for _, c := range []struct {
		address, agent, reason string
		ago                    time.Duration
	}{
		{"192.0.2.1", "a", db.ReasonSecretExpired, 0}, {"192.0.2.1", "a", db.ReasonSecretExpired, time.Minute},
		{"192.0.2.1", "b", db.ReasonDrill, 0}, {"192.0.2.2", "a", db.ReasonSecretExpired, 0}, {"192.0.2.3", "a", db.ReasonDrill, 2 * time.Hour},
	} {
		x := newFailure(f.app.ClientID)
		x.Address, x.UserAgent, x.Reason, x.At = c.address, c.agent, c.reason, now().Add(-c.ago)
		s.NoteFailure(x, db.FailureClues{})
	}
	if err := s.FlushFailures(t.Context()); err != nil {
		t.Fatal(err)
	}
	since := now().Add(-time.Hour)
	equal(t, "FailingCallers", must[db.FailingCallers](t)(s.FailingCallers(t.Context(), f.team.ID, "", since)), db.FailingCallers{Callers: 3, Failures: 4, Reason: db.ReasonSecretExpired})
	equal(t, "of another app", must[db.FailingCallers](t)(s.FailingCallers(t.Context(), f.team.ID, "x", since)), db.FailingCallers{})
	equal(t, "of another team", must[db.FailingCallers](t)(s.FailingCallers(t.Context(), "x", "", since)), db.FailingCallers{})
}

func failuresMove(t *testing.T, s store) {
	f, to := s.fixture(t), s.fixture(t)
	x := newFailure(f.app.ClientID)
	s.NoteFailure(x, db.FailureClues{})
	if err := errors.Join(s.FlushFailures(t.Context()), s.Tx(t.Context(), func(tx *db.Tx) error {
		return tx.MoveAuthFailures(context.Background(), f.app.ClientID, to.team.ID)
	})); err != nil {
		t.Fatal(err)
	}
	equal(t, "team after the move", must[db.AuthFailure](t)(s.AuthFailure(t.Context(), x.ID)).TeamID, to.team.ID)
}
