package contract

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"gatepost/db"
)

var auditPromises = []promise{
	{"audit: events are listed from the newest, page by page", auditPages},
}

func auditPages(t *testing.T, s store) {
	want := db.AuditEvent{Actor: "person1", ActorName: "Ana", TeamID: "team1", Action: "secret.revoked", TargetType: "app", TargetID: "app1",
		TargetName: "App", Detail: "..k3f9\nsecond line", Address: "192.0.2.1", UserAgent: "curl"}
	var ids []string
	s.do(t, func(tx *db.Tx) error {
		want.At = tx.Now.UTC()
		for range 5 {
			e := want
			e.ID, e.At = fresh("event"), now().Add(-time.Hour) // the transaction's now stands, not this
			ids = append(ids, e.ID)
			if err := tx.InsertAudit(t.Context(), e); err != nil {
				return err
			}
		}
		other := want
		other.ID, other.TeamID, other.TargetID = fresh("event"), "team2", "app2"
		return tx.InsertAudit(t.Context(), other)
	})
	first := must[[]db.AuditEvent](t)(s.TeamAudit(t.Context(), "team1", "", 2))
	if len(first) != 2 {
		t.Fatalf("TeamAudit = %d events, want 2", len(first))
	}
	want.ID = ids[4]
	equal(t, "newest event", first[0], want)
	next := must[[]db.AuditEvent](t)(s.TeamAudit(t.Context(), "team1", first[1].ID, 10))
	var got []string
	for _, e := range append(first, next...) {
		got = append(got, e.ID)
	}
	sameList(t, "events of both pages", got, []string{ids[4], ids[3], ids[2], ids[1], ids[0]})
	target := must[[]db.AuditEvent](t)(s.TargetAudit(t.Context(), "app1", 3))
	if len(target) != 3 || target[0] != want {
		t.Errorf("TargetAudit = %+v, want the three newest", target)
	}
}

var keyPromises = []promise{
	{"keys: what is inserted is listed until its publication ends", keyRoundTrip},
	{"keys: retiring leaves the new key and earlier ends alone", retireKeys},
	{"keys: of forty processes at once one makes the key", oneMakesTheKey},
}

func newKey() db.SigningKey {
	return db.SigningKey{KID: fresh("kid"), Algorithm: "RS256", PrivateKey: []byte{0, 1, 255}, CreatedAt: now(), SignsFrom: now()}
}

func keyRoundTrip(t *testing.T, s store) {
	older, newer, gone := newKey(), newKey(), newKey()
	older.SignsFrom, older.SignsUntil, older.PublishedUntil = now().Add(-time.Hour), now(), now().Add(time.Minute)
	gone.PublishedUntil = now()
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.InsertSigningKey(t.Context(), newer), tx.InsertSigningKey(t.Context(), older), tx.InsertSigningKey(t.Context(), gone))
	})
	if got := must[[]db.SigningKey](t)(s.SigningKeys(t.Context(), now())); !reflect.DeepEqual(got, []db.SigningKey{older, newer}) {
		t.Errorf("SigningKeys = %+v, want %+v and %+v", got, older, newer)
	}
}

func retireKeys(t *testing.T, s store) {
	retired, old, current := newKey(), newKey(), newKey()
	retired.SignsUntil, retired.PublishedUntil = now().Add(time.Minute), now().Add(time.Hour)
	retired.SignsFrom, old.SignsFrom = now().Add(-2*time.Hour), now().Add(-time.Hour)
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.InsertSigningKey(t.Context(), retired), tx.InsertSigningKey(t.Context(), old), tx.InsertSigningKey(t.Context(), current),
			tx.RetireSigningKeys(t.Context(), current.KID, now().Add(time.Second), now().Add(2*time.Hour)))
	})
	old.SignsUntil, old.PublishedUntil = now().Add(time.Second), now().Add(2*time.Hour)
	got := must[[]db.SigningKey](t)(s.SigningKeys(t.Context(), now()))
	if len(got) != 3 || !reflect.DeepEqual(got[0], retired) || !reflect.DeepEqual(got[2], current) {
		t.Errorf("SigningKeys = %+v, want the first and the last unchanged", got)
	}
	if d := got[1].PublishedUntil.Sub(old.PublishedUntil).Abs(); d > time.Minute || got[1].SignsUntil.IsZero() {
		t.Errorf("the old key = %+v, want %+v", got[1], old)
	}
}

