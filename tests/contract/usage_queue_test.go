package contract

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/tests/testapp"
)

var usageQueuePromises = []promise{
	{"uses: the first is written immediately, the others at most once a minute", usesByTheMinute},
	{"uses: a process sees its own before they are written", usesOfOwnProcess},
	{"uses: the last one never moves back, not even after a restart", usesNeverMoveBack},
	{"uses: what is read while others are written at once is complete", usesAreWhole},
	{"uses: made-up callers take a bounded number of rows", usesAreBounded},
	{"uses: a deleted app doesn't lose the uses of others", usesOfGoneApp},
	{"uses: old callers are deleted", usesArePurged},
}

// written returns what the database has of a secret's callers, without what a process remembers.
func (s store) written(t *testing.T, secretID string) (uses int, last int64) {
	t.Helper()
	if err := s.raw(t).QueryRow(`SELECT COALESCE(SUM(uses), 0), COALESCE(MAX(last_at), 0) FROM secret_callers WHERE secret_id = $1`, secretID).Scan(&uses, &last); err != nil {
		t.Fatal(err)
	}
	return uses, last
}

// untilWritten waits until the database has so many uses of a secret.
func (s store) untilWritten(t *testing.T, secretID string, want int) (last int64) {
	t.Helper()
	testapp.Until(t, 10*time.Second, fmt.Sprintf("%d uses of a secret are written", want), func() bool {
		uses := 0
		uses, last = s.written(t, secretID)
		return uses == want
	})
	return last
}

// reopened closes the database, which writes its counts, and opens it again.
func (s store) reopened(t *testing.T) store {
	t.Helper()
	s.leave(t, s.DB)
	s.DB = open(t, s.dsn)
	return s
}

func usesByTheMinute(t *testing.T, s store) {
	f := s.fixture(t)
	start := now().Truncate(time.Hour)
	use := func(secretID string, after time.Duration) {
		s.NoteUse(f.app.ClientID, secretID, db.Caller{Address: "192.0.2.1", UserAgent: "curl/8.5"}, start.Add(after))
	}
	use(f.secret.ID, 0)
	s.untilWritten(t, f.secret.ID, 1)
	for range 3 {
		use(f.secret.ID, 59*time.Second)
	}
	use("another", 59*time.Second)
	s.untilWritten(t, "another", 1)
	if uses, _ := s.written(t, f.secret.ID); uses != 1 {
		t.Errorf("written uses within the minute = %d, want 1", uses)
	}
	use(f.secret.ID, 60*time.Second)
	equal(t, "the last use", s.untilWritten(t, f.secret.ID, 5), start.Add(time.Minute).Unix())
}

func usesOfOwnProcess(t *testing.T, s store) {
	f := s.fixture(t)
	start := now().Truncate(24 * time.Hour).Add(time.Hour)
	use := func(caller db.Caller, at time.Time) { s.NoteUse(f.app.ClientID, f.secret.ID, caller, at) }
	one, two := db.Caller{Address: "192.0.2.1", UserAgent: "curl/8.5"}, db.Caller{Address: "2001:db8::2", UserAgent: "Ωmega"}
	for i := range 4 {
		use(one, start.Add(time.Duration(i)*time.Second))
	}
	use(two, start.Add(2*time.Second))
	use(one, start.Add(-25*time.Hour))
	got := map[string]db.CallerDay{}
	for _, c := range must[[]db.CallerDay](t)(s.Callers(t.Context(), f.team.ID, f.app.ClientID, start.AddDate(0, 0, -3))) {
		got[c.Address+c.Day.Format(" Mon")] = c
	}
	today := start.Truncate(24 * time.Hour)
	for _, want := range []db.CallerDay{
		{Day: today, Address: one.Address, UserAgent: one.UserAgent, Uses: 4, LastAt: start.Add(3 * time.Second)},
		{Day: today, Address: two.Address, UserAgent: two.UserAgent, Uses: 1, LastAt: start.Add(2 * time.Second)},
		{Day: today.AddDate(0, 0, -2), Address: one.Address, UserAgent: one.UserAgent, Uses: 1, LastAt: start.Add(-25 * time.Hour)},
	} {
		want.ClientID, want.SecretID = f.app.ClientID, f.secret.ID
		if want.LastAt.Truncate(24*time.Hour) != want.Day {
			want.Day = want.LastAt.Truncate(24 * time.Hour)
		}
		equal(t, "caller "+want.Address, got[want.Address+want.Day.Format(" Mon")], want)
	}
	equal(t, "callers", len(got), 3)
	equal(t, "callers since today", len(must[[]db.CallerDay](t)(s.Callers(t.Context(), f.team.ID, "", today))), 2)
	equal(t, "callers of another team", len(must[[]db.CallerDay](t)(s.Callers(t.Context(), "none", "", today))), 0)
	usage := must[[]db.Usage](t)(s.UsageOfApp(t.Context(), f.app.ClientID, start.Add(-time.Hour)))
	want := db.Usage{ClientID: f.app.ClientID, SecretID: f.secret.ID, LastAt: start.Add(3 * time.Second), Address: one.Address, UserAgent: one.UserAgent}
	if len(usage) != 1 || usage[0] != want {
		t.Errorf("UsageOfApp = %+v, want %+v: uses that got no token", usage, want)
	}
}

