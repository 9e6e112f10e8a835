package secret

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"sync"
)

// Verified remembers which client secrets passed their argon2, so that the next token does
// not cost another. What it holds is a digest under a key that this process made and never
// shows, bound to the secret's row and to that row's hash: nothing of a secret is in the
// clear, and an entry says nothing about a row that has changed. Whether the row is still
// live is the caller's to read from the database for every request.
type Verified struct {
	key [32]byte

	mu      sync.RWMutex
	digests map[string][sha256.Size]byte // by row id
	order   []string                     // a ring of row ids, oldest at next when full
	next    int
}

// NewVerified remembers at most max secrets (at least one); the oldest goes first.
func NewVerified(max int) *Verified {
	if max < 1 {
		max = 1
	}
	v := &Verified{digests: make(map[string][sha256.Size]byte), order: make([]string, 0, max)}
	rand.Read(v.key[:])
	return v
}

// Known says whether presented passed for this row with this hash before.
func (v *Verified) Known(rowID, rowHash, presented string) bool {
	v.mu.RLock()
	kept, ok := v.digests[rowID]
	v.mu.RUnlock()
	if !ok {
		return false
	}
	digest := v.digest(rowID, rowHash, presented)
	return hmac.Equal(kept[:], digest[:])
}

// Remember keeps that presented passed for this row with this hash.
func (v *Verified) Remember(rowID, rowHash, presented string) {
	digest := v.digest(rowID, rowHash, presented)
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, ok := v.digests[rowID]; !ok {
		v.place(rowID)
	}
	v.digests[rowID] = digest
}

// place gives a new row a place in the ring, taking the oldest's when it is full.
func (v *Verified) place(rowID string) {
	if len(v.order) < cap(v.order) {
		v.order = append(v.order, rowID)
		return
	}
	delete(v.digests, v.order[v.next])
	v.order[v.next] = rowID
	v.next = (v.next + 1) % len(v.order)
}

// digest is the HMAC-SHA256 of the three parts, each behind its length.
func (v *Verified) digest(parts ...string) (sum [sha256.Size]byte) {
	mac := hmac.New(sha256.New, v.key[:])
	var length [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(length[:], uint64(len(p)))
		mac.Write(length[:])
		mac.Write([]byte(p))
	}
	mac.Sum(sum[:0])
	return sum
}
