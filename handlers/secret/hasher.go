package secret

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/alexedwards/argon2id"
)

// What one hash takes besides its cost.
const (
	argonParallelism = 1
	saltLength       = 16 // bytes
	keyLength        = 32 // bytes
)

// What a stored hash may ask for: a row that somebody tampered with must not take the
// machine's memory, nor match everything by an empty key.
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
	// ErrOverloaded says that too many hashes are waiting: come again in a second.
	ErrOverloaded = errors.New("secret: too many hashes are waiting")
	// ErrTooLong says that the input has more than MaxInput bytes.
	ErrTooLong = errors.New("secret: the input is too long to be hashed")

	errHash = errors.New("secret: a stored hash is damaged or asks for too much")
)

// Hasher makes and checks argon2id hashes. Each costs 19 MiB and some 20 ms of one core, so
// only some run at once, some more wait, and the rest is refused.
type Hasher struct {
	running chan struct{}
	waiting atomic.Int64
	queue   int64
}

// NewHasher lets parallel hashes run at once (NumCPU is right) and queue more wait.
func NewHasher(parallel, queue int) *Hasher {
	return &Hasher{running: make(chan struct{}, max(1, parallel)), queue: int64(max(0, queue))}
}

// Hash gives the hash of a password or a client secret in the PHC string format, or
// ErrTooLong, ErrOverloaded, or the context's error.
func (h *Hasher) Hash(ctx context.Context, plain string) (string, error) {
	if len(plain) > MaxInput {
		return "", ErrTooLong
	}
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	return argon2id.CreateHash(plain, &argon2id.Params{
		Memory: argonMemory, Iterations: argonIterations, Parallelism: argonParallelism,
		SaltLength: saltLength, KeyLength: keyLength,
	})
}

// Verify says whether plain is what hash was made of, and whether the hash ought to be made
// again because its cost is not today's. An input that is too long matches nothing.
func (h *Hasher) Verify(ctx context.Context, plain, hash string) (ok, rehash bool, err error) {
	if len(plain) > MaxInput {
		return false, false, nil
	}
	p, _, _, err := argon2id.DecodeHash(hash)
	if err != nil || p.Memory > maxMemory || p.Iterations < 1 || p.Iterations > maxIterations ||
		p.Parallelism < 1 || p.Parallelism > maxParallelism || p.KeyLength < minKeyLength || p.KeyLength > maxKeyLength {
		return false, false, errHash
	}
	if err := h.enter(ctx); err != nil {
		return false, false, err
	}
	defer h.leave()
	if ok, err = argon2id.ComparePasswordAndHash(plain, hash); err != nil {
		return false, false, errHash
	}
	rehash = ok && (p.Memory != argonMemory || p.Iterations != argonIterations || p.Parallelism != argonParallelism ||
		p.KeyLength != keyLength || p.SaltLength < saltLength)
	return ok, rehash, nil
}

// Dummy costs what Verify costs, so that an answer's time does not tell whether there was
// anything to verify.
func (h *Hasher) Dummy(ctx context.Context, plain string) error {
	_, err := h.Hash(ctx, plain)
	if errors.Is(err, ErrTooLong) { // Verify does not hash it either
		return nil
	}
	return err
}

// enter takes a place among the running, waiting for one unless too many wait already.
func (h *Hasher) enter(ctx context.Context) error {
	select {
	case h.running <- struct{}{}:
		return nil
	default:
	}
	defer h.waiting.Add(-1)
	if h.waiting.Add(1) > h.queue {
		return ErrOverloaded
	}
	select {
	case h.running <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("secret: waiting to hash: %w", ctx.Err())
	}
}

func (h *Hasher) leave() { <-h.running }