func oneMakesTheKey(t *testing.T, s store) {
	for _, err := range atOnce(40, func(int) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error {
			if err := tx.LockSigningKeys(t.Context()); err != nil {
				return err
			}
			have, err := tx.SigningKeys(t.Context(), tx.Now)
			if err != nil || len(have) > 0 {
				return err
			}
			return tx.InsertSigningKey(t.Context(), newKey())
		})
	}) {
		if err != nil {
			t.Errorf("making the key: %v", err)
		}
	}
	equal(t, "keys", len(must[[]db.SigningKey](t)(s.SigningKeys(t.Context(), now()))), 1)
}

var purgePromises = []promise{
	{"purge: what ended long ago goes, a bounded number at a time", purgeIsBounded},
	{"purge: a young idempotency key stays when another actor's old one has its name", purgeKeepsYoungKeys},
}

func purgeIsBounded(t *testing.T, s store) {
	f := s.fixture(t)
	day := 24 * time.Hour
	for i := range 5 {
		old := newToken(f.secret)
		old.IssuedAt, old.ExpiresAt = now().Add(-time.Duration(401+i)*day), now().Add(-2*day)
		if err := s.RecordToken(t.Context(), old, db.Caller{}); err != nil {
			t.Fatal(err)
		}
		session, link := newSession(f.person.ID), newLink("t")
		session.ExpiresAt, link.ExpiresAt = now().Add(-time.Minute), now().Add(-31*day)
		s.do(t, func(tx *db.Tx) error {
			tx.Now = tx.Now.Add(-8 * day)
			return errors.Join(tx.PutSession(t.Context(), session), tx.InsertLink(t.Context(), link), tx.UseIdempotencyKey(t.Context(), "ana", fresh("key"), "x"))
		})
	}
	keepToken, keepSession, keepLink := newToken(f.secret), newSession(f.person.ID), newLink("t")
	keepToken.ExpiresAt, keepLink.ExpiresAt = now().Add(-time.Hour), now().Add(-day)
	if err := s.RecordToken(t.Context(), keepToken, db.Caller{}); err != nil {
		t.Fatal(err)
	}
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.PutSession(t.Context(), keepSession), tx.InsertLink(t.Context(), keepLink), tx.UseIdempotencyKey(t.Context(), "ana", "young", "x"))
	})
	for round, want := range []int64{15, 10, 0} { // five kinds of five rows each, three at a time
		equal(t, fmt.Sprintf("Purge number %d", round+1), must[int64](t)(s.Purge(t.Context(), 3)), want)
	}
	must[db.AccessToken](t)(s.AccessToken(t.Context(), keepToken.JTI))
	must[db.Session](t)(s.Session(t.Context(), keepSession.ID))
	must[db.Link](t)(s.Link(t.Context(), keepLink.ID))
	must[string](t)(s.IdempotencyTarget(t.Context(), "ana", "young"))
	equal(t, "usage rows", len(must[[]db.HourCount](t)(s.TokensByHour(t.Context(), f.team.ID, "", time.Time{}))), 1)
}

func purgeKeepsYoungKeys(t *testing.T, s store) {
	s.do(t, func(tx *db.Tx) error {
		if err := tx.UseIdempotencyKey(t.Context(), "bob", "key", "young"); err != nil {
			return err
		}
		tx.Now = tx.Now.Add(-8 * 24 * time.Hour)
		return tx.UseIdempotencyKey(t.Context(), "ana", "key", "old")
	})
	must[int64](t)(s.Purge(t.Context(), 100))
	equal(t, "target of the young key", must[string](t)(s.IdempotencyTarget(t.Context(), "bob", "key")), "young")
	_, err := s.IdempotencyTarget(t.Context(), "ana", "key")
	wantErr(t, "IdempotencyTarget of the old key", err, db.ErrNotFound)
}

