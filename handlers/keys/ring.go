package keys

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// Purpose is what the key that encrypts the signing keys is derived for.
const Purpose = "signing keys"

// MaxAge is how long the JWK set may be cached.
const MaxAge = 300 * time.Second

const (
	// viewMaxAge is how old the view of the database may be before it is read again.
	viewMaxAge = time.Minute
	// clockTolerance is how far the clocks of two processes may differ, plus the time that a
	// commit takes.
	clockTolerance = 30 * time.Second
	// PublishFirst is the time between publishing a key and signing with it: another process
	// may serve its old view for viewMaxAge, and a cache may keep that for MaxAge.
	PublishFirst = MaxAge + viewMaxAge + clockTolerance
	// KeepPublished is the time between a key's last signature and its removal from the JWK
	// set: the longest lifetime of a token, plus some time for clocks that differ.
	KeepPublished = 24*time.Hour + 10*time.Minute
	// minRefreshInterval bounds the reads that tokens with unknown key ids can cause.
	minRefreshInterval = time.Second
	readDeadline       = 5 * time.Second
)

// Options of a Ring.
type Options struct {
	Algorithm string           // RS256 (also when empty), ES256 or EdDSA
	Box       *secret.Box      // encrypts the stored private keys
	Now       func() time.Time // nil: time.Now
}

// Ring is the set of signing keys. It is safe for concurrent use.
type Ring struct {
	db  *db.DB
	box *secret.Box
	now func() time.Time
	// algorithm is the one in the settings; the keys may still have another.
	algorithm string

	view       atomic.Pointer[view]
	mu         sync.Mutex // one read of the database at a time
	lastForced time.Time  // last read that an unknown key id caused; under mu
	forcedErr  error      // why that read failed; under mu
}

// view is a snapshot of the keys in the database. It is never modified.
type view struct {
	keys []*key // ordered by when they start to sign
	read time.Time
}

// Open reads the keys in the database. If none of them is, or is about to become, a signing key
// of o.Algorithm, it creates one, in the transaction that found it missing: processes that start
// at the same time share the key that the first of them created.
func Open(ctx context.Context, d *db.DB, o Options) (*Ring, error) {
	r, err := Attach(ctx, d, o)
	if err != nil {
		return nil, err
	}
	if newest := r.view.Load().newest(); newest != nil && newest.algorithm == r.algorithm {
		return r, nil
	}
	signs := func(k db.SigningKey) bool { return k.SignsUntil.IsZero() && k.Algorithm == r.algorithm }
	wanted := func(rows []db.SigningKey, _ time.Time) (bool, error) { return !slices.ContainsFunc(rows, signs), nil }
	if err := r.add(ctx, r.algorithm, wanted, nil); err != nil {
		return nil, err
	}
	return r, r.Refresh(ctx)
}

// Attach is Open for a caller that only lists or rotates keys: it creates none, whatever
// o.Algorithm is. There may be no keys yet.
func Attach(ctx context.Context, d *db.DB, o Options) (*Ring, error) {
	if o.Algorithm == "" {
		o.Algorithm = RS256
	}
	if !slices.Contains(algorithms, o.Algorithm) {
		return nil, fmt.Errorf("the signing algorithm %q is not one of RS256, ES256, EdDSA: set GATEPOST_SIGNING_ALG to one of these", o.Algorithm)
	}
	r := &Ring{db: d, box: o.Box, now: o.Now, algorithm: o.Algorithm}
	if r.now == nil {
		r.now = time.Now
	}
	return r, r.Refresh(ctx)
}

// recordFunc records that a key was created, in the transaction that creates it.
type recordFunc func(ctx context.Context, tx *db.Tx, kid string) error

