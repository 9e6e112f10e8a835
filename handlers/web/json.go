package web

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// ReadJSON reads a body of application/json, of at most 64 KiB, into the struct that v points to. The
// body is one object in UTF-8, without a byte order mark, repeated keys or half surrogate pairs. Keys
// are the exact json tags of v's fields; others are ignored. A value of the wrong type, also null, is
// refused with the key's name. Pointer fields of v accept null as missing.
func ReadJSON(w http.ResponseWriter, r *http.Request, v any) error {
	fields, err := readObject(w, r)
	if err != nil {
		return err
	}
	return fill(reflect.ValueOf(v).Elem(), fields)
}

// readObject reads the keys and values of ReadJSON's body.
func readObject(w http.ResponseWriter, r *http.Request) (map[string]json.RawMessage, error) {
	body, err := readBody(w, r, "application/json")
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, BadRequest("The body is empty: send a JSON object.")
	}
	if err := checkJSON(body); err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		return nil, BadRequest("The body must be a JSON object.")
	}
	return fields, nil
}

// NullTime is a time in a JSON body for which null (At is zero) differs from a missing key.
type NullTime struct {
	Given bool
	At    time.Time
}

// UnmarshalJSON reads a time.
func (t *NullTime) UnmarshalJSON(text []byte) error {
	t.Given = true
	return json.Unmarshal(text, &t.At)
}

// checkJSON refuses what encoding/json would silently repair.
func checkJSON(body []byte) error {
	switch {
	case bytes.HasPrefix(body, []byte("\xef\xbb\xbf")):
		return BadRequest("The body starts with a byte order mark: send plain UTF-8.")
	case !utf8.Valid(body):
		return BadRequest("The body is not UTF-8.")
	case !json.Valid(body):
		return BadRequest("The body is not well-formed JSON.")
	}
	if err := checkEscapes(body); err != nil {
		return err
	}
	return checkKeys(body)
}

// checkEscapes refuses an escaped NUL and half a surrogate pair. As the body is well-formed, backslashes
// occur only inside strings.
func checkEscapes(body []byte) error {
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		i++
		if body[i] != 'u' {
			continue
		}
		unit := hexUnit(body[i+1:])
		i += 4
		switch {
		case unit == 0:
			return BadRequest("The body has a NUL character in a string.")
		case unit >= 0xDC00 && unit <= 0xDFFF:
			return BadRequest("The body has half a surrogate pair in a string.")
		case unit >= 0xD800 && unit <= 0xDBFF:
			if !bytes.HasPrefix(body[i+1:], []byte(`\u`)) {
				return BadRequest("The body has half a surrogate pair in a string.")
			}
			if low := hexUnit(body[i+3:]); low < 0xDC00 || low > 0xDFFF {
				return BadRequest("The body has half a surrogate pair in a string.")
			}
			i += 6
		}
	}
	return nil
}

// hexUnit parses the four digits of an escape.
func hexUnit(b []byte) uint64 {
	unit, _ := strconv.ParseUint(string(b[:4]), 16, 16)
	return unit
}

// checkKeys refuses deep nesting and an object that repeats a key, also with other escapes.
func checkKeys(body []byte) error {
	type level struct {
		keys  map[string]bool // nil in an array
		value bool            // the next token is a key's value
	}
	var open []level
	for d := json.NewDecoder(bytes.NewReader(body)); ; {
		token, err := d.Token()
		if err != nil {
			if err == io.EOF {
				return nil
			}
			return BadRequest("The body is not well-formed JSON.")
		}
		var top *level
		if len(open) > 0 {
			top = &open[len(open)-1]
		}
		if key, ok := token.(string); ok && top != nil && top.keys != nil && !top.value {
			if top.keys[key] {
				return twice("The body has a key more than once.")
			}
			top.keys[key], top.value = true, true
			continue
		}
		if top != nil {
			top.value = false
		}
		switch token {
		case json.Delim('{'):
			open = append(open, level{keys: map[string]bool{}})
		case json.Delim('['):
			open = append(open, level{})
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		}
		if len(open) > maxDepth {
			return BadRequest("The body nests deeper than %d levels.", maxDepth)
		}
	}
}

// fill sets the fields of a struct by their exact json tags.
func fill(v reflect.Value, fields map[string]json.RawMessage) error {
	for i := range v.NumField() {
		name, field := jsonName(v.Type().Field(i)), v.Field(i)
		if name == "" { // an embedded struct
			if err := fill(field, fields); err != nil {
				return err
			}
			continue
		}
		raw, ok := fields[name]
		if !ok {
			continue
		}
		if err := fillField(v.Type().Field(i), field, name, raw); err != nil {
			return err
		}
	}
	return nil
}

func fillField(f reflect.StructField, field reflect.Value, name string, raw json.RawMessage) error {
	isNull := string(raw) == "null"
	switch {
	case isNull && f.Type == reflect.TypeFor[NullTime]():
		field.Set(reflect.ValueOf(NullTime{Given: true}))
		return nil
	case isNull && clears(f):
		if f.Type.Kind() == reflect.Pointer {
			field.Set(reflect.New(f.Type.Elem()))
		}
		return nil
	case isNull && f.Type.Kind() == reflect.Pointer:
		return nil
	}
	if isNull || holdsNull(raw) || json.Unmarshal(raw, field.Addr().Interface()) != nil {
		e := BadRequest("%s must be %s.", name, typeName(f.Type))
		e.Field = name
		return e
	}
	return nil
}

// jsonName returns the key of a field, empty for an embedded struct.
func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// holdsNull reports whether raw is a list with null in it, for which encoding/json would use the zero
// value.
func holdsNull(raw json.RawMessage) bool {
	var list []json.RawMessage
	return json.Unmarshal(raw, &list) == nil && slices.ContainsFunc(list, func(m json.RawMessage) bool { return string(m) == "null" })
}

// typeName describes a Go type in terms of JSON.
func typeName(t reflect.Type) string {
	if t == reflect.TypeFor[time.Time]() {
		return "a time like 2026-01-31T12:00:00Z"
	}
	if t == reflect.TypeFor[NullTime]() {
		return "a time like 2026-01-31T12:00:00Z, or null"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.String {
			return "a list of strings"
		}
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	}
	return "a whole number"
}
