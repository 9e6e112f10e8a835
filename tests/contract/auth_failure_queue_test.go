package contract

import (
	"errors"
	"testing"
	"time"

	"gatepost/db"
)

var authFailureQueuePromises = []promise{
	{"failures: a flood at once keeps the newest, and never pushes out proven failures", floodIsBounded},
	{"failures: a flood at once for one app or team takes no places from others", floodTakesNoPlace},
	{"failures: what comes at once beyond the bounds is counted and dropped", tooMuchIsDropped},
}

// fill inserts n failures as after a flood, the oldest an hour old.
func (s store) fill(t *testing.T, n int, teamID, clientID string, proven bool) {
	t.Helper()
	query := `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		INSERT INTO auth_failures (id, seq, team_id, client_id, proven, status, code, description, reason, endpoint, address, user_agent)
		SELECT CAST($2 AS TEXT) || CAST(i AS TEXT), CAST($3 AS BIGINT) + i, CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS BOOLEAN), 401, 'invalid_client', '', 'secret_unknown', '/oauth2/token', '192.0.2.1', '' FROM n`
	if _, err := s.raw(t).Exec(query, n, fresh("fill"), now().Add(-time.Hour).UnixNano(), teamID, clientID, proven); err != nil {
		t.Fatal(err)
	}
}

func floodIsBounded(t *testing.T, s store) {
	f, other := s.fixture(t), s.fixture(t)
	s.fill(t, 2500, f.team.ID, f.app.ClientID, false)
	s.fill(t, 40, f.team.ID, f.app.ClientID, true)
	s.fill(t, 2500, other.team.ID, other.app.ClientID, false)
	s.fill(t, 5500, "", "nosuchapp", false)
	newest, stray := newFailure(f.app.ClientID), newFailure("nosuchapp")
	s.NoteFailure(newest, db.FailureClues{})
	s.NoteFailure(stray, db.FailureClues{})
	if err := s.FlushFailures(t.Context()); err != nil {
		t.Fatal(err)
	}
	count := func(where string, args ...any) (n int) {
		t.Helper()
		if err := s.raw(t).QueryRow(`SELECT COUNT(*) FROM auth_failures WHERE `+where, args...).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	equal(t, "guessed ones of the app", count(`client_id = $1 AND NOT proven`, f.app.ClientID), 2000)
	equal(t, "others of the app", count(`client_id = $1 AND proven`, f.app.ClientID), 40)
	equal(t, "those of an app that nobody called now", count(`client_id = $1`, other.app.ClientID), 2500)
	equal(t, "those of no app", count(`team_id = ''`), 5000)
	for _, id := range []string{newest.ID, stray.ID} {
		must[db.AuthFailure](t)(s.AuthFailure(t.Context(), id))
	}
}

func floodTakesNoPlace(t *testing.T, s store) {
	f, other := s.fixture(t), s.fixture(t)
	s.do(t, func(tx *db.Tx) error {
		var err error
		for range 98 { // 100 including the fixtures: each gets a hundredth of the whole
			err = errors.Join(err, tx.InsertApp(t.Context(), newApp(f.team.ID)))
		}
		return err
	})
	for _, proven := range []bool{false, true} {
		s.fill(t, 1500, f.team.ID, f.app.ClientID, proven)
	}
	s.fill(t, 3000, f.team.ID, "", false) // vendor logins, before the first successful one
	s.fill(t, 300, other.team.ID, "", false)
	provenOne := newFailure(f.app.ClientID)
	provenOne.Proven = true
	s.NoteFailure(provenOne, db.FailureClues{})
	s.NoteFailure(newFailure(f.app.ClientID), db.FailureClues{})
	for range 200 { // these name nobody
		s.NoteFailure(newFailure(""), db.FailureClues{})
	}
	login := newFailure("")
	s.NoteFailure(login, db.FailureClues{SolutionKey: f.team.SolutionKey})
	if err := s.FlushFailures(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what, teamID, clientID string
		proven                 bool
		want                   int
	}{
		{"guessed ones of the app", f.team.ID, f.app.ClientID, false, 1000},
		{"others of the app", f.team.ID, f.app.ClientID, true, 1000},
		{"logins of the team", f.team.ID, "", false, 1000},
		{"logins of the other team", other.team.ID, "", false, 300},
	} {
		n := 0
		err := s.raw(t).QueryRow(`SELECT COUNT(*) FROM auth_failures WHERE team_id = $1 AND client_id = $2 AND proven = $3`, c.teamID, c.clientID, c.proven).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, c.what, n, c.want)
	}
	must[db.AuthFailure](t)(s.AuthFailure(t.Context(), login.ID))
}

func tooMuchIsDropped(t *testing.T, s store) {
	f := s.fixture(t)
	const flood = 5000
	for range flood {
		s.NoteFailure(newFailure(f.app.ClientID), db.FailureClues{})
	}
	provenOne := newFailure(f.app.ClientID)
	provenOne.Proven = true
	s.NoteFailure(provenOne, db.FailureClues{})
	must[db.AuthFailure](t)(s.AuthFailure(t.Context(), provenOne.ID))
	kept := len(s.failed(t, db.AuthFailureQuery{TeamID: f.team.ID, Limit: 2 * flood}))
	if kept > 2001 || kept < 2 {
		t.Errorf("after a flood of %d = %d kept, want some, and 2001 at the most", flood, kept)
	}
	if s.DroppedFailures() == 0 {
		t.Error("DroppedFailures = 0 after a flood, want those that were not kept")
	}
}
