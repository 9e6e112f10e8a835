package secret

import (
	"bytes"
	"testing"
)

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
