package secret

import (
	"bytes"
	"testing"
)

func TestBoxOpensOnlyWhatItSealedForTheSameThing(t *testing.T) {
	key, other := NewKeyring(Key{}), NewKeyring(Key{1})
	box := key.NewBox("mails")
	sealed := box.Seal([]byte("a mail"), "id 1")
	if plain, err := box.Open(sealed, "id 1"); err != nil || string(plain) != "a mail" {
		t.Errorf("Open(Seal(a mail)) = %q, %v, want the same again", plain, err)
	}
	if bytes.Contains(sealed, []byte("mail")) {
		t.Error("Seal(a mail) holds the plain text, want it encrypted")
	}
	cut := bytes.Clone(sealed)
	cut[len(cut)-1] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"for another thing":      func() ([]byte, error) { return box.Open(sealed, "id 2") },
		"with another purpose":   func() ([]byte, error) { return key.NewBox("files").Open(sealed, "id 1") },
		"with another key":       func() ([]byte, error) { return other.NewBox("mails").Open(sealed, "id 1") },
		"after a bit was turned": func() ([]byte, error) { return box.Open(cut, "id 1") },
		"of nothing":             func() ([]byte, error) { return box.Open(nil, "id 1") },
	} {
		if plain, err := open(); err == nil {
			t.Errorf("Open %s = %q, want an error", name, plain)
		}
	}
}
