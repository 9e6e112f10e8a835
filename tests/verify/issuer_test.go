package verify

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatepost/tests/testapp"
)

// issuer is a portal in the small: its keys and its tokens are the test's to choose.
type issuer struct {
	url  string
	mu   sync.Mutex
	keys []jose.JSONWebKey // public
	read int               // how often they were
}

func newIssuer(t *testing.T, algorithm string) *issuer {
	t.Helper()
	i := &issuer{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		write(w, map[string]any{"issuer": i.url, "jwks_uri": i.url + "/.well-known/jwks.json", "id_token_signing_alg_values_supported": []string{algorithm}})
	})
	mux.HandleFunc("GET /.well-known/jwks.json", func(w http.ResponseWriter, _ *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.read++
		write(w, jose.JSONWebKeySet{Keys: i.keys})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	i.url = server.URL
	return i
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		panic(err)
	}
}

func (i *issuer) publish(keys ...jose.JSONWebKey) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = nil
	for _, k := range keys {
		i.keys = append(i.keys, k.Public())
	}
}

func (i *issuer) reads() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.read
}

// newKey makes a private key as the portal does.
func newKey(t *testing.T, algorithm string) jose.JSONWebKey {
	t.Helper()
	k := jose.JSONWebKey{Algorithm: algorithm, Use: "sig"}
	var err error
	switch algorithm {
	case "RS256":
		k.Key, err = rsa.GenerateKey(rand.Reader, 2048)
	case "ES256":
		k.Key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "EdDSA":
		_, k.Key, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	public := k.Public()
	thumbprint, err := public.Thumbprint(crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	k.KeyID = encode(thumbprint)
	return k
}

// good are the claims of a token that a service takes.
func (i *issuer) good() map[string]any {
	now := time.Now().Unix()
	return map[string]any{"iss": i.url, "sub": "app1", "aud": i.url, "client_id": "app1", "scope": "write read", "token_use": "access",
		"auth_time": now, "iat": now, "exp": now + 3600, "jti": "00000000-0000-4000-8000-000000000000", "version": 2}
}

// but are claims that differ from others in some, given as names and values in turn; nil
// leaves one out.
func but(claims map[string]any, more ...any) map[string]any {
	claims = maps.Clone(claims)
	for i := 0; i+1 < len(more); i += 2 {
		name := more[i].(string)
		if claims[name] = more[i+1]; more[i+1] == nil {
			delete(claims, name)
		}
	}
	return claims
}

// sign gives a token of the type.
func sign(t *testing.T, k jose.JSONWebKey, typ string, claims map[string]any) string {
	t.Helper()
	options := (&jose.SignerOptions{}).WithType(jose.ContentType(typ))
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(k.Algorithm), Key: k}, options)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

var encode = base64.RawURLEncoding.EncodeToString

func decode(t *testing.T, part string) []byte {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// changed are tokens that were good until somebody changed them.
func changed(t *testing.T, token string) map[string]string {
	t.Helper()
	parts := strings.Split(token, ".")
	flipped := decode(t, parts[2])
	flipped[len(flipped)/2] ^= 1
	claims := string(decode(t, parts[1]))
	other := strings.Replace(claims, `"version":2`, `"version":3`, 1)
	if other == claims {
		t.Fatalf("the claims %s have no version", claims)
	}
	return map[string]string{
		"with another claim":         parts[0] + "." + encode([]byte(other)) + "." + parts[2],
		"with a changed signature":   parts[0] + "." + parts[1] + "." + encode(flipped),
		"with a signature of zeros":  parts[0] + "." + parts[1] + "." + encode(make([]byte, len(flipped))),
		"with half of its signature": parts[0] + "." + parts[1] + "." + encode(flipped[:len(flipped)/2]),
		"without a signature":        parts[0] + "." + parts[1] + ".",
		"of alg none":                encode([]byte(`{"alg":"none","typ":"at+jwt"}`)) + "." + parts[1] + ".",
		"of two parts":               parts[0] + "." + parts[1],
		"of four parts":              token + ".x",
	}
}

// macked are tokens that take a public key for the secret of a MAC (RFC 8725 section 2.1).
func macked(t *testing.T, k jose.JSONWebKey, token string) map[string]string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(k.Public().Key)
	if err != nil {
		t.Fatal(err)
	}
	jwk, err := json.Marshal(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for form, secret := range map[string][]byte{"PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), "DER": der, "JWK": jwk} {
		header := fmt.Sprintf(`{"alg":"HS256","kid":%q,"typ":"at+jwt"}`, k.KeyID)
		input := encode([]byte(header)) + "." + strings.Split(token, ".")[1]
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(input))
		out["of HS256 with the public key as "+form] = input + "." + encode(mac.Sum(nil))
	}
	return out
}

func TestServicesTellGoodTokensFromBad(t *testing.T) {
	for _, algorithm := range []string{"RS256", "ES256", "EdDSA"} {
		for _, s := range samples {
			t.Run(algorithm+"/"+s.name, func(t *testing.T) {
				t.Parallel()
				if missing := s.without(t); missing != "" {
					t.Skipf("this test needs %s", missing)
				}
				i, k := newIssuer(t, algorithm), newKey(t, algorithm)
				i.publish(k)
				v := s.start(t, algorithm, i.url)
				good := i.good()
				token := sign(t, k, "at+jwt", good)
				for authorization, want := range map[string]string{
					"": noToken, "Basic YTpi": noToken, "Bearer": noToken, "Bearer ": noToken, "bearer " + token: hello("app1"), "BEARER " + token: hello("app1"),
				} {
					if got := v.call(t, authorization); got != want {
						t.Errorf("Authorization: %.10s.. = %s, want %s", authorization, got, want)
					}
				}
				v.want(t, "for several", sign(t, k, "at+jwt", but(good, "aud", []string{"https://other.example", i.url})), hello("app1"))
				for what, token := range changed(t, token) {
					v.want(t, what, token, invalid)
				}
				for what, token := range macked(t, k, token) {
					v.want(t, what, token, invalid)
				}
				now := time.Now().Unix()
				for what, claims := range map[string]map[string]any{
					"that has expired":                  but(good, "exp", now-60),
					"that ended long ago":               but(good, "exp", 1),
					"without an end":                    but(good, "exp", nil),
					"for another API":                   but(good, "aud", "https://other.example"),
					"for several other APIs":            but(good, "aud", []string{"https://other.example", i.url + "/"}),
					"for nobody":                        but(good, "aud", nil),
					"of another issuer":                 but(good, "iss", "https://other.example"),
					"of an issuer that begins the same": but(good, "iss", i.url+"/"),
					"of no issuer":                      but(good, "iss", nil),
				} {
					v.want(t, what, sign(t, k, "at+jwt", claims), invalid)
				}
				v.want(t, "of another kind", sign(t, k, "JWT", but(good, "token_use", "id")), invalid)
				for what, scope := range map[string]any{"without scopes": nil, "of the scope write": "write", "of scopes like read": "reader re read/all"} {
					v.want(t, what, sign(t, k, "at+jwt", but(good, "scope", scope)), insufficient)
				}
				for what, text := range map[string]string{
					"of one letter": "x", "of dots": "..", "with a header that is a list": encode([]byte("[]")) + ".e30.e30", "that is no base64": "%.%.%",
					"that is nested deep": encode([]byte(strings.Repeat("[", 7000))) + ".e30.e30", "with a broken header": encode([]byte(`{"alg":"`+algorithm)) + ".e30.e30",
				} {
					v.want(t, what, text, invalid)
				}
				v.wantCalm(t, i, token, k)
				v.wantRotation(t, i, algorithm, token, k)
			})
		}
	}
}

// wantCalm checks that good tokens cause no reading of the keys, and unknown kids few.
func (v *service) wantCalm(t *testing.T, i *issuer, token string, k jose.JSONWebKey) {
	t.Helper()
	before := i.reads()
	for range 10 {
		v.want(t, "that is good", token, hello("app1"))
	}
	if after := i.reads(); after != before {
		t.Errorf("%s read the keys %d times for 10 good tokens, want none", v.name, after-before)
	}
	k.KeyID = "unknown"
	for range 10 {
		v.want(t, "with an unknown kid", sign(t, k, "at+jwt", i.good()), invalid)
	}
	if after := i.reads(); v.calm && after > before+3 {
		t.Errorf("%s read the keys %d times for 10 unknown kids, want few", v.name, after-before)
	}
}

// wantRotation checks that a key which is published while the service runs is taken, that the
// old one still is, and that one which is not published never is.
func (v *service) wantRotation(t *testing.T, i *issuer, algorithm, before string, old jose.JSONWebKey) {
	t.Helper()
	next := newKey(t, algorithm)
	after := sign(t, next, "at+jwt", i.good())
	v.want(t, "of a key that is not published", after, invalid)
	impostor := next
	impostor.KeyID = old.KeyID
	v.want(t, "of another key under the first one's kid", sign(t, impostor, "at+jwt", i.good()), invalid)
	i.publish(old, next)
	testapp.Until(t, rotatesWithin, v.name+" takes the new key", func() bool { return v.call(t, "Bearer "+after) == hello("app1") })
	v.want(t, "of the first key, after the rotation", before, hello("app1"))
}
