package apidoc

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

const good = `openapi: 3.1.0
info:
  title: Meters
  version: "1"
servers:
  - url: https://{region}.example.com/v1/
    variables:
      region: {default: eu, enum: [eu, us]}
  - url: /relative
components:
  securitySchemes:
    token: {type: http, scheme: Bearer}
    key: {type: apiKey, in: header, name: X-Api-Key}
    oauth:
      type: oauth2
      flows:
        clientCredentials:
          tokenUrl: https://portal.example/oauth2/token
          scopes: {"meters:read": Reads meters}
paths:
  /meters:
    get:
      parameters:
        - {name: X-Trace, in: header, schema: {type: string}}
      responses:
        200: {description: 2024-01-01, content: {application/json: {example: {$ref: "#/nothing", n: 0x10, big: 12345678901234567890}}}}
`

func read(t *testing.T, text, base string) Document {
	t.Helper()
	d, err := Read(t.Context(), []byte(text), base)
	if err != nil {
		t.Fatalf("Read = %v", err)
	}
	return d
}

func TestReadGivesTheFactsOfADocument(t *testing.T) {
	for base, servers := range map[string][]string{
		"":                                 {"https://eu.example.com/v1", "https://us.example.com/v1"},
		"https://docs.example/api/v3.yaml": {"https://eu.example.com/v1", "https://us.example.com/v1", "https://docs.example/relative"},
	} {
		d := read(t, good, base)
		if d.JSON == nil || d.Title != "Meters" {
			t.Fatalf("Read(base %q) = %q, %+v, want a document", base, d.Title, d.Findings)
		}
		if !slices.Equal(d.Servers, servers) {
			t.Errorf("servers with base %q = %q, want %q", base, d.Servers, servers)
		}
		if want := []string{"x-api-key", "x-trace"}; !slices.Equal(d.Headers, want) {
			t.Errorf("headers = %q, want %q", d.Headers, want)
		}
		if want := []Scope{{"meters:read", "Reads meters"}}; d.Bearer != "token" || !slices.Equal(d.Scopes, want) {
			t.Errorf("bearer, scopes = %q, %q, want token, %q", d.Bearer, d.Scopes, want)
		}
		if !json.Valid(d.JSON) {
			t.Errorf("the document isn't JSON: %s", d.JSON)
		}
		for _, want := range []string{`"200":{"description":"2024-01-01"`, `"n":16`, `"big":12345678901234567890`, `"version":"1"`} {
			if !strings.Contains(string(d.JSON), want) {
				t.Errorf("the document lacks %s: %s", want, d.JSON)
			}
		}
		again := read(t, string(d.JSON), "")
		if string(again.JSON) != string(d.JSON) || !slices.Equal(again.Servers, d.Servers) {
			t.Errorf("the JSON of a document reads back as another: %s", again.JSON)
		}
	}
}

