package rfc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatepost/tests/testapp"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// signer is an app that authenticates by private_key_jwt, with its key.
type signer struct {
	testapp.Credentials
	jose.Signer
	key    jose.JSONWebKey
	public string // its JWK set
}

type claims map[string]any

// claimsOf are what an assertion must say (RFC 7523 section 3).
func claimsOf(w *world, clientID string) claims {
	now := time.Now().Unix()
	return claims{"iss": clientID, "sub": clientID, "aud": w.URL, "exp": now + 60, "iat": now, "jti": fmt.Sprintf("jti %d", w.made.Add(1))}
}

func (s signer) claims(w *world) claims { return claimsOf(w, s.ClientID) }

// but is the claims with some changed; nil leaves one out.
func (c claims) but(name string, value any) claims {
	out := maps.Clone(c)
	if out[name] = value; value == nil {
		delete(out, name)
	}
	return out
}

func newKey(t *testing.T, algorithm string) crypto.Signer {
	t.Helper()
	var key crypto.Signer
	var err error
	switch algorithm {
	case "ES256":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ES384":
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "ES512":
		key, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "EdDSA":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	default:
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newSigner(t *testing.T, algorithm string, key any, header map[jose.HeaderKey]any) jose.Signer {
	t.Helper()
	options := &jose.SignerOptions{ExtraHeaders: header}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(algorithm), Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func hmacSigner(t *testing.T, secret string) jose.Signer {
	t.Helper()
	return newSigner(t, "HS256", []byte(secret), nil)
}

// signer makes an app with a key of its own.
func (w *world) signer(t *testing.T, algorithm string) signer {
	t.Helper()
	return w.withKey(t, w.server(t), algorithm)
}

// withKey gives an app a key, also of an algorithm that no form would take.
func (w *world) withKey(t *testing.T, c testapp.Credentials, algorithm string) signer {
	t.Helper()
	key := newKey(t, algorithm)
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "one", Use: "sig"}}})
	if err != nil {
		t.Fatal(err)
	}
	w.Change(t, "UPDATE apps SET auth_method = 'private_key_jwt', jwks = ? WHERE client_id = ?", string(set), c.ClientID)
	private := jose.JSONWebKey{Key: key, KeyID: "one"}
	return signer{c, newSigner(t, algorithm, private, nil), private, string(set)}
}

// assertion signs claims; header is the signer's own unless it is given, as JSON.
func (w *world) assertion(t *testing.T, s jose.Signer, header string, c claims) string {
	t.Helper()
	payload, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	if header != "" {
		parts := strings.Split(text, ".")
		text = base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + parts[1] + "." + parts[2]
	}
	return w.Secret(text)
}

// asserted is a form with the signer's assertion in it.
func (w *world) asserted(t *testing.T, s signer, c claims, more ...string) url.Values {
	t.Helper()
	out := testapp.Form(more...)
	out.Set("client_assertion_type", assertionType)
	out.Set("client_assertion", w.assertion(t, s.Signer, "", c))
	return out
}

func basicOf(c testapp.Credentials) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.ClientID+":"+c.ClientSecret))
}

