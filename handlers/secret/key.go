package secret

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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

// LoadKey reads the key file (base64, readable by its owner only), and creates it, with its
// folder, if it is missing. Two processes that start at the same time get the same key.
func LoadKey(path string) (k Key, created bool, err error) {
	k, err = readKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, false, err
	}
	if err := makeKey(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return Key{}, false, fmt.Errorf("the key file %s can't be created: %w", path, err)
	} else if err == nil {
		created = true
	}
	k, err = readKey(path)
	return k, created, err
}

func readKey(path string) (k Key, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return k, fmt.Errorf("the key file can't be read: %w", err)
	}
	if !info.Mode().IsRegular() {
		return k, fmt.Errorf("the key file %s is not a regular file: set GATEPOST_KEY_FILE to the path of a file", path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return k, fmt.Errorf("the key file %s has mode %04o, so others may read it: run chmod 600 %s", path, mode, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return k, fmt.Errorf("the key file can't be read: %w", err)
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(raw) != len(k) {
		return k, fmt.Errorf("the key file %s does not hold %d bytes in base64: restore it from a backup, since what it protects can't be read without it", path, len(k))
	}
	copy(k[:], raw)
	return k, nil
}

// makeKey writes a new key to a temporary file next to path and links it there: the link fails
// if path exists, and nobody ever sees a half-written file.
func makeKey(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	var k Key
	rand.Read(k[:])
	if _, err = f.WriteString(base64.StdEncoding.EncodeToString(k[:]) + "\n"); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
