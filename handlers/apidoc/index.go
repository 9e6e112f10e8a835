package apidoc

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// index answers in constant time where a pointer leads, however many keys an object has and however long a chain of
// references is. The OpenAPI library resolves each $ref by sorting all components and by following the whole chain
// behind it, which is quadratic.
type index struct {
	keys     map[*yaml.Node]map[string]*yaml.Node // members of the objects that a pointer went through
	followed map[*yaml.Node]*yaml.Node            // from an object with a $ref to what is at the end of the chain, or nil
}

func newIndex() index {
	return index{keys: map[*yaml.Node]map[string]*yaml.Node{}, followed: map[*yaml.Node]*yaml.Node{}}
}

// member returns the value of a key of an object, or nil.
func (x index) member(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode || len(n.Content) < 16 {
		return child(n, key)
	}
	keys := x.keys[n]
	if keys == nil {
		keys = make(map[string]*yaml.Node, len(n.Content)/2)
		each(n, func(key, value *yaml.Node) { keys[key.Value] = value })
		x.keys[n] = keys
	}
	return keys[key]
}

// dataFields are fields whose values are the API's data, not parts of the document.
var dataFields = []string{"example", "default", "enum", "const", "value"}

// references checks that each $ref leads to something in the document.
func (r *reader) references(n *yaml.Node) {
	if r.ended() {
		return
	}
	each(n, func(key, value *yaml.Node) {
		switch {
		case slices.Contains(dataFields, key.Value) || strings.HasPrefix(key.Value, "x-"):
		case key.Value == "$ref" && value.ShortTag() == "!!str":
			if !strings.HasPrefix(value.Value, "#") {
				r.fatal(value.Line, "The $ref %s points outside the document. Bundle everything into one file first.", value.Value)
			} else if r.lookup(value.Value) == nil {
				r.fatal(value.Line, "The $ref %s points to nothing in the document.", value.Value)
			} else if r.follow(n) == nil {
				r.warn(value.Line, "The $ref %s never leads to anything but another $ref.", value.Value)
			}
		default:
			r.references(value)
		}
	})
	if n.Kind == yaml.SequenceNode {
		for _, c := range n.Content {
			r.references(c)
		}
	}
}

// reference returns the $ref of an object, or an empty string.
func reference(n *yaml.Node) string {
	if ref := child(n, "$ref"); ref != nil && ref.Kind == yaml.ScalarNode && ref.ShortTag() == "!!str" {
		return ref.Value
	}
	return ""
}

// follow returns what a chain of references that starts at an object leads to: the object itself if it has no $ref,
// nil if the chain breaks off or goes around in a circle.
func (r *reader) follow(n *yaml.Node) *yaml.Node {
	var chain []*yaml.Node
	for n != nil {
		ref := reference(n)
		if ref == "" {
			break
		}
		if to, known := r.followed[n]; known {
			n = to
			break
		}
		r.followed[n] = nil // until the end is found, so that a circle ends here
		chain = append(chain, n)
		n = r.lookup(ref)
	}
	for _, c := range chain {
		r.followed[c] = n
	}
	return n
}

var unescapePointer = strings.NewReplacer("~1", "/", "~0", "~")

// lookup returns what a fragment with a JSON pointer (RFC 6901, section 6), such as #/info/title, points to, or nil.
func (r *reader) lookup(fragment string) *yaml.Node {
	fragment, ok := strings.CutPrefix(fragment, "#")
	pointer, err := url.PathUnescape(fragment)
	if !ok || err != nil || pointer != "" && pointer[0] != '/' {
		return nil
	}
	n := r.root
	if pointer == "" {
		return n
	}
	for key := range strings.SplitSeq(pointer[1:], "/") {
		key = unescapePointer.Replace(key)
		if n.Kind == yaml.SequenceNode {
			at, err := strconv.Atoi(key)
			if err != nil || at < 0 || at >= len(n.Content) {
				return nil
			}
			n = n.Content[at]
		} else if n = r.member(n, key); n == nil {
			return nil
		}
	}
	return n
}
