package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// clientKeys are one key of each kind; making RSA keys takes a while.
var clientKeys = sync.OnceValue(func() map[string]crypto.Signer {
	rsaKey, err1 := rsa.GenerateKey(rand.Reader, 2048)
	ecKey, err2 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, edKey, err3 := ed25519.GenerateKey(rand.Reader)
	if err := errors.Join(err1, err2, err3); err != nil {
		panic(err)
	}
	return map[string]crypto.Signer{"RS256": rsaKey, "PS256": rsaKey, "ES256": ecKey, "EdDSA": edKey}
})

// publicSet is a JWK set of one key.
func publicSet(t *testing.T, k jose.JSONWebKey) []byte {
	t.Helper()
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{k}})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// signed is an assertion with any header and claims.
func signed(t *testing.T, algorithm string, header map[jose.HeaderKey]any, claims string) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(algorithm), Key: clientKeys()[algorithm]},
		&jose.SignerOptions{ExtraHeaders: header})
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign([]byte(claims))
	if err != nil {
		t.Fatal(err)
	}
	text, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

const goodClaims = `{"iss":"c","sub":"c","aud":"https://portal.example","jti":"1","exp":1790000000,"iat":1789999900.5}`

// RFC 7523 section 3, RFC 7519 section 4.1.
func TestAssertionIsReadAndVerified(t *testing.T) {
	for algorithm, key := range clientKeys() {
		text := signed(t, algorithm, map[jose.HeaderKey]any{"typ": "JWT", "kid": "k1"}, goodClaims)
		a, err := ReadAssertion(text)
		if err != nil {
			t.Errorf("ReadAssertion(%s) = %v, want nil", algorithm, err)
			continue
		}
		if a.Issuer != "c" || a.Subject != "c" || a.ID != "1" || len(a.Audience) != 1 || a.Expires.Unix() != 1790000000 || a.IssuedAt.Unix() != 1789999900 || !a.NotBefore.IsZero() {
			t.Errorf("ReadAssertion(%s) = %+v, want its claims", algorithm, a)
		}
		good := jose.JSONWebKey{Key: key.Public(), KeyID: "k1"}
		if err := a.Verify(publicSet(t, good)); err != nil {
			t.Errorf("Verify(%s) = %v, want nil", algorithm, err)
		}
		good.Algorithm, good.Use = algorithm, "sig"
		if err := a.Verify(publicSet(t, good)); err != nil {
			t.Errorf("Verify(%s, key with alg and use) = %v, want nil", algorithm, err)
		}
		if err := a.Verify(publicSet(t, jose.JSONWebKey{Key: key.Public(), KeyID: "k2"})); !errors.Is(err, ErrUnknownKey) {
			t.Errorf("Verify(%s, other kid) = %v, want ErrUnknownKey", algorithm, err)
		}
		if err := a.Verify(publicSet(t, jose.JSONWebKey{Key: key.Public(), KeyID: "k1", Use: "enc"})); !errors.Is(err, ErrUnknownKey) {
			t.Errorf("Verify(%s, key for encryption) = %v, want ErrUnknownKey", algorithm, err)
		}
		for other, otherKey := range clientKeys() {
			if canVerify(algorithm, jose.JSONWebKey{Key: otherKey.Public()}) {
				continue
			}
			if err := a.Verify(publicSet(t, jose.JSONWebKey{Key: otherKey.Public(), KeyID: "k1"})); !errors.Is(err, ErrUnknownKey) {
				t.Errorf("Verify(%s, key of %s) = %v, want ErrUnknownKey", algorithm, other, err)
			}
		}
	}
}

