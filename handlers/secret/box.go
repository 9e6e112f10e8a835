package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
)

// Box encrypts stored data that the portal must read again, such as a queued mail: AES-256-GCM
// with a key derived for one purpose.
type Box struct{ aead cipher.AEAD }

// NewBox returns the box for a purpose.
func (k Key) NewBox(purpose string) *Box {
	block, err := aes.NewCipher(k.Derive(purpose))
	if err != nil {
		panic("secret: AES refused a key of 32 bytes: " + err.Error())
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("secret: GCM refused AES: " + err.Error())
	}
	return &Box{aead}
}

// Seal encrypts plain. What is sealed for one thing, such as a row's id, can't be opened for
// another.
func (b *Box) Seal(plain []byte, thing string) []byte {
	return b.aead.Seal(nil, nil, plain, []byte(thing))
}

// errSealed says that Seal didn't make these bytes for this thing with this key.
var errSealed = errors.New("the sealed bytes can't be opened with this key")

// Open decrypts what Seal returned.
func (b *Box) Open(sealed []byte, thing string) ([]byte, error) {
	plain, err := b.aead.Open(nil, nil, sealed, []byte(thing))
	if err != nil {
		return nil, fmt.Errorf("secret: box: %w", errSealed)
	}
	return plain, nil
}