func TestReadNamesFindingsByLine(t *testing.T) {
	head := "openapi: 3.0.3\ninfo:\n  title: X\n  version: '1'\n"
	deep := strings.Repeat("[", 200) + strings.Repeat("]", 200)
	for name, c := range map[string]struct {
		text  string
		line  int
		fatal bool
		says  string
	}{
		"empty":                {" \n", 1, true, "empty"},
		"a list":               {"- a\n", 1, true, "top level"},
		"text":                 {"hello", 1, true, "top level"},
		"another object":       {`{"a": 1}`, 1, true, "openapi is missing"},
		"Swagger 2.0":          {"info: {}\nswagger: '2.0'\n", 2, true, "Swagger 2.0"},
		"a later version":      {"\nopenapi: 4.0.0\n", 2, true, "3.0 or 3.1"},
		"broken JSON":          {"{\n\"openapi\": \"3.0.3\",\n\"info\": }", 3, true, "JSON"},
		"broken YAML":          {"openapi: 3.0.3\ninfo: [\n", 3, true, "YAML"},
		"bytes":                {"openapi: \xff", 1, true, "UTF-8"},
		"a key twice":          {head + "paths: {}\npaths: {}\n", 6, true, "paths appears twice in one object, in lines 5 and 6"},
		"a key twice in JSON":  {"{\"openapi\":\"3.0.3\",\n\"paths\":{},\n\"paths\":{}}", 3, true, "paths appears twice"},
		"an endless alias":     {head + "x-a: &a [*a]\n", 5, true, "deeper"},
		"a merge of a text":    {head + "x-a:\n  <<: a\n", 6, true, "<<: *common"},
		"a key that is a list": {head + "x-a:\n  [a]: 1\n", 6, true, "Write a text as the key"},
		"deep YAML":            {head + "x-a: " + deep + "\n", 5, true, "deeper"},
		"deep JSON":            {`{"openapi":"3.0.3","x-a":` + deep + `}`, 1, true, "deeper"},
		"a reference out":      {head + "paths:\n  /a:\n    $ref: 'file:///etc/passwd'\n", 7, true, "points outside"},
		"a reference to https": {head + "paths:\n  /a:\n    $ref: https://example.com/x.yaml\n", 7, true, "points outside"},
		"a broken reference":   {head + "paths:\n  /a:\n    $ref: '#/components/x'\n", 7, true, "nothing"},
		"a wrong type":         {head + "paths: 3\n", 5, true, "must be an object"},
		"no paths":             {"openapi: 3.0.3\ninfo:\n  title: X\n  version: '1'\n", 1, false, "paths"},
		"a parameter missing":  {head + "paths:\n  /a/{id}:\n    get:\n      responses: {'200': {description: x}}\n", 7, false, "GET /a/{id}: "},
		"no description":       {head + "paths:\n  /a:\n    x-b: 1\n    post:\n      responses: {'200': {}}\n", 9, false, "POST /a: responses.200 lacks the field description"},
		"a number as version":  {"openapi: 3.0.3\ninfo:\n  title: X\n  version: 1.0\npaths: {}\n", 4, false, `in quotes: "1.0"`},
		"a circle":             {head + "paths: {}\ncomponents:\n  schemas:\n    a: {$ref: '#/components/schemas/b'}\n    b: {$ref: '#/components/schemas/a'}\n", 8, false, "another $ref"},
		"another kind":         {head + "paths:\n  /a:\n    get: {responses: {'200': {$ref: '#/components/schemas/a'}}}\ncomponents: {schemas: {a: {type: object}}}\n", 7, false, "points to a schema"},
		"an operationId twice": {head + "paths:\n  /a:\n    get: {operationId: a, responses: {}}\n    put: {operationId: a, responses: {}}\n", 8, false, "PUT /a: another operation has the operationId \"a\" too, in line 7"},
		"a type":               {head + "paths: {}\ncomponents: {schemas: {a: {type: text}}}\n", 6, false, `components.schemas.a.type can't be "text"`},
		"a list for an object": {head + "paths: {}\ncomponents: {schemas: []}\n", 6, true, "schemas must be an object"},
		"another server":       {head + "servers:\n  - url: ftp://x.example\npaths: {}\n", 6, false, "isn't an absolute http"},
		"no server":            {head + "paths: {}\n", 1, false, "no server"},
	} {
		d := read(t, c.text, "")
		at := slices.IndexFunc(d.Findings, func(f Finding) bool {
			return f.Line == c.line && f.Fatal == c.fatal && strings.Contains(f.Text, c.says)
		})
		if at < 0 || (d.JSON == nil) != c.fatal {
			t.Errorf("Read(%s) = %+v (kept: %v), want a finding in line %d with %q", name, d.Findings, d.JSON != nil, c.line, c.says)
		}
	}
}

func TestReadIsBounded(t *testing.T) {
	if d := read(t, strings.Repeat("x", MaxBytes+1), ""); d.JSON != nil || !d.Findings[0].Fatal {
		t.Errorf("Read(more than the limit) = %+v, want a fatal finding", d.Findings)
	}
	many := "openapi: 3.0.3\ninfo: {title: X, version: '1'}\npaths:\n" + strings.Repeat("  /a: {$ref: '#/x'}\n", 1000)
	if d := read(t, many, ""); len(d.Findings) > maxFindings+1 {
		t.Errorf("Read(1000 faults) = %d findings, want at most %d", len(d.Findings), maxFindings+1)
	}
}

func TestValidServer(t *testing.T) {
	for address, want := range map[string]bool{
		"https://api.example.com": true, "https://api.example.com/v1": true, "http://localhost:8080": true, "https://10.0.0.1/x": true,
		"https://api.example.com/": false, "file:///etc/passwd": false, "ftp://x": false, "//x": false, "/v1": false, "": false,
		"https://user@api.example.com": false, "https://api.example.com?x=1": false, "https://api.example.com#x": false,
		"https://api.example.com/a/../b": false, "https://api.example.com/%2e%2e/b": false, "https://[::1]/x": false, "https://x;script-src *": false,
		"https://a b": false, "https://a,b": false, "https://{region}.example.com": false, "javascript:alert(1)": false,
	} {
		if got := ValidServer(address); got != want {
			t.Errorf("ValidServer(%q) = %v, want %v", address, got, want)
		}
	}
}

// Large documents of real APIs, as the OpenAPI library's own tests have them.
func TestReadTakesRealDocuments(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/getkin/kin-openapi").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for _, name := range []string{"oai_v3_stoplight.json", "lxkns.yaml", "link-example.yaml"} {
		text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "openapi3", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		d := read(t, string(text), "")
		if d.JSON == nil {
			t.Errorf("Read(%s) = %+v, want a document", name, d.Findings)
			continue
		}
		t.Logf("%s: %d bytes, servers %q, %d findings", name, len(d.JSON), d.Servers, len(d.Findings))
		for _, f := range d.Findings {
			t.Logf("  line %d: %s", f.Line, f.Text)
		}
		if _, err := openapi3.NewLoader().LoadFromData(d.JSON); err != nil {
			t.Errorf("%s: LoadFromData of its JSON = %v", name, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(good)
	f.Add(`{"openapi":"3.0.3","info":{"title":"x","version":"1"},"paths":{"/a":{"$ref":"#/paths/~1a"}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		d := read(t, text, "https://docs.example/x")
		if d.JSON != nil && !json.Valid(d.JSON) {
			t.Errorf("Read(%q) = %q, which isn't JSON", text, d.JSON)
		}
	})
}