func TestAssertionOfTheWrongKeyIsRefused(t *testing.T) {
	_, stranger, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set := publicSet(t, jose.JSONWebKey{Key: stranger.Public(), KeyID: "k1"})
	named, err := ReadAssertion(signed(t, "EdDSA", map[jose.HeaderKey]any{"kid": "k1"}, goodClaims))
	if err != nil {
		t.Fatal(err)
	}
	if err := named.Verify(set); !errors.Is(err, ErrAssertion) || errors.Is(err, ErrUnknownKey) {
		t.Errorf("Verify(kid of another key) = %v, want ErrAssertion and no wish for newer keys", err)
	}
	unnamed, err := ReadAssertion(signed(t, "EdDSA", nil, goodClaims))
	if err != nil {
		t.Fatal(err)
	}
	if err := unnamed.Verify(set); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("Verify(no kid, no key that fits) = %v, want ErrUnknownKey", err)
	}
	mine := jose.JSONWebKey{Key: clientKeys()["EdDSA"].Public(), KeyID: "any"}
	if err := unnamed.Verify(publicSet(t, mine)); err != nil {
		t.Errorf("Verify(no kid) = %v, want nil", err)
	}
	for _, set := range []string{"", "null", "[]", `{"keys":null}`, `{"keys":[1,"x",null,{}]}`, `{"keys":[` + strings.Repeat("1,", 40) + `1]}`} {
		if err := unnamed.Verify([]byte(set)); !errors.Is(err, ErrUnknownKey) {
			t.Errorf("Verify(set %.30s) = %v, want ErrUnknownKey", set, err)
		}
	}
}

// RFC 8725 sections 3.1, 3.2 and 3.11, PKJ-01: forgeries and other kinds of tokens.
func TestAssertionRefusesForgeries(t *testing.T) {
	encode := base64.RawURLEncoding.EncodeToString
	good := signed(t, "ES256", map[jose.HeaderKey]any{"kid": "k1"}, goodClaims)
	parts := strings.Split(good, ".")
	withHeader := func(header string) string { return encode([]byte(header)) + "." + parts[1] + "." + parts[2] }
	der, err := json.Marshal(jose.JSONWebKey{Key: clientKeys()["RS256"].Public()})
	if err != nil {
		t.Fatal(err)
	}
	hs := encode([]byte(`{"alg":"HS256","kid":"k1"}`)) + "." + parts[1]
	mac := hmac.New(sha256.New, der)
	mac.Write([]byte(hs))
	for name, text := range map[string]string{
		"empty": "", "no token": "x", "two parts": parts[0] + "." + parts[1], "four parts": good + ".x", "five parts": good + ".x.y",
		"alg none": withHeader(`{"alg":"none"}`), "alg nOnE": withHeader(`{"alg":"nOnE"}`), "no alg": withHeader(`{}`),
		"HS256 with the public key": hs + "." + encode(mac.Sum(nil)),
		"RS512":                     withHeader(`{"alg":"RS512"}`), "ES384": withHeader(`{"alg":"ES384"}`), "lower case": withHeader(`{"alg":"es256"}`),
		"an access token":          signed(t, "EdDSA", map[jose.HeaderKey]any{"typ": "at+jwt"}, goodClaims),
		"an odd typ":               signed(t, "EdDSA", map[jose.HeaderKey]any{"typ": 1}, goodClaims),
		"no claims":                signed(t, "EdDSA", nil, ``),
		"claims in a list":         signed(t, "EdDSA", nil, `[]`),
		"20 kB":                    signed(t, "EdDSA", nil, `{"jti":"`+strings.Repeat("x", 20_000)+`"}`),
		"the JSON form of a token": `{"payload":"e30","signatures":[]}`,
	} {
		if a, err := ReadAssertion(text); !errors.Is(err, ErrAssertion) {
			t.Errorf("ReadAssertion(%s) = %+v, %v, want ErrAssertion", name, a, err)
		}
	}
	// Claims of wrong types are read as far as they say who sent them, so that who signed them can be told.
	for name, claims := range map[string]string{"exp as text": `"exp":"tomorrow"`, "exp as null in a list": `"exp":[null]`, "aud of numbers": `"aud":[1]`, "jti as a number": `"jti":1`} {
		a, err := ReadAssertion(signed(t, "EdDSA", nil, `{"iss":"c","sub":"d",`+claims+`}`))
		if err != nil || !a.Malformed || a.Issuer != "c" || a.Subject != "d" || !a.Expires.IsZero() {
			t.Errorf("ReadAssertion(%s) = %+v, %v, want it malformed, from c and d", name, a, err)
		}
	}
	if a, err := ReadAssertion(signed(t, "EdDSA", nil, `{"iss":["c"],"sub":{}}`)); err != nil || !a.Malformed || a.Issuer != "" || a.Subject != "" {
		t.Errorf("ReadAssertion(iss as a list) = %+v, %v, want it malformed, from nobody", a, err)
	}
	// Times of other centuries are as far away as can be told, in either direction.
	for claims, want := range map[string]int64{`{"exp":1e300}`: 1<<32 - 2, `{"exp":1700000000000}`: 1<<32 - 2, `{"exp":-1}`: 1} {
		if a, err := ReadAssertion(signed(t, "EdDSA", nil, claims)); err != nil || a.Expires.Unix() != want {
			t.Errorf("ReadAssertion(%s) = %+v, %v, want exp %d", claims, a, err, want)
		}
	}
	// What passes the reading dies on the signature.
	rogue := jose.JSONWebKey{Key: clientKeys()["EdDSA"].Public(), KeyID: "k1"}
	own := publicSet(t, jose.JSONWebKey{Key: clientKeys()["ES256"].Public(), KeyID: "k1"})
	for name, text := range map[string]string{
		"cut signature":   good[:len(good)-4],
		"flipped claims":  parts[0] + "." + encode([]byte(strings.Replace(goodClaims, `"c"`, `"d"`, 2))) + "." + parts[2],
		"a key of itself": signed(t, "EdDSA", map[jose.HeaderKey]any{"jwk": rogue}, goodClaims),
		"crit":            signed(t, "ES256", map[jose.HeaderKey]any{"kid": "k1", "crit": []string{"x"}, "x": 1}, goodClaims),
		"jku":             signed(t, "EdDSA", map[jose.HeaderKey]any{"kid": "k1", "jku": "https://evil.example/"}, goodClaims),
	} {
		a, err := ReadAssertion(text)
		if err == nil {
			err = a.Verify(own)
		}
		if err == nil {
			t.Errorf("ReadAssertion and Verify(%s) = nil, want an error", name)
		}
	}
}

