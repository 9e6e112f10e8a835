package testapp

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// What Binary stamps, as make release does.
const (
	Version = "v0.0.0-test"
	Commit  = "1f2e3d4c5b6a79880716253443526170f0e1d2c3"
	Date    = "2026-11-29T18:20:00Z"
)

// Binary builds the program, once, and returns its path: with the flags of .ci/race or, under
// -short, without the race detector, since make check needs no C compiler.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// built leaves the program in bin/, where the next package's tests find it and the linker
// has nothing to do again. Packages that are tested concurrently take turns by a lock.
var built = sync.OnceValues(func() (string, error) {
	root := Root()
	if err := readSources(root); err != nil {
		return "", fmt.Errorf("testapp: %w", err)
	}
	dir := filepath.Join(root, "bin", "test")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("testapp: %w", err)
	}
	lock, err := os.Create(filepath.Join(dir, "lock"))
	if err != nil {
		return "", fmt.Errorf("testapp: %w", err)
	}
	defer lock.Close() // lets the lock go
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("testapp: lock: %w", err)
	}
	flags, err := os.ReadFile(filepath.Join(root, ".ci", "race"))
	if err != nil {
		return "", fmt.Errorf("testapp: %w", err)
	}
	if !flag.Parsed() {
		flag.Parse() // a TestMain comes before the flags are read
	}
	if testing.Short() {
		flags = []byte("-tags=cheaphash")
		dir = filepath.Join(dir, "short") // the two builds don't overwrite each other
	}
	stamps := "-ldflags=-X main.version=" + Version + " -X main.commit=" + Commit + " -X main.date=" + Date
	program := filepath.Join(dir, "gatepost")
	build := exec.Command("go", append(append([]string{"build"}, strings.Fields(string(flags))...), stamps, "-o", program, ".")...)
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("testapp: go build: %w\n%s", err, out)
	}
	return program, nil
})

// Root is the repository's root.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..")
}

// readSources looks at every file that the program is made of: go test then knows that its
// cached result is stale when one of them changes.
func readSources(root string) error {
	for _, name := range []string{"main.go", "go.mod", "go.sum"} {
		if _, err := os.Stat(filepath.Join(root, name)); err != nil {
			return err
		}
	}
	for _, dir := range []string{"handlers", "views", "static", "db", "assets"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, _ fs.DirEntry, err error) error {
			if err == nil {
				_, err = os.Stat(path)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
