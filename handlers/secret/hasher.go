package secret

import (
	"context"
	"errors"

	"github.com/alexedwards/argon2id"
)

// What one hash takes apart from its cost.
const (
	argonParallelism = 1
	saltLength       = 16 // bytes
	keyLength        = 32 // bytes
)

// Bounds for the parameters of a stored hash: a row that somebody tampered with must not use up
// the machine's memory, nor match everything with an empty key.
const (
	maxMemory      = 256 * 1024 // KiB
	maxIterations  = 16
	maxParallelism = 16
	minKeyLength   = 16
	maxKeyLength   = 64
)

// MaxInput is the longest password or secret, in bytes, that is hashed at all.
const MaxInput = 1024

var (
	// ErrOverloaded says that too many hashes are waiting, or that this one has waited too long:
	// try again in a few seconds.
	ErrOverloaded = errors.New("secret: too many hashes are waiting")
	// ErrTooLong says that the input has more than MaxInput bytes.
	ErrTooLong = errors.New("secret: the input is too long to be hashed")

	errHash = errors.New("secret: a stored hash is damaged or exceeds the bounds")
)

// Hasher creates and verifies argon2id hashes. Each costs 19 MiB and about 20 ms of one core, so
// it bounds how many run at the same time and how many wait. Places take turns, so that many
// hashes from one of them don't keep the others waiting.
type Hasher struct{ turns turns }

// NewHasher returns a Hasher that runs up to parallel hashes at the same time (one less than the
// processors is a good value, so that tokens don't wait for hashes), of which it reserves a share
// for known places. Up to queue wait in each share, a quarter of them from one place.
func NewHasher(parallel, queue int) *Hasher { return &Hasher{newTurns(parallel, queue)} }

// Hash returns the hash of a password or a client secret in the PHC string format. Its errors
// are ErrTooLong, ErrOverloaded, and the context's.
func (h *Hasher) Hash(ctx context.Context, from From, plain string) (string, error) {
	if len(plain) > MaxInput {
		return "", ErrTooLong
	}
	t, err := h.turns.enter(ctx, from)
	if err != nil {
		return "", err
	}
	defer h.turns.end(t)
	return argon2id.CreateHash(plain, &argon2id.Params{
		Memory: argonMemory, Iterations: argonIterations, Parallelism: argonParallelism,
		SaltLength: saltLength, KeyLength: keyLength,
	})
}

// Verify says whether hash is the hash of plain, and whether it should be created again because
// its parameters are outdated. An input that is too long matches nothing.
func (h *Hasher) Verify(ctx context.Context, from From, plain, hash string) (ok, rehash bool, err error) {
	if len(plain) > MaxInput {
		return false, false, nil
	}
	p, _, _, err := argon2id.DecodeHash(hash)
	if err != nil || p.Memory > maxMemory || p.Iterations < 1 || p.Iterations > maxIterations ||
		p.Parallelism < 1 || p.Parallelism > maxParallelism || p.KeyLength < minKeyLength || p.KeyLength > maxKeyLength {
		return false, false, errHash
	}
	t, err := h.turns.enter(ctx, from)
	if err != nil {
		return false, false, err
	}
	defer h.turns.end(t)
	if ok, err = argon2id.ComparePasswordAndHash(plain, hash); err != nil {
		return false, false, errHash
	}
	rehash = ok && (p.Memory != argonMemory || p.Iterations != argonIterations || p.Parallelism != argonParallelism ||
		p.KeyLength != keyLength || p.SaltLength < saltLength)
	return ok, rehash, nil
}

// Dummy costs as much as Verify, so that the time of a response doesn't reveal whether there was
// a hash to verify.
func (h *Hasher) Dummy(ctx context.Context, from From, plain string) error {
	_, err := h.Hash(ctx, from, plain)
	if errors.Is(err, ErrTooLong) { // Verify doesn't hash it either
		return nil
	}
	return err
}
