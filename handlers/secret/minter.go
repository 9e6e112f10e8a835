package secret

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"strings"
)

// The format of a client secret: Prefix, 32 random characters (190 bits), and a tag of 8
// characters (47.6 bits), all in base62.
const (
	randomLength = 32
	tagLength    = 8
	hintLength   = 4

	// Length is how many characters a client secret has.
	Length = len(Prefix) + randomLength + tagLength
)

// Minter creates client secrets and recognizes made-up ones.
type Minter struct{ ring *Keyring }

// NewMinter returns the minter for the portal with these keys.
func NewMinter(r *Keyring) *Minter { return &Minter{ring: r} }

// New returns a new secret for a client, and its Hint.
func (m *Minter) New(clientID string) (plain, hint string) {
	body := Prefix + random(randomLength, base62)
	plain = body + tag(m.ring.Derive(ForTags), clientID, body)
	return plain, Hint(plain)
}

// Genuine says whether New created presented for this client: its length, alphabet and tag are
// right, under the current key or one that it replaced. A made-up secret costs one HMAC for each of
// them and never an argon2id. It doesn't say that the secret is still live.
func (m *Minter) Genuine(clientID, presented string) bool {
	if len(presented) != Length || !strings.HasPrefix(presented, Prefix) || !isBase62(presented[len(Prefix):]) {
		return false
	}
	body, end := presented[:Length-tagLength], presented[Length-tagLength:]
	genuine := 0
	for _, d := range m.ring.Derived(ForTags) {
		genuine |= subtle.ConstantTimeCompare([]byte(tag(d.Key, clientID, body)), []byte(end))
	}
	return genuine == 1
}

// tag returns the HMAC-SHA256 of the client's id and the secret's body, truncated to 8
// characters. The body's length is fixed, so no other pair gives the same input.
func tag(key []byte, clientID, body string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(clientID))
	mac.Write([]byte(body))
	n := binary.BigEndian.Uint64(mac.Sum(nil))
	var end [tagLength]byte
	for i := range end {
		end[i] = base62[n%62]
		n /= 62
	}
	return string(end[:])
}

// Hint returns what is stored of a secret in the clear: its last four characters.
func Hint(plain string) string { return plain[max(0, len(plain)-hintLength):] }

func isBase62(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}
