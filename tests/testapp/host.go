package testapp

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"
)

// Main runs a package's tests, for its TestMain, after start has set up the server that they
// share. What the server finds fault with when it stops fails the package.
func Main(m *testing.M, start func(t testing.TB)) (status int) {
	h := &host{}
	defer func() {
		for _, cleanup := range slices.Backward(h.cleanups) {
			cleanup()
		}
		if h.failed {
			status = 1
		}
	}()
	start(h)
	return m.Run()
}

// host is what a shared server reports to: it outlives the tests.
type host struct {
	testing.TB
	cleanups []func()
	failed   bool
}

func (h *host) Helper()                  {}
func (h *host) Context() context.Context { return context.Background() }
func (h *host) Cleanup(fn func())        { h.cleanups = append(h.cleanups, fn) }
func (h *host) Error(args ...any)        { h.Errorf("%s", fmt.Sprint(args...)) }
func (h *host) Fatal(args ...any)        { h.Fatalf("%s", fmt.Sprint(args...)) }

func (h *host) Errorf(format string, args ...any) {
	h.failed = true
	fmt.Fprintf(os.Stderr, "the server of the package: "+format+"\n", args...)
}

func (h *host) Fatalf(format string, args ...any) {
	h.Errorf(format, args...)
	panic("the server of the package can't go on")
}

func (h *host) TempDir() string {
	dir, err := os.MkdirTemp("", "gatepost-tests-")
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
