package apidoc

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// validator checks a document against the specification, each object once where it is written. An object in the place
// of a list, or the other way around, makes the document useless and is fatal; other violations are only reported,
// since Swagger UI shows the document anyway.
type validator struct {
	*reader
	later      bool                  // version 3.1, not 3.0
	kinds      map[*yaml.Node]string // of the objects that were checked
	uses       []use
	operations map[string]bool // operationIds
}

// use is a $ref in the place of an object of a kind.
type use struct {
	kind string
	ref  *yaml.Node
	to   *yaml.Node
	place
}

// place is the path and the operation that something belongs to: their keys in the document, or nil.
type place struct{ path, method *yaml.Node }

func (r *reader) validate() {
	v := &validator{reader: r, later: strings.HasPrefix(text(child(r.root, "openapi")), "3.1."), kinds: map[*yaml.Node]string{}, operations: map[string]bool{}}
	v.object("document", r.root, place{})
	for _, u := range v.uses {
		if is, known := v.kinds[u.to]; known && is != u.kind {
			v.report(u.place, u.ref.Line, "The $ref %s points to %s, and %s belongs here.", u.ref.Value, shapes[is].called, shapes[u.kind].called)
		}
	}
	slices.SortStableFunc(r.out.Findings, func(a, b Finding) int { return a.Line - b.Line })
}

// report adds a finding that starts with the path and method it is in.
func (v *validator) report(at place, line int, format string, args ...any) {
	if at.path == nil {
		v.warn(line, format, args...)
		return
	}
	where := truncate(at.path.Value, maxText/3) + ": "
	if at.method != nil {
		where = strings.ToUpper(at.method.Value) + " " + where
	}
	v.warn(line, "%s%s", where, fmt.Sprintf(format, args...))
}

// value checks a value of a kind.
func (v *validator) value(kind, name string, n *yaml.Node, at place) {
	want, called := yaml.MappingNode, "an object"
	switch kind[0] {
	case '[':
		want, called = yaml.SequenceNode, "a list"
	case '{':
	default:
		switch kind {
		case "text":
			if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" && n.ShortTag() != "!!null" {
				v.report(at, n.Line, "%s must be text. Write it in quotes.", name)
			}
			return
		case "flag":
			if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" {
				v.report(at, n.Line, "%s must be true or false.", name)
			}
			return
		case "list":
			want, called = yaml.SequenceNode, "a list"
		case "schema":
			if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool" && (v.later || name == "additionalProperties") {
				return
			}
		}
	}
	switch {
	case n.Kind != want:
		v.fatal(n.Line, "%s must be %s.", name, called)
	case kind[0] == '[':
		for i, one := range n.Content {
			v.value(kind[1:len(kind)-1], fmt.Sprintf("Item %d of %s", i+1, truncate(name, 100)), one, at)
		}
	case kind[0] == '{':
		each(n, func(key, one *yaml.Node) {
			if !strings.HasPrefix(key.Value, "x-") {
				v.value(kind[1:len(kind)-1], key.Value, one, at)
			}
		})
	case shapes[kind].called != "":
		v.object(kind, n, at)
	}
}

// object checks an object of a kind: its required fields, the kinds of all fields, and what else the kind demands.
func (v *validator) object(kind string, n *yaml.Node, at place) {
	if v.ended() {
		return
	}
	if ref := child(n, "$ref"); ref != nil && reference(n) != "" {
		v.uses = append(v.uses, use{kind, ref, v.follow(n), at})
		if kind != "path" && (kind != "schema" || !v.later) {
			return
		}
	}
	v.kinds[n] = kind
	s := shapes[kind]
	has := map[string]*yaml.Node{}
	each(n, func(key, value *yaml.Node) {
		name, in := key.Value, at
		known := s.fields[name]
		if known == "" {
			known = words[name]
		}
		switch {
		case known != "":
			has[name] = value
		case s.members == "" || strings.HasPrefix(name, "x-"):
			has[name] = value
			return
		default:
			known = s.members
		}
		if kind == "paths" {
			in = place{path: key}
			if !strings.HasPrefix(name, "/") {
				v.report(place{}, key.Line, "The path %s must start with a slash.", name)
			}
		} else if known == "operation" {
			in.method = key
		}
		v.value(known, name, value, in)
	})
	for _, name := range s.required {
		if has[name] == nil {
			v.report(at, n.Line, "%s lacks the field %s.", capital(s.called), name)
		}
	}
	v.special(kind, n, has, at)
}

