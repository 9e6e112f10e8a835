package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
)

// Box keeps bytes at rest that the portal must read again, such as a mail that waits to be
// sent: AES-256-GCM under a key derived for one purpose.
type Box struct{ aead cipher.AEAD }

// NewBox makes the box of a purpose.
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

// Seal encrypts plain. What is sealed for one thing can't be opened for another.
func (b *Box) Seal(plain []byte, thing string) []byte {
	return b.aead.Seal(nil, nil, plain, []byte(thing))
}

// errSealed says that bytes are not what Seal made for this thing under this key.
var errSealed = errors.New("the sealed bytes can't be opened with this key")

// Open gives what Seal was given.
func (b *Box) Open(sealed []byte, thing string) ([]byte, error) {
	plain, err := b.aead.Open(nil, nil, sealed, []byte(thing))
	if err != nil {
		return nil, fmt.Errorf("secret: box: %w", errSealed)
	}
	return plain, nil
}
