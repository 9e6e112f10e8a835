package secret

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"
)

func TestKeyFileIsMadeOnceAndPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "portal.key")
	first, created, err := (&Source{File: path}).Open()
	if err != nil || !created {
		t.Fatalf("Open(missing) = created %v, %v, want created true, nil", created, err)
	}
	again, created, err := (&Source{File: path}).Open()
	if err != nil || created || !slices.Equal(again, first) {
		t.Errorf("Open(existing) = same key %v, created %v, %v, want true, false, nil", slices.Equal(again, first), created, err)
	}
	for name, want := range map[string]fs.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("mode of %s = %04o, want %04o", filepath.Base(name), got, want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".key-*")); len(left) > 0 {
		t.Errorf("files left next to the key = %v, want none", left)
	}
}

func TestKeyFileOfTwoProcessesAtOnceIsOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.key")
	var keys [8][]Key
	var made [8]bool
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			var err error
			if keys[i], made[i], err = (&Source{File: path}).Open(); err != nil {
				t.Errorf("Open(race %d) = %v, want nil", i, err)
			}
		})
	}
	wg.Wait()
	makers := 0
	for i := range keys {
		if made[i] {
			makers++
		}
		if !slices.Equal(keys[i], keys[0]) {
			t.Errorf("Open(race %d) gave another key than race 0, want one", i)
		}
	}
	if makers != 1 {
		t.Errorf("makers of the key = %d, want 1", makers)
	}
}

func TestKeyFileThatIsNotFitForUseIsRefusedWithASentence(t *testing.T) {
	good := base64.StdEncoding.EncodeToString(make([]byte, 32))
	for _, c := range []struct {
		name, content string
		mode          fs.FileMode
		want          string
	}{
		{"readable by others", good, 0o644, "chmod 600"},
		{"too short", base64.StdEncoding.EncodeToString(make([]byte, 31)), 0o600, "32 bytes in base64"},
		{"too long", base64.StdEncoding.EncodeToString(make([]byte, 33)), 0o600, "32 bytes in base64"},
		{"not base64", "hello", 0o600, "32 bytes in base64"},
		{"empty", "", 0o600, "32 bytes in base64"},
		{"one good and one cut", good + "\n" + good[1:], 0o600, "32 bytes in base64"},
	} {
		path := filepath.Join(t.TempDir(), "portal.key")
		if err := os.WriteFile(path, []byte(c.content), c.mode); err != nil {
			t.Fatal(err)
		}
		_, created, err := (&Source{File: path}).Open()
		if err == nil || created || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Open(%s) = created %v, %v, want an error with %q", c.name, created, err, c.want)
		}
	}
	if _, _, err := (&Source{File: t.TempDir()}).Open(); err == nil || !strings.Contains(err.Error(), "GATEPOST_KEY_FILE") {
		t.Errorf("Open(folder) = %v, want an error that names GATEPOST_KEY_FILE", err)
	}
}

// privateFile writes a file that only its owner can read.
func privateFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestKeyFileGetsKeysAndLosesThem(t *testing.T) {
	s := &Source{File: privateFile(t, "# made for the tests\n"+oldKey.Text()+"\n\n")}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(s.File, link); err != nil {
		t.Fatal(err)
	}
	linked := &Source{File: link}
	if err := linked.Add(newKey); err != nil {
		t.Fatal(err)
	}
	if keys, err := s.Load(); err != nil || !slices.Equal(keys, []Key{newKey, oldKey}) {
		t.Errorf("Load after Add through a symbolic link = %d keys, %v, want the new one in front of the old one", len(keys), err)
	}
	if err := s.Remove(oldKey.ID()); err != nil {
		t.Fatal(err)
	}
	keys, err := s.Load()
	info, statErr := os.Stat(s.File)
	if err != nil || statErr != nil || !slices.Equal(keys, []Key{newKey}) || info.Mode().Perm() != 0o600 {
		t.Errorf("Load after Remove = %d keys, %v, mode %v, want the new one in a file of mode 0600", len(keys), err, info.Mode())
	}
	if err := WriteKey(s.File, NewKey()); !errors.Is(err, fs.ErrExist) {
		t.Errorf("WriteKey(a file that exists) = %v, want ErrExist", err)
	}
}

func TestKeysOfAVariable(t *testing.T) {
	s := &Source{Text: newKey.Text() + " " + oldKey.Text() + "\n"}
	if keys, err := s.Load(); err != nil || !slices.Equal(keys, []Key{newKey, oldKey}) || s.Writable() {
		t.Errorf("Load = %d keys, %v, writable %t, want two that can't be rewritten", len(keys), err, s.Writable())
	}
	s = &Source{Text: newKey.Text()[1:]}
	if _, err := s.Load(); err == nil || !strings.Contains(err.Error(), "GATEPOST_KEY") || strings.Contains(err.Error(), newKey.Text()[1:20]) {
		t.Errorf("Load(a cut key) = %v, want an error that names GATEPOST_KEY and doesn't quote it", err)
	}
}

func wrap(t *testing.T, armored bool, to age.Recipient) string {
	t.Helper()
	var out bytes.Buffer
	var dst io.WriteCloser = struct {
		io.Writer
		io.Closer
	}{&out, io.NopCloser(nil)}
	if armored {
		dst = armor.NewWriter(&out)
	}
	w, err := age.Encrypt(dst, to)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(w, oldKey.Text()+"\n")
	if err = errors.Join(err, w.Close(), dst.Close()); err != nil {
		t.Fatal(err)
	}
	return privateFile(t, out.String())
}

func TestKeyFileWrappedWithAge(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	phrase, err := age.NewScryptRecipient("a passphrase of a few words")
	if err != nil {
		t.Fatal(err)
	}
	phrase.SetWorkFactor(10)
	named := func(i *age.X25519Identity) string { return privateFile(t, "# created: today\n"+i.String()+"\n") }
	file, locked := wrap(t, false, identity.Recipient()), wrap(t, true, phrase)
	for _, s := range []*Source{
		{File: file, Identity: named(identity)},
		{File: wrap(t, true, identity.Recipient()), Identity: named(identity)},
		{File: locked, Identity: privateFile(t, "a passphrase of a few words\n")},
	} {
		for range 2 {
			if keys, err := s.Load(); err != nil || !slices.Equal(keys, []Key{oldKey}) || s.Writable() {
				t.Errorf("Load = %d keys, %v, writable %t, want the one inside", len(keys), err, s.Writable())
			}
		}
	}
	open := named(identity)
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	for want, s := range map[string]*Source{
		"set GATEPOST_KEY_IDENTITY":                 {File: file},
		"can't be decrypted":                        {File: file, Identity: named(other)},
		"passphrase that it was encrypted for":      {File: locked, Identity: privateFile(t, "another passphrase")},
		"chmod 600":                                 {File: file, Identity: open},
		"not encrypted with age":                    {File: privateFile(t, oldKey.Text()), Identity: named(identity)},
		"neither age's identities nor a passphrase": {File: file, Identity: privateFile(t, "\n")},
		"identity file can't be read":               {File: file, Identity: file + ".missing"},
	} {
		_, created, err := s.Open()
		if err == nil || created || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "AGE-SECRET") {
			t.Errorf("Open = created %t, %v, want an error with %q", created, err, want)
		}
	}
	// A wrapped file that is missing is never created: only its owner can encrypt it.
	if _, created, err := (&Source{File: file + ".missing", Identity: named(identity)}).Open(); created || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open(missing) = created %t, %v, want ErrNotExist", created, err)
	}
}
