package contract

import (
	"context"
	"testing"
	"time"

	"gatepost/db"
)

var limitWindowPromises = []promise{
	{"limit windows: they count, end and are purged", windowsCount},
	{"limit windows: of those counted at once none is lost", windowsAtOnce},
	{"refusals: one row for a place, an account and an hour", refusalsAreCounted},
	{"sessions and browsers: a person has a bounded number", sessionsAreBounded},
}

func (s store) countInWindow(t *testing.T, key string, moment time.Time) (n int, ends time.Time) {
	t.Helper()
	s.do(t, func(tx *db.Tx) (err error) {
		n, ends, err = tx.CountInWindow(t.Context(), key, moment, time.Hour)
		return err
	})
	return n, ends
}

func windowsCount(t *testing.T, s store) {
	start := now()
	for want := range 3 {
		n, ends := s.countInWindow(t, "key", start.Add(time.Duration(want)*time.Minute))
		equal(t, "CountInWindow", n, want+1)
		equal(t, "the window's end", ends, start.Add(time.Hour))
	}
	s.do(t, func(tx *db.Tx) error { return tx.UncountInWindow(t.Context(), "key") })
	n, _ := s.countInWindow(t, "key", start.Add(59*time.Minute))
	equal(t, "CountInWindow after UncountInWindow", n, 3)
	n, _ = s.countInWindow(t, "other", start)
	equal(t, "CountInWindow of another key", n, 1)
	n, ends := s.countInWindow(t, "key", start.Add(time.Hour))
	equal(t, "CountInWindow in the next window", n, 1)
	equal(t, "the next window's end", ends, start.Add(2*time.Hour))
	s.countInWindow(t, "old", start.Add(-2*time.Hour))
	must[int64](t)(s.Purge(t.Context(), 100))
	var rows int
	if err := s.raw(t).QueryRow(`SELECT COUNT(*) FROM limit_windows`).Scan(&rows); err != nil {
		t.Fatal(err)
	}
	equal(t, "windows after Purge", rows, 2)
}

func windowsAtOnce(t *testing.T, s store) {
	for _, err := range atOnce(20, func(int) error {
		return s.Tx(context.Background(), func(tx *db.Tx) error {
			for _, key := range []string{"team", "person"} {
				if _, _, err := tx.CountInWindow(context.Background(), key, now(), time.Hour); err != nil {
					return err
				}
			}
			return nil
		})
	}) {
		if err != nil {
			t.Errorf("CountInWindow at once = %v, want nil", err)
		}
	}
	n, _ := s.countInWindow(t, "person", now())
	equal(t, "the 21st of a key", n, 21)
}

func refusalsAreCounted(t *testing.T, s store) {
	ctx := t.Context()
	hour := now().Truncate(time.Hour)
	s.do(t, func(tx *db.Tx) error {
		for i := range 30 {
			if err := tx.CountRefusal(ctx, db.RefusedSignIn, "192.0.2.1", "", hour.Add(time.Duration(i)*time.Second)); err != nil {
				return err
			}
		}
		if err := tx.CountRefusal(ctx, db.RefusedSignIn, "192.0.2.1", "", hour.Add(time.Hour)); err != nil {
			return err
		}
		return tx.CountRefusal(ctx, db.RefusedReset, "192.0.2.2", "", hour.Add(time.Minute))
	})
	open := must[[]db.Refusals](t)(s.OpenRefusals(ctx, 10))
	if len(open) != 3 || open[2].Count != 30 || open[2].Place != "192.0.2.1" || !open[2].LastAt.Equal(hour.Add(29*time.Second)) {
		t.Errorf("OpenRefusals = %+v, want three rows, the last of 30", open)
	}
	closed := func() (rows []db.Refusals) {
		s.do(t, func(tx *db.Tx) (err error) {
			rows, err = tx.CloseRefusals(ctx, hour.Add(time.Hour), 10)
			return err
		})
		return rows
	}
	if rows := closed(); len(rows) != 2 {
		t.Errorf("CloseRefusals = %+v, want the two of the hour that is over", rows)
	}
	if rows := closed(); len(rows) != 0 {
		t.Errorf("CloseRefusals again = %+v, want none", rows)
	}
	equal(t, "rows that are left", len(must[[]db.Refusals](t)(s.OpenRefusals(ctx, 10))), 1)
}

func sessionsAreBounded(t *testing.T, s store) {
	f, ctx := s.fixture(t), t.Context()
	for i := range 103 {
		session := newSession(f.person.ID)
		session.LastSeenAt = now().Add(time.Duration(i) * time.Second)
		token := fresh("browser")
		s.do(t, func(tx *db.Tx) error {
			if err := tx.PutBrowser(ctx, token, f.person.ID); err != nil {
				return err
			}
			return insertSession(t, tx, session)
		})
	}
	sessions := must[[]db.Session](t)(s.SessionsOf(ctx, f.person.ID, now()))
	if len(sessions) != 100 || sessions[99].LastSeenAt.Before(now()) {
		t.Errorf("%d sessions of one person are left, want the 100 that were seen last", len(sessions))
	}
	var browsers int
	if err := s.raw(t).QueryRow(`SELECT COUNT(*) FROM known_browsers`).Scan(&browsers); err != nil {
		t.Fatal(err)
	}
	equal(t, "known browsers of one person", browsers, 100)
}
