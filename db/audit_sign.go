package db

import (
	"bytes"
	"context"
	"crypto/hmac"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"
)

// AuditMAC returns the HMAC-SHA256 of a message under the portal's key of that id. An empty id
// means the key that signs now, whose id is returned. ok is false if there is no such key.
type AuditMAC func(keyID string, message []byte) (id string, mac []byte, ok bool)

var (
	// ErrAuditKey says that the head of the audit log is signed under a key that this process
	// doesn't have. It writes no events, since nobody could tell them from a forger's.
	ErrAuditKey = errors.New("the audit log is signed under another key of the portal: restart with the key that is used now")
	// ErrAuditBroken says that the audit log isn't as Gatepost wrote it.
	ErrAuditBroken = errors.New("the audit log was tampered with: gatepost audit verify says where")
)

// SignAudit sets what the head of the audit log and its checkpoints are signed with. Call it
// before the database is used by several goroutines. Without it, heads are not signed.
func (d *DB) SignAudit(mac AuditMAC) { d.mac = mac }

// OldAudit says whether Open has just migrated a database of before audit logs were signed.
func (d *DB) OldAudit() bool { return d.oldAudit }

// AuditHead is the end of the chain: the number, hash and time of its last event, signed by the
// portal. An empty MAC means that it isn't signed.
type AuditHead struct {
	Seq   int64     `json:"seq"`
	Hash  string    `json:"hash"`
	At    time.Time `json:"at"`
	KeyID string    `json:"key_id"`
	MAC   string    `json:"mac"` // hexadecimal
}

func (h AuditHead) message() []byte {
	return framed("gatepost audit head", fmt.Sprint(h.Seq), h.Hash, fmt.Sprint(unix(h.At)))
}

// AuditCheckpoint replaces events that were removed because they were old: all from
// FromSeq to ToSeq.
type AuditCheckpoint struct {
	FromSeq   int64     `json:"from_seq"`
	ToSeq     int64     `json:"to_seq"`
	Events    int64     `json:"events"`
	FirstAt   time.Time `json:"first_at"`
	LastAt    time.Time `json:"last_at"`
	Before    string    `json:"hash_before"` // of the event before FromSeq; empty for the first one
	After     string    `json:"hash_after"`  // of the event ToSeq
	RemovedAt time.Time `json:"removed_at"`
	KeyID     string    `json:"key_id"`
	MAC       string    `json:"mac"` // hexadecimal
}

func (c AuditCheckpoint) message() []byte {
	return framed("gatepost audit checkpoint", fmt.Sprint(c.FromSeq), fmt.Sprint(c.ToSeq), fmt.Sprint(c.Events),
		fmt.Sprint(unix(c.FirstAt)), fmt.Sprint(unix(c.LastAt)), c.Before, c.After, fmt.Sprint(unix(c.RemovedAt)))
}

// framed writes each text as its length in bytes, a colon, the bytes and a comma, so that nothing
// can move from one to the next.
func framed(texts ...string) []byte {
	var b bytes.Buffer
	writeFramed(&b, texts...)
	return b.Bytes()
}

func writeFramed(w io.Writer, texts ...string) {
	for _, text := range texts {
		fmt.Fprintf(w, "%d:", len(text))
		io.WriteString(w, text)
		io.WriteString(w, ",")
	}
}

// sign returns the id of the key that signs now and the MAC; both are empty without a key.
func (m AuditMAC) sign(message []byte) (keyID, mac string) {
	if m == nil {
		return "", ""
	}
	id, sum, _ := m("", message)
	return id, hex.EncodeToString(sum)
}

// signed says whether the MAC is the portal's. known is false if there is no key with that id.
func (m AuditMAC) signed(keyID, mac string, message []byte) (ok, known bool) {
	if m == nil || keyID == "" {
		return false, true
	}
	_, want, known := m(keyID, message)
	got, err := hex.DecodeString(mac)
	return known && err == nil && hmac.Equal(got, want), known
}

// vouched says whether the head was signed by the portal, so that what is appended to it may be
// signed too. Signing on top of a forged head would make the forgery the portal's own.
func (t *Tx) vouched(head AuditHead) (bool, error) {
	if head.Seq == 0 || t.acceptHead {
		return true, nil
	}
	ok, known := t.mac.signed(head.KeyID, head.MAC, head.message())
	if !known {
		return false, fmt.Errorf("db: audit head of key %s: %w", head.KeyID, ErrAuditKey)
	}
	return ok, nil
}

// AcceptAudit makes the transaction sign the head whatever it is now, with the events that the
// transaction adds. It returns that head, and whether it needed this.
func (t *Tx) AcceptAudit(ctx context.Context) (head AuditHead, needed bool, err error) {
	if head, err = t.lockAuditHead(ctx); err != nil {
		return head, false, err
	}
	ok, _ := t.mac.signed(head.KeyID, head.MAC, head.message())
	needed = head.Seq > 0 && !ok
	t.acceptHead = needed
	return head, needed, nil
}
