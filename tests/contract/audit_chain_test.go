package contract

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"gatepost/db"
)

var auditChainPromises = []promise{
	{"audit: an untouched log is intact, and its head names its last event", untouchedLog},
	{"audit: events can't be changed, removed or truncated, and the head never goes back", eventsAreKept},
	{"audit: a changed field of any kind is found", changedEvents},
	{"audit: a removed event is found, in the middle and at the end", removedEvents},
	{"audit: swapped events are found", swappedEvents},
	{"audit: an inserted event is found", strangeEvent},
	{"audit: a rewritten chain differs from a head kept elsewhere", rewrittenChain},
	{"audit: many transactions at once make one chain", appendedAtOnce},
	{"audit: events of an older schema join the chain in the upgrade", oldEventsAreChained},
}

func (s store) events(t *testing.T, n int) []string {
	t.Helper()
	var ids []string
	for i := range n {
		e := db.AuditEvent{ID: fresh("event"), Actor: "person1", ActorName: "Ana", TeamID: "team1", Action: "secret.revoked",
			TargetType: "app", TargetID: "app1", TargetName: "App", Detail: fmt.Sprint("number ", i), Address: "192.0.2.1", UserAgent: "curl"}
		ids = append(ids, e.ID)
		s.do(t, func(tx *db.Tx) error { return tx.InsertAudit(t.Context(), e) })
	}
	return ids
}

func (s store) verify(t *testing.T, anchors ...db.AuditHead) db.AuditReport {
	t.Helper()
	return must[db.AuditReport](t)(s.VerifyAudit(t.Context(), func(yield func(db.AuditAnchor, error) bool) {
		for _, h := range anchors {
			if !yield(db.AuditAnchor{AuditHead: h}, nil) {
				return
			}
		}
	}))
}

// faults returns the faults of a report in short, such as "changed 3".
func faults(r db.AuditReport) (out []string) {
	for _, f := range r.Faults {
		out = append(out, fmt.Sprint(f.Kind, " ", f.Seq))
	}
	return out
}

