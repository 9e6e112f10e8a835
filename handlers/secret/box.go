package secret

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"errors"
	"fmt"
)

// sealedMark starts sealed bytes, before the key's id of 4 bytes. What was sealed before keys had ids
// starts with a random nonce.
var sealedMark = []byte("gpk1")

// SealedBy returns how everything starts that the key with this id has sealed: 8 bytes.
func SealedBy(id string) []byte {
	raw, err := hex.DecodeString(id)
	if err != nil {
		panic("secret: a key's id is hexadecimal: " + err.Error())
	}
	return append(bytes.Clone(sealedMark), raw...)
}

// Box encrypts stored data that the portal must read again, such as a queued mail: AES-256-GCM
// with a key derived for one purpose.
type Box struct {
	ring    *Keyring
	purpose string
}

// NewBox returns the box for a purpose.
func (r *Keyring) NewBox(purpose string) *Box { return &Box{r, purpose} }

func (b *Box) aead(k Key) cipher.AEAD {
	block, err := aes.NewCipher(k.Derive(b.purpose))
	if err != nil {
		panic("secret: AES refused a key of 32 bytes: " + err.Error())
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("secret: GCM refused AES: " + err.Error())
	}
	return aead
}

// Seal encrypts plain with the current key. What is sealed for one thing, such as a row's id, can't be
// opened for another.
func (b *Box) Seal(plain []byte, thing string) []byte {
	k := b.ring.Current()
	return b.aead(k).Seal(SealedBy(k.ID()), nil, plain, []byte(thing))
}

// errSealed says that Seal didn't make these bytes for this thing with one of the keys.
var errSealed = errors.New("the sealed bytes can't be opened with the portal's keys")

// Open decrypts what Seal returned, with whichever key sealed it.
func (b *Box) Open(sealed []byte, thing string) ([]byte, error) {
	keys := b.ring.Keys()
	for _, k := range keys {
		if body, ok := bytes.CutPrefix(sealed, SealedBy(k.ID())); ok {
			if plain, err := b.aead(k).Open(nil, nil, body, []byte(thing)); err == nil {
				return plain, nil
			}
		}
	}
	for _, k := range keys { // sealed before keys had ids
		if plain, err := b.aead(k).Open(nil, nil, sealed, []byte(thing)); err == nil {
			return plain, nil
		}
	}
	return nil, fmt.Errorf("secret: box: %w", errSealed)
}

// Reseal returns sealed as the current key seals it.
func (b *Box) Reseal(sealed []byte, thing string) ([]byte, error) {
	plain, err := b.Open(sealed, thing)
	if err != nil {
		return nil, err
	}
	return b.Seal(plain, thing), nil
}
