package secret

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// What keys are derived for. Whatever is sealed or tagged under a retired key of these purposes can't
// be made again, so the derived key is kept when the portal's key itself is thrown away.
const (
	ForTags          = "client secret tag"
	ForRecoveryCodes = "recovery codes"
	ForAudit         = "audit chain"
)

// keptPurposes are those of which nothing can be made again under another key: only their owners hold
// the secrets and recovery codes, and what was signed about the audit log then is what it is worth.
var keptPurposes = []string{ForTags, ForRecoveryCodes, ForAudit}

// Keyring is the portal's key with those that it replaced and the one that will replace it. What is new
// is made with the current one; all of them open and check. It is safe for concurrent use.
type Keyring struct{ held atomic.Pointer[held] }

// held is what a Keyring holds at a time. It never changes.
type held struct {
	keys    []Key  // the current one first
	kept    []Kept // of keys that are gone
	derived sync.Map
}

// Kept is what is left of a key that is gone: the keys derived from it that are still needed.
type Kept struct {
	KeyID   string
	Derived map[string][]byte // by purpose
}

// Derived is a key derived from the key with an id.
type Derived struct {
	KeyID string
	Key   []byte // 32 bytes
}

// NewKeyring returns a Keyring of the current key and others.
func NewKeyring(current Key, others ...Key) *Keyring {
	r := &Keyring{}
	r.Hold(current, others, nil)
	return r
}

// Hold replaces everything that the keyring holds. Boxes and minters made from it follow.
func (r *Keyring) Hold(current Key, others []Key, kept []Kept) {
	r.held.Store(&held{keys: append([]Key{current}, others...), kept: kept})
}

// Current returns the key that seals and tags.
func (r *Keyring) Current() Key { return r.held.Load().keys[0] }

// ID returns the id of the current key.
func (r *Keyring) ID() string { return r.Current().ID() }

// Keys returns the whole keys, the current one first.
func (r *Keyring) Keys() []Key { return slices.Clone(r.held.Load().keys) }

// Key returns the whole key with an id.
func (r *Keyring) Key(id string) (Key, bool) {
	for _, k := range r.held.Load().keys {
		if k.ID() == id {
			return k, true
		}
	}
	return Key{}, false
}

// Derive returns the current key's key for a purpose, of 32 bytes.
func (r *Keyring) Derive(purpose string) []byte { return r.Derived(purpose)[0].Key }

// Derived returns the keys for a purpose, that of the current key first. Those of keys that are gone are
// among them if they were kept.
func (r *Keyring) Derived(purpose string) []Derived {
	h := r.held.Load()
	if known, ok := h.derived.Load(purpose); ok {
		return known.([]Derived)
	}
	var out []Derived
	for _, k := range h.keys {
		out = append(out, Derived{k.ID(), k.Derive(purpose)})
	}
	for _, k := range h.kept {
		if key, ok := k.Derived[purpose]; ok && !slices.ContainsFunc(out, func(d Derived) bool { return d.KeyID == k.KeyID }) {
			out = append(out, Derived{k.KeyID, key})
		}
	}
	h.derived.Store(purpose, out)
	return out
}

// DerivedBy returns the key for a purpose that was derived from the key with an id.
func (r *Keyring) DerivedBy(id, purpose string) ([]byte, bool) {
	for _, d := range r.Derived(purpose) {
		if d.KeyID == id {
			return d.Key, true
		}
	}
	return nil, false
}

// Keep returns what must be kept of a key when it is thrown away, to be sealed and read with ReadKept.
func (k Key) Keep() []byte {
	out := map[string][]byte{}
	for _, purpose := range keptPurposes {
		out[purpose] = k.Derive(purpose)
	}
	text, err := json.Marshal(out)
	if err != nil {
		panic("secret: " + err.Error()) // strings and bytes always encode
	}
	return text
}

// ReadKept reads what Keep returned of the key with an id.
func ReadKept(id string, text []byte) (Kept, error) {
	out := Kept{KeyID: id}
	if err := json.Unmarshal(text, &out.Derived); err != nil {
		return out, fmt.Errorf("secret: what was kept of the key %s can't be read: %w", id, err)
	}
	return out, nil
}
