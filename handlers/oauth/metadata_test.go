package oauth

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
)

// MET-01, MET-02: exact issuer, only what is supported, nothing of the request's host.
func TestMetadata(t *testing.T) {
	s := newServer(t)
	r := httptest.NewRequest("GET", "http://evil.example/.well-known/oauth-authorization-server", nil)
	r.Header.Set("X-Forwarded-Host", "evil.example")
	w := call(s.Metadata, s.WriteError, r)
	methods := []any{"client_secret_basic", "client_secret_post", "private_key_jwt"}
	withNone := append(slices.Clone(methods), "none")
	algorithms := []any{"RS256", "PS256", "ES256", "EdDSA"}
	want := map[string]any{
		"issuer":                                                   issuer,
		"authorization_endpoint":                                   issuer + "/oauth2/auth",
		"token_endpoint":                                           issuer + "/oauth2/token",
		"revocation_endpoint":                                      issuer + "/oauth2/revoke",
		"introspection_endpoint":                                   issuer + "/oauth2/introspect",
		"device_authorization_endpoint":                            issuer + "/oauth2/device_authorization",
		"jwks_uri":                                                 issuer + "/.well-known/jwks.json",
		"scopes_supported":                                         []any{"read", "transactions/mock"},
		"response_types_supported":                                 []any{"code"},
		"response_modes_supported":                                 []any{"query"},
		"grant_types_supported":                                    []any{"authorization_code", "client_credentials", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"},
		"code_challenge_methods_supported":                         []any{"S256"},
		"token_endpoint_auth_methods_supported":                    withNone,
		"token_endpoint_auth_signing_alg_values_supported":         algorithms,
		"revocation_endpoint_auth_methods_supported":               withNone,
		"revocation_endpoint_auth_signing_alg_values_supported":    algorithms,
		"introspection_endpoint_auth_methods_supported":            methods,
		"introspection_endpoint_auth_signing_alg_values_supported": algorithms,
		"authorization_response_iss_parameter_supported":           true,
		"request_uri_parameter_supported":                          false,
		"prompt_values_supported":                                  []any{"none", "login", "consent", "select_account"},
		"subject_types_supported":                                  []any{"public"},
		"id_token_signing_alg_values_supported":                    []any{"EdDSA"},
		"service_documentation":                                    issuer + "/docs",
	}
	if got := body(t, w); w.Code != 200 || !reflect.DeepEqual(got, want) {
		t.Errorf("metadata = %d %v, want 200 %v", w.Code, got, want)
	}
	for name, w := range map[string]*httptest.ResponseRecorder{"metadata": w, "JWKS": call(s.JWKS, s.WriteError, r)} {
		if got := w.Header().Get("Cache-Control"); got != "public, max-age=300" {
			t.Errorf("%s: Cache-Control = %q, want public, max-age=300", name, got)
		}
		if got := w.Header().Get("Content-Type"); got != "application/json" {
			t.Errorf("%s: Content-Type = %q, want application/json", name, got)
		}
	}
}

// A relying party that knows only OpenID discovery verifies our tokens.
func TestGoOIDCVerifiesATokenByDiscovery(t *testing.T) {
	s := newServer(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		if err := s.Metadata(w, r); err != nil {
			s.WriteError(w, r, err)
		}
	})
	mux.HandleFunc("GET /.well-known/jwks.json", func(w http.ResponseWriter, r *http.Request) { _ = s.JWKS(w, r) })
	listener := httptest.NewServer(mux)
	defer listener.Close()
	s.Issuer, s.Grant.Issuer = listener.URL, listener.URL

	provider, err := oidc.NewProvider(t.Context(), listener.URL)
	if err != nil {
		t.Fatalf("NewProvider() = %v, want nil", err)
	}
	token, _ := body(t, s.token(post("/oauth2/token", formType, s.form())))["access_token"].(string)
	verified, err := provider.Verifier(&oidc.Config{ClientID: listener.URL}).Verify(t.Context(), token)
	if err != nil || verified.Subject != clientID {
		t.Fatalf("Verify() = %+v, %v, want a token of %s", verified, err, clientID)
	}
	if _, err := provider.Verifier(&oidc.Config{ClientID: "https://other.example"}).Verify(t.Context(), token); err == nil {
		t.Error("Verify(for another audience) = nil, want an error")
	}
}
