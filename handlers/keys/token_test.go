package keys

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatepost/db"
)

var b64 = base64.RawURLEncoding

// forge signs a header and claims of the caller's choice with a key of ours or another.
func forge(t *testing.T, alg string, key any, header map[string]any, kid string) string {
	t.Helper()
	o := (&jose.SignerOptions{}).WithType(tokenType)
	for name, value := range header {
		o = o.WithHeader(jose.HeaderKey(name), value)
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: jose.JSONWebKey{Key: key, KeyID: kid}}, o)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.Sign([]byte(`{"sub":"me"}`))
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestSignedTokenHasItsHeaderAndItsClaims(t *testing.T) {
	for _, algorithm := range algorithms {
		r := openRing(t, openDB(t, filepath.Join(t.TempDir(), "g.db")), algorithm, newClock())
		token := sign(t, r)
		var header map[string]string
		raw, _ := b64.DecodeString(strings.Split(token, ".")[0])
		if err := json.Unmarshal(raw, &header); err != nil {
			t.Fatal(err)
		}
		if len(header) != 3 || header["alg"] != algorithm || header["typ"] != "at+jwt" || published(t, r)[header["kid"]] != algorithm {
			t.Errorf("header = %s, want alg %s, typ at+jwt, a published kid", raw, algorithm)
		}
		if got, err := r.Verify(token); err != nil || string(got) != `{"sub":"me"}` {
			t.Errorf("Verify() = %s, %v, want the claims, nil", got, err)
		}
	}
}

