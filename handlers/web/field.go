package web

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"gatepost/handlers/hub"
	"gatepost/views/words"
)

// ReadFields reads a JSON body as ReadJSON does, and refuses what v has no field for: a misspelled field
// would otherwise be lost without a word. It also refuses null, unless the field's type is NullTime or its
// tag is null:"clear", with which null means the empty value. The error is a *hub.Invalid with every such
// field, those of objects in the body by a path such as filter.q.
func ReadFields(w http.ResponseWriter, r *http.Request, v any) error {
	fields, err := readObject(w, r)
	if err != nil {
		return err
	}
	bad := &hub.Invalid{}
	checkFields(bad, "", reflect.TypeOf(v).Elem(), fields)
	if err := bad.OrNil(); err != nil {
		return err
	}
	return fill(reflect.ValueOf(v).Elem(), fields)
}

// NoFields reads the body of a request without fields: no body at all, or an empty JSON object.
func NoFields(w http.ResponseWriter, r *http.Request) error {
	if empty, err := EmptyBody(r); empty || err != nil {
		return err
	}
	return ReadFields(w, r, &struct{}{})
}

// checkFields adds the fields that t does not have, and the nulls that it does not take. The path is that
// of the object in the body.
func checkFields(bad *hub.Invalid, path string, t reflect.Type, fields map[string]json.RawMessage) {
	known := fieldsOf(t)
	names := make([]string, len(known))
	for i, f := range known {
		names[i] = jsonName(f)
	}
	given := make([]string, 0, len(fields))
	for name := range fields {
		given = append(given, name)
	}
	slices.Sort(given)
	for _, name := range given {
		i := slices.Index(names, name)
		if i < 0 {
			bad.Add(path+NameOf(name), "%s", Unknown("field", name, names))
			continue
		}
		f, raw := known[i], fields[name]
		if string(raw) == "null" {
			if f.Type != reflect.TypeFor[NullTime]() && !clears(f) {
				bad.Add(path+name, "This can't be null. Send %s, or leave it out.", typeName(f.Type))
			}
			continue
		}
		var inner map[string]json.RawMessage
		if object, ok := objectOf(f.Type); ok && json.Unmarshal(raw, &inner) == nil {
			checkFields(bad, path+name+".", object, inner)
		}
	}
}

// fieldsOf lists the fields of a struct that have a key, with those of embedded structs.
func fieldsOf(t reflect.Type) (out []reflect.StructField) {
	for i := range t.NumField() {
		f := t.Field(i)
		if jsonName(f) == "" {
			out = append(out, fieldsOf(f.Type)...)
		} else {
			out = append(out, f)
		}
	}
	return out
}

// objectOf returns the struct that a field of this type is filled from, if it is one of keys of its own.
func objectOf(t reflect.Type) (reflect.Type, bool) {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return nil, false // such as a time
	}
	if t.Kind() == reflect.Pointer {
		return objectOf(t.Elem())
	}
	return t, t.Kind() == reflect.Struct
}

// clears reports whether null means the field's empty value.
func clears(f reflect.StructField) bool { return f.Tag.Get("null") == "clear" }

// maxName is the longest name of an unknown field that an error repeats, in characters.
const maxName = 100

// NameOf returns a name that a client made up, fit for an error: short, and without characters that
// would not show.
func NameOf(name string) string {
	name = words.Harmless(name)
	if utf8.RuneCountInString(name) > maxName {
		name = string([]rune(name)[:maxName]) + "…"
	}
	return name
}

// Unknown says that a request has no field or parameter of that name, and which one may be meant.
func Unknown(what, name string, known []string) string {
	text := "There is no such " + what + " in this request."
	if like := closest(name, known); like != "" {
		return text + " Did you mean " + like + "?"
	}
	if len(known) == 0 {
		return "This request takes no " + what + "s."
	}
	return text + " It takes " + strings.Join(slices.Sorted(slices.Values(known)), ", ") + "."
}

// closest returns the name that was probably meant: the same one in another style (displayName,
// display-name), one that begins with it or the other way round, or one with up to two letters other.
func closest(name string, known []string) string {
	plain := plainName(name)
	if len(plain) < 2 || len(plain) > maxName {
		return ""
	}
	best, least := "", 3
	for _, k := range known {
		distance := 3
		switch other := plainName(k); {
		case other == plain:
			distance = 0
		case len(plain) >= 4 && len(other) >= 4 && (strings.HasPrefix(other, plain) || strings.HasPrefix(plain, other)):
			distance = 1
		default:
			if d := editDistance(plain, other); d < min(len(plain), len(other))/2 {
				distance = d
			}
		}
		if distance < least {
			best, least = k, distance
		}
	}
	return best
}

// plainName drops what differs between styles of names: the case of letters, and what is between words.
func plainName(name string) string {
	return strings.NewReplacer("_", "", "-", "", ".", "", " ", "").Replace(strings.ToLower(name))
}

// editDistance is Levenshtein's, in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
