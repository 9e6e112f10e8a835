package apidoc

import (
	"math"
	"strconv"
	"strings"
)

// kind is what a node is in JSON.
type kind uint8

const (
	null kind = iota
	boolean
	number
	text
	list
	object
)

// node is a value of a document, whether it came as JSON or YAML. It is small, since a large document has a million.
type node struct {
	kind  kind
	plain bool  // a scalar of YAML without quotes
	line  int32 // counted from 1
	// value is a scalar as it is written, and the text of a text.
	value string
	// items are the items of a list. Those of an object alternate: a key, which is a text, and its value.
	items []*node
}

func newText(value string, line int) *node { return &node{kind: text, value: value, line: int32(line)} }

// at returns the line of a node; 1 if there is none.
func (n *node) at() int {
	if n == nil || n.line < 1 {
		return 1
	}
	return int(n.line)
}

// is says whether n is of a kind. A node that is missing is of none.
func (n *node) is(k kind) bool { return n != nil && n.kind == k }

// text returns the text of a scalar, or an empty string.
func (n *node) text() string {
	if n == nil || n.kind > text || n.kind == null {
		return ""
	}
	return n.value
}

// child returns the value of a key of an object, or nil.
func (n *node) child(key string) *node {
	if !n.is(object) {
		return nil
	}
	for i := 0; i+1 < len(n.items); i += 2 {
		if n.items[i].value == key {
			return n.items[i+1]
		}
	}
	return nil
}

// key returns the key of that name of an object, or the object itself.
func (n *node) key(name string) *node {
	for i := 0; n.is(object) && i+1 < len(n.items); i += 2 {
		if n.items[i].value == name {
			return n.items[i]
		}
	}
	return n
}

// each calls f for every member of an object.
func (n *node) each(f func(key, value *node)) {
	if !n.is(object) {
		return
	}
	for i := 0; i+1 < len(n.items); i += 2 {
		f(n.items[i], n.items[i+1])
	}
}

// list returns the items of a list, and nothing for anything else.
func (n *node) list() []*node {
	if !n.is(list) {
		return nil
	}
	return n.items
}

// names are what findings call a kind.
var names = map[kind]string{null: "empty", boolean: "true or false", number: "a number", text: "text", list: "a list", object: "an object"}

// quote returns a scalar as findings show it.
func (n *node) quote() string {
	switch {
	case n.is(text):
		return strconv.Quote(truncate(n.value, 60))
	case n == nil, n.is(null):
		return "empty"
	case n.is(list), n.is(object):
		return names[n.kind]
	}
	return truncate(n.value, 60)
}

// any returns a tree of the types that package encoding/json uses. Numbers are of a size that every program can calculate
// with.
func (n *node) any() any {
	switch n.kind {
	case object:
		m := make(map[string]any, len(n.items)/2)
		n.each(func(key, value *node) { m[key.value] = value.any() })
		return m
	case list:
		out := make([]any, len(n.items))
		for i, item := range n.items {
			out[i] = item.any()
		}
		return out
	case number:
		f, err := strconv.ParseFloat(asJSON(n.value), 64)
		if err != nil {
			return 1.0
		}
		if math.Abs(f) < 1<<53 && f == math.Trunc(f) {
			return int64(f)
		}
		return f
	case boolean:
		return strings.EqualFold(n.value, "true")
	case text:
		return n.value
	}
	return nil
}

// truncate shortens s to n bytes of valid UTF-8.
func truncate(s string, n int) string {
	if len(s) > 2*n {
		s = s[:2*n]
	}
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n-3], "") + "…"
	}
	return s
}
