package rfc

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatepost/tests/testapp"
)

func (w *world) bearer(t *testing.T, path string, authorization ...string) *testapp.Answer {
	t.Helper()
	req := w.Request(t, http.MethodGet, path, "")
	for _, a := range authorization {
		req.Header.Add("Authorization", a)
	}
	return w.Do(t, req)
}

// RFC 6750 section 3.1: a request without a token gets no error code, a bad token
// invalid_token, a narrow one insufficient_scope (RS-01).
func TestRFC6750_3_1(t *testing.T) {
	w := shared
	narrow := w.owner.Authorize(t, w.site, "scope", "write").AccessToken
	for what, c := range map[string]struct {
		r         *testapp.Answer
		status    int
		challenge string
	}{
		"no token":          {w.bearer(t, "/api/v1/devices"), 401, "Bearer"},
		"another scheme":    {w.bearer(t, "/api/v1/devices", basicOf(w.site)), 401, "Bearer"},
		"an empty token":    {w.bearer(t, "/api/v1/devices", "Bearer "), 401, "Bearer"},
		"nonsense":          {w.bearer(t, "/api/v1/devices", "Bearer x"), 401, `Bearer error="invalid_token"`},
		"a narrow token":    {w.bearer(t, "/api/v1/devices", "Bearer "+narrow), 403, `Bearer error="insufficient_scope", scope="read"`},
		"two headers":       {w.bearer(t, "/api/v1/devices", "Bearer "+narrow, "Bearer "+narrow), 400, `Bearer error="invalid_request"`},
		"another's refresh": {w.bearer(t, "/api/v1/devices", "Bearer "+w.owner.Authorize(t, w.site).RefreshToken), 401, `Bearer error="invalid_token"`},
	} {
		if got := c.r.Header.Get("WWW-Authenticate"); c.r.Status != c.status || got != c.challenge {
			t.Errorf("%s = %d %q, want %d %q", what, c.r.Status, got, c.status, c.challenge)
		}
	}
}

// RFC 6750 section 2.1: the header is the only way. A token in a form (2.2) or in the address
// (2.3) is refused (RS-02).
func TestRFC6750_2_1(t *testing.T) {
	w := shared
	token := w.owner.Authorize(t, w.site).AccessToken
	for _, header := range []string{"Bearer " + token, "bearer " + token, "BEARER " + token, "Bearer      " + token} {
		wantOK(t, header[:12], w.bearer(t, "/api/v1/me", header))
	}
	for what, r := range map[string]*testapp.Answer{
		"in the address": w.bearer(t, "/api/v1/me?access_token="+token),
		"in a form":      w.PostForm(t, "/transactions/mock", testapp.Form("access_token", token)),
	} {
		if r.Status != http.StatusUnauthorized || r.Header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("a token %s = %d %q, want 401 Bearer", what, r.Status, r.Header.Get("WWW-Authenticate"))
		}
	}
}

func decode(t *testing.T, part string) (members map[string]any) {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &members); err != nil {
		t.Fatal(err)
	}
	return members
}

// RFC 9068 section 2.1: the header, with the signing key's algorithm and no other.
func TestRFC9068_2_1(t *testing.T) {
	w := shared
	header := decode(t, strings.Split(w.owner.Authorize(t, w.site).AccessToken, ".")[0])
	if header["typ"] != "at+jwt" || header["alg"] != "RS256" || header["kid"] == "" || len(header) != 3 {
		t.Errorf("header = %v, want typ at+jwt, alg RS256, kid", header)
	}
}

// RFC 9068 section 2.2: the claims of a token that a person allowed, which tell no more about
// the person than their id (JWT-01).
func TestRFC9068_2_2(t *testing.T) {
	w := shared
	before := time.Now().Unix()
	first := w.owner.Authorize(t, w.site, "scope", "read")
	for what, tokens := range map[string]testapp.Tokens{"an exchange": first, "a refresh": w.Tokens(t, w.refresh(t, w.site, first.RefreshToken))} {
		got := decode(t, strings.Split(tokens.AccessToken, ".")[1])
		number := func(name string) int64 { f, _ := got[name].(float64); return int64(f) }
		for name, want := range map[string]any{
			"iss": w.URL, "aud": w.URL, "sub": testapp.One[string](t, w.App, "SELECT id FROM people WHERE email = ?", w.owner.Email), "client_id": w.site.ClientID,
			"scope": "read", "token_use": "access", "version": float64(2),
		} {
			if got[name] != want {
				t.Errorf("%s: %s = %v, want %v", what, name, got[name], want)
			}
		}
		if jti, _ := got["jti"].(string); len(jti) != 36 || number("exp") != number("iat")+3600 || number("iat") < before-1 || number("auth_time") > before || number("auth_time") < before-3600 {
			t.Errorf("%s: jti, exp, iat or auth_time are wrong: %v", what, got)
		}
		if len(got) != 11 {
			t.Errorf("%s: %d claims, want 11: %v", what, len(got), got)
		}
	}
}

