package secret

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Key is the portal's master key. Whatever it protects (stored signing keys, the tag of client
// secrets, ..) uses a key derived from it for that one purpose.
type Key [32]byte

// Derive returns a key of 32 bytes for a purpose (HKDF-SHA256, RFC 5869).
func (k Key) Derive(purpose string) []byte {
	derived, err := hkdf.Key(sha256.New, k[:], nil, purpose, sha256.Size)
	if err != nil {
		panic("secret: HKDF refused constant lengths: " + err.Error())
	}
	return derived
}

// ID returns the key's name: 8 hexadecimal digits, which are an HMAC-SHA256 under the key and so tell
// nothing about it. What the key seals or signs carries its ID.
func (k Key) ID() string {
	mac := hmac.New(sha256.New, k[:])
	mac.Write([]byte("gatepost key id"))
	return hex.EncodeToString(mac.Sum(nil)[:4])
}

// NewKey returns a random key.
func NewKey() (k Key) {
	rand.Read(k[:])
	return k
}

// Text returns the key as it is written in files and variables: base64.
func (k Key) Text() string { return base64.StdEncoding.EncodeToString(k[:]) }

// readKeys reads keys from text: 32 bytes in base64 each, separated by white space. Lines that start
// with # are left out. from names the source in errors, which never quote the text.
func readKeys(from, text string) (keys []Key, err error) {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		for word := range strings.FieldsSeq(line) {
			raw, err := base64.StdEncoding.DecodeString(word)
			if err != nil || len(raw) != len(Key{}) {
				return nil, fmt.Errorf("%s does not hold %d bytes in base64 for each key: restore it from a backup, since what it protects can't be read without it", from, len(Key{}))
			}
			if k := Key(raw); !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%s holds no key, which is %d bytes in base64: restore it from a backup, since what it protects can't be read without it", from, len(Key{}))
	}
	return keys, nil
}
