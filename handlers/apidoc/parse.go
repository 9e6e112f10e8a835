package apidoc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// startOfJSON distinguishes JSON from YAML, whose parser supports only some escapes of JSON.
var startOfJSON = regexp.MustCompile(`^\s*\{\s*"`)

// parse returns the tree of a document, or nil.
func (r *reader) parse(text []byte) *yaml.Node {
	switch {
	case !utf8.Valid(text) || bytes.ContainsRune(text, 0):
		r.fatal(0, "The document is not UTF-8 text.")
		return nil
	case len(bytes.TrimSpace(text)) == 0:
		r.fatal(0, "The document is empty.")
		return nil
	}
	if bytes.Count(text, []byte(","))+bytes.Count(text, []byte("\n")) > maxValues {
		r.tooMany()
		return nil
	}
	var broken *json.SyntaxError
	if startOfJSON.Match(text) {
		var whole json.RawMessage
		err := json.Unmarshal(text, &whole)
		if err == nil {
			return newJSONReader(r.ctx, text).value()
		}
		line := 0
		if errors.As(err, &broken) {
			line = 1 + bytes.Count(text[:min(int(broken.Offset), len(text))], []byte("\n"))
		}
		r.fatal(line, "This isn't well-formed JSON: %s.", err.Error())
		return nil
	}
	var document yaml.Node
	err := yaml.NewDecoder(&stoppableReader{r.ctx, bytes.NewReader(text)}).Decode(&document)
	switch {
	case r.ended() || errors.Is(err, io.EOF):
		r.fatal(0, "The document is empty.")
	case err == nil && len(document.Content) == 1:
		return document.Content[0]
	case err != nil:
		line := 0
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			line, _ = strconv.Atoi(m[1])
		}
		r.fatal(line, "This isn't well-formed YAML: %s.", strings.TrimPrefix(err.Error(), "yaml: "))
	default:
		r.fatal(0, "The document is empty.")
	}
	return nil
}

// stoppableReader ends the YAML library's work when the context ends.
type stoppableReader struct {
	ctx context.Context
	io.Reader
}

func (s *stoppableReader) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.Reader.Read(p)
}

func (r *reader) tooMany() {
	r.fatal(0, "The document has more than %d values, with each alias counted in full. Split it into several documents.", maxValues)
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

// jsonReader makes the same tree from JSON that the YAML library makes from YAML.
type jsonReader struct {
	ctx     context.Context
	text    []byte
	decoder *json.Decoder
	at      int64 // the offset up to which lines are counted
	line    int
	depth   int
}

func newJSONReader(ctx context.Context, text []byte) *jsonReader {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return &jsonReader{ctx: ctx, text: text, decoder: d, line: 1}
}

// value reads the next value; the text is known to be well-formed. It leaves out everything
// below maxDepth: checkTree refuses such a document anyway.
func (j *jsonReader) value() *yaml.Node {
	token, err := j.decoder.Token()
	if err != nil {
		return scalar("!!null", "null", j.line)
	}
	end := j.decoder.InputOffset()
	j.line += bytes.Count(j.text[j.at:end], []byte("\n"))
	j.at = end
	switch token := token.(type) {
	case json.Delim:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: j.line}
		if token == '[' {
			n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
		}
		j.depth++
		for j.ctx.Err() == nil && j.decoder.More() {
			if v := j.value(); j.depth <= maxDepth+1 {
				n.Content = append(n.Content, v)
			}
		}
		j.depth--
		_, _ = j.decoder.Token() // the bracket that More has seen
		return n
	case string:
		return scalar("!!str", token, j.line)
	case json.Number:
		return scalar("!!float", token.String(), j.line)
	case bool:
		return scalar("!!bool", strconv.FormatBool(token), j.line)
	}
	return scalar("!!null", "null", j.line)
}

func scalar(tag, value string, line int) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value, Line: line}
}

// checkTree refuses what JSON can't express, deep nesting, duplicate keys and too many values. It puts what an alias
// stands for in its place, so that nothing that reads the tree later sees an alias; an alias inside of what it stands
// for nests too deep, and a few that multiply have too many values.
func (r *reader) checkTree(n *yaml.Node, depth int) bool {
	if r.values++; r.values > maxValues {
		r.tooMany()
		return false
	}
	if r.ended() {
		return false
	}
	if depth > maxDepth {
		r.fatal(n.Line, "The document nests deeper than %d levels.", maxDepth)
		return false
	}
	for i, c := range n.Content {
		if c.Kind == yaml.AliasNode {
			n.Content[i] = c.Alias
		}
	}
	valid := true
	if n.Kind == yaml.MappingNode {
		keys := map[string]bool{}
		each(n, func(key, _ *yaml.Node) {
			switch {
			case key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge":
				r.fatal(key.Line, "This is a YAML merge (<<), which JSON doesn't have. Write out the fields that it adds.")
				valid = false
			case key.Kind != yaml.ScalarNode:
				r.fatal(key.Line, "This key isn't text, which JSON doesn't allow.")
				valid = false
			case keys[key.Value]:
				r.fatal(key.Line, "The key %s appears twice in one object.", key.Value)
				valid = false
			}
			keys[key.Value] = true
		})
	}
	for _, c := range n.Content {
		if !r.checkTree(c, depth+1) {
			return false
		}
	}
	return valid
}

var errTooLong = errors.New("it gets too long")

// limitedBuffer is a buffer that doesn't grow beyond a limit.
type limitedBuffer struct {
	bytes.Buffer
	most int
}

func (l *limitedBuffer) add(text []byte) error {
	if l.Len()+len(text) > l.most {
		return errTooLong
	}
	l.Write(text)
	return nil
}

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// writeNode writes a tree as JSON, in its order.
func writeNode(out *limitedBuffer, n *yaml.Node) error {
	switch n.Kind {
	case yaml.MappingNode:
		return writeItems(out, "{}", n.Content, func(i int) string { return ":,"[i%2 : i%2+1] }, 2)
	case yaml.SequenceNode:
		return writeItems(out, "[]", n.Content, func(int) string { return "," }, 0)
	}
	return writeScalar(out, n)
}

// writeItems writes items between two brackets, each followed by its separator. If keys is 2,
// every second item is a key and written as a string.
func writeItems(out *limitedBuffer, brackets string, items []*yaml.Node, separator func(i int) string, keys int) error {
	if err := out.add([]byte(brackets[:1])); err != nil {
		return err
	}
	for i, item := range items {
		if keys == 2 && i%2 == 0 {
			item = scalar("!!str", item.Value, item.Line)
		}
		if err := writeNode(out, item); err != nil {
			return err
		}
		if i < len(items)-1 {
			if err := out.add([]byte(separator(i))); err != nil {
				return err
			}
		}
	}
	return out.add([]byte(brackets[1:]))
}

func writeScalar(out *limitedBuffer, n *yaml.Node) error {
	var v any = n.Value
	switch n.ShortTag() {
	case "!!int", "!!float":
		if jsonNumber.MatchString(n.Value) {
			return out.add([]byte(n.Value))
		}
		if err := n.Decode(&v); err != nil {
			return err
		}
	case "!!bool", "!!null":
		if err := n.Decode(&v); err != nil {
			return err
		}
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return out.add(text)
}
