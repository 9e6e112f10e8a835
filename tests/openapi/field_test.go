package openapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"gatepost/tests/testapp"
)

// fields is what the sweeps over the document's fields and query parameters work on: something of each
// kind, so that every operation gets as far as its fields.
type fields struct {
	*ground
	token string            // an owner's, with every scope
	at    map[string]string // the address of something, by the path of the document
}

// faults are the fields that a refusal names, with what it says of each.
type faults struct {
	Errors []struct{ Field, Message string } `json:"errors"`
}

func (f faults) of(field string) string {
	for _, e := range f.Errors {
		if e.Field == field {
			return e.Message
		}
	}
	return ""
}

func newFields(t *testing.T) *fields {
	g := newGround(t)
	f := &fields{ground: g, token: g.owner().AddToken(t, t.Name(), everyScope...), at: map[string]string{}}
	made := func(path, body string) (location string) {
		return f.send(201, http.MethodPost, path, body, jsonBy(f.token)...).Location
	}
	jwt := made("/api/v1/apps", `{"team": "`+g.team.ID+`", "name": "`+t.Name()+`", "description": "x", "scopes": ["read"], "kind": "web", "redirect_uris": ["https://a.example/cb"],
		"introspection": "team", "mint_burst": 50, "mint_rate": 5}`)
	f.at["/api/v1/apps/{client_id}"] = jwt
	secrets := f.page(f.token, jwt+"/secrets").Secrets
	f.at["/api/v1/apps/{client_id}/secrets/{id}"] = jwt + "/secrets/" + secrets[0].ID
	f.at["/api/v1/devices/{guid}"] = made("/api/v1/devices", `{"team": "`+g.team.ID+`", "unique_id": "SWEPT", "display_name": "Swept", "group_name": "a", "entity_name": "b", "template_guid": "3f0d6a52-6d3f-4a86-9d1a-0a1f4f9d1b11"}`)
	f.at["/api/v1/invitations/{id}"] = made("/api/v1/invitations", `{"team": "`+g.team.ID+`", "email": "swept@example.com", "role": "viewer"}`)
	api := made("/api/v1/apis", `{"name": "`+t.Name()+`", "audience": "urn:`+t.Name()+`"}`)
	f.at["/api/v1/apis/{id}"] = api
	f.at["/api/v1/apis/{id}/documents/{version}"] = made(api+"/documents", meters)
	f.at["/api/v1/teams/{id}"] = "/api/v1/teams/" + g.team.ID
	var members struct {
		Members []struct {
			ID string `json:"person_id"`
		} `json:"members"`
	}
	g.app.Member(t, g.team.ID, "developer")
	f.send(200, http.MethodGet, "/api/v1/members?role=developer&team="+g.team.ID, "", testapp.Bearer(f.token)...).JSON(t, &members)
	for _, path := range []string{"/api/v1/members/{person_id}", "/api/v1/people/{id}"} {
		f.at[path] = strings.TrimSuffix(path[:strings.LastIndex(path, "{")], "/") + "/" + members.Members[0].ID
	}
	return f
}

// address fills the placeholders of a path: with what there is, or else with an id of nothing.
func (f *fields) address(path string) string {
	longest := ""
	for known := range f.at {
		if (path == known || strings.HasPrefix(path, known+"/")) && len(known) > len(longest) {
			longest = known
		}
	}
	path = f.at[longest] + strings.TrimPrefix(path, longest)
	for _, placeholder := range []string{"{client_id}", "{id}", "{jti}", "{guid}", "{error_id}", "{person_id}"} {
		path = strings.ReplaceAll(path, placeholder, "0nothing0")
	}
	return strings.ReplaceAll(path, "{version}", "1")
}

// operations calls f for each operation of the portal's own API, in an order that keeps what they are about.
func (f *fields) operations(methods []string, each func(method, path string, op *openapi3.Operation)) {
	n := 0
	for _, path := range sorted(f.doc.Paths.Map()) {
		for _, method := range methods {
			if op := f.doc.Paths.Value(path).GetOperation(method); op != nil && strings.HasPrefix(path, "/api/v1/") {
				each(method, path, op)
				n++
			}
		}
	}
	if n < 10 {
		f.Errorf("%d operations swept, want all of /api/v1", n)
	}
}

