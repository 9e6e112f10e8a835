package secret

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"sync"
)

// Verified remembers which client secrets have passed argon2id, so that the next token doesn't
// cost another one. It stores a MAC with a key of this process only, over the secret, its row's
// id and that row's hash: no secret is in the clear, and an entry doesn't match a row that has
// changed. The caller must read from the database whether the row is still live, on every
// request.
type Verified struct {
	key [32]byte

	mu      sync.RWMutex
	digests map[string][sha256.Size]byte // by row id
	order   []string                     // a ring of row ids, the oldest at next once it is full
	next    int
}

// NewVerified returns a Verified that remembers at most max secrets (at least one) and forgets
// the oldest first.
func NewVerified(max int) *Verified {
	if max < 1 {
		max = 1
	}
	v := &Verified{digests: make(map[string][sha256.Size]byte), order: make([]string, 0, max)}
	rand.Read(v.key[:])
	return v
}

// Known says whether presented has passed for this row with this hash before.
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

// Remember records that presented has passed for this row with this hash.
func (v *Verified) Remember(rowID, rowHash, presented string) {
	digest := v.digest(rowID, rowHash, presented)
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, ok := v.digests[rowID]; !ok {
		v.place(rowID)
	}
	v.digests[rowID] = digest
}

// place puts a new row in the ring, in place of the oldest if the ring is full.
func (v *Verified) place(rowID string) {
	if len(v.order) < cap(v.order) {
		v.order = append(v.order, rowID)
		return
	}
	delete(v.digests, v.order[v.next])
	v.order[v.next] = rowID
	v.next = (v.next + 1) % len(v.order)
}

// digest returns the HMAC-SHA256 of the three parts, each preceded by its length.
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
