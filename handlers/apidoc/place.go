package apidoc

import (
	"slices"
	"strconv"
	"strings"
)

// place is where in a document something is: the keys that lead there from the top. That of an item of a list is its
// number in brackets.
type place []string

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// String names the place as findings do: the operation or path that it is in, and the rest, as in "GET /a: responses.200".
func (p place) String() string {
	operation := ""
	if len(p) > 1 && p[0] == "paths" {
		operation, p = truncate(p[1], 100), p[2:]
		if len(p) > 0 && slices.Contains(methods, p[0]) {
			operation, p = strings.ToUpper(p[0])+" "+operation, p[1:]
		}
		if operation += ":"; len(p) == 0 {
			return operation
		}
		operation += " "
	}
	var b strings.Builder
	for i, key := range p {
		if i > 0 && !strings.HasPrefix(key, "[") {
			b.WriteString(".")
		}
		b.WriteString(truncate(key, 60))
	}
	rest := b.String()
	if len(rest) > 120 {
		rest = strings.ToValidUTF8("…"+rest[len(rest)-110:], "")
	}
	return operation + rest
}

// with returns the place of a member.
func (p place) with(key string) place { return append(p[:len(p):len(p)], key) }

// step returns what is at a location below n, the key that leads there, if one does, and its place below that of n.
func step(n *node, location []string, at place) (to, key *node, where place) {
	where = slices.Clone(at)
	for _, token := range location {
		switch i, err := strconv.Atoi(token); {
		case n.is(list) && err == nil && i >= 0 && i < len(n.items):
			n, key = n.items[i], nil
			token = "[" + token + "]"
		case n.is(object) && n.child(token) != nil:
			n, key = n.child(token), n.key(token)
		default:
			return nil, nil, where
		}
		where = append(where, token)
	}
	return n, key, where
}
