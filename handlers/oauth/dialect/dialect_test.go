package dialect

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"gatepost/handlers/oauth/grant"
)

// input is what the edge makes of a body, without the edge's checks.
func input(body string, authorization ...string) Input {
	return Input{
		Authorization: authorization,
		Form:          func() (url.Values, error) { return url.ParseQuery(strings.TrimSpace(body)) },
		QueryAndForm:  func() (url.Values, error) { return url.ParseQuery(strings.TrimSpace(body)) },
		JSON:          func(v any) error { return json.Unmarshal([]byte(body), v) },
	}
}

// Each vendor's dialect is shown by the bytes of its own document.
func TestSeedsExamplesAreUnderstood(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("testdata/*.txtar = %v, %v, want files", files, err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parts := map[string]string{}
		for _, f := range archive.Files {
			parts[f.Name] = strings.TrimSpace(string(f.Data))
		}
		name, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".txtar"), "_")
		d := Table()[name]
		var authorization []string
		if parts["authorization"] != "" {
			authorization = []string{parts["authorization"]}
		}
		req, err := d.Request(input(parts["request"], authorization...))
		if err != nil {
			t.Errorf("%s: Request() = %v, want nil", file, err)
			continue
		}
		got := fmt.Sprintf("grant_type: %s\nclient_id: %s\nclient_secret: %s\nscope: %s", req.GrantType, req.ClientID, req.ClientSecret, req.Scope)
		if trimLines(got) != trimLines(parts["means"]) || req.Dialect != name {
			t.Errorf("%s: Request() = %s\nof dialect %s, want %s\nof %s", file, got, req.Dialect, parts["means"], name)
		}
		if parts["response"] == "" {
			continue
		}
		response := grant.Response{AccessToken: "TOKEN", TokenType: "Bearer", ExpiresIn: time.Hour, Scopes: []string{"transactions/post", "transactions/mock"}}
		if got := marshal(t, d.Response(response)); got != parts["response"] {
			t.Errorf("%s: Response() = %s, want %s", file, got, parts["response"])
		}
		var refused *grant.Error
		if !errors.As(grant.BadClient("reason"), &refused) {
			t.Fatal("BadClient is no *grant.Error")
		}
		if got := marshal(t, d.Failure(refused)); got != parts["failure"] {
			t.Errorf("%s: Failure() = %s, want %s", file, got, parts["failure"])
		}
	}
}

func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// RFC 6749 section 5.1: a token without scopes says nothing about them.
func TestResponseWithoutScopesLeavesScopeOut(t *testing.T) {
	got := marshal(t, Table()[Nxtsoft].Response(grant.Response{AccessToken: "T", TokenType: "Bearer", ExpiresIn: time.Minute}))
	if want := `{"access_token":"T","expires_in":60,"token_type":"Bearer"}`; got != want {
		t.Errorf("Response() = %s, want %s", got, want)
	}
}

// RFC 6749 section 5.2 bounds the characters of a description.
func TestDescriptionHasAllowedCharactersOnly(t *testing.T) {
	got := marshal(t, errorResponse(grant.Invalid("a \"b\" \\ ü \r\n c")))
	if want := `{"error":"invalid_request","error_description":"a  b         c"}`; got != want {
		t.Errorf("fail() = %s, want %s", got, want)
	}
}

func TestNextomeNamesTheMissingField(t *testing.T) {
	for body, want := range map[string]string{
		`{}`:                                "clientId is missing.",
		`{"clientSecret":"x"}`:              "clientId is missing.",
		`{"clientId":"x"}`:                  "clientSecret is missing.",
		`{"clientId":"","clientSecret":""}`: "clientId is missing.",
	} {
		_, err := Table()[Nextome].Request(input(body))
		var e *grant.Error
		if !errors.As(err, &e) || e.Description != want || e.Status != 400 {
			t.Errorf("Request(%s) = %v, want a 400 that says %q", body, err, want)
		}
	}
}

// TOK-06, TOK-16: one way to authenticate, the scheme in any case.
func TestBasicCredentials(t *testing.T) {
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for _, c := range []struct{ header, body, want string }{
		{"Basic " + encode("id:secret"), "", "id secret"},
		{"basic " + encode("id:secret"), "", "id secret"},
		{"BASIC   " + encode("id:secret"), "", "id secret"},
		{"Basic " + encode("id:a:b"), "", "id a:b"},
		{"Basic " + encode("id:"), "", "id "},
		{"Basic " + encode("i%64:s%3Ac+d"), "", "id s:c d"},
		{"Basic " + encode("id:secret"), "client_id=id", "id secret"},
		{"Basic " + encode("id:secret"), "client_id=&client_secret=", "id secret"},
		{"Basic " + encode("id:secret"), "client_id=other", "invalid_request"},
		{"Basic " + encode("id:secret"), "client_secret=secret", "invalid_request"},
		{"Basic " + encode("id:secret"), "client_id=id&client_secret=secret", "invalid_request"},
		{"Basic " + encode("no colon"), "", "invalid_client"},
		{"Basic " + encode("id:%zz"), "", "invalid_client"},
		{"Basic not base64!", "", "invalid_client"},
		{"Basic", "", "invalid_client"},
		{"", "", "invalid_client"},
		{"Bearer abc", "", "invalid_client"},
		{"Bearer abc", "client_id=id&client_secret=secret", "invalid_client"},
		{"Basicx " + encode("id:secret"), "", "invalid_client"},
	} {
		req, err := Table()[Nxtsoft].Request(input(c.body, c.header))
		got := req.ClientID + " " + req.ClientSecret
		var e *grant.Error
		if errors.As(err, &e) {
			got = e.Code
		}
		if got != c.want {
			t.Errorf("Request(%q, %q) = %q, want %q", c.header, c.body, got, c.want)
		}
	}
	twice := "Basic " + encode("id:secret")
	var e *grant.Error
	if _, err := Table()[Nxtsoft].Request(input("", twice, twice)); !errors.As(err, &e) || e.Code != grant.InvalidRequest {
		t.Errorf("Request(two Authorization headers) = %v, want invalid_request", err)
	}
}

func TestErrorsOfTheBodyPassThrough(t *testing.T) {
	broken := errors.New("broken")
	form := func() (url.Values, error) { return nil, broken }
	in := Input{Form: form, QueryAndForm: form, JSON: func(any) error { return broken }}
	for name, d := range Table() {
		if _, err := d.Request(in); !errors.Is(err, broken) || d.Name != name {
			t.Errorf("Request(%s, broken body) = %v, want the edge's error", d.Name, err)
		}
	}
}

func FuzzBasic(f *testing.F) {
	for _, seed := range []string{"Basic aWQ6c2VjcmV0", "basic  ", "Basic \xff", "Bearer x", "Basic OiUyNQ=="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		id, clientSecret, ok := parseBasic(header)
		if !ok {
			return
		}
		again := "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(clientSecret)))
		if id2, secret2, ok := parseBasic(again); !ok || id2 != id || secret2 != clientSecret {
			t.Errorf("basic(%q) = %q %q, and encoded again %q %q", header, id, clientSecret, id2, secret2)
		}
	})
}
