package rfc

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

type metadata struct {
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Revocation    string   `json:"revocation_endpoint"`
	Introspection string   `json:"introspection_endpoint"`
	Device        string   `json:"device_authorization_endpoint"`
	JWKS          string   `json:"jwks_uri"`
	Documentation string   `json:"service_documentation"`
	Scopes        []string `json:"scopes_supported"`
	ResponseTypes []string `json:"response_types_supported"`
	ResponseModes []string `json:"response_modes_supported"`
	GrantTypes    []string `json:"grant_types_supported"`
	Methods       []string `json:"code_challenge_methods_supported"`
	TokenAuth     []string `json:"token_endpoint_auth_methods_supported"`
	RevokeAuth    []string `json:"revocation_endpoint_auth_methods_supported"`
	AskAuth       []string `json:"introspection_endpoint_auth_methods_supported"`
	Algorithms    []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	Iss           bool     `json:"authorization_response_iss_parameter_supported"`
}

func (w *world) metadata(t *testing.T) (m metadata) {
	t.Helper()
	w.Do(t, w.Request(t, http.MethodGet, "/.well-known/oauth-authorization-server", "")).JSON(t, &m)
	return m
}

// RFC 8414 section 3: the document's address and form. Section 3.3: the issuer is the one that
// the client knows. RFC 9207 section 3: iss is announced.
func TestRFC8414_3(t *testing.T) {
	w := shared
	r := w.Do(t, w.Request(t, http.MethodGet, "/.well-known/oauth-authorization-server", ""))
	wantOK(t, "GET the metadata", r)
	if kind := r.Header.Get("Content-Type"); kind != "application/json" {
		t.Errorf("Content-Type = %q, want application/json", kind)
	}
	m := w.metadata(t)
	if m.Issuer != w.URL || !m.Iss {
		t.Errorf("issuer = %q, iss promised %t, want %q and true", m.Issuer, m.Iss, w.URL)
	}
	var all map[string]any
	r.JSON(t, &all)
	for name, value := range all {
		// Section 3.2: a claim without a value is left out.
		if list, ok := value.([]any); value == nil || value == "" || ok && len(list) == 0 {
			t.Errorf("%s = %v: what has no value is left out", name, value)
		}
	}
	for _, name := range []string{
		"registration_endpoint", "userinfo_endpoint", "end_session_endpoint", "pushed_authorization_request_endpoint", "check_session_iframe", "claims_supported",
		"dpop_signing_alg_values_supported", "request_parameter_supported",
	} {
		if all[name] != nil {
			t.Errorf("the metadata has %s, which the portal does not do", name)
		}
	}
	if all["request_uri_parameter_supported"] != false { // OpenID's default is true
		t.Errorf("request_uri_parameter_supported = %v, want false", all["request_uri_parameter_supported"])
	}
	if same := w.Do(t, w.Request(t, http.MethodGet, "/.well-known/openid-configuration", "")); same.Status != http.StatusOK || same.Body != r.Body {
		t.Errorf("openid-configuration = %d %s, want the same document", same.Status, same.Body)
	}
}

// RFC 8414 section 2: whatever is listed works, and whatever isn't is refused (MET-01).
func TestRFC8414_2(t *testing.T) {
	w := shared
	m := w.metadata(t)
	path := func(endpoint string) string {
		rest, ok := strings.CutPrefix(endpoint, w.URL+"/")
		if !ok {
			t.Errorf("the endpoint %q is not at the portal's address", endpoint)
		}
		return "/" + rest
	}
	for _, endpoint := range []string{m.JWKS, m.Documentation} {
		wantOK(t, "GET "+endpoint, w.Do(t, w.Request(t, http.MethodGet, path(endpoint), "")))
	}
	for _, endpoint := range []string{m.Token, m.Revocation, m.Introspection, m.Device} {
		wantError(t, "GET "+endpoint, w.Do(t, w.Request(t, http.MethodGet, path(endpoint), "")), http.StatusMethodNotAllowed, "invalid_request")
		wantError(t, "POST "+endpoint, w.PostForm(t, path(endpoint), testapp.Form("grant_type", "client_credentials")), http.StatusUnauthorized, "invalid_client")
	}
	verifier, challenge := testapp.Verifier()
	authorize := func(c testapp.Credentials, more ...string) string {
		_, query, _ := strings.Cut(testapp.AuthorizePath(c, challenge, more...), "?")
		return path(m.Authorization) + "?" + query
	}

	t.Run("grant types", func(t *testing.T) { w.compareGrants(t, m, authorize(w.site), authorize(w.other), verifier) })
	t.Run("response types and modes", func(t *testing.T) {
		for _, kind := range []string{"code", "token", "id_token", "code token", "code id_token", "id_token token", "code id_token token", "none", "device"} {
			r := w.owner.Get(t, authorize(w.site, "response_type", kind))
			wantListed(t, "response_type "+kind, slices.Contains(m.ResponseTypes, kind), r.Returned(t).Has("code"))
		}
		for _, mode := range []string{"query", "fragment", "form_post", "web_message", "jwt", "query.jwt"} {
			r := w.owner.Get(t, authorize(w.site, "response_mode", mode))
			wantListed(t, "response_mode "+mode, slices.Contains(m.ResponseModes, mode), r.Returned(t).Has("code"))
		}
		for _, method := range []string{"S256", "plain", "none", "S512"} {
			r := w.owner.Get(t, authorize(w.site, "code_challenge_method", method))
			wantListed(t, "code_challenge_method "+method, slices.Contains(m.Methods, method), r.Returned(t).Has("code"))
		}
	})
	t.Run("scopes", func(t *testing.T) {
		catalogue := strings.Fields(testapp.One[string](t, w.App, "SELECT group_concat(name, ' ') FROM scopes"))
		slices.Sort(catalogue)
		if got := slices.Sorted(slices.Values(m.Scopes)); !slices.Equal(got, catalogue) {
			t.Errorf("scopes_supported = %v, want %v", got, catalogue)
		}
		for _, scope := range []string{"openid", "profile", "email", "offline_access", "admin"} {
			r := w.owner.Get(t, authorize(w.site, "scope", scope))
			wantListed(t, "scope "+scope, slices.Contains(m.Scopes, scope), r.Returned(t).Has("code"))
		}
	})
	t.Run("ways to authenticate", func(t *testing.T) { w.compareAuthentication(t, m) })
	for _, kind := range m.GrantTypes {
		if !slices.Contains(grantTypes, kind) {
			t.Errorf("the grant type %s is listed, and this test does not know it", kind)
		}
	}
}

