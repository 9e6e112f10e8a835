package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// The algorithms of signing keys (RFC 7518 section 3.1, RFC 8037).
const (
	RS256 = "RS256"
	ES256 = "ES256"
	EdDSA = "EdDSA"

	rsaBits = 2048
)

var algorithms = []string{RS256, ES256, EdDSA}

// keyPair is a decrypted signing key, ready for use.
type keyPair struct {
	id, algorithm string
	private       crypto.Signer
	public        jose.JSONWebKey
	header        string // of its tokens, encoded, with the dot
}

// key is a keyPair with its row in the database.
type key struct {
	*keyPair
	row db.SigningKey
}

// generate makes a new key.
func generate(algorithm string) (*keyPair, error) {
	var private crypto.Signer
	var err error
	switch algorithm {
	case RS256:
		private, err = rsa.GenerateKey(rand.Reader, rsaBits)
	case ES256:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case EdDSA:
		_, private, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		return nil, fmt.Errorf("keys: generate: %w", err)
	}
	return prepare(algorithm, private)
}

func prepare(algorithm string, private crypto.Signer) (*keyPair, error) {
	public := jose.JSONWebKey{Key: private.Public(), Algorithm: algorithm, Use: "sig"}
	thumbprint, err := public.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("keys: thumbprint: %w", err)
	}
	public.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	header, err := json.Marshal(tokenHeader{Algorithm: algorithm, KeyID: public.KeyID, Type: tokenType})
	if err != nil {
		return nil, fmt.Errorf("keys: prepare: %w", err)
	}
	return &keyPair{
		id: public.KeyID, algorithm: algorithm, private: private, public: public,
		header: base64.RawURLEncoding.EncodeToString(header) + ".",
	}, nil
}

// tokenHeader is the JOSE header of a token.
type tokenHeader struct {
	Algorithm string `json:"alg"`
	KeyID     string `json:"kid"`
	Type      string `json:"typ"`
}

// sign returns the JWS signature over a token's first two parts (RFC 7518 sections 3.3 and 3.4,
// RFC 8037 section 3.1).
func (k *keyPair) sign(input []byte) ([]byte, error) {
	if private, ok := k.private.(ed25519.PrivateKey); ok {
		return ed25519.Sign(private, input), nil
	}
	digest := sha256.Sum256(input)
	switch private := k.private.(type) {
	case *rsa.PrivateKey:
		return rsa.SignPKCS1v15(rand.Reader, private, crypto.SHA256, digest[:])
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, private, digest[:])
		if err != nil {
			return nil, err
		}
		signature := make([]byte, 64)
		r.FillBytes(signature[:32])
		s.FillBytes(signature[32:])
		return signature, nil
	}
	return nil, fmt.Errorf("can't sign with %T", k.private)
}

// matches says whether a private key is of the right kind for the algorithm.
func matches(algorithm string, private any) bool {
	switch k := private.(type) {
	case *rsa.PrivateKey:
		return algorithm == RS256 && k.N.BitLen() >= rsaBits
	case *ecdsa.PrivateKey:
		return algorithm == ES256 && k.Curve == elliptic.P256()
	case ed25519.PrivateKey:
		return algorithm == EdDSA
	}
	return false
}

// seal encrypts a private key's PKCS #8 form for the key's id.
func seal(box *secret.Box, k *keyPair) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		return nil, fmt.Errorf("keys: seal: %w", err)
	}
	return box.Seal(der, k.id), nil
}

var errWrongKey = errors.New("the signing keys in the database are encrypted with another key: start with the key that this database was created with (GATEPOST_KEY_FILE or GATEPOST_KEY)")

func open(box *secret.Box, row db.SigningKey) (*key, error) {
	der, err := box.Open(row.PrivateKey, row.KID)
	if err != nil {
		return nil, errWrongKey
	}
	private, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil || !matches(row.Algorithm, private) {
		return nil, fmt.Errorf("keys: the stored key %s is not a key for %s", row.KID, row.Algorithm)
	}
	pair, err := prepare(row.Algorithm, private.(crypto.Signer))
	if err != nil {
		return nil, err
	}
	if pair.id != row.KID {
		return nil, fmt.Errorf("keys: the stored key %s has the thumbprint %s", row.KID, pair.id)
	}
	return &key{keyPair: pair, row: row}, nil
}