// add creates a key and retires the others, if wanted returns true for the keys that are
// published at that moment.
func (r *Ring) add(ctx context.Context, algorithm string, wanted func([]db.SigningKey, time.Time) (bool, error), record recordFunc) error {
	fresh, err := generate(algorithm) // before the transaction: RSA takes a while
	if err != nil {
		return err
	}
	sealed, err := seal(r.box, fresh)
	if err != nil {
		return err
	}
	return r.db.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.LockSigningKeys(ctx); err != nil {
			return err
		}
		now := r.now().Truncate(time.Second)
		rows, err := tx.SigningKeys(ctx, now)
		if err != nil {
			return err
		}
		if yes, err := wanted(rows, now); err != nil || !yes {
			return err
		}
		signsFrom := now
		for _, row := range rows {
			if signsAt(row, now) {
				signsFrom = now.Add(PublishFirst)
			}
		}
		if err := tx.InsertSigningKey(ctx, db.SigningKey{
			KID: fresh.id, Algorithm: algorithm, PrivateKey: sealed, CreatedAt: now, SignsFrom: signsFrom,
		}); err != nil {
			return err
		}
		if err := tx.RetireSigningKeys(ctx, fresh.id, signsFrom, signsFrom.Add(KeepPublished)); err != nil || record == nil {
			return err
		}
		return record(ctx, tx, fresh.id)
	})
}

// signsAt says whether a key signs at a time.
func signsAt(k db.SigningKey, at time.Time) bool {
	return !at.Before(k.SignsFrom) && (k.SignsUntil.IsZero() || at.Before(k.SignsUntil))
}

// Refresh reads the keys in the database again.
func (r *Ring) Refresh(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.read(ctx)
}

// read replaces the view; the caller holds mu. It reuses keys that were read before, since
// preparing one costs a decryption and a check of its primes.
func (r *Ring) read(ctx context.Context) error {
	now := r.now()
	rows, err := r.db.SigningKeys(ctx, now)
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	next := &view{read: now}
	for _, row := range rows {
		k := r.view.Load().find(row.KID)
		if k == nil {
			if k, err = open(r.box, row); err != nil {
				return err
			}
		}
		next.keys = append(next.keys, &key{keyPair: k.keyPair, row: row})
	}
	r.view.Store(next)
	return nil
}

// current returns the view of the database, reading it again if it is too old. While the
// database doesn't respond, the old view stays in use.
func (r *Ring) current() *view {
	v := r.view.Load()
	if v.fresh(r.now()) || !r.mu.TryLock() {
		return v
	}
	defer r.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), readDeadline)
	defer cancel()
	if err := r.read(ctx); err != nil {
		stale := *v
		stale.read = r.now() // don't try again for every token
		r.view.Store(&stale)
	}
	return r.view.Load()
}

// fresh says whether the view may still be used; a clock that was set back makes it stale too.
func (v *view) fresh(now time.Time) bool {
	age := now.Sub(v.read)
	return age >= 0 && age < viewMaxAge
}

// find returns the key with this id, or nil. A nil view has none.
func (v *view) find(id string) *key {
	if v == nil {
		return nil
	}
	for _, k := range v.keys {
		if k.id == id {
			return k
		}
	}
	return nil
}

// newest returns the key that signs, or will sign, and isn't retired.
func (v *view) newest() *key {
	for _, k := range slices.Backward(v.keys) {
		if k.row.SignsUntil.IsZero() {
			return k
		}
	}
	return nil
}

var errNoKey = errors.New("keys: there is no signing key")

// signing returns the key that signs at a time. If the clock was set back to before all of them,
// that is the oldest, which was published first.
func (v *view) signing(at time.Time) (*key, error) {
	for _, k := range slices.Backward(v.keys) {
		if signsAt(k.row, at) {
			return k, nil
		}
	}
	for _, k := range v.keys {
		if at.Before(k.row.SignsFrom) {
			return k, nil
		}
	}
	return nil, errNoKey
}

// published lists the keys that are in the JWK set at a time.
func (v *view) published(at time.Time) []*key {
	return slices.DeleteFunc(slices.Clone(v.keys), func(k *key) bool {
		return !k.row.PublishedUntil.IsZero() && !at.Before(k.row.PublishedUntil)
	})
}
