package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"runtime"
	"syscall"
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

// cost is the processor time of one signature, by the time that this thread has used
// (getrusage): what else runs on the machine takes turns with it and is not counted.
func (r *rawSigner) cost() time.Duration {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	n := 0
	begin, deadline := threadTime(), time.Now().Add(rawSpan)
	for time.Now().Before(deadline) {
		if err := r.sign(); err != nil {
			panic(err) // a key that was just made signs
		}
		n++
	}
	return (threadTime() - begin) / time.Duration(n)
}

func threadTime() time.Duration {
	const thread = 1 // RUSAGE_THREAD
	var u syscall.Rusage
	if err := syscall.Getrusage(thread, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
