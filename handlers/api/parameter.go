package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gatepost/handlers/hub"
	"gatepost/handlers/web"
)

// parameters are the query parameters of the operations under /api/v1, as the OpenAPI document has them:
// by the pattern of the operation's route, then by name, with the values that each can have; no values
// mean any.
type parameters map[string]map[string][]string

// documented is what parametersOf reads from the document.
type documented struct {
	Paths      map[string]map[string]json.RawMessage `json:"paths"`
	Components struct {
		Parameters map[string]documentedParameter `json:"parameters"`
	} `json:"components"`
}

type documentedParameter struct {
	Ref    string `json:"$ref"`
	Name   string `json:"name"`
	In     string `json:"in"`
	Schema struct {
		Type any   `json:"type"`
		Enum []any `json:"enum"`
	} `json:"schema"`
}

// parametersOf reads the parameters from the document. Without a document there are none to check.
func parametersOf(document []byte) (parameters, error) {
	out := parameters{}
	if len(document) == 0 {
		return out, nil
	}
	var d documented
	if err := json.Unmarshal(document, &d); err != nil {
		return nil, fmt.Errorf("api: parametersOf: %w", err)
	}
	for path, item := range d.Paths {
		for method, raw := range item {
			var operation struct {
				Parameters []documentedParameter `json:"parameters"`
			}
			if !strings.HasPrefix(path, "/api/v1/") || json.Unmarshal(raw, &operation) != nil {
				continue // what is next to operations is a list of the path's own parameters
			}
			named := map[string][]string{}
			for _, p := range operation.Parameters {
				if name, isRef := strings.CutPrefix(p.Ref, "#/components/parameters/"); isRef {
					p = d.Components.Parameters[name]
				}
				if p.In == "query" {
					named[p.Name] = p.values()
				}
			}
			out[strings.ToUpper(method)+" "+path] = named
		}
	}
	return out, nil
}

func (p documentedParameter) values() (out []string) {
	if p.Schema.Type == "boolean" {
		return []string{"true", "false"}
	}
	for _, v := range p.Schema.Enum {
		out = append(out, fmt.Sprint(v))
	}
	return out
}

// check refuses a query with a parameter or a value that the operation does not have: ignored, a
// misspelled filter would list everything. A parameter without a value is as if it were missing.
func (ps parameters) check(r *http.Request) error {
	known, ok := ps[r.Pattern]
	if !ok || r.URL.RawQuery == "" {
		return nil
	}
	given, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return web.BadRequest("The encoding of the query string is wrong.")
	}
	bad := &hub.Invalid{}
	for _, name := range sortedKeys(given) {
		values, ok := known[name]
		switch {
		case !ok:
			bad.Add(web.NameOf(name), "%s", web.Unknown("query parameter", name, sortedKeys(known)))
		case len(values) > 0 && given.Get(name) != "" && !slices.Contains(values, given.Get(name)):
			bad.Add(name, "Write %s.", oneOf(values))
		}
	}
	return bad.OrNil()
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// oneOf lists choices: a, b or c.
func oneOf(values []string) string {
	last := len(values) - 1
	if last < 1 {
		return strings.Join(values, "")
	}
	return strings.Join(values[:last], ", ") + " or " + values[last]
}
