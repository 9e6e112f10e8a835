package contract

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"gatepost/db"
)

var auditRetentionPromises = []promise{
	{"audit: old events of a kind are removed, and a signed checkpoint replaces them", retention},
	{"audit: removed events are found if no signed checkpoint replaces them", removalWithoutCheckpoint},
	{"audit: nothing is removed from a log that was tampered with", retentionKeepsEvidence},
	{"audit: removal by two processes at once makes one set of checkpoints", retentionAtOnce},
}

// mixed writes n events, of which all but every third are sign-ins.
func (s store) mixed(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		action := "sign_in"
		if i%3 == 2 {
			action = "app.created"
		}
		s.do(t, func(tx *db.Tx) error {
			return tx.InsertAudit(t.Context(), db.AuditEvent{ID: fresh("event"), TeamID: "t", Action: action})
		})
	}
}

func signIns(e db.AuditEvent) bool { return e.Action == "sign_in" }

func (s store) retain(t *testing.T, goes func(db.AuditEvent) bool) (int64, error) {
	t.Helper()
	return s.PurgeAudit(t.Context(), db.AuditRetention{
		Until: time.Now().Add(time.Hour), Goes: goes,
		Note: func(context.Context, *db.Tx, int64, time.Time, time.Time) error { return nil },
	})
}

func retention(t *testing.T, s store) {
	s.mixed(t, 10)
	anchors := []db.AuditHead{s.head(t)}
	n, err := s.retain(t, signIns)
	if n != 7 || err != nil {
		t.Fatalf("PurgeAudit = %d, %v, want 7", n, err)
	}
	r := s.verify(t, anchors...)
	if len(r.Faults) > 0 || r.Events != 3 || r.Removed != 7 || r.Checkpoints != 4 || r.Anchors != 1 {
		t.Errorf("VerifyAudit = %d events, %d removed, %d checkpoints, %d anchors, faults %v, want 3, 7, 4, 1 and none", r.Events, r.Removed, r.Checkpoints, r.Anchors, faults(r))
	}
	s.mixed(t, 2)
	if n, err := s.retain(t, signIns); n != 2 || err != nil {
		t.Errorf("PurgeAudit again = %d, %v, want 2", n, err)
	}
	// What is between two checkpoints joins them.
	if n, err := s.retain(t, func(e db.AuditEvent) bool { return e.Seq == 6 }); n != 1 || err != nil {
		t.Errorf("PurgeAudit of event 6 = %d, %v, want 1", n, err)
	}
	c := must[*db.AuditCheckpoint](t)(s.AuditCheckpoint(t.Context(), 6))
	if c == nil || c.FromSeq != 4 || c.ToSeq != 8 || c.Events != 5 {
		t.Errorf("the checkpoint at event 6 = %+v, want one for 4 to 8", c)
	}
	if r := s.verify(t, anchors...); len(r.Faults) > 0 || r.Checkpoints != 3 {
		t.Errorf("VerifyAudit = %d checkpoints, faults %v, want 3 and none", r.Checkpoints, faults(r))
	}
	if n, err := s.retain(t, func(db.AuditEvent) bool { return true }); n != 2 || err != nil {
		t.Errorf("PurgeAudit of all = %d, %v, want 2", n, err)
	}
	s.events(t, 1)
	if r := s.verify(t); len(r.Faults) > 0 || r.Checkpoints != 1 || r.Events != 1 || r.Removed != 12 {
		t.Errorf("VerifyAudit of a log that was removed whole = %d checkpoints, %d events, faults %v, want 1, 1 and none", r.Checkpoints, r.Events, faults(r))
	}
}

func removalWithoutCheckpoint(t *testing.T, s store) {
	s.mixed(t, 10)
	if _, err := s.retain(t, signIns); err != nil {
		t.Fatal(err)
	}
	s.tamper(t, "DELETE FROM audit_checkpoints WHERE from_seq = 4",
		"DELETE FROM audit_events WHERE seq = 9", "UPDATE audit_checkpoints SET to_seq = 9, events = 3 WHERE from_seq = 7")
	s.DB = open(t, s.dsn)
	sameList(t, "faults", faults(s.verify(t)), []string{"checkpoint 7", "missing 4", "missing 7"})
	// A checkpoint that isn't the portal's never becomes part of one that is.
	_, err := s.retain(t, func(db.AuditEvent) bool { return true })
	wantErr(t, "PurgeAudit next to a forged checkpoint", err, db.ErrAuditBroken)
}

func retentionKeepsEvidence(t *testing.T, s store) {
	s.mixed(t, 9)
	s.tamper(t, "UPDATE audit_events SET actor_name = 'x' WHERE seq = 4")
	s.DB = open(t, s.dsn)
	_, err := s.retain(t, signIns)
	wantErr(t, "PurgeAudit of a changed event", err, db.ErrAuditBroken)
	sameList(t, "faults", faults(s.verify(t)), []string{"changed 4"})
	s.tamperAgain(t, "UPDATE audit_head SET mac = ''")
	_, err = s.retain(t, func(e db.AuditEvent) bool { return e.Seq > 5 })
	wantErr(t, "PurgeAudit under a head that isn't signed", err, db.ErrAuditBroken)
}

func retentionAtOnce(t *testing.T, s store) {
	s.mixed(t, 30)
	others := []*db.DB{s.DB, open(t, s.dsn)}
	removed := make([]int64, len(others))
	for _, err := range atOnce(len(others), func(i int) (err error) {
		removed[i], err = others[i].PurgeAudit(context.Background(), db.AuditRetention{Until: time.Now().Add(time.Hour), Goes: signIns,
			Note: func(ctx context.Context, tx *db.Tx, n int64, _, _ time.Time) error {
				return tx.InsertAudit(ctx, db.AuditEvent{ID: fresh("event"), Action: "audit.purged", Detail: fmt.Sprint(n)})
			}})
		return errors.Join(err)
	}) {
		if err != nil {
			t.Errorf("PurgeAudit: %v", err)
		}
	}
	equal(t, "events removed by both", removed[0]+removed[1], 20)
	if r := s.verify(t); len(r.Faults) > 0 || r.Events != 11 || r.Removed != 20 {
		t.Errorf("VerifyAudit = %d events, %d removed, faults %v, want 11, 20 and none", r.Events, r.Removed, faults(r))
	}
}
