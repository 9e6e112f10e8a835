package apidoc

import (
	"net/url"
	"strings"
)

// use is a $ref in the place of an object of a kind.
type use struct {
	kind string
	n    *node // the object that has it
	ref  *node
	base string // the address that it is relative to
	at   place
}

// start is the address of a document that was pasted; its own schemas can be relative to it.
const start = "https://document.invalid/"

// walk visits the objects of the document, each once, and notes its references, the names that they can lead to, and its
// facts.
func (r *reader) walk(kind string, n *node, base string, at place) {
	if r.ended() || n == nil {
		return
	}
	switch kind[0] {
	case '[':
		if !n.is(list) {
			r.misplaced[n] = true
		}
		for _, one := range n.list() {
			r.walk(kind[1:len(kind)-1], one, base, at)
		}
		return
	case '{':
		if !n.is(object) {
			r.misplaced[n] = true
		}
		n.each(func(key, one *node) { r.walk(kind[1:len(kind)-1], one, base, at.with(key.value)) })
		return
	}
	if !n.is(object) {
		if kind == "schema" && n.is(list) { // items of older versions of JSON Schema
			r.walk("[schema]", n, base, at)
		}
		r.misplaced[n] = kind != "schema" || !n.is(boolean)
		return
	}
	if _, seen := r.kinds[n]; seen {
		return
	}
	r.kinds[n] = kind
	if kind == "schema" && r.later {
		base = r.identify(n, base)
	}
	if ref := n.child("$ref"); ref.is(text) && kind != "document" && kind != "components" {
		r.uses = append(r.uses, use{kind, n, ref, base, at})
		if kind != "path" && (kind != "schema" || !r.later) {
			return // what is next to it is ignored
		}
	}
	r.note(kind, n, at)
	s := shapes[kind]
	n.each(func(key, value *node) {
		if known := s.fields[key.value]; known != "" {
			r.walk(known, value, base, at.with(key.value))
		} else if s.members != "" && !strings.HasPrefix(key.value, "x-") {
			r.walk(s.members, value, base, at.with(key.value))
		}
	})
}

// identify notes the names of a schema, and returns the address that what is in it is relative to (JSON Schema 2020-12,
// section 8.2).
func (r *reader) identify(n *node, base string) string {
	if id := n.child("$id"); id.is(text) {
		if to, err := resolved(base, id.value); err == nil {
			base, _, _ = strings.Cut(to, "#")
			r.resources[base] = n
		}
	}
	for _, field := range []string{"$anchor", "$dynamicAnchor"} {
		if name := n.child(field); name.is(text) {
			r.anchors[base+"#"+name.value] = n
			if field == "$dynamicAnchor" {
				r.dynamic[name.value] = true
			}
		}
	}
	if ref := n.child("$dynamicRef"); ref.is(text) {
		r.dynamicUses = append(r.dynamicUses, use{"schema", n, ref, base, nil})
	}
	return base
}

func resolved(base, ref string) (string, error) {
	at, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	to, err := at.Parse(ref)
	if err != nil {
		return "", err
	}
	return to.String(), nil
}

// note keeps what is a fact of the API in an object.
func (r *reader) note(kind string, n *node, at place) {
	switch kind {
	case "parameter":
		if n.child("in").text() == "header" {
			r.header(n.child("name").text())
		}
	case "security":
		if n.child("type").text() == "apiKey" && n.child("in").text() == "header" {
			r.header(n.child("name").text())
		}
	case "operation":
		r.out.Operations++
		if id := n.child("operationId"); id.text() != "" {
			if first, twice := r.operations[id.value]; twice {
				r.warn(id.at(), "%s another operation has the operationId %s too, in line %d. Give each its own.", at, id.quote(), first)
			} else {
				r.operations[id.value] = id.at()
			}
		}
	}
}
