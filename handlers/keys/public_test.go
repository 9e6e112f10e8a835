package keys

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

func jwk(t *testing.T, k jose.JSONWebKey) string {
	t.Helper()
	text, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func pemOf(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func pkix(t *testing.T, public any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return pemOf("PUBLIC KEY", der)
}

// The issue: keys are pasted as JWK or PEM.
func TestPublicKeysAreReadInAllForms(t *testing.T) {
	rsaKey, ecKey, edKey := clientKeys()["RS256"].Public(), clientKeys()["ES256"].Public(), clientKeys()["EdDSA"].Public()
	one := jwk(t, jose.JSONWebKey{Key: ecKey, KeyID: "mine"})
	for name, c := range map[string]struct {
		text string
		kids []string // empty: a thumbprint
	}{
		"JWK":                    {one, []string{"mine"}},
		"JWK with blanks around": {"\r\n  " + one + "\n", []string{"mine"}},
		"JWK with more members":  {strings.TrimSuffix(one, "}") + `,"x5u":"https://evil.example/","x5c":["AA"],"key_ops":["verify"],"ext":true}`, []string{"mine"}},
		"JWK set":                {`{"keys":[` + one + `,` + jwk(t, jose.JSONWebKey{Key: rsaKey, KeyID: "b", Algorithm: "PS256", Use: "sig"}) + `]}`, []string{"mine", "b"}},
		"JWK without a kid":      {jwk(t, jose.JSONWebKey{Key: edKey}), []string{""}},
		"PEM of RSA":             {pkix(t, rsaKey), []string{""}},
		"PEM of P-256":           {pkix(t, ecKey), []string{""}},
		"PEM of Ed25519":         {pkix(t, edKey), []string{""}},
		"PEM of PKCS #1":         {pemOf("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(rsaKey.(*rsa.PublicKey))), []string{""}},
		"two PEM keys":           {pkix(t, rsaKey) + "\n" + pkix(t, edKey), []string{"", ""}},
	} {
		text, err := ParsePublic(c.text)
		if err != nil {
			t.Errorf("ParsePublic(%s) = %v, want nil", name, err)
			continue
		}
		var set jose.JSONWebKeySet
		if err := json.Unmarshal([]byte(text), &set); err != nil || len(set.Keys) != len(c.kids) {
			t.Errorf("ParsePublic(%s) = %s, want a JWK set of %d", name, text, len(c.kids))
			continue
		}
		for i, k := range set.Keys {
			if c.kids[i] != "" && k.KeyID != c.kids[i] || c.kids[i] == "" && len(k.KeyID) != 43 || !k.IsPublic() || k.Use != "sig" {
				t.Errorf("ParsePublic(%s): key %d = %+v, want the kid %q and use sig", name, i, k, c.kids[i])
			}
		}
		if strings.Contains(text, "evil.example") || strings.Contains(text, `"x5`) {
			t.Errorf("ParsePublic(%s) = %s, want nothing else of what was pasted", name, text)
		}
		again, err := ParsePublic(text)
		if err != nil || again != text {
			t.Errorf("ParsePublic(its own answer) = %s, %v, want %s", again, err, text)
		}
	}
}

func TestKeysThatCantBeUsedAreRefusedWithWhatToPaste(t *testing.T) {
	rsaKey, ecKey, edKey := clientKeys()["RS256"], clientKeys()["ES256"], clientKeys()["EdDSA"]
	weak, err1 := rsa.GenerateKey(rand.Reader, 1024)
	p384, err2 := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	pkcs8, err3 := x509.MarshalPKCS8PrivateKey(edKey)
	sec1, err4 := x509.MarshalECPrivateKey(ecKey.(*ecdsa.PrivateKey))
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	one := jwk(t, jose.JSONWebKey{Key: ecKey.Public(), KeyID: "a"})
	small := *rsaKey.Public().(*rsa.PublicKey)
	small.E = 3
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"nothing":                  {"", errNotPublic},
		"words":                    {"my key", errNotPublic},
		"a list":                   {"[]", errNotPublic},
		"an object":                {"{}", errNotPublic},
		"an empty set":             {`{"keys":[]}`, errEmptyKeySet},
		"a set of words":           {`{"keys":["x"]}`, errNotPublic},
		"keys that are no list":    {`{"keys":1}`, errNotPublic},
		"private EC":               {jwk(t, jose.JSONWebKey{Key: ecKey}), errPrivate},
		"private RSA":              {jwk(t, jose.JSONWebKey{Key: rsaKey}), errPrivate},
		"private Ed25519":          {jwk(t, jose.JSONWebKey{Key: edKey}), errPrivate},
		"private in capitals":      {strings.Replace(jwk(t, jose.JSONWebKey{Key: ecKey}), `"d"`, `"D"`, 1), errPrivate},
		"a set with a private key": {`{"keys":[` + one + `,` + jwk(t, jose.JSONWebKey{Key: edKey}) + `]}`, errPrivate},
		"private PEM":              {pemOf("PRIVATE KEY", pkcs8), errPrivate},
		"private PEM of EC":        {pemOf("EC PRIVATE KEY", sec1), errPrivate},
		"encrypted private PEM":    {pemOf("ENCRYPTED PRIVATE KEY", []byte{1}), errPrivate},
		"private behind public":    {pkix(t, edKey.Public()) + pemOf("PRIVATE KEY", pkcs8), errPrivate},
		"a certificate":            {pemOf("CERTIFICATE", []byte{1}), errCertificate},
		"another PEM":              {pemOf("EC PARAMETERS", []byte{1}), errNotPublic},
		"broken PEM":               {"-----BEGIN PUBLIC KEY-----\nxx", errNotPublic},
		"PEM of nonsense":          {pemOf("PUBLIC KEY", []byte{1, 2}), errNotPublic},
		"symmetric":                {`{"kty":"oct","k":"c2VjcmV0"}`, errSymmetric},
		"weak RSA":                 {jwk(t, jose.JSONWebKey{Key: weak.Public()}), errWeak},
		"weak RSA in PEM":          {pkix(t, weak.Public()), errWeak},
		"small exponent":           {jwk(t, jose.JSONWebKey{Key: &small}), errWeak},
		"P-384":                    {jwk(t, jose.JSONWebKey{Key: p384.Public()}), errKind},
		"P-384 in PEM":             {pkix(t, p384.Public()), errKind},
		"X25519":                   {`{"kty":"OKP","crv":"X25519","x":"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo"}`, errKind},
		"a point off the curve":    {`{"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"}`, errKind},
		"for encryption":           {strings.TrimSuffix(one, "}") + `,"use":"enc"}`, errEncrypt},
		"another alg":              {strings.TrimSuffix(one, "}") + `,"alg":"ES384"}`, errAlgorithm},
		"alg of another kind":      {strings.TrimSuffix(one, "}") + `,"alg":"RS256"}`, errAlgorithm},
		"one kid twice":            {`{"keys":[` + one + `,` + one + `]}`, errDuplicateKID},
		"21 keys":                  {`{"keys":[` + strings.Repeat(one+",", 20) + one + `]}`, errManyKeys},
		"21 PEM keys":              {strings.Repeat(pkix(t, edKey.Public()), 21), errManyKeys},
	} {
		got, err := ParsePublic(c.text)
		if err != c.want || got != "" {
			t.Errorf("ParsePublic(%s) = %q, %v, want %v", name, got, err, c.want)
		}
	}
}

// REG-01: only what may be fetched can be registered.
func TestKeySetAddresses(t *testing.T) {
	for uri, ok := range map[string]bool{
		"https://app.example/jwks.json": true, "https://app.example:443/jwks?x=1": true, "https://app.example": true,
		"": false, "http://app.example/": false, "ftp://app.example/": false, "app.example/jwks": false, "//app.example/": false, "https:///jwks": false,
		"https://user@app.example/": false, "https://app.example/#x": false, "https://app.example:8443/": false, "https://app.example/ x": false,
		"https://app.example\\@evil.example/": false, "https://app.example/\r\nX: y": false, "https://%zz": false, "javascript:alert(1)": false,
		"https://127.0.0.1/": false, "https://[::1]/": false, "https://8.8.8.8/": false, "https://localhost/": false, "https://intranet/": false,
		"https://app.example/" + strings.Repeat("x", 2000): false,
	} {
		if err := CheckJWKSURI(uri); (err == nil) != ok {
			t.Errorf("CheckJWKSURI(%.60q) = %v, want it good: %v", uri, err, ok)
		}
	}
}

func FuzzParsePublic(f *testing.F) {
	for _, seed := range []string{
		`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`, `{"keys":[]}`, `{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}`,
		"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n", `{"kty":"EC","crv":"P-256"}`, "{",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		set, err := ParsePublic(text)
		if err != nil {
			if !errors.As(err, new(Unusable)) {
				t.Errorf("ParsePublic(%q) = %v, want words for people", text, err)
			}
			return
		}
		if again, err := ParsePublic(set); err != nil || again != set {
			t.Errorf("ParsePublic(%q) = %s, which is read as %s, %v", text, set, again, err)
		}
		for _, member := range []string{"d", "p", "q", "k"} {
			if strings.Contains(set, fmt.Sprintf("%q:", member)) {
				t.Errorf("ParsePublic(%q) = %s, want nothing private in it", text, set)
			}
		}
	})
}
