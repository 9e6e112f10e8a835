package secret

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"strings"
	"testing"
)

var oldKey, newKey = Key{1}, Key{2}

func TestOldKeyOpensUntilItIsGone(t *testing.T) {
	ring := NewKeyring(oldKey)
	box := ring.NewBox("mails")
	sealed := box.Seal([]byte("a mail"), "id 1")
	ring.Hold(newKey, []Key{oldKey}, nil)
	if plain, err := box.Open(sealed, "id 1"); err != nil || string(plain) != "a mail" {
		t.Errorf("Open of what the old key sealed = %q, %v, want it", plain, err)
	}
	fresh, err := box.Reseal(sealed, "id 1")
	if err != nil || !bytes.HasPrefix(fresh, SealedBy(newKey.ID())) || bytes.HasPrefix(sealed, SealedBy(newKey.ID())) {
		t.Errorf("Reseal = %x, %v, want it to start with the new key's id", fresh[:8], err)
	}
	ring.Hold(newKey, nil, nil)
	if _, err := box.Open(sealed, "id 1"); err == nil {
		t.Error("Open of what the old key sealed = nil after it is gone, want an error")
	}
	if plain, err := box.Open(fresh, "id 1"); err != nil || string(plain) != "a mail" {
		t.Errorf("Open of what was resealed = %q, %v, want it", plain, err)
	}
}

// What the first release sealed has no id in front.
func TestBytesWithoutAKeyIDStillOpen(t *testing.T) {
	block, err := aes.NewCipher(oldKey.Derive("mails"))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	sealed := aead.Seal(nil, nil, []byte("a mail"), []byte("id 1"))
	box := NewKeyring(newKey, oldKey).NewBox("mails")
	if plain, err := box.Open(sealed, "id 1"); err != nil || string(plain) != "a mail" {
		t.Errorf("Open of what has no id = %q, %v, want it", plain, err)
	}
	if _, err := box.Open(sealed, "id 2"); err == nil {
		t.Error("Open of what has no id for another thing = nil, want an error")
	}
}

// A secret in a customer's deployment can't be made again because the portal changes its key.
func TestSecretsTaggedByAKeyThatIsGoneStayGenuine(t *testing.T) {
	ring := NewKeyring(oldKey)
	m := NewMinter(ring)
	before, _ := m.New(client)
	kept, err := ReadKept(oldKey.ID(), oldKey.Keep())
	if err != nil {
		t.Fatal(err)
	}
	for what, hold := range map[string]func(){
		"both keys":                func() { ring.Hold(newKey, []Key{oldKey}, nil) },
		"the old one's tag key":    func() { ring.Hold(newKey, nil, []Kept{kept}) },
		"both keys and a kept one": func() { ring.Hold(newKey, []Key{oldKey}, []Kept{kept}) },
	} {
		hold()
		after, _ := m.New(client)
		if !m.Genuine(client, before) || !m.Genuine(client, after) || m.Genuine(otherClient, before) {
			t.Errorf("with %s: genuine before %t, after %t, for another client %t, want true, true, false", what, m.Genuine(client, before), m.Genuine(client, after), m.Genuine(otherClient, before))
		}
		if NewMinter(NewKeyring(oldKey)).Genuine(client, after) {
			t.Errorf("with %s a new secret has the old key's tag", what)
		}
	}
	ring.Hold(newKey, nil, nil)
	if m.Genuine(client, before) {
		t.Error("Genuine under a key that was never this portal's = true, want false")
	}
}

// What is kept of a key can't decrypt what it sealed.
func TestKeptKeysOpenNothing(t *testing.T) {
	text := oldKey.Keep()
	for _, purpose := range []string{"signing keys", "totp", "mails"} {
		if bytes.Contains(text, oldKey.Derive(purpose)) || strings.Contains(string(text), purpose) {
			t.Errorf("Keep holds the key for %s", purpose)
		}
	}
	kept, err := ReadKept(oldKey.ID(), text)
	if err != nil {
		t.Fatal(err)
	}
	ring := NewKeyring(newKey)
	ring.Hold(newKey, nil, []Kept{kept})
	if _, ok := ring.Key(oldKey.ID()); ok || len(ring.Derived("mails")) != 1 {
		t.Error("a key that is gone is still held")
	}
	for _, purpose := range []string{ForTags, ForRecoveryCodes, ForAudit} {
		if key, ok := ring.DerivedBy(oldKey.ID(), purpose); !ok || !bytes.Equal(key, oldKey.Derive(purpose)) {
			t.Errorf("DerivedBy(old, %s) = %x, %t, want the key", purpose, key, ok)
		}
	}
}
