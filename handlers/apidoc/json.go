package apidoc

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonReader makes a tree from JSON (RFC 8259). Package encoding/json has neither lines nor sentences for people.
type jsonReader struct {
	ctx    context.Context
	text   string
	at     int // offset of the next byte
	line   int
	depth  int
	values int
	report reporter
}

// broken is a place in a text that isn't well-formed, in words.
type broken struct {
	line int
	says string
}

func (b *broken) Error() string { return b.says }

// parseJSON returns the tree of a text; its error is a *broken or the context's.
func parseJSON(ctx context.Context, text string, report reporter) (*node, error) {
	j := &jsonReader{ctx: ctx, text: text, line: 1, report: report}
	n, err := j.value()
	if err != nil {
		return nil, err
	}
	if j.space(); j.at < len(j.text) {
		return nil, j.bad("the document ends, but %s follows", j.rest())
	}
	return n, nil
}

func (j *jsonReader) bad(format string, args ...any) error {
	why := fmt.Sprintf(format, args...)
	return &broken{j.line, "This isn't well-formed JSON. " + strings.ToUpper(why[:1]) + why[1:] + "."}
}

// rest quotes what is next.
func (j *jsonReader) rest() string {
	if j.at >= len(j.text) {
		return "nothing"
	}
	word, _, _ := strings.Cut(j.text[j.at:min(len(j.text), j.at+40)], "\n")
	return strconv.Quote(strings.ToValidUTF8(strings.TrimSpace(word), ""))
}

func (j *jsonReader) space() {
	for ; j.at < len(j.text); j.at++ {
		switch j.text[j.at] {
		case '\n':
			j.line++
		case ' ', '\t', '\r':
		default:
			return
		}
	}
}

// next says what the next byte is after white space; 0 at the end.
func (j *jsonReader) next() byte {
	if j.space(); j.at < len(j.text) {
		return j.text[j.at]
	}
	return 0
}

var (
	jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)
	notInAWord = " \t\r\n,:]}[{\""
)

func (j *jsonReader) value() (*node, error) {
	if err := j.ctx.Err(); err != nil {
		return nil, err
	}
	c := j.next()
	if j.values++; j.values > maxValues {
		return nil, tooMany(j.line)
	}
	switch c {
	case 0:
		return nil, j.bad("it ends where a value belongs")
	case '{', '[':
		return j.container(c)
	case '"':
		line := j.line
		s, err := j.string()
		return &node{kind: text, value: s, line: int32(line)}, err
	}
	end := strings.IndexAny(j.text[j.at:], notInAWord)
	if end < 0 {
		end = len(j.text) - j.at
	}
	n := &node{value: j.text[j.at : j.at+end], line: int32(j.line)}
	switch {
	case n.value == "null":
	case n.value == "true" || n.value == "false":
		n.kind = boolean
	case jsonNumber.MatchString(n.value):
		n.kind = number
	default:
		return nil, j.bad("a value belongs in the place of %s", j.rest())
	}
	j.at += end
	return n, nil
}

// container reads a list or an object. open is its bracket.
func (j *jsonReader) container(open byte) (*node, error) {
	n, end := &node{kind: object, line: int32(j.line)}, byte('}')
	if open == '[' {
		n.kind, end = list, ']'
	}
	if j.depth++; j.depth > maxDepth+1 {
		return nil, tooDeep(j.line)
	}
	j.at++
	for first := true; ; first = false {
		switch c := j.next(); {
		case c == end && first:
			j.at++
			j.depth--
			return n, nil
		case c == end:
			return nil, j.bad("a comma isn't followed by anything. Remove the comma before %s", j.rest())
		}
		if n.kind == object {
			if err := j.key(n); err != nil {
				return nil, err
			}
		}
		v, err := j.value()
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, v)
		switch c := j.next(); c {
		case end:
			j.at++
			j.depth--
			twice(n, j.report)
			return n, nil
		case ',':
			j.at++
		default:
			return nil, j.bad("a comma or %c belongs in the place of %s", end, j.rest())
		}
	}
}

// key reads a key of an object and the colon after it.
func (j *jsonReader) key(n *node) error {
	if j.next() != '"' {
		return j.bad("a key in double quotes belongs in the place of %s", j.rest())
	}
	line := j.line
	s, err := j.string()
	if err != nil {
		return err
	}
	n.items = append(n.items, newText(s, line))
	j.values++
	if j.next() != ':' {
		return j.bad("a colon belongs after the key %q, in the place of %s", truncate(s, 60), j.rest())
	}
	j.at++
	return nil
}

// string reads a string, which shares the memory of the text if it has no escapes.
func (j *jsonReader) string() (string, error) {
	j.at++
	start := j.at
	var b strings.Builder
	for j.at < len(j.text) {
		switch c := j.text[j.at]; {
		case c == '"':
			j.at++
			if b.Len() == 0 {
				return j.text[start : j.at-1], nil
			}
			b.WriteString(j.text[start : j.at-1])
			return b.String(), nil
		case c < ' ':
			return "", j.bad("a text has a line break or another control character in it. Write \\n for a line break")
		case c != '\\':
			j.at++
		default:
			b.WriteString(j.text[start:j.at])
			escaped, length := unescape(j.text[j.at:])
			if length == 0 {
				return "", j.bad("the escape %s means nothing. Write \\\\ for a backslash", strconv.Quote(strings.ToValidUTF8(j.text[j.at:min(len(j.text), j.at+2)], "")))
			}
			b.WriteString(escaped)
			j.at += length
			start = j.at
		}
	}
	return "", j.bad("a text isn't closed. Write a double quote at its end")
}

var escapes = map[byte]string{'"': `"`, '\\': `\`, '/': "/", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t"}

// unescape returns what an escape at the start of s stands for, and its length; 0 if it isn't one.
func unescape(s string) (string, int) {
	if len(s) < 2 {
		return "", 0
	}
	if out, ok := escapes[s[1]]; ok {
		return out, 2
	}
	first, ok := hex4(s)
	if !ok {
		return "", 0
	}
	if second, ok := hex4(s[6:]); ok && utf16.IsSurrogate(first) {
		if both := utf16.DecodeRune(first, second); both != utf8.RuneError {
			return string(both), 12
		}
	}
	return string(first), 6 // half of a pair becomes U+FFFD
}

func hex4(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(n), err == nil
}