var migrationPromises = []promise{
	{"migrations: opening again changes nothing", reopen},
	{"migrations: a newer schema is refused with what to do", newerSchemaIsRefused},
	{"migrations: of eight processes that start at once all open", openAtOnce},
}

func reopen(t *testing.T, s store) {
	f := s.fixture(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, s.dsn)
	equal(t, "Team after reopening", must[db.Team](t)(again.Team(t.Context(), f.team.ID)), f.team)
	if err := again.Ping(t.Context()); err != nil {
		t.Errorf("Ping = %v", err)
	}
}

func newerSchemaIsRefused(t *testing.T, s store) {
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	raw := s.raw(t)
	if _, err := raw.Exec("INSERT INTO schema_migrations (version, applied_at) VALUES (9999, 1)"); err != nil {
		t.Fatal(err)
	}
	raw.Close()
	d, err := db.Open(t.Context(), s.dsn)
	if err == nil {
		d.Close()
		t.Fatal("Open of a newer schema succeeded")
	}
	for _, word := range []string{"9999", "newer gatepost"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("Open = %q, want it to say %q", err, word)
		}
	}
}

func openAtOnce(t *testing.T, s store) {
	dsn := filepath.Join(t.TempDir(), "new", "gatepost.db")
	if s.engine == "postgres" {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.raw(t).Exec("DROP SCHEMA public CASCADE; CREATE SCHEMA public"); err != nil {
			t.Fatal(err)
		}
		dsn = s.dsn
	}
	for _, err := range atOnce(8, func(int) error {
		d, err := db.Open(t.Context(), dsn)
		if err != nil {
			return err
		}
		return d.Close()
	}) {
		if err != nil {
			t.Errorf("Open beside seven others: %v", err)
		}
	}
}

var transactionPromises = []promise{
	{"transactions: a failed one leaves nothing", failedTxLeavesNothing},
	{"transactions: one reads what it wrote, on its own connection", txReadsItsWrites},
	{"texts: what no row can hold is not found", oddTextIsNotFound},
	{"sqlite: file and folder are private", filesArePrivate},
}

func failedTxLeavesNothing(t *testing.T, s store) {
	team, failure := newTeam(), errors.New("no")
	err := s.Tx(t.Context(), func(tx *db.Tx) error {
		return errors.Join(tx.InsertTeam(t.Context(), team), failure)
	})
	wantErr(t, "Tx", err, failure)
	_, err = s.Team(t.Context(), team.ID)
	wantErr(t, "Team of a failed transaction", err, db.ErrNotFound)
}

func txReadsItsWrites(t *testing.T, s store) {
	s.fixture(t)
	s.do(t, func(tx *db.Tx) error {
		team := newTeam()
		if err := tx.InsertTeam(t.Context(), team); err != nil {
			return err
		}
		equal(t, "Team in its transaction", must[db.Team](t)(tx.Team(t.Context(), team.ID)), team)
		equal(t, "number of teams", len(must[[]db.TeamSize](t)(tx.Teams(t.Context()))), 2)
		return nil
	})
}

// Ids come from addresses, where anybody may write anything.
func oddTextIsNotFound(t *testing.T, s store) {
	s.fixture(t)
	for _, id := range []string{"\x00", "a\x00b", "\xff\xfe", "", "'; DROP TABLE apps; --", strings.Repeat("x", 100_000)} {
		_, err := s.App(t.Context(), id)
		wantErr(t, fmt.Sprintf("App(%.10q)", id), err, db.ErrNotFound)
		_, err = s.LinkByTokenHash(t.Context(), id)
		wantErr(t, fmt.Sprintf("LinkByTokenHash(%.10q)", id), err, db.ErrNotFound)
	}
	equal(t, "teams afterwards", len(must[[]db.TeamSize](t)(s.Teams(t.Context()))), 1)
}

func filesArePrivate(t *testing.T, s store) {
	if s.engine != "sqlite" {
		return
	}
	for _, name := range []string{filepath.Dir(s.dsn), s.dsn, s.dsn + "-wal", s.dsn + "-shm"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Error(err)
		} else if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("mode of %s = %v, want it closed to group and others", filepath.Base(name), info.Mode())
		}
	}
}
