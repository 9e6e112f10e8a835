package contract

import (
	"cmp"
	"errors"
	"slices"
	"testing"
	"time"

	"gatepost/db"
)

var usagePromises = []promise{
	{"usage: uses are counted by hour", usageByHour},
	{"usage: the last use never moves back", usageNeverMovesBack},
}

func usageByHour(t *testing.T, s store) {
	f := s.fixture(t)
	second := newSecret(f.app.ClientID)
	unused := newApp(f.team.ID)
	hour := now().Truncate(time.Hour)
	record := func(secretID string, at time.Time, caller db.Caller) {
		t.Helper()
		token := newToken(f.secret)
		token.SecretID, token.IssuedAt, token.ExpiresAt = secretID, at, at.Add(time.Hour)
		if err := s.RecordToken(t.Context(), token, caller); err != nil {
			t.Fatal(err)
		}
	}
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.InsertApp(t.Context(), unused), tx.InsertSecret(t.Context(), second, 5))
	})
	record(f.secret.ID, hour.Add(-3*time.Hour), db.Caller{Address: "192.0.2.1", UserAgent: "old"})
	record(f.secret.ID, hour.Add(-30*time.Hour), db.Caller{Address: "192.0.2.1", UserAgent: "oldest"})
	record(f.secret.ID, hour.Add(time.Minute), db.Caller{Address: "192.0.2.2", UserAgent: "new"})
	record(f.secret.ID, hour.Add(2*time.Minute), db.Caller{Address: "2001:db8::2", UserAgent: "newest"})
	record("", hour.Add(time.Minute), db.Caller{Address: "192.0.2.3", UserAgent: "portal"})

	want := []db.Usage{
		{ClientID: f.app.ClientID, Tokens: 1, LastAt: hour.Add(time.Minute), Address: "192.0.2.3", UserAgent: "portal"},
		{ClientID: f.app.ClientID, SecretID: f.secret.ID, Tokens: 3, LastAt: hour.Add(2 * time.Minute), Address: "2001:db8::2", UserAgent: "newest"},
	}
	since := hour.Add(-24 * time.Hour)
	for what, got := range map[string][]db.Usage{
		"UsageOfApp":  must[[]db.Usage](t)(s.UsageOfApp(t.Context(), f.app.ClientID, since)),
		"UsageOfTeam": must[[]db.Usage](t)(s.UsageOfTeam(t.Context(), f.team.ID, since)),
	} {
		slices.SortFunc(got, func(a, b db.Usage) int { return cmp.Compare(a.SecretID, b.SecretID) })
		if !slices.Equal(got, want) {
			t.Errorf("%s = %+v, want %+v", what, got, want)
		}
	}
	hours := must[[]db.HourCount](t)(s.TokensByHour(t.Context(), f.team.ID, "", since))
	if !slices.Equal(hours, []db.HourCount{{Hour: hour.Add(-3 * time.Hour), Tokens: 1}, {Hour: hour, Tokens: 3}}) {
		t.Errorf("TokensByHour = %+v, want 1 and 3", hours)
	}
	equal(t, "hours of the app", len(must[[]db.HourCount](t)(s.TokensByHour(t.Context(), f.team.ID, f.app.ClientID, since))), 2)
	equal(t, "hours of an unused app", len(must[[]db.HourCount](t)(s.TokensByHour(t.Context(), f.team.ID, unused.ClientID, since))), 0)
	equal(t, "hours of another team", len(must[[]db.HourCount](t)(s.TokensByHour(t.Context(), "none", f.app.ClientID, since))), 0)
}

func usageNeverMovesBack(t *testing.T, s store) {
	f := s.fixture(t)
	hour := now().Truncate(time.Hour)
	for i, minute := range []time.Duration{5, 9, 7} {
		token := newToken(f.secret)
		token.IssuedAt = hour.Add(minute * time.Minute)
		if err := s.RecordToken(t.Context(), token, db.Caller{Address: []string{"a", "b", "c"}[i], UserAgent: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	got := must[[]db.Usage](t)(s.UsageOfApp(t.Context(), f.app.ClientID, hour.Add(-time.Hour)))
	want := db.Usage{ClientID: f.app.ClientID, SecretID: f.secret.ID, Tokens: 3, LastAt: hour.Add(9 * time.Minute), Address: "b", UserAgent: "x"}
	if len(got) != 1 || got[0] != want {
		t.Errorf("UsageOfApp = %+v, want %+v", got, want)
	}
}