var changing = []string{http.MethodPost, http.MethodPut, http.MethodPatch}

// body returns the schema of an operation's JSON fields; nil if it has none. ok is false for a body that is a file.
func body(op *openapi3.Operation) (s *openapi3.Schema, ok bool) {
	if op.RequestBody == nil {
		return nil, true
	}
	content := op.RequestBody.Value.Content["application/json"]
	if content == nil || content.Schema.Ref == "" {
		return nil, false
	}
	if more := content.Schema.Value.AdditionalProperties.Has; more != nil && *more {
		return nil, false
	}
	return content.Schema.Value, true
}

// try sends a body that is meant to be refused, or that the caller judges.
func (f *fields) try(method, path, body string) (status int, said faults, answer string) {
	f.Helper()
	at := f.address(path)
	if path == "/api/v1/members/{person_id}" {
		at += "?team=" + f.team.ID // the shared owner is in several
	}
	r := f.app.Do(f, f.app.Request(f, method, at, body, jsonBy(f.token)...))
	if r.Status == http.StatusUnprocessableEntity {
		if got := r.Header.Get("Content-Type"); got != "application/problem+json" {
			f.Errorf("%s %s: a refusal of %s, want problem details", method, path, got)
		}
		r.JSON(f, &said)
	}
	return r.Status, said, r.Body
}

// Every operation refuses the fields that it does not have, all of them by name, and takes those that the
// document lists: no others, which the document says.
func TestUnknownFieldsAreRefused(t *testing.T) {
	f := newFields(t)
	f.operations(changing, func(method, path string, op *openapi3.Operation) {
		schema, ok := body(op)
		if !ok {
			return // the body is a document or a file
		}
		status, said, answer := f.try(method, path, `{"qqq": 1, "\u202ezz": null, "xxx": {"deep": true}}`)
		if status != http.StatusUnprocessableEntity || len(said.Errors) != 3 || said.of("qqq") == "" || said.of("xxx") == "" || said.of("zz") == "" {
			t.Errorf("%s %s with three unknown fields = %d %s, want 422 that names each", method, path, status, answer)
			return
		}
		if schema == nil {
			return
		}
		f.knowsFields(method, path, schema, said.of("qqq"))
	})
}

// knowsFields compares the fields that a refusal lists, and those of objects in the body, with the document.
func (f *fields) knowsFields(method, path string, schema *openapi3.Schema, said string) {
	f.Helper()
	_, listed, _ := strings.Cut(strings.TrimSuffix(said, "."), "It takes ")
	if want := strings.Join(sorted(schema.Properties), ", "); listed != want {
		f.Errorf("%s %s says that it takes %q, and the document lists %q", method, path, listed, want)
	}
	if no := schema.AdditionalProperties.Has; no == nil || *no {
		f.Errorf("%s %s: the document has no additionalProperties: false", method, path)
	}
	for name, p := range schema.Properties {
		if len(p.Value.Properties) == 0 {
			continue
		}
		_, inner, answer := f.try(method, path, fmt.Sprintf(`{%q: {"qqq": 1}}`, name))
		if inner.of(name+".qqq") == "" {
			f.Errorf("%s %s with an unknown field in %s: %s, want it named", method, path, name, answer)
			continue
		}
		f.knowsFields(method, path, p.Value, inner.of(name+".qqq"))
	}
}

// A refusal says which field was probably meant.
func TestUnknownFieldsGetAHint(t *testing.T) {
	f := newFields(t)
	for given, meant := range map[string]string{
		"displayName": "display_name", "display-name": "display_name", "DISPLAY_NAME": "display_name", "display_nam": "display_name", "disply_nmae": "", "group": "group_name",
		"isActive": "is_active", "uniqueId": "unique_id", "unique_ids": "unique_id", "zzz": "", "n": "",
	} {
		_, said, answer := f.try(http.MethodPost, "/api/v1/devices", `{"`+given+`": "x"}`)
		_, hint, _ := strings.Cut(said.of(given), "Did you mean ")
		if strings.TrimSuffix(hint, "?") != meant {
			t.Errorf("the unknown field %q: %s, want the hint %q", given, answer, meant)
		}
	}
}