// RFC 9068 section 4: what a resource server must refuse. RFC 8725 sections 2.1, 3.1 and
// 3.11 list the forgeries (JWT-02, JWT-03).
func TestRFC9068_4(t *testing.T) {
	w := shared
	tokens := w.owner.Authorize(t, w.site)
	token := tokens.AccessToken
	parts := strings.Split(token, ".")
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	header := decode(t, parts[0])
	kid, _ := header["kid"].(string)
	var set jose.JSONWebKeySet
	w.Do(t, w.Request(t, http.MethodGet, "/.well-known/jwks.json", "")).JSON(t, &set)
	public := set.Key(kid)[0]
	pem, err := json.Marshal(public)
	if err != nil {
		t.Fatal(err)
	}
	payload := claims(decode(t, parts[1]))
	rogue := newKey(t, "RS256")
	rogueJWK := jose.JSONWebKey{Key: rogue, KeyID: kid}
	typ := map[jose.HeaderKey]any{"typ": "at+jwt"}
	forge := func(key any, header map[jose.HeaderKey]any) string {
		return w.assertion(t, newSigner(t, "RS256", key, header), "", payload)
	}
	modulus := public.Key.(*rsa.PublicKey).N.Bytes()
	forged := map[string]string{
		"alg none":                      encode(`{"alg":"none","typ":"at+jwt","kid":"`+kid+`"}`) + "." + parts[1] + ".",
		"alg None":                      encode(`{"alg":"None","typ":"at+jwt"}`) + "." + parts[1] + ".",
		"alg nOnE with a signature":     encode(`{"alg":"nOnE","typ":"at+jwt"}`) + "." + parts[1] + "." + parts[2],
		"HS256 by the public JWK":       w.assertion(t, newSigner(t, "HS256", pem, typ), "", payload),
		"HS256 by the modulus":          w.assertion(t, newSigner(t, "HS256", modulus, typ), "", payload),
		"a rogue key with our kid":      forge(rogueJWK, typ),
		"a rogue key in the header":     w.assertion(t, newSigner(t, "RS256", rogue, map[jose.HeaderKey]any{"typ": "at+jwt", "jwk": jose.JSONWebKey{Key: rogue.Public()}}), "", payload),
		"a rogue key at jku":            forge(rogueJWK, map[jose.HeaderKey]any{"typ": "at+jwt", "jku": "https://evil.example/jwks.json"}),
		"a kid that is a path":          encode(`{"alg":"RS256","typ":"at+jwt","kid":"../../dev/null"}`) + "." + parts[1] + "." + parts[2],
		"a kid that is SQL":             encode(`{"alg":"RS256","typ":"at+jwt","kid":"' OR 1=1 --"}`) + "." + parts[1] + "." + parts[2],
		"a critical extension":          encode(`{"alg":"RS256","typ":"at+jwt","kid":"`+kid+`","crit":["exp"]}`) + "." + parts[1] + "." + parts[2],
		"the typ of an ID token":        encode(`{"alg":"RS256","typ":"JWT","kid":"`+kid+`"}`) + "." + parts[1] + "." + parts[2],
		"no signature":                  parts[0] + "." + parts[1] + ".",
		"a cut signature":               token[:len(token)-10],
		"another payload":               parts[0] + "." + encode(`{"iss":"`+w.URL+`"}`) + "." + parts[2],
		"two parts":                     parts[0] + "." + parts[1],
		"four parts":                    token + ".x",
		"five parts":                    token + ".x.y",
		"the JSON serialization":        `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"a client assertion":            w.assertion(t, newSigner(t, "RS256", rogueJWK, nil), "", claimsOf(w, w.site.ClientID)),
		"a token for another API (aud)": w.owner.Authorize(t, w.site, "resource", doorsAPI).AccessToken,
		"padding behind the signature":  token + "=",
	}
	inspector := w.inspector(t, "portal")
	for what, text := range forged {
		if r := w.bearer(t, "/api/v1/me", "Bearer "+text); r.Status != http.StatusUnauthorized || !strings.Contains(r.Header.Get("WWW-Authenticate"), "invalid_token") {
			t.Errorf("GET /api/v1/me with %s = %d %q, want 401 invalid_token", what, r.Status, r.Header.Get("WWW-Authenticate"))
		}
		if strings.Contains(what, "(aud)") {
			continue // good elsewhere
		}
		wantInactive(t, what, w.introspect(t, inspector, text))
		wantRevoked(t, "revoking "+what, w.revoke(t, w.site, text))
	}
	if status := w.Me(t, token); status != http.StatusOK {
		t.Errorf("the token itself after all that: GET /api/v1/me = %d, want 200", status)
	}
	w.Change(t, "UPDATE access_tokens SET expires_at = issued_at WHERE client_id = ?", w.site.ClientID)
	if status := w.Me(t, token); status != http.StatusUnauthorized {
		t.Errorf("the token after its end: GET /api/v1/me = %d, want 401", status)
	}
}

// RFC 7517 section 4: the key set has public members only, and a different kid for each key
// (JWT-04); it may be cached for less than a token's lifetime (JWT-06).
func TestRFC7517_4(t *testing.T) {
	w := shared
	r := w.Do(t, w.Request(t, http.MethodGet, "/.well-known/jwks.json", ""))
	var set struct{ Keys []map[string]any }
	r.JSON(t, &set)
	seen := map[any]bool{}
	for _, key := range set.Keys {
		for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
			if key[name] != nil {
				t.Errorf("a published key has the private member %s", name)
			}
		}
		if key["use"] != "sig" || key["alg"] != "RS256" || key["kid"] == nil || seen[key["kid"]] {
			t.Errorf("key = %v, want use sig, alg RS256 and a kid of its own", key)
		}
		seen[key["kid"]] = true
		if n, _ := key["n"].(string); len(n)*6/8 < 2048/8 {
			t.Errorf("a modulus of %d characters, want at least 2048 bits", len(n))
		}
	}
	if r.Header.Get("Cache-Control") != "public, max-age=300" || len(set.Keys) == 0 {
		t.Errorf("Cache-Control = %q with %d keys", r.Header.Get("Cache-Control"), len(set.Keys))
	}
}
