package contract

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"gatepost/db"
)

var committerPromises = []promise{
	{"recording: a hundred tokens at once share commits", tokensShareCommits},
	{"recording: of a hundred uses at once the newest counts as the last", newestUseIsTheLast},
	{"recording: a bad token doesn't fail the others that come at once", badTokenAlone},
	{"recording: two processes at once lose nothing", twoProcesses},
	{"recording: closing at once keeps every answered token", closeKeepsAnswered},
}

func tokensShareCommits(t *testing.T, s store) {
	const callers = 100
	f := s.fixture(t)
	before := s.tokenCommits(t)
	release := s.blockTokens(t)
	var called sync.WaitGroup
	called.Add(callers)
	result := make(chan []error, 1)
	go func() {
		result <- atOnce(callers, func(int) error {
			called.Done()
			return s.RecordToken(t.Context(), newToken(f.secret), db.Caller{})
		})
	}()
	called.Wait()
	release()
	if err := errors.Join(<-result...); err != nil {
		t.Fatal(err)
	}
	equal(t, "tokens", must[int](t)(s.CountTokens(t.Context(), f.app.ClientID, now())), callers)
	if n := s.tokenCommits(t) - before; n < 1 || n > callers/5 {
		t.Errorf("%d tokens took %d commits, want at most %d", callers, n, callers/5)
	}
}

// blockTokens keeps everybody else from writing tokens until release is called.
func (s store) blockTokens(t *testing.T) (release func()) {
	t.Helper()
	conn, err := s.raw(t).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	begin := "BEGIN IMMEDIATE"
	if s.engine == "postgres" {
		begin = "BEGIN; LOCK TABLE access_tokens IN EXCLUSIVE MODE"
	}
	if _, err := conn.ExecContext(t.Context(), begin); err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
			t.Error(err)
		}
		conn.Close()
	}
}

