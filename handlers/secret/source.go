package secret

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// Source is where a process has the portal's keys from: Text, or else File, which is encrypted with age if
// Identity is set. There may be several keys; the newest is first. It is safe for concurrent use.
type Source struct {
	Text     string // the keys themselves, of the variable GATEPOST_KEY
	File     string // a path
	Identity string // the path of age's identities or of a passphrase

	mu   sync.Mutex // the two below
	read [sha256.Size]byte
	keys []Key // of the content with that digest: a passphrase takes a second to try
}

// String names the source for messages.
func (s *Source) String() string {
	if s.Text != "" {
		return "GATEPOST_KEY"
	}
	return "the key file " + s.File
}

// Writable says whether keys can be added to the source: to a plain file.
func (s *Source) Writable() bool { return s.Text == "" && s.Identity == "" }

// Load reads the keys. A missing file is fs.ErrNotExist; other errors say what to do.
func (s *Source) Load() ([]Key, error) {
	if s.Text != "" {
		return readKeys(s.String(), s.Text)
	}
	content, err := readPrivate("the key file", s.File, "GATEPOST_KEY_FILE")
	if err != nil {
		return nil, err
	}
	wrapped := bytes.HasPrefix(content, []byte("age-encryption.org/")) || bytes.HasPrefix(content, []byte(armor.Header))
	switch {
	case wrapped && s.Identity == "":
		return nil, fmt.Errorf("%s is encrypted with age: set GATEPOST_KEY_IDENTITY to the file with the identity or passphrase", s)
	case !wrapped && s.Identity != "":
		return nil, fmt.Errorf("%s is not encrypted with age: encrypt it, or leave GATEPOST_KEY_IDENTITY out", s)
	case !wrapped:
		return readKeys(s.String(), string(content))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if digest := sha256.Sum256(content); digest != s.read || s.keys == nil {
		plain, err := s.unwrap(content)
		if err != nil {
			return nil, err
		}
		keys, err := readKeys(s.String(), string(plain))
		if err != nil {
			return nil, err
		}
		s.read, s.keys = digest, keys
	}
	return slices.Clone(s.keys), nil
}

// unwrap decrypts what age encrypted.
func (s *Source) unwrap(content []byte) ([]byte, error) {
	text, err := readPrivate("the identity file", s.Identity, "GATEPOST_KEY_IDENTITY")
	if err != nil {
		return nil, err
	}
	var identities []age.Identity
	if bytes.Contains(text, []byte("AGE-SECRET-KEY-")) {
		identities, err = age.ParseIdentities(bytes.NewReader(text))
	} else {
		var one *age.ScryptIdentity
		one, err = age.NewScryptIdentity(strings.TrimRight(string(text), "\r\n"))
		identities = []age.Identity{one}
	}
	if err != nil {
		return nil, fmt.Errorf("%s holds neither age's identities nor a passphrase: set GATEPOST_KEY_IDENTITY to a file that does", s.Identity)
	}
	var in io.Reader = bytes.NewReader(content)
	if bytes.HasPrefix(content, []byte(armor.Header)) {
		in = armor.NewReader(in)
	}
	out, err := age.Decrypt(in, identities...)
	if err != nil {
		return nil, fmt.Errorf("%s can't be decrypted with %s: set GATEPOST_KEY_IDENTITY to the identity or passphrase that it was encrypted for", s, s.Identity)
	}
	plain, err := io.ReadAll(out)
	if err != nil {
		return nil, fmt.Errorf("%s is damaged: restore it from a backup", s)
	}
	return plain, nil
}

// Open is Load, and creates a missing plain file, with its folder and a new key. Two processes that start
// at the same time get the same key.
func (s *Source) Open() (keys []Key, created bool, err error) {
	keys, err = s.Load()
	if !errors.Is(err, fs.ErrNotExist) || !s.Writable() {
		return keys, false, err
	}
	if err = writePrivate(s.File, NewKey().Text()+"\n", os.Link); err == nil {
		created = true
	} else if !errors.Is(err, fs.ErrExist) {
		return nil, false, fmt.Errorf("%s can't be created: %w", s, err)
	}
	keys, err = s.Load()
	return keys, created, err
}

// Add puts a key in front of those of a plain file.
func (s *Source) Add(k Key) error {
	return s.rewrite(func(keys []Key) []Key { return append([]Key{k}, keys...) })
}

// Remove takes keys out of a plain file.
func (s *Source) Remove(ids ...string) error {
	return s.rewrite(func(keys []Key) []Key {
		return slices.DeleteFunc(keys, func(k Key) bool { return slices.Contains(ids, k.ID()) })
	})
}

// rewrite replaces a plain file in one step: whoever reads it finds all of the old or all of the new.
func (s *Source) rewrite(change func([]Key) []Key) error {
	keys, err := s.Load()
	if err != nil {
		return err
	}
	var text strings.Builder
	for _, k := range change(keys) {
		text.WriteString(k.Text() + "\n")
	}
	path, err := filepath.EvalSymlinks(s.File)
	if err == nil {
		err = writePrivate(path, text.String(), os.Rename)
	}
	if err != nil {
		return fmt.Errorf("%s can't be written: %w", s, err)
	}
	return nil
}

// WriteKey writes a key to a new file that only its owner can read.
func WriteKey(path string, k Key) error {
	if err := writePrivate(path, k.Text()+"\n", os.Link); err != nil {
		return fmt.Errorf("the file %s can't be created: %w", path, err)
	}
	return nil
}

// readPrivate reads a regular file that only its owner can read.
func readPrivate(what, path, variable string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%s can't be read: %w", what, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s %s is not a regular file: set %s to the path of a file", what, path, variable)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("%s %s has mode %04o, so others may read it: run chmod 600 %s", what, path, mode, path)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s can't be read: %w", what, err)
	}
	return content, nil
}

// writePrivate writes text to a temporary file next to path and moves it there with place, so that nobody
// ever sees a half-written file. os.Link fails if path exists, os.Rename replaces it.
func writePrivate(path, text string, place func(from, to string) error) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err = f.WriteString(text); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := place(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
