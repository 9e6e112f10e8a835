package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// rawSpan is how long signatures are made to find what one costs.
const rawSpan = 120 * time.Millisecond

// rawSigner signs what the server would sign, and nothing else.
type rawSigner struct{ sign func() error }

// newRawSigner makes a key of the kind that the server makes. A signature includes the
// SHA-256 of a token of ordinary length, as RFC 7518 defines it.
func newRawSigner(algorithm string) (*rawSigner, error) {
	token := make([]byte, 600)
	digest := func() []byte { sum := sha256.Sum256(token); return sum[:] }
	switch algorithm {
	case "RS256":
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		return &rawSigner{func() error { _, err := rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, digest()); return err }}, err
	case "ES256":
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		return &rawSigner{func() error { _, _, err := ecdsa.Sign(rand.Reader, k, digest()); return err }}, err
	case "EdDSA":
		_, k, err := ed25519.GenerateKey(rand.Reader)
		return &rawSigner{func() error { ed25519.Sign(k, token); return nil }}, err
	}
	return nil, fmt.Errorf("GATEPOST_SIGNING_ALG is %q: write RS256, ES256 or EdDSA", algorithm)
}

// cost is the processor time of one signature while so many threads sign at once, by the
// time that these threads have used: what else runs on the machine takes turns with them and
// is not counted.
func (r *rawSigner) cost(threads int) (time.Duration, error) {
	costs, errs := make([]time.Duration, threads), make([]error, threads)
	var all sync.WaitGroup
	for i := range threads {
		all.Go(func() { costs[i], errs[i] = r.costOfOne() })
	}
	all.Wait()
	var sum time.Duration
	for _, c := range costs {
		sum += c
	}
	return sum / time.Duration(threads), errors.Join(errs...)
}

func (r *rawSigner) costOfOne() (time.Duration, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before, err := threadTime()
	if err != nil {
		return 0, err
	}
	n := 0
	for deadline := time.Now().Add(rawSpan); time.Now().Before(deadline); n++ {
		if err := r.sign(); err != nil {
			return 0, err
		}
	}
	after, err := threadTime()
	return (after - before) / time.Duration(max(1, n)), err
}
