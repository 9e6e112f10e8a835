package keys

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

const (
	// maxPublicKeys is how many public keys a client may have.
	maxPublicKeys = 20
	// maxRSABits bounds the work of one verification.
	maxRSABits = 8192
	maxKeyURI  = 2000
)

// Unusable is a message to the person who pasted a key or a jwks_uri: what to enter instead.
type Unusable string

func (u Unusable) Error() string { return string(u) }

var (
	errNotPublic    = Unusable("Paste a JWK, a JWK set, or a public key in PEM (it starts with -----BEGIN PUBLIC KEY-----).")
	errPrivate      = Unusable("This is a private key, which only the app should have. Paste its public half; for a PEM file, openssl pkey -in key.pem -pubout prints it. Since this key has left the app, create a new pair.")
	errCertificate  = Unusable("This is a certificate. Paste its public key: openssl x509 -in cert.pem -pubkey -noout prints it.")
	errSymmetric    = Unusable("This is a symmetric key. Paste the public key of an RSA, P-256 or Ed25519 pair.")
	errKind         = Unusable("This kind of key can't be used. Paste the public key of an RSA (2048 bits or more), P-256 or Ed25519 pair.")
	errWeak         = Unusable(fmt.Sprintf("This RSA key can't be used. Create one of 2048 to %d bits with the public exponent 65537.", maxRSABits))
	errEncrypt      = Unusable("This key is for encryption (its use is not sig). Paste a key for signatures.")
	errAlgorithm    = Unusable("This alg is not supported for this kind of key. Write RS256 or PS256 for RSA, ES256 for P-256, EdDSA for Ed25519, or leave it out.")
	errDuplicateKID = Unusable("Two of these keys have the same kid: give each its own.")
	errManyKeys     = Unusable(fmt.Sprintf("Paste at most %d keys.", maxPublicKeys))
	errEmptyKeySet  = Unusable("This JWK set is empty: paste one with a key in it.")
)

// ParsePublic reads the public keys that a person pasted, as a JWK, a JWK set (RFC 7517) or
// PEM, and returns them as a JWK set without any other members. A key without a kid gets its
// RFC 7638 thumbprint. The error tells the person what to paste instead.
func ParsePublic(text string) (jwks string, err error) {
	text = strings.TrimSpace(text)
	read := publicFromJWK
	if strings.Contains(text, "-----BEGIN ") {
		read = publicFromPEM
	}
	list, err := read([]byte(text))
	switch {
	case err != nil:
		return "", err
	case len(list) == 0:
		return "", errEmptyKeySet
	case len(list) > maxPublicKeys:
		return "", errManyKeys
	}
	seen := map[string]bool{}
	for i := range list {
		if list[i].KeyID == "" {
			thumbprint, err := list[i].Thumbprint(crypto.SHA256)
			if err != nil {
				return "", errKind
			}
			list[i].KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
		}
		if seen[list[i].KeyID] {
			return "", errDuplicateKID
		}
		seen[list[i].KeyID] = true
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: list})
	return string(set), err
}

// Thumbprints returns the RFC 7638 thumbprints, in base64url, of the keys of a JWK set that
// ParsePublic has returned. Two sets have the same ones if they hold the same keys, whatever
// the keys' ids say.
func Thumbprints(jwks string) []string {
	list, err := publicFromJWK([]byte(jwks))
	if err != nil {
		return nil // an empty text: no keys
	}
	var out []string
	for _, k := range list {
		if sum, err := k.Thumbprint(crypto.SHA256); err == nil {
			out = append(out, base64.RawURLEncoding.EncodeToString(sum))
		}
	}
	return out
}

func publicFromJWK(text []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys *[]json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(text, &set) != nil {
		return nil, errNotPublic
	}
	raws := []json.RawMessage{text}
	if set.Keys != nil {
		raws = *set.Keys
	}
	if len(raws) > maxPublicKeys {
		return nil, errManyKeys
	}
	var list []jose.JSONWebKey
	for _, raw := range raws {
		k, err := readPublic(raw)
		if err != nil {
			return nil, err
		}
		list = append(list, k)
	}
	return list, nil
}

