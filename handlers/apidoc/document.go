package apidoc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// MaxBytes bounds the documents that Read accepts, in bytes; as JSON one may be twice as long.
const MaxBytes = 16 << 20

const (
	// maxDepth is how deep a document may nest.
	maxDepth = 100
	// maxValues is how many values a document may have, keys included and each alias counted with all that it stands for.
	// It bounds the memory of reading a document; published documents of MaxBytes have a third of it.
	maxValues = 2_000_000
	// maxFindings is how many findings a document can have, and maxText how long each can be,
	// in bytes.
	maxFindings, maxText = 200, 400
)

// Finding is one problem in a document. A document with a Fatal one is refused. Lines count from 1. A problem of the
// document as a whole is in line 1. Documents that were read by older versions have findings in line 0, which is the same.
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
	// Operations is how many operations it describes; 0 in documents that older releases read.
	Operations int `json:"operations,omitempty"`
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
	ctx          context.Context
	root         *node
	lines        int  // how many the document has
	later        bool // version 3.1, not 3.0
	otherDialect bool // its schemas are not of the dialect of 3.1
	home         string
	spec         specification
	out          Document
	seen         map[string]bool // headers, servers and scopes that are in out
	kinds        map[*node]string
	misplaced    map[*node]bool // what isn't the object or list that its place needs
	uses         []use
	dynamicUses  []use
	operations   map[string]int // operationIds, and their lines
	index
}

// Read reads a document. base is the address it was fetched from, which relative servers are
// resolved against; empty for one that was pasted. It takes time proportional to the document's
// length. Its only error is that of a context that ended meanwhile.
func Read(ctx context.Context, text []byte, base string) (Document, error) {
	r := &reader{ctx: ctx, seen: map[string]bool{}, kinds: map[*node]string{}, misplaced: map[*node]bool{}, operations: map[string]int{}, index: newIndex()}
	r.read(text, base)
	if err := ctx.Err(); err != nil {
		return Document{}, fmt.Errorf("apidoc.Read: %w", err)
	}
	for _, f := range r.out.Findings {
		if f.Fatal {
			r.out.JSON = nil
		}
	}
	// The schemas' own order of what is in one line differs from one reading to the next.
	slices.SortFunc(r.out.Findings, func(a, b Finding) int { return cmp.Or(a.Line-b.Line, strings.Compare(a.Text, b.Text)) })
	if len(r.out.Findings) > maxFindings {
		r.out.Findings = append(r.out.Findings[:maxFindings], Finding{r.out.Findings[maxFindings].Line, false, "There are more problems than these. Upload the document again after you have fixed them."})
	}
	return r.out, nil
}

// ended says whether the caller doesn't wait any longer. It is asked by whatever repeats.
func (r *reader) ended() bool { return r.ctx.Err() != nil }

// startOfJSON distinguishes JSON from YAML, whose parser supports only some escapes of JSON.
var startOfJSON = regexp.MustCompile(`^\s*\{\s*"`)

// parse makes the tree of a document.
func (r *reader) parse(b []byte) (err error) {
	if len(b) > MaxBytes {
		return &broken{1, fmt.Sprintf("The document is larger than %d MB. Split it into several documents.", MaxBytes>>20)}
	}
	s, err := decode(b)
	if err != nil {
		return err
	}
	r.lines = 1 + strings.Count(s, "\n")
	if startOfJSON.MatchString(s[:min(len(s), 1000)]) {
		r.root, err = parseJSON(r.ctx, s, r.add)
	} else {
		r.root, err = parseYAML(r.ctx, s, r.add)
	}
	return err
}

func (r *reader) read(text []byte, base string) {
	if err := r.parse(text); err != nil {
		if bad := new(broken); errors.As(err, &bad) {
			r.fatal(bad.line, "%s", bad.says)
		}
		return
	}
	if !r.isOpenAPI() {
		return
	}
	r.later = strings.HasPrefix(r.root.child("openapi").value, "3.1.")
	dialect := r.root.child("jsonSchemaDialect").text()
	r.otherDialect = dialect != "" && !strings.HasPrefix(dialect, "https://spec.openapis.org/oas/3.1/dialect/") && !strings.HasPrefix(dialect, "https://json-schema.org/draft/2020-12/schema")
	r.home = start
	if base != "" {
		r.home, _, _ = strings.Cut(base, "#")
	}
	r.resources[r.home] = r.root
	r.walk("document", r.root, r.home, nil)
	r.resolve()
	r.conform()
	r.pathParameters()
	r.servers(base)
	r.security()
	if r.ended() {
		return
	}
	if r.root.child("paths") == nil { // Swagger UI shows no webhooks without it
		r.root.items = append(r.root.items, newText("paths", 1), &node{kind: object})
	}
	out := &limitedBuffer{most: 2 * MaxBytes}
	if write(out, r.root); out.full {
		r.fatal(1, "The document is longer than %d MB once its aliases are written out. Split it into several documents.", 2*MaxBytes>>20)
		return
	}
	r.out.JSON = out.Bytes()
}

var versions = regexp.MustCompile(`^3\.[01](\.[0-9]+(-.+)?)?$`)

func (r *reader) isOpenAPI() bool {
	version := r.root.child("openapi")
	switch {
	case !r.root.is(object):
		r.fatal(r.root.at(), "This isn't an OpenAPI document: its top level must be an object. Start with a line such as openapi: 3.1.0.")
	case version == nil && r.root.child("swagger") != nil:
		r.fatal(r.root.key("swagger").at(), "This is a Swagger 2.0 document. Convert it to OpenAPI 3.0 or 3.1 first.")
	case version == nil:
		r.fatal(1, "This isn't an OpenAPI document: the field openapi is missing. Add a line such as openapi: 3.1.0.")
	case !versions.MatchString(version.text()):
		r.fatal(r.root.key("openapi").at(), "The field openapi must say 3.0 or 3.1, such as 3.1.0, not %s.", version.quote())
	default:
		r.title()
		return true
	}
	return false
}

// title completes a version such as 3.1, which other programs take for none, and keeps the title.
func (r *reader) title() {
	version := r.root.child("openapi")
	whole := version.value
	if whole = strings.SplitN(whole, "-", 2)[0]; strings.Count(whole, ".") == 1 {
		whole += ".0"
		r.warn(version.at(), "The field openapi says %s. Write %s.", version.value, whole)
	}
	version.kind, version.value = text, whole
	title := r.root.child("info").child("title")
	r.out.Title = truncate(title.text(), 200)
}

func (r *reader) fatal(line int, format string, args ...any) { r.add(line, true, format, args...) }

func (r *reader) warn(line int, format string, args ...any) { r.add(line, false, format, args...) }

// within returns a line that the document has: the YAML library counts one too many at the end.
func (r *reader) within(line int) int {
	if r.lines > 0 {
		line = min(line, r.lines)
	}
	return max(line, 1)
}

// add keeps a finding. Of too many it keeps the fatal ones.
func (r *reader) add(line int, fatal bool, format string, args ...any) {
	if len(r.out.Findings) <= maxFindings || fatal && len(r.out.Findings) <= 2*maxFindings {
		r.out.Findings = append(r.out.Findings, Finding{r.within(line), fatal, truncate(fmt.Sprintf(format, args...), maxText)})
	}
}