// special checks what the table of shapes can't say.
func (v *validator) special(kind string, n *yaml.Node, has map[string]*yaml.Node, at place) {
	switch kind {
	case "document":
		if has["paths"] == nil && !v.later {
			v.report(at, n.Line, "The document lacks the field paths.")
		} else if has["paths"] == nil && has["webhooks"] == nil && has["components"] == nil {
			v.report(at, n.Line, "The document needs paths, webhooks or components.")
		}
	case "components":
		for section := range shapes["components"].fields {
			each(has[section], func(key, _ *yaml.Node) {
				if !componentName.MatchString(key.Value) {
					v.report(at, key.Line, "The name %s of a component can have only letters, digits, '.', '-' and '_'.", key.Value)
				}
			})
		}
	case "path":
		v.pathParameters(n, has, at)
	case "operation":
		if has["responses"] == nil && !v.later {
			v.report(at, n.Line, "An operation lacks the field responses.")
		}
		if id := text(has["operationId"]); id != "" && v.operations[id] {
			v.report(at, has["operationId"].Line, "Another operation has the operationId %s too.", id)
		} else {
			v.operations[id] = true
		}
	case "parameter":
		if has["schema"] == nil && has["content"] == nil {
			v.report(at, n.Line, "The parameter %s needs a schema or content.", text(has["name"]))
		}
		if in := text(has["in"]); has["in"] != nil && !slices.Contains([]string{"path", "query", "header", "cookie"}, in) {
			v.report(at, has["in"].Line, "A parameter can't be in %s: it is in path, query, header or cookie.", in)
		} else if in == "path" && text(has["required"]) != "true" {
			v.report(at, n.Line, "The parameter %s is in the path, so it needs required: true.", text(has["name"]))
		}
	case "responses":
		each(n, func(key, _ *yaml.Node) {
			if !statusKey.MatchString(key.Value) {
				v.report(at, key.Line, "%s isn't a status: write one such as 200, 4XX or default.", key.Value)
			}
		})
	case "security":
		if needed, known := neededBySecurity[text(has["type"])]; has["type"] != nil && !known {
			v.report(at, has["type"].Line, "%s isn't a type of security schemes.", text(has["type"]))
		} else {
			for _, name := range needed {
				if has[name] == nil {
					v.report(at, n.Line, "The security scheme lacks the field %s.", name)
				}
			}
		}
	case "schema":
		v.schema(n, has, at)
	}
}

var (
	componentName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
	statusKey     = regexp.MustCompile(`^([1-5]([0-9]{2}|XX)|default|x-.*)$`)
	pathVariable  = regexp.MustCompile(`\{([^{}]*)\}`)
)

func (v *validator) schema(n *yaml.Node, has map[string]*yaml.Node, at place) {
	types := has["type"]
	if types == nil {
		return
	}
	list := []*yaml.Node{types}
	if types.Kind == yaml.SequenceNode && v.later {
		list = types.Content
	}
	for _, one := range list {
		if !slices.Contains(schemaTypes, text(one)) || text(one) == "null" && !v.later {
			v.report(at, one.Line, "A schema can't have the type %s.", text(one))
		}
	}
	if text(types) == "array" && has["items"] == nil && !v.later {
		v.report(at, n.Line, "A schema of the type array lacks the field items.")
	}
}

// pathParameters checks that the variables in a path are the path parameters of each of its operations.
func (v *validator) pathParameters(n *yaml.Node, has map[string]*yaml.Node, at place) {
	if at.path == nil {
		return
	}
	variables := map[string]bool{}
	for _, m := range pathVariable.FindAllStringSubmatch(at.path.Value, -1) {
		variables[m[1]] = true
	}
	shared := v.inPath(has["parameters"])
	each(n, func(key, operation *yaml.Node) {
		if shapes["path"].fields[key.Value] != "operation" || operation.Kind != yaml.MappingNode {
			return
		}
		in := place{at.path, key}
		own := v.inPath(child(operation, "parameters"))
		for name := range variables {
			if !own[name] && !shared[name] {
				v.report(in, key.Line, "The path has {%s}, and no parameter describes it.", name)
			}
		}
		for name := range own {
			if !variables[name] {
				v.report(in, key.Line, "The parameter %s isn't in the path.", name)
			}
		}
	})
}

// inPath returns the names of the path parameters in a list.
func (v *validator) inPath(list *yaml.Node) map[string]bool {
	names := map[string]bool{}
	if list != nil && list.Kind == yaml.SequenceNode {
		for _, p := range list.Content {
			if p = v.follow(p); text(child(p, "in")) == "path" {
				names[text(child(p, "name"))] = true
			}
		}
	}
	return names
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
