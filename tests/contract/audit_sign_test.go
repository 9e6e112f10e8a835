package contract

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"
	"time"

	"gatepost/db"
)

var auditSignPromises = []promise{
	{"audit: a tail that was cut off with an old head put back is found by an anchor", cutTail},
	{"audit: a tail that was cut off under a head made by hand is found without an anchor", cutTailWithoutAnchor},
	{"audit: a log that was rewritten without the key is found, also after the portal went on writing", rewrittenLog},
	{"audit: a head without a signature is found", unsignedHead},
	{"audit: an anchor made by hand is found", forgedAnchor},
	{"audit: heads of an older key are still the portal's, and those of an unknown key stop the writer", rotatedAuditKey},
	{"audit: a head that is unsigned is signed only when somebody accepts it", acceptedHead},
	{"audit: one of several processes at once keeps a new head", anchorClaims},
}

// auditMAC signs with the last of the keys, and knows them all.
func auditMAC(ids ...string) db.AuditMAC {
	return func(id string, message []byte) (string, []byte, bool) {
		if id == "" {
			id = ids[len(ids)-1]
		}
		h := hmac.New(sha256.New, []byte("key of "+id))
		h.Write(message)
		known := false
		for _, k := range ids {
			known = known || k == id
		}
		return id, h.Sum(nil), known
	}
}

func (s store) head(t *testing.T) db.AuditHead {
	t.Helper()
	return must[db.AuditHead](t)(s.AuditHead(t.Context()))
}

// putHead is the statement that sets the head.
func putHead(h db.AuditHead) string {
	return fmt.Sprintf("UPDATE audit_head SET seq = %d, hash = '%s', at = %d, key_id = '%s', mac = '%s'", h.Seq, h.Hash, h.At.Unix(), h.KeyID, h.MAC)
}

func cutTail(t *testing.T, s store) {
	s.events(t, 3)
	old := s.head(t)
	s.events(t, 3)
	anchor := s.head(t)
	s.tamper(t, "DELETE FROM audit_events WHERE seq > 3", putHead(old))
	s.DB = open(t, s.dsn)
	r := s.verify(t, old, anchor)
	sameList(t, "faults", faults(r), []string{"cut 4"})
	if len(r.Faults) > 0 && !r.Faults[0].Since.Equal(old.At) || r.Anchored.Seq != 3 || r.Anchors != 1 {
		t.Errorf("since %v, anchored to %d by %d, want since %v, to 3 by 1", r.Faults[0].Since, r.Anchored.Seq, r.Anchors, old.At)
	}
	s.events(t, 5) // the numbers are used again
	sameList(t, "faults of a log that went on", faults(s.verify(t, old, anchor)), []string{"forked 6"})
}

func cutTailWithoutAnchor(t *testing.T, s store) {
	s.events(t, 5)
	head := s.head(t)
	kept := must[[]db.AuditEvent](t)(s.AuditChain(t.Context(), 2, 3, 1))[0]
	head.Seq, head.Hash = kept.Seq, kept.Hash
	s.tamper(t, "DELETE FROM audit_events WHERE seq > 3", putHead(head))
	s.DB = open(t, s.dsn)
	sameList(t, "faults", faults(s.verify(t)), []string{"head 3"})
	s.tamperAgain(t, "UPDATE audit_head SET seq = 5")
	sameList(t, "faults of a head that was left", faults(s.verify(t)), []string{"cut 4", "head 5"})
}

// tamperAgain is tamper once the triggers are dropped.
func (s store) tamperAgain(t *testing.T, statement string) {
	t.Helper()
	if _, err := s.raw(t).Exec(statement); err != nil {
		t.Fatal(err)
	}
}

func rewrittenLog(t *testing.T, s store) {
	s.events(t, 3)
	anchor := s.head(t)
	s.leave(t, s.DB)
	// Without the key, all hashes can be computed, but no signature.
	s.tamper(t, "DELETE FROM audit_events", "UPDATE audit_head SET seq = 0, hash = '', at = 0, key_id = '', mac = ''")
	s.DB = open(t, s.dsn)
	s.SignAudit(auditMAC("forger"))
	s.events(t, 4)
	forged := s.head(t)
	s.tamperAgain(t, "UPDATE audit_head SET key_id = 'k1'")
	s.SignAudit(auditMAC("k1"))
	sameList(t, "faults", faults(s.verify(t)), []string{"head 4"})
	s.events(t, 2)
	sameList(t, "faults after the portal wrote more", faults(s.verify(t, anchor)), []string{"forked 3", "unsigned 6"})
	if h := s.head(t); h.MAC != "" || forged.MAC == "" {
		t.Errorf("the head after a forged one is signed: %+v", h)
	}
}

