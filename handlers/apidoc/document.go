package apidoc

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// MaxBytes bounds the documents that Read accepts, in bytes; as JSON one may be twice as long.
const MaxBytes = 5 << 20

const (
	// maxDepth is how deep a document may nest.
	maxDepth = 100
	// maxFindings is how many findings a document can have, and maxText how long each can be,
	// in bytes.
	maxFindings, maxText = 200, 300
)

// Finding is one problem in a document. A document with a Fatal one is refused. Lines count from
// 1; 0 means the document as a whole.
type Finding struct {
	Line  int    `json:"line"`
	Fatal bool   `json:"fatal,omitempty"`
	Text  string `json:"text"`
}

// Scope is a scope that a security scheme of the document names.
type Scope struct {
	Name     string `json:"name"`
	Sentence string `json:"sentence"`
}

// Facts are what the portal needs to know about an API.
type Facts struct {
	Servers []string `json:"servers"` // absolute http or https addresses, without a slash at the end
	Headers []string `json:"headers"` // header parameters of its operations
	Bearer  string   `json:"bearer"`  // name of the security scheme that takes a bearer token; may be empty
	Scopes  []Scope  `json:"scopes"`
}

// ScopeNames returns the names of the scopes.
func (f Facts) ScopeNames() []string {
	names := make([]string, len(f.Scopes))
	for i, s := range f.Scopes {
		names[i] = s.Name
	}
	return names
}

// Document is a parsed document. JSON is nil if a finding is fatal.
type Document struct {
	Title string
	JSON  []byte
	Facts
	Findings []Finding
}

// reader reads one document.
type reader struct {
	root *yaml.Node
	out  Document
	seen map[string]bool // headers, servers and scopes that are in out
}

// Read reads a document. base is the address it was fetched from, which relative servers are
// resolved against; empty for one that was pasted.
func Read(text []byte, base string) Document {
	r := &reader{seen: map[string]bool{}}
	r.read(text, base)
	for _, f := range r.out.Findings {
		if f.Fatal {
			r.out.JSON = nil
		}
	}
	return r.out
}

func (r *reader) read(text []byte, base string) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if len(text) > MaxBytes {
		r.fatal(0, "The document is larger than %d MB.", MaxBytes>>20)
		return
	}
	if r.root = r.parse(text); r.root == nil || !r.checkTree(r.root, 0) {
		return
	}
	if !r.isOpenAPI() {
		return
	}
	r.references(r.root)
	r.servers(base)
	r.security()
	r.headers(r.root)
	out := &limitedBuffer{most: 2 * MaxBytes}
	if err := writeNode(out, r.root); err != nil {
		r.fatal(0, "The document can't be written as JSON: %v.", err)
		return
	}
	r.out.JSON = out.Bytes()
	r.validate()
}

func (r *reader) isOpenAPI() bool {
	version := child(r.root, "openapi")
	switch {
	case r.root.Kind != yaml.MappingNode:
		r.fatal(1, "This isn't an OpenAPI document: its top level must be an object.")
	case version == nil && child(r.root, "swagger") != nil:
		r.fatal(child(r.root, "swagger").Line, "This is a Swagger 2.0 document. Convert it to OpenAPI 3.0 or 3.1 first.")
	case version == nil:
		r.fatal(1, "This isn't an OpenAPI document: the field openapi is missing.")
	case !strings.HasPrefix(version.Value, "3.0.") && !strings.HasPrefix(version.Value, "3.1."):
		r.fatal(version.Line, "The field openapi must say 3.0 or 3.1, such as 3.1.0.")
	default:
		r.out.Title = truncate(text(child(child(r.root, "info"), "title")), 200)
		return true
	}
	return false
}

func (r *reader) fatal(line int, format string, args ...any) { r.add(line, true, format, args...) }

func (r *reader) warn(line int, format string, args ...any) { r.add(line, false, format, args...) }

func (r *reader) add(line int, fatal bool, format string, args ...any) {
	switch n := len(r.out.Findings); {
	case n < maxFindings || fatal && n == maxFindings:
		r.out.Findings = append(r.out.Findings, Finding{line, fatal, truncate(fmt.Sprintf(format, args...), maxText)})
	case n == maxFindings:
		r.out.Findings = append(r.out.Findings, Finding{0, fatal, "There are more problems than these."})
	}
}

// truncate shortens s to n bytes of valid UTF-8.
func truncate(s string, n int) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n-3], "") + "…"
	}
	return s
}

// child returns the value of a key of an object, or nil.
func child(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// text returns the text of a scalar, or an empty string.
func text(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}

// each calls f for every member of an object.
func each(n *yaml.Node, f func(key, value *yaml.Node)) {
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		f(n.Content[i], n.Content[i+1])
	}
}