// onlyPatched are the fields that a PATCH has and the POST of the same resource has not, and why.
var onlyPatched = map[string]string{
	"/api/v1/apis servers": "a server is approved from the API's document, which comes later",
	"/api/v1/apis direct":  "it is about calls to those servers",
	"/api/v1/apis slug":    "the API gets its address with its first document",
}

// notPosted are the resources that a PATCH changes and no POST creates, and why.
var notPosted = map[string]string{
	"/api/v1/account":             "people activate their accounts on a page",
	"/api/v1/members/{person_id}": "people join by an invitation, which has the role",
	"/api/v1/people/{id}":         "an owner disables people, and invitations add them",
	"/api/v1/portal":              "there is one",
	"/api/v1/teams/{id}/rules":    "each team has them",
}

func TestEachFieldOfAPatchIsOneOfThePost(t *testing.T) {
	f := newFields(t)
	f.operations([]string{http.MethodPatch}, func(_, path string, op *openapi3.Operation) {
		patched, _ := body(op)
		list := path[:strings.LastIndex(path, "/")]
		item := f.doc.Paths.Value(list)
		if item == nil || item.Post == nil || !strings.HasSuffix(path, "}") {
			if notPosted[path] == "" {
				t.Errorf("PATCH %s has no POST, and no reason is listed", path)
			}
			return
		}
		posted, _ := body(item.Post)
		for name, p := range patched.Properties {
			switch also, ok := posted.Properties[name]; {
			case ok && also.Value.Type.Permits("null") != p.Value.Type.Permits("null"):
				t.Errorf("%s of POST %s and of PATCH %s: only one can be null", name, list, path)
			case ok == (onlyPatched[list+" "+name] != ""):
				t.Errorf("PATCH %s takes %s; POST %s takes it: %t, with the reason against it %q", path, name, list, ok, onlyPatched[list+" "+name])
			}
		}
	})
}

// null empties what the document lets be null, and is refused everywhere else.
func TestNullEmptiesOrIsRefused(t *testing.T) {
	f := newFields(t)
	f.send(200, http.MethodPatch, "/api/v1/account", `{"phone": "+39 06", "city": "Lecce"}`, jsonBy(f.token)...)
	f.send(200, http.MethodPatch, f.at["/api/v1/teams/{id}"]+"/rules", `{"max_secret_days": 90, "max_token_days": 30, "warn_days": [7, 1]}`, jsonBy(f.token)...)
	f.send(200, http.MethodPatch, f.at["/api/v1/apps/{client_id}/secrets/{id}"], `{"label": "production", "expires_at": "`+time.Now().Add(48*time.Hour).UTC().Format(time.RFC3339)+`"}`, jsonBy(f.token)...)
	f.operations([]string{http.MethodPatch, http.MethodPut}, func(method, path string, op *openapi3.Operation) {
		schema, ok := body(op)
		if !ok {
			return
		}
		for _, name := range sorted(schema.Properties) {
			status, said, answer := f.try(method, path, fmt.Sprintf(`{%q: null}`, name))
			what := fmt.Sprintf("%s %s with null for %s = %d %s", method, path, name, status, answer)
			if !schema.Properties[name].Value.Type.Permits("null") {
				if status != http.StatusUnprocessableEntity || len(said.Errors) != 1 || !strings.Contains(said.of(name), "can't be null") {
					t.Errorf("%s, want 422 for the field", what)
				}
				continue
			}
			if needed := path+" "+name == "/api/v1/apps/{client_id} redirect_uris"; needed { // by a web app
				if status != http.StatusUnprocessableEntity || strings.Contains(said.of(name), "null") {
					t.Errorf("%s, want 422 because the app needs one", what)
				}
				continue
			}
			var now map[string]any
			if err := json.Unmarshal([]byte(answer), &now); status != http.StatusOK || err != nil {
				t.Errorf("%s, want 200", what)
			}
			byDefault := map[string]any{"introspection": "none", "mint_burst": 1000.0, "mint_rate": 100.0}[name]
			if v := now[name]; v != byDefault && v != nil && v != "" && v != 0.0 && fmt.Sprint(v) != "[]" {
				t.Errorf("%s, want it empty", what)
			}
		}
	})
}