// RFC 7523 section 3: what an assertion must say, and that it is used once (PKJ-01).
func TestRFC7523_3(t *testing.T) {
	w := shared
	s, thief := w.signer(t, "ES256"), w.signer(t, "ES256")
	now := time.Now().Unix()
	good := func() claims { return s.claims(w) }
	ask := func(text string, more ...string) *testapp.Answer {
		return w.PostForm(t, "/oauth2/token", testapp.Form(append([]string{"grant_type", "client_credentials", "client_assertion_type", assertionType, "client_assertion", text}, more...)...))
	}
	sign := func(c claims) string { return w.assertion(t, s.Signer, "", c) }
	replayed := sign(good())
	w.Tokens(t, ask(replayed))
	for what, r := range map[string]*testapp.Answer{ // each must be taken
		"the issuer as aud":           ask(sign(good())),
		"the token endpoint as aud":   ask(sign(good().but("aud", w.URL+"/oauth2/token"))),
		"a list with the issuer":      ask(sign(good().but("aud", []string{w.URL}))),
		"the client_id next to it":    ask(sign(good()), "client_id", s.ClientID),
		"no iat":                      ask(sign(good().but("iat", nil))),
		"an nbf that has passed":      ask(sign(good().but("nbf", now-10))),
		"a typ of client assertions":  ask(w.assertion(t, newSigner(t, "ES256", s.key, map[jose.HeaderKey]any{"typ": "client-authentication+jwt"}), "", good())),
		"a plain typ":                 ask(w.assertion(t, newSigner(t, "ES256", s.key, map[jose.HeaderKey]any{"typ": "JWT"}), "", good())),
		"the same jti of another app": ask(w.assertion(t, thief.Signer, "", thief.claims(w).but("jti", "shared"))),
		"and of this one":             ask(sign(good().but("jti", "shared"))),
	} {
		if wantOK(t, what, r); r.Status == http.StatusOK {
			w.Tokens(t, r)
		}
	}
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`))
	payload := strings.Split(sign(good()), ".")[1]
	signed := sign(good())
	for what, text := range map[string]string{
		"a second use":                replayed,
		"another aud":                 sign(good().but("aud", "https://other.example")),
		"no aud":                      sign(good().but("aud", nil)),
		"an aud for others too":       sign(good().but("aud", []string{w.URL, "https://other.example"})),
		"the portal's API as aud":     sign(good().but("aud", w.URL+"/api/v1/me")),
		"no exp":                      sign(good().but("exp", nil)),
		"an exp that has passed":      sign(good().but("exp", now-120)),
		"an exp in a year":            sign(good().but("exp", now+365*86400)),
		"an nbf to come":              sign(good().but("nbf", now+300)),
		"an iat to come":              sign(good().but("iat", now+300)),
		"no jti":                      sign(good().but("jti", nil)),
		"no iss":                      sign(good().but("iss", nil)),
		"no sub":                      sign(good().but("sub", nil)),
		"another iss":                 sign(good().but("iss", thief.ClientID)),
		"another sub":                 sign(good().but("sub", thief.ClientID)),
		"another app's claims":        sign(thief.claims(w)),
		"another app's key":           w.assertion(t, thief.Signer, "", good()),
		"an app that has a secret":    sign(claimsOf(w, w.site.ClientID)),
		"an unknown client":           sign(claimsOf(w, "aaaaaaaaaaaaaaaaaaaaaaaaaa")),
		"alg none":                    none + "." + payload + ".",
		"alg none with a signature":   none + "." + payload + "." + strings.Split(signed, ".")[2],
		"HS256 by the public key":     w.assertion(t, hmacSigner(t, s.public), "", good()),
		"a cut signature":             signed[:len(signed)-2],
		"no signature":                signed[:strings.LastIndex(signed, ".")+1],
		"four parts":                  signed + ".x",
		"nonsense":                    "x",
		"the typ of an access token":  w.assertion(t, newSigner(t, "ES256", s.key, map[jose.HeaderKey]any{"typ": "at+jwt"}), "", good()),
		"another header":              w.assertion(t, s.Signer, `{"alg":"ES256","kid":"two"}`, good()),
		"a critical extension":        w.assertion(t, s.Signer, `{"alg":"ES256","kid":"one","crit":["exp"],"exp":1}`, good()),
		"a key that it brings itself": w.assertion(t, newSigner(t, "ES256", newKey(t, "ES256"), nil), "", good()),
	} {
		wantError(t, what, ask(text), http.StatusUnauthorized, "invalid_client")
	}
	wantError(t, "the id of another app next to it", ask(sign(good()), "client_id", thief.ClientID), http.StatusUnauthorized, "invalid_client")
	wantError(t, "a secret next to it", ask(sign(good()), "client_secret", s.ClientSecret, "client_id", s.ClientID), http.StatusBadRequest, "invalid_request")
	wantError(t, "the secret in place of it", w.TokenRequest(t, s.Credentials, "grant_type", "client_credentials"), http.StatusUnauthorized, "invalid_client")
	wantError(t, "the id alone", w.TokenRequest(t, testapp.Credentials{ClientID: s.ClientID}, "grant_type", "client_credentials"), http.StatusUnauthorized, "invalid_client")
	saml := w.asserted(t, s, good(), "grant_type", "client_credentials")
	saml.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer")
	wantError(t, "another type of assertion", w.PostForm(t, "/oauth2/token", saml), http.StatusBadRequest, "invalid_request")
	for _, name := range []string{"client_assertion_type", "client_assertion"} {
		half := w.asserted(t, s, good(), "grant_type", "client_credentials")
		half.Del(name)
		wantError(t, "an assertion without the parameter "+name, w.PostForm(t, "/oauth2/token", half), http.StatusBadRequest, "invalid_request")
	}
}

// RFC 7591 section 2: keys may be named by jwks_uri. The portal fetches from public https
// hosts only, whatever a client registered, and never from its own network.
func TestRFC7591_2(t *testing.T) {
	w := shared
	var reached atomic.Int64
	inside := httptest.NewUnstartedServer(http.NotFoundHandler())
	inside.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			reached.Add(1)
		}
	}
	inside.StartTLS()
	defer inside.Close()
	s := w.signer(t, "ES256")
	for _, uri := range []string{inside.URL, strings.Replace(inside.URL, "127.0.0.1", "localhost", 1), strings.Replace(inside.URL, "https", "http", 1), "https://169.254.169.254/keys", "https://[::1]/keys", "https://10.0.0.1/keys", "file:///etc/passwd"} {
		r := w.owner.Post(t, "/apps/"+s.ClientID, testapp.Form("name", "Signer", "scopes", "read", "token_lifetime", "3600", "auth_method", "private_key_jwt", "jwks_uri", uri))
		if strings.HasPrefix(uri, "https:") && r.Status == http.StatusSeeOther || r.Status == http.StatusUnprocessableEntity {
			w.Change(t, "UPDATE apps SET jwks = '', jwks_uri = ? WHERE client_id = ?", uri, s.ClientID)
		} else {
			t.Errorf("saving the jwks_uri %s = %d, want 422, or 303 where only its name is looked at", uri, r.Status)
		}
		wantError(t, "an assertion with keys at "+uri, w.PostForm(t, "/oauth2/token", w.asserted(t, s, s.claims(w), "grant_type", "client_credentials")), http.StatusUnauthorized, "invalid_client")
	}
	if reached.Load() != 0 {
		t.Error("the portal reached into its own network for a client's keys")
	}
}