// tamper runs statements as the owner of the database could: with the triggers dropped.
func (s store) tamper(t *testing.T, statements ...string) {
	t.Helper()
	drops := []string{"DROP TRIGGER audit_events_kept", "DROP TRIGGER audit_events_not_deleted", "DROP TRIGGER audit_head_forward"}
	if s.engine == "postgres" {
		drops = []string{"DROP TRIGGER audit_events_kept ON audit_events", "DROP TRIGGER audit_events_not_deleted ON audit_events", "DROP TRIGGER audit_head_forward ON audit_head"}
	}
	s.leave(t, s.DB)
	raw := s.raw(t)
	for _, text := range append(drops, statements...) {
		if _, err := raw.Exec(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	s.leave(t, raw)
}

func untouchedLog(t *testing.T, s store) {
	if r := s.verify(t); r.Events != 0 || r.Head.Seq != 0 || len(r.Faults) != 0 {
		t.Errorf("VerifyAudit of an empty log = %+v, want nothing found", r)
	}
	ids := s.events(t, 3)
	first := must[db.AuditHead](t)(s.AuditHead(t.Context()))
	s.events(t, 2500) // more than one read takes
	r := s.verify(t, first)
	if r.Events != 2503 || r.Head.Seq != 2503 || len(r.Faults) != 0 {
		t.Errorf("VerifyAudit = %d events to %d, faults %v, want 2503 and none", r.Events, r.Head.Seq, r.Faults)
	}
	last := must[[]db.AuditEvent](t)(s.AuditEvents(t.Context(), db.AuditQuery{TeamID: "team1", Limit: 1}))[0]
	if r.Head.Seq != last.Seq || r.Head.Hash != last.Hash || !r.Head.At.Equal(last.At) {
		t.Errorf("the head = %+v, want that of %+v", r.Head, last)
	}
	equal(t, "the first event's place", must[[]db.AuditEvent](t)(s.AuditEvents(t.Context(), db.AuditQuery{TeamID: "team1", Before: ids[1], Limit: 1}))[0].Seq, int64(1))
}

func eventsAreKept(t *testing.T, s store) {
	s.events(t, 2)
	s.leave(t, s.DB)
	raw := s.raw(t)
	statements := []string{
		"UPDATE audit_events SET detail = 'x' WHERE seq = 1", "UPDATE audit_events SET hash = '' WHERE seq = 1", "DELETE FROM audit_events WHERE seq = 1", "DELETE FROM audit_events",
		"UPDATE audit_head SET seq = 1", "UPDATE audit_head SET hash = 'x'", "DELETE FROM audit_head",
	}
	if s.engine == "postgres" {
		statements = append(statements, "TRUNCATE audit_events", "TRUNCATE audit_head")
	}
	for _, text := range statements {
		if _, err := raw.Exec(text); err == nil || !strings.Contains(err.Error(), "append-only") && !strings.Contains(err.Error(), "goes forward") {
			t.Errorf("%s = %v, want it refused by a trigger", text, err)
		}
	}
}

func changedEvents(t *testing.T, s store) {
	s.events(t, 14)
	var statements []string
	for i, column := range []string{"actor", "actor_name", "team_id", "action", "target_type", "target_id", "target_name", "detail", "address", "user_agent", "hash"} {
		statements = append(statements, fmt.Sprintf("UPDATE audit_events SET %s = 'x' WHERE seq = %d", column, i+2))
	}
	statements = append(statements, "UPDATE audit_events SET at = at - 1 WHERE seq = 14",
		"UPDATE audit_events SET detail = 'number 0' || target_type, target_type = '' WHERE seq = 1") // the same bytes, in another field
	s.tamper(t, statements...)
	s.DB = open(t, s.dsn)
	// A changed hash is found twice: at the event itself and at the next, which includes it.
	want := []string{"changed 1", "changed 2", "changed 3", "changed 4", "changed 5", "changed 6", "changed 7", "changed 8", "changed 9", "changed 10", "changed 11", "changed 12", "changed 13", "changed 14"}
	r := s.verify(t)
	sameList(t, "faults", faults(r), want)
	if r.Faults[0].Event.ID == "" {
		t.Error("the fault does not name its event")
	}
}

func removedEvents(t *testing.T, s store) {
	s.events(t, 9)
	s.tamper(t, "DELETE FROM audit_events WHERE seq IN (3, 5, 6, 9)")
	s.DB = open(t, s.dsn)
	r := s.verify(t)
	sameList(t, "faults", faults(r), []string{"missing 3", "missing 5", "cut 9"})
	if !strings.Contains(r.Faults[1].Text, "5 to 6") {
		t.Errorf("text = %q, want both numbers", r.Faults[1].Text)
	}
}

func swappedEvents(t *testing.T, s store) {
	s.events(t, 5)
	s.tamper(t, "UPDATE audit_events SET seq = 99 WHERE seq = 2", "UPDATE audit_events SET seq = 2 WHERE seq = 3", "UPDATE audit_events SET seq = 3 WHERE seq = 99")
	s.DB = open(t, s.dsn)
	sameList(t, "faults", faults(s.verify(t)), []string{"changed 2", "changed 3", "changed 4"})
}

func strangeEvent(t *testing.T, s store) {
	s.events(t, 2)
	const row = `INSERT INTO audit_events (id, at, actor, actor_name, team_id, action, target_type, target_id, target_name, detail, address, user_agent, seq, hash)
		VALUES ('%s', 1, '', '', '', '', '', '', '', '', '', '', %d, '%s')`
	s.tamper(t, fmt.Sprintf(row, "a", 0, ""), fmt.Sprintf(row, "b", 7, "x"), fmt.Sprintf(row, "c", -1, "x"))
	s.DB = open(t, s.dsn)
	sameList(t, "faults", faults(s.verify(t)), []string{"strange -1", "strange 0", "strange 7"})
}

func rewrittenChain(t *testing.T, s store) {
	s.events(t, 3)
	kept := must[db.AuditHead](t)(s.AuditHead(t.Context()))
	// The owner of the database can rewrite the whole chain: here by letting the portal write it.
	s.tamper(t, "DELETE FROM audit_events", "UPDATE audit_head SET seq = 0, hash = '', at = 0, key_id = '', mac = ''")
	s.DB = open(t, s.dsn)
	s.events(t, 2)
	if r := s.verify(t); len(r.Faults) != 0 {
		t.Fatalf("faults = %v, want none without a head to compare with", r.Faults)
	}
	sameList(t, "faults of a shorter log", faults(s.verify(t, kept)), []string{"cut 3"})
	s.events(t, 3)
	sameList(t, "faults of a log as long", faults(s.verify(t, kept)), []string{"forked 3"})
}

func appendedAtOnce(t *testing.T, s store) {
	others := []*db.DB{s.DB, open(t, s.dsn), open(t, s.dsn)}
	const n, each = 12, 8
	for _, err := range atOnce(n, func(i int) error {
		for range each {
			err := others[i%len(others)].Tx(context.Background(), func(tx *db.Tx) error {
				// Others update these rows too, some in the opposite order: a deadlock would involve the chain.
				team := newTeam()
				return errors.Join(tx.InsertTeam(context.Background(), team), tx.InsertAudit(context.Background(), db.AuditEvent{ID: fresh("event"), Action: "a"}),
					tx.PutSetting(context.Background(), fmt.Sprint("key", i%3), team.ID), tx.InsertAudit(context.Background(), db.AuditEvent{ID: fresh("event"), Action: "b"}))
			})
			if err != nil {
				return err
			}
		}
		return nil
	}) {
		if err != nil {
			t.Errorf("Tx with others: %v", err)
		}
	}
	if r := s.verify(t); r.Events != n*each*2 || len(r.Faults) != 0 {
		t.Errorf("VerifyAudit = %d events, faults %v, want %d and none", r.Events, r.Faults, n*each*2)
	}
}

func oldEventsAreChained(t *testing.T, s store) {
	s.older(t, 1, rowsOfVersion1)
	raw := s.raw(t)
	for i := range 1100 { // more than one read takes
		if _, err := raw.Exec(fmt.Sprintf(`INSERT INTO audit_events (id, at, actor, actor_name, team_id, action, target_type, target_id, target_name, detail, address, user_agent)
			VALUES ('e%05d', 1700000000, 'p1', 'Ana', 't1', 'sign_in', 'person', 'p1', 'Ana', '', '192.0.2.1', 'curl')`, i)); err != nil {
			t.Fatal(err)
		}
	}
	s.leave(t, raw)
	s.DB = open(t, s.dsn)
	r := s.verify(t)
	if r.Events != 1100 || r.Head.Seq != 1100 {
		t.Fatalf("VerifyAudit after the upgrade = %d events to %d, want 1100", r.Events, r.Head.Seq)
	}
	sameList(t, "faults after the upgrade", faults(r), []string{"unsigned 1100"})
	equal(t, "whether the portal must sign the log", s.OldAudit(), true)
	s.do(t, func(tx *db.Tx) error {
		_, _, err := tx.AcceptAudit(t.Context())
		return errors.Join(err, tx.InsertAudit(t.Context(), db.AuditEvent{ID: fresh("event")}))
	})
	if r := s.verify(t, r.Head); r.Events != 1101 || len(r.Faults) != 0 {
		t.Errorf("VerifyAudit after one more = %d events, faults %v, want 1101 and none", r.Events, r.Faults)
	}
}