func usesNeverMoveBack(t *testing.T, s store) {
	f := s.fixture(t)
	start := now().Truncate(time.Hour)
	for i, after := range []time.Duration{5 * time.Minute, 9 * time.Minute, 7 * time.Minute} {
		caller := db.Caller{Address: []string{"a", "b", "c"}[i], UserAgent: "x"}
		s.NoteUse(f.app.ClientID, f.secret.ID, caller, start.Add(after))
		s.NoteUse(f.app.ClientID, f.secret.ID, db.Caller{Address: "shared"}, start.Add(after))
		s.NoteUse(f.app.ClientID, f.secret.ID, caller, start.Add(after-time.Minute))
		s = s.reopened(t)
	}
	usage := must[[]db.Usage](t)(s.UsageOfApp(t.Context(), f.app.ClientID, start))
	if len(usage) != 1 || !usage[0].LastAt.Equal(start.Add(9*time.Minute)) || usage[0].Address == "c" {
		t.Errorf("UsageOfApp = %+v, want the last use at minute 9, and not from c", usage)
	}
	total := 0
	for _, c := range must[[]db.CallerDay](t)(s.Callers(t.Context(), f.team.ID, "", start.AddDate(0, 0, -1))) {
		total += c.Uses
		want := map[string]time.Duration{"a": 5, "b": 9, "c": 7, "shared": 9}[c.Address] * time.Minute
		equal(t, "last use by "+c.Address, c.LastAt, start.Add(want))
	}
	equal(t, "uses", total, 9)
}

// Every use is a minute after the one before, so that batches are written all the time, and every
// goroutine reads after each of its uses.
func usesAreWhole(t *testing.T, s store) {
	const users, each = 4, 150
	f := s.fixture(t)
	start := now().Truncate(24 * time.Hour)
	var noted atomic.Int64
	read := func() int {
		total := 0
		for _, c := range must[[]db.CallerDay](t)(s.Callers(t.Context(), f.team.ID, "", start.AddDate(0, 0, -1))) {
			total += c.Uses
		}
		return total
	}
	errs := atOnce(users, func(i int) error {
		last := 0
		for j := range each {
			s.NoteUse(f.app.ClientID, f.secret.ID, db.Caller{Address: fmt.Sprint(i)}, start.Add(time.Duration(j)*time.Minute))
			before := int(noted.Add(1))
			got := read()
			if after := int(noted.Load()) + users; got < before || got < last || got > after {
				return fmt.Errorf("read %d uses, of %d to %d that were noted, after %d", got, before, after, last)
			}
			last = got
		}
		return nil
	})
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	equal(t, "uses", read(), users*each)
}

func usesAreBounded(t *testing.T, s store) {
	f := s.fixture(t)
	for i := range 300 {
		s.NoteUse(f.app.ClientID, f.secret.ID, db.Caller{Address: "192.0.2.1", UserAgent: fmt.Sprint("made up ", i)}, now())
	}
	list := must[[]db.CallerDay](t)(s.Callers(t.Context(), f.team.ID, "", now().AddDate(0, 0, -1)))
	total := 0
	for _, c := range list {
		total += c.Uses
	}
	equal(t, "uses", total, 300)
	if len(list) > 202 { // a run at midnight has two days
		t.Errorf("callers = %d, want at most 201", len(list))
	}
}

func usesOfGoneApp(t *testing.T, s store) {
	f, gone := s.fixture(t), s.fixture(t)
	s.do(t, func(tx *db.Tx) error { return tx.DeleteApp(t.Context(), gone.app.ClientID) })
	s.NoteUse(gone.app.ClientID, gone.secret.ID, db.Caller{}, now())
	s.NoteUse(f.app.ClientID, f.secret.ID, db.Caller{Address: "192.0.2.1\x00"}, now()) // PostgreSQL can't store such text
	s.NoteUse(f.app.ClientID, "good", db.Caller{Address: "192.0.2.1"}, now())
	equal(t, "usage of an app that is gone", len(must[[]db.Usage](t)(s.UsageOfApp(t.Context(), gone.app.ClientID, time.Time{}))), 0)
	s = s.reopened(t)
	var used []string
	for _, u := range must[[]db.Usage](t)(s.UsageOfTeam(t.Context(), f.team.ID, time.Time{})) {
		used = append(used, u.SecretID)
	}
	if !slices.Contains(used, "good") {
		t.Errorf("used secrets = %q, want the good one among them", used)
	}
}

func usesArePurged(t *testing.T, s store) {
	f := s.fixture(t)
	s.NoteUse(f.app.ClientID, f.secret.ID, db.Caller{Address: "192.0.2.1"}, now().AddDate(0, 0, -45))
	s.NoteUse(f.app.ClientID, f.secret.ID, db.Caller{Address: "192.0.2.1"}, now().AddDate(0, 0, -30))
	s = s.reopened(t)
	for _, secretID := range []string{"a", "b", "c", "d"} {
		s.NoteUse(f.app.ClientID, secretID, db.Caller{}, now().AddDate(0, 0, -401))
	}
	s = s.reopened(t)
	equal(t, "rows that one purge of three of each kind removes", must[int64](t)(s.Purge(t.Context(), 3)), 3+3)
	must[int64](t)(s.Purge(t.Context(), 100))
	equal(t, "days with callers", len(must[[]db.CallerDay](t)(s.Callers(t.Context(), f.team.ID, "", time.Time{}))), 1)
}