func TestAudienceIsAStringOrAList(t *testing.T) {
	for text, want := range map[string]Audience{`"a"`: {"a"}, `["a"]`: {"a"}, `["a","b"]`: {"a", "b"}} {
		var a Audience
		if err := json.Unmarshal([]byte(text), &a); err != nil || strings.Join(a, " ") != strings.Join(want, " ") {
			t.Errorf("Unmarshal(%s) = %v, %v, want %v", text, a, err, want)
		}
	}
	for want, a := range map[string]Audience{`"a"`: {"a"}, `["a","b"]`: {"a", "b"}} {
		if text, err := json.Marshal(a); err != nil || string(text) != want {
			t.Errorf("Marshal(%v) = %s, %v, want %s", a, text, err, want)
		}
	}
	var a Audience
	if err := json.Unmarshal([]byte(`{"a":1}`), &a); err == nil {
		t.Error("Unmarshal(an object) = nil, want an error")
	}
}

func FuzzReadAssertion(f *testing.F) {
	head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"EdDSA","kid":"k"}`))
	for _, claims := range []string{goodClaims, `{}`, `{"exp":1e30}`, `[]`, `{"aud":[]}`} {
		f.Add(head + "." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".AA")
	}
	f.Add("..")
	set := []byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ReadAssertion(text)
		if err != nil {
			if !errors.Is(err, ErrAssertion) {
				t.Errorf("ReadAssertion(%q) = %v, want ErrAssertion", text, err)
			}
			return
		}
		if a.Expires.After(time.Unix(1<<33, 0)) {
			t.Errorf("ReadAssertion(%q): exp = %v, want one of this century", text, a.Expires)
		}
		if a.Verify(set) == nil {
			t.Errorf("Verify(%q) = nil for a key whose other half nobody has", text)
		}
	})
}
