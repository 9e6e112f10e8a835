package dialect

import (
	"errors"
	"net/url"
	"slices"
	"testing"
	"time"

	"gatepost/handlers/oauth/grant"
)

// Every parameter of the grants reaches its field; what is unknown does not.
func TestParametersOfAllGrants(t *testing.T) {
	form := url.Values{
		"grant_type": {"g"}, "client_id": {"i"}, "client_secret": {"s"}, "client_assertion_type": {"at"}, "client_assertion": {"a"}, "scope": {"sc"},
		"code": {"c"}, "redirect_uri": {"r"}, "code_verifier": {"v"}, "refresh_token": {"rt"}, "device_code": {"d"}, "resource": {"x", "", "y"}, "state": {"z"},
	}
	want := grant.Request{
		GrantType: "g", ClientID: "i", ClientSecret: "s", AssertionType: "at", Assertion: "a", Scope: "sc",
		Code: "c", RedirectURI: "r", CodeVerifier: "v", RefreshToken: "rt", DeviceCode: "d",
	}
	for name, inQuery := range map[string]bool{Nxtsoft: false, Netrex: true} {
		got, err := Table()[name].Request(input(form.Encode()))
		resources := got.Resources
		got.Resources = nil
		want.Dialect, want.InQuery = name, inQuery
		if err != nil || !slices.Equal(resources, []string{"x", "y"}) || !equal(got, want) {
			t.Errorf("Request(%s) = %+v of %v, %v, want %+v of x, y", name, got, resources, err, want)
		}
	}
}

func equal(a, b grant.Request) bool {
	return a.GrantType == b.GrantType && a.ClientID == b.ClientID && a.ClientSecret == b.ClientSecret && a.AssertionType == b.AssertionType &&
		a.Assertion == b.Assertion && a.Scope == b.Scope && a.Code == b.Code && a.RedirectURI == b.RedirectURI && a.CodeVerifier == b.CodeVerifier &&
		a.RefreshToken == b.RefreshToken && a.DeviceCode == b.DeviceCode && a.Dialect == b.Dialect && a.InQuery == b.InQuery
}

// RFC 7521 section 4.2, RFC 6749 section 2.3: one way to authenticate.
func TestHeaderAndAssertionAreTwoWays(t *testing.T) {
	var e *grant.Error
	if _, err := Credentials([]string{"Basic aWQ6c2VjcmV0"}, url.Values{"client_assertion": {"x"}}); !errors.As(err, &e) || e.Code != grant.InvalidRequest {
		t.Errorf("Credentials(header and assertion) = %v, want invalid_request", err)
	}
}

// tests/dialect/README.md (netrex): unlimited access has a refresh token, one-time access has none.
func TestNetrexAnswer(t *testing.T) {
	res := grant.Response{AccessToken: "A", TokenType: "Bearer", ExpiresIn: time.Hour, Scopes: []string{"read", "write"}}
	if got, want := marshal(t, Table()[Netrex].Response(res)), `{"access_token":"A","expires_in":3600,"token_type":"Bearer","scope":"read write"}`; got != want {
		t.Errorf("Response(one-time access) = %s, want %s", got, want)
	}
	res.RefreshToken = "R"
	if got, want := marshal(t, Table()[Netrex].Response(res)), `{"access_token":"A","expires_in":3600,"token_type":"Bearer","refresh_token":"R","scope":"read write"}`; got != want {
		t.Errorf("Response(unlimited access) = %s, want %s", got, want)
	}
}

func FuzzTokenRequest(f *testing.F) {
	f.Add("grant_type=authorization_code&code=c&redirect_uri=r", "")
	f.Add("resource=a&resource=b&client_assertion=x", "Basic aWQ6c2VjcmV0")
	f.Add("%", "Bearer \xff")
	f.Fuzz(func(t *testing.T, text, authorization string) {
		form, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		var headers []string
		if authorization != "" {
			headers = []string{authorization}
		}
		req, err := tokenRequest(headers, form, Netrex)
		var e *grant.Error
		switch {
		case err != nil && (!errors.As(err, &e) || e.Status != 400 && e.Status != 401):
			t.Errorf("tokenRequest(%q, %q) = %v, want a 400 or 401", text, authorization, err)
		case err == nil && req.ClientSecret != "" && authorization != "" && form.Get("client_secret") != "":
			t.Errorf("tokenRequest(%q, %q) took a secret from two places", text, authorization)
		case slices.Contains(req.Resources, ""):
			t.Errorf("tokenRequest(%q): resources = %q, want none that is empty", text, req.Resources)
		}
	})
}
