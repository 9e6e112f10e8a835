package client

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"gatepost/tests/testapp"
)

// claims are all that there may be in a client's own token.
type claims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	ClientID string `json:"client_id"`
	Scope    string `json:"scope"`
	TokenUse string `json:"token_use"`
	AuthTime int64  `json:"auth_time"`
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`
	ID       string `json:"jti"`
	Version  int    `json:"version"`
}

func TestClientsGetAndVerifyTokens(t *testing.T) {
	for _, algorithm := range []string{"RS256", "ES256", "EdDSA"} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			app := testapp.New(t, testapp.WithEnv("GATEPOST_SIGNING_ALG", algorithm))
			team := app.AddTeam(t, "Acme")
			c := app.AddApp(t, team.ID, "Warehouse", "read", "transactions/post")
			for name, style := range map[string]oauth2.AuthStyle{
				"credentials in the body": oauth2.AuthStyleInParams,
				"HTTP Basic":              oauth2.AuthStyleInHeader,
				"found out by trying":     oauth2.AuthStyleAutoDetect,
			} {
				t.Run(name, func(t *testing.T) {
					config := clientcredentials.Config{ClientID: c.ClientID, ClientSecret: c.ClientSecret,
						TokenURL: app.URL + "/oauth2/token", Scopes: []string{"read"}, AuthStyle: style}
					token, err := config.Token(t.Context())
					if err != nil {
						t.Fatalf("Token: %v", err)
					}
					app.Secret(token.AccessToken)
					if left := time.Until(token.Expiry); token.Type() != "Bearer" || left < 59*time.Minute || left > time.Hour {
						t.Errorf("token of type %s with %s left, want Bearer with an hour", token.Type(), left)
					}
					if got := token.Extra("scope"); got != "read" {
						t.Errorf("scope = %v, want read", got)
					}
					verify(t, app.URL, algorithm, c, token.AccessToken)
					callMe(t, config.Client(t.Context()), app.URL, c)
				})
			}
		})
	}
}

// verify does what README.md shows for a Go service.
func verify(t *testing.T, issuer, algorithm string, c testapp.Credentials, token string) {
	t.Helper()
	provider, err := oidc.NewProvider(t.Context(), issuer)
	if err != nil {
		t.Fatalf("discovery: %v", err)
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: issuer})
	verified, err := verifier.Verify(t.Context(), token)
	if err != nil {
		t.Fatalf("Verify: %v", err)
	}
	var got claims
	if err := verified.Claims(&got); err != nil {
		t.Fatal(err)
	}
	want := claims{Issuer: issuer, Subject: c.ClientID, ClientID: c.ClientID, Scope: "read", TokenUse: "access",
		AuthTime: got.IssuedAt, IssuedAt: got.IssuedAt, Expires: got.IssuedAt + 3600, ID: got.ID, Version: 2}
	if got != want || len(got.ID) != 36 {
		t.Errorf("claims = %+v, want %+v", got, want)
	}
	if !slices.Equal(verified.Audience, []string{issuer}) {
		t.Errorf("aud = %v, want %s", verified.Audience, issuer)
	}
	var header map[string]string
	if err := json.Unmarshal(part(t, token, 0), &header); err != nil {
		t.Fatal(err)
	}
	if header["alg"] != algorithm || header["typ"] != "at+jwt" || header["kid"] == "" || len(header) != 3 {
		t.Errorf("header = %v, want alg %s, typ at+jwt and kid", header, algorithm)
	}
	for what, forged := range forgeries(t, token) {
		if _, err := verifier.Verify(t.Context(), forged); err == nil {
			t.Errorf("Verify of a token %s succeeded", what)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, issuer+"/api/v1/me", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+forged)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusUnauthorized {
			t.Errorf("GET /api/v1/me with a token %s = %d, want 401", what, res.StatusCode)
		}
	}
}

func part(t *testing.T, token string, i int) []byte {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i])
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// forgeries are tokens that nobody may take (RFC 8725).
func forgeries(t *testing.T, token string) map[string]string {
	t.Helper()
	parts := strings.Split(token, ".")
	encode := func(header string) string { return base64.RawURLEncoding.EncodeToString([]byte(header)) }
	edited := func(old, new string) string { // the same header or payload with one thing changed
		p := strings.Replace(string(part(t, token, 1)), old, new, 1)
		return parts[0] + "." + encode(p) + "." + parts[2]
	}
	header := string(part(t, token, 0))
	signature := part(t, token, 2)
	signature[0] ^= 1
	return map[string]string{
		"without a signature":           parts[0] + "." + parts[1] + ".",
		"with a flipped signature":      parts[0] + "." + parts[1] + "." + encode(string(signature)),
		"with a wider scope":            edited(`"read"`, `"read write"`),
		"signed by none":                encode(`{"alg":"none","typ":"at+jwt"}`) + "." + parts[1] + ".",
		"with alg none and the rest":    encode(`{"alg":"none","typ":"at+jwt"}`) + "." + parts[1] + "." + parts[2],
		"with an unknown kid":           encode(strings.Replace(header, `"kid":"`, `"kid":"x`, 1)) + "." + parts[1] + "." + parts[2],
		"with a critical extension":     encode(strings.Replace(header, `{`, `{"crit":["exp"],`, 1)) + "." + parts[1] + "." + parts[2],
		"of four parts":                 token + ".x",
		"of two parts":                  parts[0] + "." + parts[1],
		"whose header is not an object": encode(`[]`) + "." + parts[1] + "." + parts[2],
	}
}

func callMe(t *testing.T, client *http.Client, url string, c testapp.Credentials) {
	t.Helper()
	res, err := client.Get(url + "/api/v1/me")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var me struct {
		ClientID string   `json:"client_id"`
		Scopes   []string `json:"scopes"`
	}
	if err := json.Unmarshal(body, &me); err != nil || res.StatusCode != http.StatusOK || me.ClientID != c.ClientID || !slices.Equal(me.Scopes, []string{"read"}) {
		t.Errorf("GET /api/v1/me = %d %s, want 200 with the client id %s and the scope read", res.StatusCode, body, c.ClientID)
	}
}

// A library that is told a wrong issuer must refuse the portal's metadata, and the key set
// must not give away private parts.
func TestMetadataIsPublic(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
		r := app.Do(t, app.Request(t, http.MethodGet, path, ""))
		var doc map[string]any
		r.JSON(t, &doc)
		if doc["issuer"] != app.URL || doc["token_endpoint"] != app.URL+"/oauth2/token" || doc["jwks_uri"] != app.URL+"/.well-known/jwks.json" {
			t.Errorf("GET %s = %s, want issuer, token endpoint and keys at %s", path, r.Body, app.URL)
		}
		if r.Header.Get("Access-Control-Allow-Origin") != "*" || r.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("GET %s: CORS headers %v, want any origin and no credentials", path, r.Header)
		}
		// What a stranger says of the host changes nothing (MET-02).
		req := app.Request(t, http.MethodGet, path, "", "X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "https", "Forwarded", "host=evil.example")
		req.Host = "evil.example"
		if other := app.Do(t, req); other.Body != r.Body {
			t.Errorf("GET %s with a foreign host = %s, want %s", path, other.Body, r.Body)
		}
	}
	r := app.Do(t, app.Request(t, http.MethodGet, "/.well-known/jwks.json", ""))
	var set struct{ Keys []map[string]any }
	r.JSON(t, &set)
	if len(set.Keys) == 0 {
		t.Fatalf("GET /.well-known/jwks.json = %s, want a key", r.Body)
	}
	kids := map[any]bool{}
	for _, key := range set.Keys {
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k", "oth"} {
			if _, has := key[private]; has {
				t.Errorf("a published key has the private member %s", private)
			}
		}
		if key["kty"] != "RSA" || key["use"] != "sig" || kids[key["kid"]] {
			t.Errorf("key = %v, want an RSA key for signatures with a kid of its own", key)
		}
		kids[key["kid"]] = true
		n, err := base64.RawURLEncoding.DecodeString(key["n"].(string))
		if err != nil || len(n)*8 < 2048 {
			t.Errorf("modulus of %d bits, %v, want at least 2048", len(n)*8, err)
		}
	}
}