func wantListed(t *testing.T, what string, listed, works bool) {
	t.Helper()
	if listed != works {
		t.Errorf("%s: listed %t, works %t", what, listed, works)
	}
}

// grantTypes are those of the IANA registry and of old servers.
var grantTypes = []string{"authorization_code", "refresh_token", "client_credentials", deviceGrant, "password", "implicit",
	"urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:saml2-bearer", "urn:ietf:params:oauth:grant-type:token-exchange",
	"urn:openid:params:grant-type:ciba"}

func (w *world) compareGrants(t *testing.T, m metadata, authorize, more, verifier string) {
	code := w.owner.Code(t, authorize)
	refresh := w.Tokens(t, w.exchange(t, w.other, w.owner.Code(t, more), verifier)).RefreshToken
	d := w.device(t, w.camera)
	w.owner.Answer(t, w.owner.Post(t, "/device", testapp.Form("user_code", d.UserCode)), "allow")
	own := w.server(t)
	for _, kind := range grantTypes {
		c := map[string]testapp.Credentials{"authorization_code": w.site, "refresh_token": w.other, deviceGrant: w.camera}[kind]
		if c.ClientID == "" {
			c = own
		}
		r := w.TokenRequest(t, c, "grant_type", kind, "code", code, "redirect_uri", testapp.Redirect, "code_verifier", verifier, "refresh_token", refresh,
			"device_code", d.DeviceCode, "username", w.owner.Email, "password", testapp.Password, "assertion", "a.b.c", "subject_token", refresh)
		listed := slices.Contains(m.GrantTypes, kind)
		wantListed(t, "grant_type "+kind, listed, r.Status == http.StatusOK)
		if !listed {
			wantError(t, "grant_type "+kind, r, http.StatusBadRequest, "unsupported_grant_type")
		} else {
			w.Tokens(t, r)
		}
	}
}

// compareAuthentication tries each way to authenticate at each endpoint that lists some. A
// way that is not listed gives invalid_client.
func (w *world) compareAuthentication(t *testing.T, m metadata) {
	inspector := w.inspector(t, "team")
	signer := w.signer(t, "RS256")
	w.Change(t, "UPDATE apps SET introspection = 'team' WHERE client_id = ?", signer.ClientID)
	secretJWT := w.assertion(t, hmacSigner(t, w.site.ClientSecret), "", claimsOf(w, w.site.ClientID))
	for endpoint, listed := range map[string][]string{"/oauth2/token": m.TokenAuth, "/oauth2/revoke": m.RevokeAuth, "/oauth2/introspect": m.AskAuth} {
		secretClient := map[string]testapp.Credentials{"/oauth2/token": inspector, "/oauth2/revoke": w.site, "/oauth2/introspect": inspector}[endpoint]
		body := func(more url.Values) url.Values {
			out := testapp.Form("grant_type", "client_credentials", "token", "x")
			maps.Copy(out, more)
			return out
		}
		publicBody := body(testapp.Form("client_id", w.camera.ClientID))
		if endpoint == "/oauth2/token" { // none is for the grants of native apps
			publicBody = w.camera.With("grant_type", "refresh_token", "refresh_token", w.owner.Authorize(t, w.camera).RefreshToken)
		}
		for method, r := range map[string]*testapp.Answer{
			"client_secret_post":  w.PostForm(t, endpoint, body(secretClient.With())),
			"client_secret_basic": w.PostForm(t, endpoint, body(nil), "Authorization", basicOf(secretClient)),
			"private_key_jwt":     w.PostForm(t, endpoint, body(w.asserted(t, signer, signer.claims(w)))),
			"none":                w.PostForm(t, endpoint, publicBody),
			"client_secret_jwt":   w.PostForm(t, endpoint, body(testapp.Form("client_assertion_type", assertionType, "client_assertion", secretJWT))),
		} {
			wantListed(t, method+" at "+endpoint, slices.Contains(listed, method), r.Status == http.StatusOK)
			if r.Status != http.StatusOK {
				wantError(t, method+" at "+endpoint, r, http.StatusUnauthorized, "invalid_client")
			}
		}
	}
	for _, algorithm := range []string{"RS256", "PS256", "ES256", "EdDSA", "RS384", "RS512", "PS384", "ES384", "ES512"} {
		s := w.withKey(t, signer.Credentials, algorithm)
		r := w.PostForm(t, "/oauth2/token", w.asserted(t, s, s.claims(w), "grant_type", "client_credentials"))
		wantListed(t, "assertions by "+algorithm, slices.Contains(m.Algorithms, algorithm), r.Status == http.StatusOK)
	}
}
