package apidoc

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// MaxBytes bounds the documents that Read accepts, in bytes; as JSON one may be twice as long.
const MaxBytes = 5 << 20

const (
	// maxDepth is how deep a document may nest.
	maxDepth = 100
	// maxValues is how many values a document may have, each alias counted with all that it stands for. It bounds
	// the time and memory of a document of MaxBytes to about a second and 200 MB; published documents of that length
	// have a third of it.
	maxValues = 600_000
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
	ctx    context.Context
	root   *yaml.Node
	out    Document
	seen   map[string]bool // headers, servers and scopes that are in out
	values int             // how many checkTree has seen
	index
}

// Read reads a document. base is the address it was fetched from, which relative servers are
// resolved against; empty for one that was pasted. It takes time proportional to the document's
// length. Its only error is that of a context that ended meanwhile.
func Read(ctx context.Context, text []byte, base string) (Document, error) {
	r := &reader{ctx: ctx, seen: map[string]bool{}, index: newIndex()}
	r.read(text, base)
	if err := ctx.Err(); err != nil {
		return Document{}, fmt.Errorf("apidoc.Read: %w", err)
	}
	for _, f := range r.out.Findings {
		if f.Fatal {
			r.out.JSON = nil
		}
	}
	return r.out, nil
}

// ended says whether the caller doesn't wait any longer. It is asked by whatever repeats.
func (r *reader) ended() bool { return r.ctx.Err() != nil }

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
	r.quoteVersion()
	r.references(r.root)
	r.servers(base)
	r.security()
	r.headers(r.root)
	r.validate()
	if r.ended() {
		return
	}
	out := &limitedBuffer{most: 2 * MaxBytes}
	if err := writeNode(out, r.root); err != nil {
		r.fatal(0, "The document can't be written as JSON: %v.", err)
		return
	}
	r.out.JSON = out.Bytes()
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

// quoteVersion makes a text of a version such as 1.0 that YAML takes for a number, or 2024-01-01 for a date.
func (r *reader) quoteVersion() {
	version := child(child(r.root, "info"), "version")
	if version == nil || version.Kind != yaml.ScalarNode || version.ShortTag() == "!!str" || version.ShortTag() == "!!null" {
		return
	}
	version.Tag = "!!str"
	r.warn(version.Line, "info.version isn't text. Write it in quotes: %q.", truncate(version.Value, 40))
}

func (r *reader) fatal(line int, format string, args ...any) { r.add(line, true, format, args...) }

func (r *reader) warn(line int, format string, args ...any) { r.add(line, false, format, args...) }

func (r *reader) add(line int, fatal bool, format string, args ...any) {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = truncate(s, maxText)
		}
	}
	switch n := len(r.out.Findings); {
	case n < maxFindings || fatal && n == maxFindings:
		r.out.Findings = append(r.out.Findings, Finding{line, fatal, truncate(fmt.Sprintf(format, args...), maxText)})
	case n == maxFindings:
		r.out.Findings = append(r.out.Findings, Finding{0, fatal, "There are more problems than these."})
	}
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
