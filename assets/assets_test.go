package assets_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"gatepost/assets"
)

func document(t *testing.T) *openapi3.T {
	t.Helper()
	text, err := assets.FS.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatalf("LoadFromData(openapi.yaml) = %v", err)
	}
	return doc
}

// Examples are checked against their schemas as well (UI-04).
func TestOpenAPIDocumentIsValid(t *testing.T) {
	if err := document(t).Validate(context.Background(), openapi3.EnableExamplesValidation()); err != nil {
		t.Errorf("Validate() = %v, want nil", err)
	}
}

func TestOpenAPIDocumentIsComplete(t *testing.T) {
	doc, seen := document(t), map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			at := method + " " + path
			if op.OperationID == "" || seen[op.OperationID] {
				t.Errorf("%s: operationId = %q, want one of its own", at, op.OperationID)
			}
			seen[op.OperationID] = true
			if op.Summary == "" || len(op.Tags) != 1 {
				t.Errorf("%s: summary = %q, tags = %v, want a summary and one tag", at, op.Summary, op.Tags)
			}
			if op.RequestBody != nil {
				wantExamples(t, at, op.RequestBody.Value.Content)
			}
			if op.Responses.Default() == nil {
				t.Errorf("%s: no default response, want the shape of failures", at)
			}
			for status, response := range op.Responses.Map() {
				if response.Value.Headers["X-Request-Id"] == nil {
					t.Errorf("%s: %s has no X-Request-Id, want it on every answer", at, status)
				}
				if status[0] == '2' {
					wantExamples(t, at, response.Value.Content)
				}
				kind := "application/json"
				if strings.HasPrefix(path, "/api/v1/") || strings.HasPrefix(path, "/transactions/") {
					kind = "application/problem+json"
				}
				if status[0] == '4' && response.Value.Content[kind] == nil {
					t.Errorf("%s: %s has no %s, want every failure documented", at, status, kind)
				}
			}
		}
	}
}

// wantExamples wants an example of each kind of body.
func wantExamples(t *testing.T, at string, content openapi3.Content) {
	t.Helper()
	for kind, media := range content {
		if kind != "text/html" && media.Example == nil && len(media.Examples) == 0 {
			t.Errorf("%s: a body of %s has no example", at, kind)
		}
	}
}

// The document offers the scopes of the catalogue in the same words, and operations ask for no others.
func TestScopesOfTheDocumentAreTheCatalogue(t *testing.T) {
	scopes, err := assets.Scopes()
	if err != nil {
		t.Fatal(err)
	}
	doc := document(t)
	offered := doc.Components.SecuritySchemes["clientCredentials"].Value.Flows.ClientCredentials.Scopes
	if len(offered) != len(scopes) {
		t.Errorf("the document offers %d scopes, want the %d of scopes.json", len(offered), len(scopes))
	}
	for _, s := range scopes {
		if sentence := offered[s.Name]; sentence != s.Sentence {
			t.Errorf("sentence of %s = %q, want %q as in scopes.json", s.Name, sentence, s.Sentence)
		}
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.Security == nil {
				continue
			}
			for _, way := range *op.Security {
				for _, name := range way["clientCredentials"] {
					if offered[name] == "" {
						t.Errorf("%s %s asks for the scope %q, want one that the document offers", method, path, name)
					}
				}
			}
		}
	}
}

// The vendors' own lists come first, and only the portal's own API is for admins.
func TestScopes(t *testing.T) {
	scopes, err := assets.Scopes()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range scopes {
		names = append(names, s.Name)
		if s.Sentence == "" || strings.HasSuffix(s.Sentence, ".") {
			t.Errorf("sentence of %s = %q, want words without a full stop", s.Name, s.Sentence)
		}
		if own := strings.Contains(s.Name, ":"); s.AdminOnly != own {
			t.Errorf("admin_only of %s = %t, want %t", s.Name, s.AdminOnly, own)
		}
		// RFC 6749 section 3.3
		if !regexp.MustCompile(`^[\x21\x23-\x5b\x5d-\x7e]+$`).MatchString(s.Name) {
			t.Errorf("scope %q has characters that a scope can't have", s.Name)
		}
	}
	want := strings.Fields(`read write liveview audiotransmit liveview_ptz liveview_light liveview_audioclip recordings
		recordings_delete events transactions/post transactions/mock apps:read apps:write team:read team:write account:read account:write portal:read portal:write`)
	if !slices.Equal(names, want) {
		t.Errorf("Scopes() = %v, want %v", names, want)
	}
}

// ASVS 6.2.4 asks for 3,000 passwords at the least.
func TestPasswordsAreManyAndPlain(t *testing.T) {
	list, err := assets.Passwords()
	if err != nil || len(list) < 3000 {
		t.Fatalf("Passwords() = %d, %v, want 3000 or more", len(list), err)
	}
	seen := map[string]bool{}
	for _, p := range list {
		if p != strings.ToLower(p) || strings.ContainsAny(p, " \t") || seen[p] {
			t.Errorf("Passwords() has %q, want each once, in lower case", p)
		}
		seen[p] = true
	}
	for _, p := range []string{"password", "1qaz2wsx3edc", "leavemealone"} {
		if !slices.Contains(list, p) {
			t.Errorf("Passwords() lacks %q", p)
		}
	}
}