func publicFromPEM(text []byte) ([]jose.JSONWebKey, error) {
	var list []jose.JSONWebKey
	for block, rest := pem.Decode(text); ; block, rest = pem.Decode(rest) {
		if block == nil {
			if len(list) == 0 || bytes.Contains(rest, []byte("-----BEGIN ")) {
				return nil, errNotPublic
			}
			return list, nil
		}
		if len(list) == maxPublicKeys {
			return nil, errManyKeys
		}
		var public any
		var err error
		switch {
		case strings.Contains(block.Type, "PRIVATE KEY"):
			return nil, errPrivate
		case strings.Contains(block.Type, "CERTIFICATE"):
			return nil, errCertificate
		case block.Type == "PUBLIC KEY":
			public, err = x509.ParsePKIXPublicKey(block.Bytes)
		case block.Type == "RSA PUBLIC KEY":
			public, err = x509.ParsePKCS1PublicKey(block.Bytes)
		default:
			return nil, errNotPublic
		}
		if err != nil {
			return nil, errNotPublic
		}
		k := jose.JSONWebKey{Key: public, Use: "sig"}
		if err := checkPublic(k); err != nil {
			return nil, err
		}
		list = append(list, k)
	}
}

// readPublic reads one JWK that can verify client assertions. It ignores members that refer to
// certificates (x5u, x5c).
func readPublic(raw json.RawMessage) (k jose.JSONWebKey, err error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil || members["kty"] == nil {
		return k, errNotPublic
	}
	if string(members["kty"]) == `"oct"` {
		return k, errSymmetric
	}
	kept := map[string]json.RawMessage{}
	for name, value := range members {
		switch strings.ToLower(name) { // the library ignores case too
		case "d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv":
			return k, errPrivate
		case "kty", "kid", "alg", "use", "crv", "x", "y", "n", "e":
			kept[name] = value
		}
	}
	clean, err := json.Marshal(kept)
	if err != nil || k.UnmarshalJSON(clean) != nil {
		return k, errKind
	}
	k = jose.JSONWebKey{Key: k.Key, KeyID: k.KeyID, Algorithm: k.Algorithm, Use: "sig"}
	var use string
	if members["use"] != nil && (json.Unmarshal(members["use"], &use) != nil || use != "sig") {
		return k, errEncrypt
	}
	return k, checkPublic(k)
}

// checkPublic refuses keys that can't verify client assertions, and weak ones.
func checkPublic(k jose.JSONWebKey) error {
	switch public := k.Key.(type) {
	case *rsa.PublicKey:
		if n := public.N.BitLen(); n < rsaBits || n > maxRSABits || public.E < 65537 || public.E%2 == 0 {
			return errWeak
		}
	case *ecdsa.PublicKey:
		if public.Curve != elliptic.P256() {
			return errKind
		}
	case ed25519.PublicKey:
	default:
		return errKind
	}
	if k.Algorithm != "" && !slices.ContainsFunc(assertionAlgorithms, func(a jose.SignatureAlgorithm) bool { return string(a) == k.Algorithm && canVerify(k.Algorithm, k) }) {
		return errAlgorithm
	}
	return nil
}

// canVerify says whether a key can verify signatures of the algorithm.
func canVerify(algorithm string, k jose.JSONWebKey) bool {
	if k.Algorithm != "" && k.Algorithm != algorithm {
		return false
	}
	switch jose.SignatureAlgorithm(algorithm) {
	case jose.RS256, jose.PS256:
		_, ok := k.Key.(*rsa.PublicKey)
		return ok
	case jose.ES256:
		_, ok := k.Key.(*ecdsa.PublicKey)
		return ok
	case jose.EdDSA:
		_, ok := k.Key.(ed25519.PublicKey)
		return ok
	}
	return false
}

// CheckJWKSURI returns an error for people if a jwks_uri can't be registered. Whether it leads
// to a public host is checked when it is fetched.
func CheckJWKSURI(uri string) error {
	u, err := url.Parse(uri)
	switch {
	case len(uri) > maxKeyURI:
		return Unusable(fmt.Sprintf("Write an address of at most %d characters.", maxKeyURI))
	case err != nil || u.Scheme != "https" || u.Hostname() == "" || strings.ContainsAny(uri, " \\\r\n\t"):
		return Unusable("Write the full address with https, such as https://app.example/jwks.json.")
	case u.User != nil:
		return Unusable("Leave out the user name in front of the host.")
	case strings.Contains(uri, "#"):
		return Unusable("Leave out the fragment: everything from # on.")
	case u.Port() != "" && u.Port() != "443":
		return Unusable("Leave out the port: keys are fetched by https on port 443 only.")
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil || !strings.Contains(u.Hostname(), ".") {
		return Unusable("Write the name of a public host: keys aren't fetched from an IP address, or from a name without a dot.")
	}
	return nil
}
