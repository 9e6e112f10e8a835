package openapi

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// values makes up what requests hold: mostly what a schema asks for, and what it does not.
// The same seed makes up the same.
type values struct {
	*rand.Rand
	known map[string][]string // what there is on the server, by the name of a field or parameter
	one   int                 // which of the known things the request is about
	path  string              // of the operation
	plain bool                // the request is to do well: nothing odd, nothing that it can do without
}

// knows gives what is known by a name, for the operation or for all.
func (v values) knows(name string) (string, bool) {
	for _, key := range []string{v.path + " " + name, name} {
		if of := v.known[key]; len(of) > 0 {
			return of[v.one%len(of)], true
		}
	}
	return "", false
}

// leavesOut says whether the request is to go without a parameter or field. A plain one has
// what is required, what is known for the operation, and its team.
func (v values) leavesOut(name string, required bool) bool {
	if v.plain {
		return !required && v.known[v.path+" "+name] == nil && name != "team" && name != "solution-key"
	}
	return !required && v.IntN(2) == 0
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// oddTexts are texts that trip programs up.
var oddTexts = []string{
	"", " ", "0", "-1", "null", "true", "é", "☃", "日本語", "👩‍👩‍👧‍👦", "\u202eright to left", "\ufeff", "e\u0301", "\x00", "a\x00b", "a\xffb", "a\nb", "\t", "\x7f", "\u2028",
	"'; DROP TABLE apps; --", "%", "%_\\", "<script>", "{{7*7}}", "../../etc/passwd", "a/b", "?", "#", "\"", "9223372036854775808", "1e400", "0x10", "NaN",
	strings.Repeat("x", 300), strings.Repeat("☃", 2000), strings.Repeat("x", 70_000),
}

func (v values) oddText() string {
	if v.IntN(20) > 0 {
		return oddTexts[v.IntN(len(oddTexts)-2)] // the two long ones are seldom
	}
	return pick(v.Rand, oddTexts...)
}

// text is a usual text, or the name of something on the server.
func (v values) text(name string, s *openapi3.Schema) string {
	if strings.HasPrefix(name, "unique") && (v.plain || v.IntN(2) == 0) {
		return fmt.Sprintf("NEW-%d", v.IntN(1_000_000))
	}
	if name == "audience" && (v.plain || v.IntN(2) == 0) {
		return fmt.Sprintf("urn:new:%d", v.IntN(1_000_000))
	}
	if value, ok := v.knows(name); ok && (v.plain || v.IntN(4) > 0) {
		return value
	}
	switch s.Format {
	case "date-time":
		return time.Unix(1_700_000_000+v.Int64N(300_000_000), 0).UTC().Format(time.RFC3339)
	case "uri":
		return "https://a.example/" + fmt.Sprint(v.IntN(100))
	}
	text := pick(v.Rand, "Bed", "Lamp ", "Tür", "Насос", "ポンプ") + fmt.Sprint(v.IntN(1000))
	if n := int(s.MinLength); len(text) < n {
		text += strings.Repeat("x", n-len(text))
	}
	if s.MaxLength != nil && len(text) > int(*s.MaxLength) {
		text = strings.ToValidUTF8(text[:*s.MaxLength], "")
	}
	return text
}

// good makes up a value that fits a schema, or nearly: patterns are left to chance.
func (v values) good(name string, ref *openapi3.SchemaRef, depth int) any {
	s := ref.Value
	if of := v.known[v.path+" "+name]; v.plain && len(of) > 0 && !s.Type.Includes("array") {
		return of[v.one%len(of)]
	}
	switch {
	case s.Const != nil:
		return s.Const
	case len(s.Enum) > 0:
		return pick(v.Rand, s.Enum...)
	case len(s.OneOf) > 0:
		return v.good(name, pick(v.Rand, s.OneOf...), depth+1)
	case len(s.AllOf) > 0:
		out := map[string]any{}
		for _, part := range s.AllOf {
			if m, ok := v.good(name, part, depth+1).(map[string]any); ok {
				for k, x := range m {
					out[k] = x
				}
			}
		}
		return out
	case s.Type == nil || depth > 8:
		return v.odd()
	}
	switch pick(v.Rand, s.Type.Slice()...) {
	case "object":
		out := map[string]any{}
		for _, key := range sorted(s.Properties) {
			if !v.leavesOut(key, slices.Contains(s.Required, key)) {
				out[key] = v.good(key, s.Properties[key], depth+1)
			}
		}
		return out
	case "array":
		var out []any
		n := v.IntN(3)
		if v.plain {
			n = 1
		}
		for range n {
			out = append(out, v.good(name, s.Items, depth+1))
		}
		return append([]any{}, out...)
	case "integer", "number":
		low, high := 0.0, 1000.0
		if s.Min != nil {
			low = *s.Min
		}
		if s.Max != nil {
			high = *s.Max
		}
		return int64(low) + v.Int64N(max(1, int64(high-low)+1))
	case "boolean":
		return v.IntN(2) == 0
	case "null":
		return nil
	}
	return v.text(name, s)
}

func sorted[T any](m map[string]T) (keys []string) {
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// odd is any value at all.
func (v values) odd() any {
	deep := any("deep")
	for range v.IntN(40) {
		deep = []any{deep}
	}
	return pick[any](v.Rand, nil, true, false, 0, -1, 1.5, int64(1)<<62, json.Number("1e400"), json.Number("-0"), v.oddText(), []any{}, any([]any{nil}),
		any([]any{v.oddText(), v.oddText()}), any(map[string]any{}), any(map[string]any{v.oddText(): v.oddText()}), deep)
}

// spoil changes a body in one or two places.
func (v values) spoil(body any) any {
	m, ok := body.(map[string]any)
	if !ok {
		return v.odd()
	}
	keys := sorted(m)
	for range 1 + v.IntN(2) {
		if len(keys) == 0 {
			m[v.oddText()] = v.odd()
			continue
		}
		key := pick(v.Rand, keys...)
		switch v.IntN(5) {
		case 0:
			delete(m, key)
		case 1:
			m[key+v.oddText()] = v.odd()
		case 2:
			m[key] = v.oddText()
		case 3:
			m[key] = nil
		default:
			m[key] = v.odd()
		}
	}
	return m
}

// oddBodies are no JSON, or hardly.
var oddBodies = []string{
	"", " ", "null", "[]", "{", "}", "{}{}", `"text"`, "1", `{"name": "\ud800"}`, `{"name": "a", "name": "b"}`, `{"name": "a", "\u006eame": "b"}`, "\ufeff{}", "{\"name\": \"\xff\"}",
	"{\x00}", `{"name": 1e999}`, "{'name': 1}", strings.Repeat("[", 5000), strings.Repeat(`{"a":`, 5000), strings.Repeat(" ", 70_000) + "{}", "a=b&a=c", "a=%zz", "%00=%ff",
}
