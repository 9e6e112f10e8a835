package sweep

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatepost/handlers"
	"gatepost/tests/testapp"
)

// parameters are all that the OAuth endpoints know, and one that they do not.
var parameters = []string{"grant_type", "client_id", "client_secret", "scope", "code", "redirect_uri", "code_verifier", "refresh_token", "device_code",
	"resource", "client_assertion", "client_assertion_type", "token", "token_type_hint", "access_token", "response_type", "response_mode", "state",
	"code_challenge", "code_challenge_method", "request", "request_uri", "nothing"}

// oddValues are what no client sends on purpose.
var oddValues = map[string]string{
	"NUL": "a%00b", "a raw NUL": "a\x00b", "invalid UTF-8": "%ff%fe", "raw bytes": "\xff\xfe", "bad percent": "%zz", "half a percent": "%", "CR LF": "a%0d%0aX-Injected:+yes",
	"SQL": "'%3B+DROP+TABLE+apps%3B+--", "markup": "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E", "a template": "{{7*7}}${7*7}", "emoji": "%F0%9F%98%80", "half a surrogate": "%ED%A0%80",
	"a long value": strings.Repeat("x", 40000), "a JWT of nothing": "e30.e30.", "many dots": strings.Repeat("a.", 20000), "a prefix": "gpr_", "another prefix": "gpp_%00",
	"a number": "-1", "spaces": "++++", "an array": "[]", "JSON": "%7B%22a%22%3A1%7D",
}

// notText are the odd values that no form can have: they give 400 wherever they stand.
var notText = []string{"NUL", "a raw NUL", "invalid UTF-8", "raw bytes", "bad percent", "half a percent", "half a surrogate"}

// Each parameter of each OAuth endpoint takes each odd value, in the body and in the address,
// alone and twice: a clear 4xx, never a 500, and nothing of it comes back raw.
func TestOAuthParametersAreNeverA500(t *testing.T) {
	t.Parallel()
	for engine, options := range testapp.Engines(t) {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options...)
			c := w.credentials
			client := url.Values{"client_id": {c.ClientID}, "client_secret": {c.ClientSecret}}
			for _, path := range []string{"/oauth2/token", "/oauth2/revoke", "/oauth2/introspect", "/oauth2/device_authorization", "/oauth2/auth", "/oauth2/auth/", "/oauth2/consent", "/device"} {
				for _, name := range parameters {
					for what, value := range oddValues {
						body := name + "=" + value + "&" + testapp.Without(client, name).Encode()
						if path == "/oauth2/token" && name != "grant_type" {
							body += "&grant_type=" + grantOf(name)
						}
						status := w.send(t, path, name+" with "+what, "", body)
						if slices.Contains(notText, what) && status != http.StatusBadRequest {
							t.Errorf("POST %s of %s with %s = %d, want 400", path, name, what, status)
						}
					}
					w.send(t, path, name+" twice", "", name+"=a&"+name+"=b&"+testapp.Without(client, name).Encode())
					w.send(t, path, name+" empty", "", name+"=&"+testapp.Without(client, name).Encode())
					w.send(t, path, name+" without a value", "", name+"&"+testapp.Without(client, name).Encode())
					w.send(t, path, name+" in the address and in the body", "?"+name+"=a", name+"=b&"+testapp.Without(client, name).Encode())
					w.send(t, path, name+" in the address", "?"+name+"=%ff%00&"+testapp.Without(client, name).Encode(), "")
				}
			}
			if status := w.Me(t, w.Token(t, c)); status != http.StatusOK {
				t.Errorf("GET /api/v1/me after the sweep = %d, want 200", status)
			}
		})
	}
}

// grantOf is a grant type that reads a parameter.
func grantOf(name string) string {
	switch name {
	case "code", "redirect_uri", "code_verifier":
		return "authorization_code"
	case "refresh_token":
		return "refresh_token"
	case "device_code":
		return "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"
	}
	return "client_credentials"
}

// send posts a form to an endpoint as whoever it is for, and gets the same from where GET is
// taken. It gives the status of the POST.
func (w *world) send(t *testing.T, path, what, query, body string) (status int) {
	t.Helper()
	person := slices.Contains([]string{"/oauth2/consent", "/device"}, path)
	group, do := handlers.Clients, w.Do
	switch {
	case strings.HasPrefix(path, "/oauth2/auth"):
		group = handlers.CrossSiteForm
	case person:
		group, do = handlers.SignedIn, w.owner.Do
	}
	check := func(method string, a *testapp.Answer) {
		t.Helper()
		what := fmt.Sprintf("%s %s of %s", method, path, what)
		if a.Status >= 500 || a.Header.Get("X-Injected") != "" || strings.Contains(a.Body, "<script>alert") {
			t.Errorf("%s = %d %.300s", what, a.Status, a.Body)
		}
		wantShape(t, what, group, a)
	}
	headers := []string{"Content-Type", formType}
	if person {
		headers = append(headers, "Sec-Fetch-Site", "same-origin")
	}
	posted := do(t, w.Request(t, http.MethodPost, path+query, body, headers...))
	check("POST", posted)
	if group == handlers.CrossSiteForm && query == "" && len(body) < 20000 {
		if _, err := url.Parse(path + "?" + body); err == nil { // what is no address can't be sent by Go
			check("GET", w.owner.Do(t, w.Request(t, http.MethodGet, path+"?"+body, "")))
		}
	}
	return posted.Status
}

// Content types that do not say what the body is, at each OAuth endpoint.
func TestOAuthBodiesOfOtherTypesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	form := w.credentials.Form() + "&token=x"
	for _, path := range []string{"/oauth2/token", "/oauth2/revoke", "/oauth2/introspect", "/oauth2/device_authorization", "/oauth2/auth"} {
		group := handlers.Clients
		if path == "/oauth2/auth" {
			group = handlers.CrossSiteForm
		}
		for name, headers := range map[string][]string{
			"none": nil, "JSON": {"Content-Type", jsonType}, "text": {"Content-Type", "text/plain"}, "multipart": {"Content-Type", "multipart/form-data; boundary=x"},
			"two in one": {"Content-Type", formType + ", " + jsonType}, "nonsense": {"Content-Type", "///"}, "gzip": {"Content-Type", formType, "Content-Encoding", "gzip"},
		} {
			a := w.Do(t, w.Request(t, http.MethodPost, path, form, headers...))
			what := "POST " + path + " as " + name
			if a.Status != http.StatusUnsupportedMediaType {
				t.Errorf("%s = %d, want 415", what, a.Status)
			}
			wantShape(t, what, group, a)
		}
		two := w.Request(t, http.MethodPost, path, form)
		two.Header["Content-Type"] = []string{formType, jsonType}
		if a := w.Do(t, two); a.Status != http.StatusUnsupportedMediaType {
			t.Errorf("POST %s with two content types = %d, want 415", path, a.Status)
		}
		if group == handlers.CrossSiteForm {
			continue // what matters there is the length: package rfc
		}
		many := w.Do(t, w.Request(t, http.MethodPost, path, form+strings.Repeat("&a=", 1000), "Content-Type", formType))
		if many.Status != http.StatusBadRequest {
			t.Errorf("POST %s with 1,000 parameters = %d, want 400", path, many.Status)
		}
		wantShape(t, "POST "+path+" with 1,000 parameters", group, many)
	}
}
