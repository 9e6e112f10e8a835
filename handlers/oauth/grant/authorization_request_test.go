package grant

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestAnswerKeepsTheQueryOfTheRedirect(t *testing.T) {
	s := &Server{Options: Options{Issuer: "https://p.example"}}
	const iss = "iss=https%3A%2F%2Fp.example"
	for redirect, want := range map[string]string{
		"https://a.example/cb":     "https://a.example/cb?code=c&" + iss,
		"https://a.example/cb?x=1": "https://a.example/cb?x=1&code=c&" + iss,
		"https://a.example/cb?":    "https://a.example/cb?code=c&" + iss,
		"https://a.example":        "https://a.example?code=c&" + iss,
		"com.example.app:/cb":      "com.example.app:/cb?code=c&" + iss,
	} {
		if got := s.ResponseURI(redirect, "code", "c", "state", ""); got != want {
			t.Errorf("ResponseURI(%q) = %q, want %q", redirect, got, want)
		}
	}
}

// Any bytes parse as a request or are refused, and no value appears that wasn't sent.
func FuzzParseAuthorizationRequest(f *testing.F) {
	for _, seed := range []string{"", "client_id=a&redirect_uri=b&state=c", "state=%zz", "a=1&a=2&resource=x&resource=y", "&&=&=x&state", "state=%ff", "scope=a+b%2Cc"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		req, err := ParseAuthorizationRequest(query)
		var page *Unredirectable
		if err != nil {
			if !errors.As(err, &page) || page.BadRedirectURI {
				t.Fatalf("ParseAuthorizationRequest(%q) = %v, want nil or *Unredirectable", query, err)
			}
			return
		}
		values, err := url.ParseQuery(strings.ReplaceAll(query, ";", "%3B"))
		if err != nil {
			t.Fatalf("ParseAuthorizationRequest(%q) takes what net/url does not: %v", query, err)
		}
		for name, got := range map[string]string{
			"client_id": req.ClientID, "redirect_uri": req.RedirectURI, "state": req.State, "scope": req.Scope,
			"response_type": req.ResponseType, "code_challenge": req.CodeChallenge, "request_uri": req.RequestURI,
		} {
			if want := values.Get(name); got != want {
				t.Errorf("ParseAuthorizationRequest(%q): %s = %q, want %q", query, name, got, want)
			}
			if repeated := slices.Contains(req.Repeated, name); repeated != (len(values[name]) > 1) {
				t.Errorf("ParseAuthorizationRequest(%q): %s repeated = %t, want %t", query, name, repeated, !repeated)
			}
		}
	})
}
