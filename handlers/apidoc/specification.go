package apidoc

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The OpenAPI Initiative's own JSON Schemas of versions 3.0 and 3.1 (Apache License 2.0), as they are published at
// spec.openapis.org.
//
//go:embed schemas/*.json
var schemas embed.FS

// specification is what the OpenAPI Initiative's schema says about each kind of object of a version. It checks one object
// of a document at a time, so that no document, however broken, makes it hold more than the errors of one.
type specification struct {
	kinds map[string]*jsonschema.Schema
	raw   map[string]any // the schema, for the names of what excludes each other
}

// dialect is JSON Schema 2020-12 with the fields that OpenAPI 3.1 adds. Any other field is allowed, as JSON Schema says.
const dialect = `{
	"$dynamicAnchor": "meta",
	"$ref": "https://json-schema.org/draft/2020-12/schema",
	"properties": {
		"discriminator": {"type": "object", "properties": {"propertyName": {"type": "string"}, "mapping": {"type": "object", "additionalProperties": {"type": "string"}}}, "required": ["propertyName"]},
		"externalDocs": {"type": "object", "properties": {"url": {"type": "string"}, "description": {"type": "string"}}, "required": ["url"]},
		"xml": {"type": "object", "properties": {"name": {"type": "string"}, "namespace": {"type": "string"}, "prefix": {"type": "string"}, "attribute": {"type": "boolean"}, "wrapped": {"type": "boolean"}}}
	}
}`

// definitions are the names of the kinds in the two schemas.
var definitions = map[string][2]string{
	"path": {"PathItem", "path-item"}, "schema": {"Schema", "schema"}, "response": {"Response", "response"}, "parameter": {"Parameter", "parameter"},
	"example": {"Example", "example"}, "body": {"RequestBody", "request-body"}, "header": {"Header", "header"},
	"security": {"SecurityScheme", "security-scheme"}, "link": {"Link", "link"}, "callback": {"Callback", "callbacks"},
}

// specifications are those of versions 3.0 and 3.1. They are compiled once, when the first document is read.
var specifications = sync.OnceValues(func() (s [2]specification, err error) {
	for later, file := range []string{"schemas/openapi-3.0.json", "schemas/openapi-3.1.json"} {
		text, err := schemas.ReadFile(file)
		if err != nil {
			return s, err
		}
		if s[later], err = compile(text, later); err != nil {
			return s, fmt.Errorf("apidoc: %s: %w", file, err)
		}
	}
	return s, nil
})

func compile(text []byte, later int) (specification, error) {
	raw, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return specification{}, err
	}
	s := specification{kinds: map[string]*jsonschema.Schema{}}
	s.raw = withoutFormats(raw).(map[string]any)
	c := jsonschema.NewCompiler()
	if err := c.AddResource("spec:openapi", s.raw); err != nil {
		return s, err
	}
	// A schema of 3.1 is checked by what its $dynamicAnchor means in the outermost schema: the dialect.
	wrapped := func(target string) string {
		if later == 0 {
			return `{"$schema": "http://json-schema.org/draft-04/schema#", "$ref": "` + target + `"}`
		}
		return `{"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": "` + target + `", "$defs": {"dialect": ` + dialect + `}}`
	}
	targets := map[string]string{"document": "spec:openapi"}
	for kind, names := range definitions {
		targets[kind] = "spec:openapi#/" + [2]string{"definitions", "$defs"}[later] + "/" + names[later]
	}
	if later == 1 {
		targets["schema"] = "#/$defs/dialect"
	}
	for kind, target := range targets {
		one, err := jsonschema.UnmarshalJSON(strings.NewReader(wrapped(target)))
		if err != nil {
			return s, err
		}
		if err := c.AddResource("spec:"+kind, one); err != nil {
			return s, err
		}
		if s.kinds[kind], err = c.Compile("spec:" + kind); err != nil {
			return s, err
		}
	}
	return s, nil
}

// withoutFormats removes the formats of texts from a schema: which expressions and addresses a format allows differs from
// program to program, and what it would refuse works in most.
func withoutFormats(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if _, text := v["format"].(string); text {
			delete(v, "format")
		}
		if id, ok := v["$id"].(string); ok && strings.HasPrefix(id, "https://spec.openapis.org/") {
			delete(v, "$id")
		}
		if id, ok := v["id"].(string); ok && strings.HasPrefix(id, "https://spec.openapis.org/") {
			delete(v, "id")
		}
		for _, one := range v {
			withoutFormats(one)
		}
	case []any:
		for _, one := range v {
			withoutFormats(one)
		}
	}
	return v
}

// conform checks the document against the specification, one path and one component at a time, and makes texts of what
// YAML took for numbers.
func (r *reader) conform() {
	all, err := specifications()
	if err != nil {
		panic(err) // the files are part of the program
	}
	r.spec = all[0]
	if r.later {
		r.spec = all[1]
	}
	rest := &node{kind: object, line: r.root.line}
	r.root.each(func(key, value *node) {
		switch {
		case (key.value == "paths" || key.value == "webhooks" && r.later) && value.is(object):
			r.conformEach("path", value, key.value)
			value = &node{kind: object, line: value.line}
		case key.value == "components" && value.is(object):
			value = r.conformComponents(value)
		}
		rest.items = append(rest.items, key, value)
	})
	r.conformOne("document", rest)
}

// conformComponents checks each component, and returns the components without them.
func (r *reader) conformComponents(components *node) *node {
	rest := &node{kind: object, line: components.line}
	components.each(func(section, value *node) {
		if kind := shapes["components"].fields[section.value]; kind != "" && value.is(object) {
			value.each(func(name, _ *node) {
				if !componentName.MatchString(name.value) {
					r.warn(name.at(), "The name %q in components.%s can have only letters, digits, '.', '-' and '_'. Rename it, and each $ref to it.", truncate(name.value, 80), section.value)
				}
			})
			r.conformEach(strings.Trim(kind, "{}"), value, "components", section.value)
			value = &node{kind: object, line: value.line}
		}
		rest.items = append(rest.items, section, value)
	})
	return rest
}

// conformEach checks the members of an object that are of one kind.
func (r *reader) conformEach(kind string, members *node, at ...string) {
	for i := 0; i+1 < len(members.items) && !r.ended(); i += 2 {
		key, value := members.items[i], members.items[i+1]
		if at[0] == "paths" {
			if strings.HasPrefix(key.value, "x-") {
				continue
			}
			if !strings.HasPrefix(key.value, "/") {
				r.warn(key.at(), "The path %q must start with a slash. Write %q.", truncate(key.value, 80), "/"+truncate(key.value, 80))
			}
		}
		if value.child("$ref") != nil && kind != "path" && (kind != "schema" || !r.later) {
			continue // a reference, which resolve checks
		}
		if kind == "schema" && r.later && (r.otherDialect || value.child("$schema") != nil) && value.is(object) {
			continue
		}
		r.conformOne(kind, value, append(at[:len(at):len(at)], key.value)...)
	}
}

// conformOne checks the object at that place of the document.
func (r *reader) conformOne(kind string, n *node, at ...string) {
	err := r.spec.kinds[kind].Validate(n.any())
	if bad := new(jsonschema.ValidationError); errors.As(err, &bad) {
		r.violations(bad, n, at)
	}
}