// tokenCommits counts commits: on PostgreSQL those that wrote the existing tokens (xmin is the
// transaction that wrote a row), on SQLite all that are in the write-ahead log.
func (s store) tokenCommits(t *testing.T) (n int) {
	t.Helper()
	if s.engine == "postgres" {
		if err := s.raw(t).QueryRow("SELECT COUNT(DISTINCT xmin::text) FROM access_tokens").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	wal, err := os.ReadFile(s.dsn + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	// Section 4.1 of SQLite's file format: a header of 32 bytes with the page size in bytes 8-11
	// and two salts in 16-23; then frames of 24 bytes and a page each, where bytes 4-7 are
	// non-zero in a committing frame and 8-15 repeat the salts of the current log.
	page := int(binary.BigEndian.Uint32(wal[8:]))
	for at := 32; at+24+page <= len(wal); at += 24 + page {
		if binary.BigEndian.Uint32(wal[at+4:]) != 0 && string(wal[at+8:at+16]) == string(wal[16:24]) {
			n++
		}
	}
	return n
}

func newestUseIsTheLast(t *testing.T, s store) {
	f := s.fixture(t)
	hour := now().Truncate(time.Hour)
	release := s.blockTokens(t) // so that they are written in groups
	result := make(chan []error, 1)
	var called sync.WaitGroup
	called.Add(100)
	go func() {
		result <- atOnce(100, func(i int) error {
			token := newToken(f.secret)
			token.IssuedAt = hour.Add(time.Duration(i) * time.Second)
			called.Done()
			return s.RecordToken(t.Context(), token, db.Caller{Address: fmt.Sprint(i)})
		})
	}()
	called.Wait()
	release()
	if err := errors.Join(<-result...); err != nil {
		t.Fatal(err)
	}
	got := must[[]db.Usage](t)(s.UsageOfApp(t.Context(), f.app.ClientID, hour.Add(-time.Hour)))
	want := db.Usage{ClientID: f.app.ClientID, SecretID: f.secret.ID, Tokens: 100, LastAt: hour.Add(99 * time.Second), Address: "99"}
	if len(got) != 1 || got[0] != want {
		t.Errorf("UsageOfApp = %+v, want %+v", got, want)
	}
}

func badTokenAlone(t *testing.T, s store) {
	f := s.fixture(t)
	taken := newToken(f.secret)
	if err := s.RecordToken(t.Context(), taken, db.Caller{}); err != nil {
		t.Fatal(err)
	}
	release := s.blockTokens(t)
	result := make(chan []error, 1)
	var called sync.WaitGroup
	called.Add(40)
	go func() {
		result <- atOnce(40, func(i int) error {
			token := newToken(f.secret)
			if i%10 == 0 {
				token.JTI = taken.JTI // which the database refuses
			}
			called.Done()
			return s.RecordToken(t.Context(), token, db.Caller{})
		})
	}()
	called.Wait()
	release()
	for i, err := range <-result {
		if i%10 == 0 {
			wantErr(t, "RecordToken of a token that is there", err, db.ErrConflict)
		} else if err != nil {
			t.Errorf("RecordToken of a good token next to it: %v", err)
		}
	}
	equal(t, "tokens", must[int](t)(s.CountTokens(t.Context(), f.app.ClientID, now())), 37)
	got := must[[]db.Usage](t)(s.UsageOfApp(t.Context(), f.app.ClientID, now().Add(-time.Hour)))
	if len(got) != 1 || got[0].Tokens != 37 {
		t.Errorf("UsageOfApp = %+v, want 37 tokens", got)
	}
}

func twoProcesses(t *testing.T, s store) {
	const callers, each = 12, 25
	other := store{open(t, s.dsn), s.engine, s.dsn, s.pg}
	f := s.fixture(t)
	secrets := []db.ClientSecret{f.secret}
	for range 3 {
		secrets = append(secrets, newSecret(f.app.ClientID))
		s.do(t, func(tx *db.Tx) error { return tx.InsertSecret(t.Context(), secrets[len(secrets)-1], 5) })
	}
	started := time.Now()
	if err := errors.Join(atOnce(callers, func(i int) error {
		for j := range each {
			// Every group has several secrets, each time in a different order.
			if err := []store{s, other}[i%2].RecordToken(t.Context(), newToken(secrets[(i*7+j*3)%len(secrets)]), db.Caller{}); err != nil {
				return err
			}
		}
		return nil
	})...); err != nil {
		t.Fatal(err)
	}
	equal(t, "tokens", must[int](t)(s.CountTokens(t.Context(), f.app.ClientID, now())), callers*each)
	// Uses are written in batches, within a minute or when the process ends.
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, u := range must[[]db.Usage](t)(s.UsageOfApp(t.Context(), f.app.ClientID, now().Add(-2*time.Hour))) {
		total += u.Tokens
	}
	equal(t, "counted uses", total, callers*each)
	if s.engine == "postgres" {
		var deadlocks int
		if err := s.raw(t).QueryRow("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").Scan(&deadlocks); err != nil {
			t.Fatal(err)
		}
		equal(t, "deadlocks", deadlocks, 0)
	}
	t.Logf("%d tokens in %s", callers*each, time.Since(started).Round(time.Millisecond))
}

func closeKeepsAnswered(t *testing.T, s store) {
	f := s.fixture(t)
	tokens := make([]db.AccessToken, 40)
	some := make(chan struct{}, len(tokens)*50)
	errs := atOnce(len(tokens), func(i int) error {
		if i == 0 {
			for range 60 {
				<-some
			}
			return s.Close()
		}
		for {
			token := newToken(f.secret)
			if err := s.RecordToken(t.Context(), token, db.Caller{}); err != nil {
				return err
			}
			tokens[i] = token
			select {
			case some <- struct{}{}:
			default:
			}
		}
	})
	if errs[0] != nil {
		t.Errorf("Close = %v", errs[0])
	}
	again := open(t, s.dsn)
	for i, token := range tokens {
		if i == 0 {
			continue
		}
		wantErr(t, "RecordToken after Close", errs[i], db.ErrBusy)
		if token.JTI == "" {
			continue
		}
		if _, err := again.AccessToken(t.Context(), token.JTI); err != nil {
			t.Errorf("an answered token is gone: %v", err)
		}
	}
}
