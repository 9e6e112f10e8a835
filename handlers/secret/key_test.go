package secret

import (
	"bytes"
	"encoding/base64"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestKeyFileIsMadeOnceAndPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "portal.key")
	first, created, err := LoadKey(path)
	if err != nil || !created {
		t.Fatalf("LoadKey(missing) = created %v, %v, want created true, nil", created, err)
	}
	again, created, err := LoadKey(path)
	if err != nil || created || again != first {
		t.Errorf("LoadKey(existing) = same key %v, created %v, %v, want true, false, nil", again == first, created, err)
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
	var keys [8]Key
	var made [8]bool
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			var err error
			if keys[i], made[i], err = LoadKey(path); err != nil {
				t.Errorf("LoadKey(race %d) = %v, want nil", i, err)
			}
		})
	}
	wg.Wait()
	makers := 0
	for i := range keys {
		if made[i] {
			makers++
		}
		if keys[i] != keys[0] {
			t.Errorf("LoadKey(race %d) gave another key than race 0, want one", i)
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
	} {
		path := filepath.Join(t.TempDir(), "portal.key")
		if err := os.WriteFile(path, []byte(c.content), c.mode); err != nil {
			t.Fatal(err)
		}
		_, created, err := LoadKey(path)
		if err == nil || created || !strings.Contains(err.Error(), c.want) {
			t.Errorf("LoadKey(%s) = created %v, %v, want an error with %q", c.name, created, err, c.want)
		}
	}
	if _, _, err := LoadKey(t.TempDir()); err == nil || !strings.Contains(err.Error(), "GATEPOST_KEY_FILE") {
		t.Errorf("LoadKey(folder) = %v, want an error that names GATEPOST_KEY_FILE", err)
	}
}

func TestDerivedKeysDifferByPurposeAndKey(t *testing.T) {
	a, b := Key{1}, Key{2}
	if got := len(a.Derive("x")); got != 32 {
		t.Errorf("len(Derive) = %d, want 32", got)
	}
	if !bytes.Equal(a.Derive("x"), a.Derive("x")) {
		t.Error("Derive(x) twice differs, want the same")
	}
	if bytes.Equal(a.Derive("x"), a.Derive("y")) || bytes.Equal(a.Derive("x"), b.Derive("x")) {
		t.Error("Derive returns one key for two purposes or two portals, want different ones")
	}
}

func TestKeyIDTellsKeysApart(t *testing.T) {
	a, b := Key{1}, Key{2}
	if id := a.ID(); len(id) != 8 || id != (Key{1}).ID() || id == b.ID() {
		t.Errorf("ID() = %q and %q for another key, want 8 characters that stay the same for one key", id, b.ID())
	}
	if got, want := a.ID(), "c8825156"; got != want {
		t.Errorf("ID() = %s, want %s: what is stored under that name would be lost", got, want)
	}
}