func unsignedHead(t *testing.T, s store) {
	s.events(t, 2)
	s.tamper(t, "UPDATE audit_head SET key_id = '', mac = ''")
	s.DB = open(t, s.dsn)
	sameList(t, "faults", faults(s.verify(t)), []string{"unsigned 2"})
}

func forgedAnchor(t *testing.T, s store) {
	s.events(t, 2)
	anchor := s.head(t)
	anchor.Seq = 9
	sameList(t, "faults", faults(s.verify(t, anchor)), []string{"anchor 9"})
}

func rotatedAuditKey(t *testing.T, s store) {
	s.events(t, 2)
	anchor := s.head(t)
	s.SignAudit(auditMAC("k1", "k2"))
	s.events(t, 1)
	if r := s.verify(t, anchor); r.Head.KeyID != "k2" || len(r.Faults) > 0 || r.Anchors != 1 {
		t.Errorf("head of key %q, faults %v, want k2 and none", r.Head.KeyID, faults(r))
	}
	s.SignAudit(auditMAC("k1"))
	err := s.Tx(t.Context(), func(tx *db.Tx) error { return tx.InsertAudit(t.Context(), db.AuditEvent{ID: fresh("event")}) })
	wantErr(t, "Tx of a process without the new key", err, db.ErrAuditKey)
	sameList(t, "faults without the new key", faults(s.verify(t)), []string{"head 3"})
}

func acceptedHead(t *testing.T, s store) {
	accept := func() (needed bool) {
		s.do(t, func(tx *db.Tx) (err error) {
			if _, needed, err = tx.AcceptAudit(t.Context()); err != nil || !needed {
				return err
			}
			return tx.InsertAudit(t.Context(), db.AuditEvent{ID: fresh("event")})
		})
		return needed
	}
	equal(t, "an empty log needs to be accepted", accept(), false)
	s.events(t, 2)
	equal(t, "a signed log needs to be accepted", accept(), false)
	s.tamper(t, "UPDATE audit_head SET key_id = '', mac = ''")
	s.DB = open(t, s.dsn)
	s.events(t, 1)
	sameList(t, "faults before", faults(s.verify(t)), []string{"unsigned 3"})
	equal(t, "an unsigned log needs to be accepted", accept(), true)
	sameList(t, "faults after", faults(s.verify(t)), nil)
}

func anchorClaims(t *testing.T, s store) {
	if _, changed, err := s.ClaimAnchor(t.Context()); changed || err != nil {
		t.Errorf("ClaimAnchor of an empty log = %v, %v, want no change", changed, err)
	}
	s.events(t, 2)
	others := []*db.DB{s.DB, open(t, s.dsn), open(t, s.dsn)}
	claims := make([]bool, len(others))
	for _, err := range atOnce(len(others), func(i int) (err error) {
		_, claims[i], err = others[i].ClaimAnchor(t.Context())
		return err
	}) {
		if err != nil {
			t.Errorf("ClaimAnchor: %v", err)
		}
	}
	n := 0
	for _, c := range claims {
		if c {
			n++
		}
	}
	equal(t, "processes that keep the head", n, 1)
	if err := s.UnclaimAnchor(t.Context()); err != nil {
		t.Fatal(err)
	}
	if head, changed, err := s.ClaimAnchor(t.Context()); !changed || head.Seq != 2 || err != nil {
		t.Errorf("ClaimAnchor after a failure = %d, %v, %v, want 2, true", head.Seq, changed, err)
	}
	mail := func() (ok bool) {
		s.do(t, func(tx *db.Tx) (err error) {
			ok, err = tx.ClaimAnchorMail(t.Context(), s.head(t), 24*time.Hour)
			return errors.Join(err)
		})
		return ok
	}
	equal(t, "the first mail", mail(), true)
	s.events(t, 1)
	equal(t, "a second mail on the same day", mail(), false)
}
