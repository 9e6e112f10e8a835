package oauth_test

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// promised is a list in the metadata.
func promised(t *testing.T, m map[string]any, name string) (out []string) {
	t.Helper()
	list, ok := m[name].([]any)
	if !ok {
		t.Errorf("metadata lacks the list %s", name)
	}
	for _, v := range list {
		text, _ := v.(string)
		out = append(out, text)
	}
	return out
}

// MET-01, RFC 8414 section 2: the metadata promises what the server does, and nothing else. Every value that
// somebody could try, promised or not, is tried.
func TestMetadataIsWhatTheServerDoes(t *testing.T) {
	s := newSite(t)
	b := s.signedIn("bob")
	m := b.get("/.well-known/oauth-authorization-server").json(t)
	if same := b.get("/.well-known/openid-configuration"); same.body != b.get("/.well-known/oauth-authorization-server").body {
		t.Errorf("openid-configuration = %s, want the same document", same.body)
	}
	if m["issuer"] != s.url {
		t.Errorf("issuer = %v, want %s", m["issuer"], s.url)
	}
	path := func(name string) string {
		address, _ := m[name].(string)
		if !strings.HasPrefix(address, s.url+"/") {
			t.Errorf("%s = %q, want an address of the issuer", name, address)
		}
		return strings.TrimPrefix(address, s.url)
	}
	does := func(name, value string, want bool, got bool) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %s is promised: %t, but works: %t", name, value, want, got)
		}
	}
	authorize := path("authorization_endpoint")
	_, query, _ := strings.Cut(s.asks(s.web), "?")
	ask := func(name, value string) string { // gives the error
		q, _ := url.ParseQuery(query)
		q.Set(name, value)
		a := b.get(authorize + "?" + q.Encode())
		if _, sent := a.location(); a.StatusCode == 303 {
			if sent.Get("iss") != s.url {
				does("authorization_response_iss_parameter_supported", "iss", m["authorization_response_iss_parameter_supported"] == true, false)
			}
			return sent.Get("error")
		}
		return ""
	}
	for name, c := range map[string]struct {
		parameter, list string
		values          []string
	}{
		"response types":    {"response_type", "response_types_supported", []string{"code", "token", "id_token", "code token", "code id_token", "none", "device"}},
		"response modes":    {"response_mode", "response_modes_supported", []string{"query", "fragment", "form_post", "jwt", "web_message"}},
		"challenge methods": {"code_challenge_method", "code_challenge_methods_supported", []string{"S256", "plain", "S512"}},
		"scopes":            {"scope", "scopes_supported", []string{"read", "events", "openid", "offline_access", "admin"}},
	} {
		list := promised(t, m, c.list)
		for _, value := range c.values {
			does(name, value, slices.Contains(list, value), ask(c.parameter, value) == "")
		}
	}
	does("request_uri", "a request_uri", m["request_uri_parameter_supported"] == true, ask("request_uri", "https://x.example") == "")
	does("request", "a request", m["request_parameter_supported"] == true, ask("request", "e30.e30.") == "")

	grants := promised(t, m, "grant_types_supported")
	for _, grantType := range []string{
		"authorization_code", "client_credentials", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code", "password", "implicit",
		"urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:token-exchange", "urn:openid:params:grant-type:ciba",
	} {
		a := b.post(path("token_endpoint"), url.Values{
			"grant_type": {grantType}, "client_id": {s.web.App.ClientID}, "client_secret": {s.web.Secret.Plain},
		})
		does("grants", grantType, slices.Contains(grants, grantType), a.json(t)["error"] != "unsupported_grant_type")
	}

	for list, endpoint := range map[string]string{
		"token_endpoint_auth_methods_supported":         path("token_endpoint"),
		"revocation_endpoint_auth_methods_supported":    path("revocation_endpoint"),
		"introspection_endpoint_auth_methods_supported": path("introspection_endpoint"),
	} {
		methods := promised(t, m, list)
		for _, method := range []string{"client_secret_basic", "client_secret_post", "none"} {
			form := url.Values{"token": {"x"}, "grant_type": {"refresh_token"}, "refresh_token": {"x"}}
			r := b.request("POST", endpoint, form)
			switch method {
			case "client_secret_basic":
				r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(s.web.App.ClientID+":"+s.web.Secret.Plain)))
			case "client_secret_post":
				form.Set("client_id", s.web.App.ClientID)
				form.Set("client_secret", s.web.Secret.Plain)
				r = b.request("POST", endpoint, form)
			case "none":
				form.Set("client_id", s.native.App.ClientID)
				r = b.request("POST", endpoint, form)
			}
			does(list, method, slices.Contains(methods, method), b.do(r).json(t)["error"] != "invalid_client")
		}
	}
	if a := b.post(path("device_authorization_endpoint"), url.Values{"client_id": {s.native.App.ClientID}}); a.StatusCode != 200 {
		t.Errorf("device authorization = %d %s, want 200", a.StatusCode, a.body)
	}
	if a := b.get(path("jwks_uri")); a.StatusCode != 200 || a.json(t)["keys"] == nil {
		t.Errorf("JWKS = %d, want 200", a.StatusCode)
	}
	for _, name := range []string{"registration_endpoint", "pushed_authorization_request_endpoint", "userinfo_endpoint", "end_session_endpoint", "dpop_signing_alg_values_supported"} {
		if _, ok := m[name]; ok {
			t.Errorf("metadata has %s, which is not offered", name)
		}
	}
}