// JWT-02.
func TestForgeriesAreRefused(t *testing.T) {
	r := openRing(t, openDB(t, filepath.Join(t.TempDir(), "g.db")), RS256, newClock())
	own, _ := r.current().signing(r.now())
	rogue, _ := generate(RS256)
	ec, _ := generate(ES256)
	token := sign(t, r)
	parts := strings.Split(token, ".")
	public, _ := x509.MarshalPKIXPublicKey(own.private.Public())
	withHeader := func(header string) string {
		return b64.EncodeToString([]byte(header)) + "." + parts[1] + "." + parts[2]
	}
	last := parts[2][len(parts[2])-1]
	loose := string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", last)|1])

	for name, forged := range map[string]string{
		"none":                 withHeader(`{"alg":"none","typ":"at+jwt","kid":"` + own.id + `"}`),
		"None":                 withHeader(`{"alg":"None","typ":"at+jwt","kid":"` + own.id + `"}`),
		"nOnE":                 withHeader(`{"alg":"nOnE","typ":"at+jwt","kid":"` + own.id + `"}`),
		"none, no signature":   b64.EncodeToString([]byte(`{"alg":"none","typ":"at+jwt"}`)) + "." + parts[1] + ".",
		"HS256 by public key":  forge(t, "HS256", public, nil, own.id),
		"RS512":                forge(t, "RS512", own.private, nil, own.id),
		"PS256":                forge(t, "PS256", own.private, nil, own.id),
		"ES256, RSA kid":       forge(t, "ES256", ec.private, nil, own.id),
		"rogue key, our kid":   forge(t, "RS256", rogue.private, nil, own.id),
		"rogue kid":            forge(t, "RS256", rogue.private, nil, rogue.id),
		"no kid":               forge(t, "RS256", own.private, nil, ""),
		"kid is a path":        forge(t, "RS256", rogue.private, nil, "../../dev/null"),
		"kid is SQL":           forge(t, "RS256", rogue.private, nil, "' OR 1=1 --"),
		"embedded jwk":         forge(t, "RS256", rogue.private, map[string]any{"jwk": rogue.public}, own.id),
		"jku":                  forge(t, "RS256", own.private, map[string]any{"jku": "https://evil.example/jwks"}, own.id),
		"x5u":                  forge(t, "RS256", own.private, map[string]any{"x5u": "https://evil.example/x"}, own.id),
		"crit":                 forge(t, "RS256", own.private, map[string]any{"crit": []string{"b64"}, "b64": true}, own.id),
		"unknown crit":         forge(t, "RS256", own.private, map[string]any{"crit": []string{"exp"}, "exp": 1}, own.id),
		"an ID token":          forge(t, "RS256", own.private, map[string]any{"typ": "JWT"}, own.id),
		"no typ":               withHeader(`{"alg":"RS256","kid":"` + own.id + `"}`),
		"other claims":         parts[0] + "." + b64.EncodeToString([]byte(`{"sub":"you"}`)) + "." + parts[2],
		"cut signature":        token[:len(token)-4],
		"no signature":         parts[0] + "." + parts[1] + ".",
		"flipped signature":    parts[0] + "." + parts[1] + "." + flip(parts[2]),
		"unused bits set":      token[:len(token)-1] + loose,
		"line feed inside":     token[:len(token)-5] + "\n" + token[len(token)-5:],
		"padded":               token + "=",
		"two parts":            parts[0] + "." + parts[1],
		"four parts":           token + ".x",
		"five parts":           token + "..",
		"JSON serialization":   `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"empty":                "",
		"dots":                 "..",
		"too long":             token + strings.Repeat("A", maxToken),
		"header twice the alg": withHeader(`{"alg":"none","alg":"RS256","typ":"at+jwt","kid":"` + own.id + `"}`),
	} {
		if forged == token {
			t.Fatalf("%s: the forgery is the token itself", name)
		}
		if payload, err := r.Verify(forged); !errors.Is(err, ErrToken) {
			t.Errorf("Verify(%s) = %s, %v, want ErrToken", name, payload, err)
		}
	}
}

func flip(signature string) string {
	raw, _ := b64.DecodeString(signature)
	raw[len(raw)/2] ^= 1
	return b64.EncodeToString(raw)
}

// JWT-06: a key that another process made is found; a flood of unknown ids is not a
// flood of reads.
func TestUnknownKeyIDReadsTheDatabaseOnceASecond(t *testing.T) {
	path := filepath.Join(t.TempDir(), "g.db")
	c := newClock()
	r := openRing(t, openDB(t, path), EdDSA, c)
	stranger, _ := generate(EdDSA)
	unknown := forge(t, "EdDSA", stranger.private, nil, stranger.id)
	if _, err := r.Verify(unknown); !errors.Is(err, ErrToken) {
		t.Errorf("Verify(unknown kid) = %v, want ErrToken", err)
	}
	read := r.view.Load()
	if _, err := r.Verify(unknown); !errors.Is(err, ErrToken) || r.view.Load() != read {
		t.Errorf("Verify(unknown kid again) = %v, read again %v, want ErrToken, false", err, r.view.Load() != read)
	}
	other := openRing(t, openDB(t, path), ES256, c)
	made := other.current().newest()
	token := forge(t, "ES256", made.private, nil, made.id)
	c.advance(minRefreshInterval)
	if _, err := r.Verify(token); err != nil {
		t.Errorf("Verify(key of another process) = %v, want nil", err)
	}
}

func TestKeyIDIsItsThumbprint(t *testing.T) {
	// RFC 7638 section 3.1.
	const n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
	var k jose.JSONWebKey
	if err := k.UnmarshalJSON([]byte(`{"kty":"RSA","n":"` + n + `","e":"AQAB"}`)); err != nil {
		t.Fatal(err)
	}
	sum, err := k.Thumbprint(crypto.SHA256)
	if got, want := b64.EncodeToString(sum), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"; err != nil || got != want {
		t.Errorf("Thumbprint(RFC 7638 3.1) = %s, %v, want %s, nil", got, err, want)
	}
	pair, _ := generate(EdDSA)
	sum, _ = pair.public.Thumbprint(crypto.SHA256)
	if got := b64.EncodeToString(sum); got != pair.id {
		t.Errorf("kid = %s, want the thumbprint %s", pair.id, got)
	}
}

func FuzzVerify(f *testing.F) {
	memory, err := db.Open(context.Background(), filepath.Join(f.TempDir(), "g.db"))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { memory.Close() })
	r, err := Open(context.Background(), memory, Options{Algorithm: EdDSA, Box: box})
	if err != nil {
		f.Fatal(err)
	}
	token, err := r.Sign(map[string]any{"sub": "me", "exp": time.Now().Unix()})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add("..")
	f.Add(b64.EncodeToString([]byte(`{"alg":"none","typ":"at+jwt"}`)) + ".e30.AA")
	f.Fuzz(func(t *testing.T, presented string) {
		if _, err := r.Verify(presented); err == nil && presented != token {
			t.Errorf("Verify(%q) = nil, want an error: nobody signed it", presented)
		}
	})
}
