package apidoc

import (
	"net/url"
	"strconv"
	"strings"
)

// index answers in constant time where a pointer leads, however many keys an object has and however long a chain of
// references is.
type index struct {
	keys      map[*node]map[string]*node // members of the objects that a pointer went through
	resources map[string]*node           // schemas with an $id, and the document, by address
	anchors   map[string]*node           // schemas with an $anchor, by address and name
	dynamic   map[string]bool            // names of a $dynamicAnchor
	targets   map[*node]*node            // from an object with a $ref to what it names
	followed  map[*node]*node            // from such an object to what is at the end of the chain, or nil
}

func newIndex() index {
	return index{map[*node]map[string]*node{}, map[string]*node{}, map[string]*node{}, map[string]bool{}, map[*node]*node{}, map[*node]*node{}}
}

// member returns the value of a key of an object, or nil.
func (x index) member(n *node, key string) *node {
	if !n.is(object) || len(n.items) < 16 {
		return n.child(key)
	}
	keys := x.keys[n]
	if keys == nil {
		keys = make(map[string]*node, len(n.items)/2)
		n.each(func(key, value *node) { keys[key.value] = value })
		x.keys[n] = keys
	}
	return keys[key]
}

// wellKnown are schemas that every program has, and that need not be in the document.
var wellKnown = []string{"https://json-schema.org/draft", "http://json-schema.org/draft", "https://spec.openapis.org/oas/"}

// resolve finds what each $ref leads to, and visits what was in no known place so far.
func (r *reader) resolve() {
	var later []use
	for i := 0; i < len(r.uses) && !r.ended(); i++ {
		if u := r.uses[i]; !r.reach(u) {
			later = append(later, u) // until all names are known
		}
	}
	for _, u := range later {
		if !r.ended() && !r.reach(u) {
			r.lost(u)
		}
	}
	for _, u := range r.uses {
		to, known := r.targets[u.n]
		switch is := r.kinds[to]; {
		case !known || to == nil:
		case r.follow(u.n) == nil:
			r.warn(u.ref.at(), "The $ref %s never leads to anything but another $ref. Write what it stands for in one of them.", u.ref.quote())
		case is != "" && is != u.kind:
			r.warn(u.ref.at(), "%s: the $ref %s points to %s, and %s belongs here.", u.at, u.ref.quote(), shapes[is].called, shapes[u.kind].called)
		}
	}
	for _, u := range r.dynamicUses {
		_, name, _ := strings.Cut(u.ref.value, "#")
		if _, _, found := r.find(u); !found && !r.dynamic[name] {
			r.warn(u.ref.at(), "The $dynamicRef %s points to nothing in the document. Add a schema with that $dynamicAnchor, or correct the name.", u.ref.quote())
		}
	}
}

// reach notes what a $ref leads to, and visits it. It says whether there is such a thing.
func (r *reader) reach(u use) bool {
	to, base, found := r.find(u)
	if !found {
		return false
	}
	r.targets[u.n] = to
	if to != nil && !strings.HasPrefix(u.kind, "paths") {
		if _, seen := r.kinds[to]; !seen && to.is(object) {
			r.walk(u.kind, to, base, u.at)
		}
	}
	return true
}

// find returns what a $ref names, which is nil for a schema that every program has, and the address of where that is.
func (r *reader) find(u use) (to *node, base string, found bool) {
	address, fragment, _ := strings.Cut(u.ref.value, "#")
	base = u.base
	if address != "" {
		full, err := resolved(base, address)
		if err != nil {
			return nil, "", false
		}
		base = full
	}
	top := r.resources[base]
	if top == nil {
		for _, known := range wellKnown {
			if strings.HasPrefix(base, known) {
				return nil, "", true
			}
		}
		return nil, "", false
	}
	fragment, err := url.PathUnescape(fragment)
	switch {
	case err != nil:
		return nil, "", false
	case fragment == "":
		return top, base, true
	case fragment[0] != '/':
		to = r.anchors[base+"#"+fragment]
		return to, base, to != nil
	}
	if to = r.pointer(top, fragment); to == nil && top != r.root && address == "" {
		// Most programs count pointers from the top of the document, whatever the schema's $id.
		to, base = r.pointer(r.root, fragment), r.home
	}
	return to, base, to != nil
}

// lost reports a $ref that leads to nothing.
func (r *reader) lost(u use) {
	address, fragment, _ := strings.Cut(u.ref.value, "#")
	full, err := resolved(u.base, address)
	switch {
	case err == nil && (address == "" || r.resources[full] != nil):
		what := "the name of a component, such as #/components/schemas/Name"
		if fragment != "" && fragment[0] != '/' {
			what = "the name of an $anchor, or add that"
		}
		r.fatal(u.ref.at(), "The $ref %s points to nothing in the document. Correct it: write %s.", u.ref.quote(), what)
	default:
		r.fatal(u.ref.at(), "The $ref %s points outside the document. Bundle everything into one file first.", u.ref.quote())
	}
}

// follow returns what a chain of references that starts at an object leads to: the object itself if it has no $ref,
// nil if the chain breaks off or goes around in a circle.
func (r *reader) follow(n *node) *node {
	var chain []*node
	for n != nil {
		to, refers := r.targets[n]
		if !refers || to == nil {
			break
		}
		if end, known := r.followed[n]; known {
			n = end
			break
		}
		r.followed[n] = nil // until the end is found, so that a circle ends here
		chain = append(chain, n)
		n = to
	}
	for _, c := range chain {
		r.followed[c] = n
	}
	return n
}

var unescapePointer = strings.NewReplacer("~1", "/", "~0", "~")

// tokens are the parts of a JSON pointer (RFC 6901), which begins with a slash or is empty.
func tokens(pointer string) []string {
	if pointer == "" {
		return nil
	}
	out := strings.Split(pointer[1:], "/")
	for i, token := range out {
		out[i] = unescapePointer.Replace(token)
	}
	return out
}

// pointer returns what a JSON pointer leads to below n, or nil.
func (r *reader) pointer(n *node, pointer string) *node {
	for _, key := range tokens(pointer) {
		if n.is(list) {
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(n.items) {
				return nil
			}
			n = n.items[i]
		} else if n = r.member(n, key); n == nil {
			return nil
		}
	}
	return n
}
