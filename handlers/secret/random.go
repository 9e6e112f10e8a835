package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"

	"github.com/google/uuid"
)

const (
	base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	base36 = "0123456789abcdefghijklmnopqrstuvwxyz"

	idLength    = 26 // 134 bits
	tokenLength = 43 // 256 bits
)

// ID returns 26 random characters [a-z0-9]: client ids and the ids of rows.
func ID() string { return random(idLength, base36) }

// JTI returns a UUID of version 7, which sorts by time: ids of tokens and audit events.
func JTI() string {
	id, err := uuid.NewV7()
	if err != nil {
		panic("secret: " + err.Error()) // only when the system has no randomness
	}
	return id.String()
}

// ErrorIDPattern is the form of an ErrorID.
const ErrorIDPattern = "err_[a-z2-7]{16}"

// ErrorID returns an id for a refused request, short enough to be read aloud: 80 random bits, so
// that nobody can guess somebody else's.
func ErrorID() string {
	var b [10]byte
	rand.Read(b[:])
	return "err_" + strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
}

// NewToken returns a random token of at least 256 bits after prefix, and its HashToken, which is
// what is stored: links, sessions.
func NewToken(prefix string) (plain, hash string) {
	plain = prefix + random(tokenLength, base62)
	return plain, HashToken(plain)
}

// HashToken returns the hex SHA-256 of a random token. Passwords and client secrets go through a
// Hasher instead.
func HashToken(plain string) string {
	sum := sha256.Sum256([]byte(plain))
	return hex.EncodeToString(sum[:])
}

// random returns n characters of alphabet, all equally likely: bytes that would favor the first
// characters are discarded.
func random(n int, alphabet string) string {
	limit := byte(256 - 256%len(alphabet)) // at most 252 for both alphabets, so it fits
	out := make([]byte, 0, n)
	var pool [64]byte
	for {
		rand.Read(pool[:])
		for _, b := range pool {
			if b >= limit {
				continue
			}
			out = append(out, alphabet[int(b)%len(alphabet)])
			if len(out) == n {
				return string(out)
			}
		}
	}
}
