package apidoc

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	faults "github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// violations reports what the specification's schema says against an object at a place of the document.
func (r *reader) violations(bad *jsonschema.ValidationError, n *node, at place) {
	said := map[string]bool{}
	for _, leaf := range r.leaves(bad, n) {
		subject, key, where := step(n, leaf.InstanceLocation, at)
		if subject == nil {
			continue
		}
		name := title(where)
		line, fatal, text := r.sentence(leaf, subject, key, where)
		if text = strings.Replace(text, "@", name, 1); text != "" && !said[text] {
			said[text] = true
			r.add(line, fatal, "%s", text)
		}
	}
}

// title names a place at the start of a sentence.
func title(at place) string {
	if len(at) == 0 {
		return "The document"
	}
	return strings.TrimSuffix(at.String(), ":")
}

// leaves returns the errors that say what is wrong. Of the forms that an object can have, it takes that which the object is
// closest to.
func (r *reader) leaves(e *jsonschema.ValidationError, root *node) (out []*jsonschema.ValidationError) {
	switch k := e.ErrorKind.(type) {
	case *faults.OneOf:
		if len(e.Causes) == 0 || len(k.Subschemas) > 1 {
			return []*jsonschema.ValidationError{e}
		}
		return r.closest(e, root)
	case *faults.AnyOf:
		return r.closest(e, root)
	}
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	for _, c := range e.Causes {
		out = append(out, r.leaves(c, root)...)
	}
	if len(out) > 1 { // that several forms fit says nothing where a form is broken
		out = slices.DeleteFunc(out, func(l *jsonschema.ValidationError) bool {
			_, several := l.ErrorKind.(*faults.OneOf)
			return several && len(out) > 1 && slices.ContainsFunc(out, func(o *jsonschema.ValidationError) bool {
				_, too := o.ErrorKind.(*faults.OneOf)
				return !too && slices.Equal(o.InstanceLocation, l.InstanceLocation)
			})
		})
	}
	return out
}

// closest returns the errors of the form that an object is closest to: a reference if it has a $ref, the type or place that
// it names, and then the one with the fewest errors.
func (r *reader) closest(e *jsonschema.ValidationError, root *node) (best []*jsonschema.ValidationError) {
	least, forms, onlyMissing := 0, 0, true
	subject, _, _ := step(root, e.InstanceLocation, nil)
	for _, c := range e.Causes {
		if strings.HasSuffix(reference(c), "/Reference") {
			if subject.child("$ref") == nil {
				continue
			}
			return r.leaves(c, root)
		}
		all := r.leaves(c, root)
		score := len(all)
		forms++
		for _, l := range all {
			_, missing := l.ErrorKind.(*faults.Required)
			onlyMissing = onlyMissing && missing && len(all) == 1 && len(l.InstanceLocation) == len(e.InstanceLocation)
			switch l.ErrorKind.(type) {
			case *faults.Enum, *faults.Const:
				if len(l.InstanceLocation) == len(e.InstanceLocation)+1 && (last(l) == "in" || last(l) == "type") {
					score += 100 // another form altogether
				}
			case *faults.Type:
				if len(l.InstanceLocation) == len(e.InstanceLocation) {
					score += 100
				}
			}
		}
		if best == nil || score < least {
			best, least = all, score
		}
	}
	if onlyMissing && forms > 1 {
		return []*jsonschema.ValidationError{e}
	}
	// No form is of the type that the object says it is.
	if least >= 100 && forms > 1 {
		var want []any
		for _, c := range e.Causes {
			for _, l := range r.leaves(c, root) {
				if k, ok := l.ErrorKind.(*faults.Enum); ok && len(l.InstanceLocation) == len(e.InstanceLocation)+1 && (last(l) == "in" || last(l) == "type") {
					want = append(want, k.Want...)
					best = []*jsonschema.ValidationError{{InstanceLocation: l.InstanceLocation, ErrorKind: &faults.Enum{Want: want}}}
				}
			}
		}
	}
	return best
}

func reference(e *jsonschema.ValidationError) string {
	if k, ok := e.ErrorKind.(*faults.Reference); ok {
		return k.URL
	}
	return ""
}

func last(e *jsonschema.ValidationError) string {
	if len(e.InstanceLocation) == 0 {
		return ""
	}
	return e.InstanceLocation[len(e.InstanceLocation)-1]
}

// sentence says in words what is wrong with n, whose place stands for the @ in the text, and what to write instead. It
// mends what has one meaning.
func (r *reader) sentence(e *jsonschema.ValidationError, n, key *node, at place) (line int, fatal bool, says string) {
	line = n.at()
	if key != nil {
		line = key.at()
	}
	switch k := e.ErrorKind.(type) {
	case *faults.Required:
		if len(k.Missing) == 1 && k.Missing[0] == "required" && n.child("in") != nil {
			return line, false, "@ is a parameter in the path, so it needs required: true."
		}
		return line, false, fmt.Sprintf("@ lacks the %s. Add %s.", fields(k.Missing), it(k.Missing))
	case *faults.Type:
		return r.wrongType(k, n)
	case *faults.Enum:
		return n.at(), false, fmt.Sprintf("@ can't be %s. Write %s.", n.quote(), choices(k.Want))
	case *faults.Const:
		return n.at(), false, fmt.Sprintf("@ can't be %s. Write %s.", n.quote(), choices([]any{k.Want}))
	case *faults.AdditionalProperties:
		if len(k.Properties) > 0 {
			unknown := slices.Sorted(slices.Values(k.Properties))[0]
			return n.key(unknown).at(), false, r.unknown("@", unknown, at)
		}
	case *faults.FalseSchema:
		parent := at[:max(len(at)-1, 0)]
		return line, false, r.unknown(title(parent), last(e), parent)
	case *faults.MinProperties, *faults.MinItems:
		return line, false, "@ is empty. Add what belongs there, or leave it out."
	case *faults.MaxProperties:
		return line, false, "@ has more than one entry. Keep one."
	case *faults.UniqueItems:
		return n.at(), false, fmt.Sprintf("@ has the same item twice: items %d and %d. Remove one of them.", k.Duplicates[0]+1, k.Duplicates[1]+1)
	case *faults.Minimum, *faults.ExclusiveMinimum:
		return n.at(), false, fmt.Sprintf("@ can't be %s. Write a larger number.", n.quote())
	case *faults.Pattern:
		return n.at(), false, fmt.Sprintf("@ can't be %s. Write it as the OpenAPI specification shows it.", n.quote())
	case *faults.Not, *faults.OneOf, *faults.AnyOf:
		return line, false, r.excluded(e, n)
	}
	return line, false, "@ isn't as the OpenAPI specification says. Compare it with the specification's example."
}

// wrongType says what a value must be. It makes a text of a number, true, false or nothing that is in the place of a text,
// and an empty object or list of nothing.
func (r *reader) wrongType(k *faults.Type, n *node) (line int, fatal bool, says string) {
	wants := func(t string) bool { return slices.Contains(k.Want, t) }
	switch {
	case n.is(null) && (wants("object") || wants("array") || wants("string")):
		n.kind, n.value = text, ""
		what := "a text"
		if wants("object") {
			n.kind, what = object, "{}"
		} else if wants("array") {
			n.kind, what = list, "[]"
		}
		return n.at(), false, fmt.Sprintf("@ is empty. Write %s, or leave it out.", what)
	case wants("string") && (n.is(number) || n.is(boolean)):
		n.kind = text
		return n.at(), false, fmt.Sprintf("@ isn't text. Write it in quotes: %s.", n.quote())
	case wants("object"):
		return n.at(), r.misplaced[n], fmt.Sprintf("@ must be an object, not %s. Write its fields as name: value.", n.quote())
	case wants("array"):
		return n.at(), r.misplaced[n], fmt.Sprintf("@ must be a list, not %s. Write it in [ ], or each item after a dash.", n.quote())
	case wants("string"):
		return n.at(), false, fmt.Sprintf("@ must be text, not %s.", n.quote())
	case wants("boolean"):
		return n.at(), false, fmt.Sprintf("@ must be true or false, not %s.", n.quote())
	}
	return n.at(), false, fmt.Sprintf("@ must be a number, not %s.", n.quote())
}

func (r *reader) unknown(name, field string, at place) string {
	version := "3.0"
	if r.later {
		version = "3.1"
	}
	if len(at) > 0 && at[len(at)-1] == "responses" {
		return fmt.Sprintf("%s has %q, which isn't a status. Write one such as 200, 4XX or default.", name, truncate(field, 60))
	}
	return fmt.Sprintf("%s has the field %q, which OpenAPI %s doesn't have there. Correct its name, remove it, or start it with x-.", name, truncate(field, 60), version)
}

// excluded says which fields exclude each other, as the schema lists them.
func (r *reader) excluded(e *jsonschema.ValidationError, n *node) string {
	_, pointer, _ := strings.Cut(e.SchemaURL, "#")
	pointer, _ = url.PathUnescape(pointer)
	schema, _ := r.spec.at(pointer).(map[string]any)
	var forms []any
	switch e.ErrorKind.(type) {
	case *faults.Not:
		forms = []any{schema["not"]}
	case *faults.OneOf:
		forms, _ = schema["oneOf"].([]any)
	default:
		forms, _ = schema["anyOf"].([]any)
	}
	var has, all []string
	for _, form := range forms {
		form, _ := form.(map[string]any)
		required, _ := form["required"].([]any)
		for _, name := range required {
			name, _ := name.(string)
			if all = append(all, name); n.child(name) != nil {
				has = append(has, name)
			}
		}
	}
	switch {
	case len(has) == 1 && len(all) == 1:
		return fmt.Sprintf("@ has the field %s, which can't be next to content. Remove it.", has[0])
	case len(has) > 1:
		return fmt.Sprintf("@ has both %s. Keep one of them.", strings.Join(has, " and "))
	case len(all) > 1:
		return fmt.Sprintf("@ needs %s. Add one of them.", strings.Join(all, " or "))
	}
	return "@ mixes fields that exclude each other. Keep those of one kind."
}

// at returns what a pointer leads to in the schema.
func (s specification) at(pointer string) any {
	var v any = s.raw
	for _, token := range tokens(pointer) {
		switch at := v.(type) {
		case map[string]any:
			v = at[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(at) {
				return nil
			}
			v = at[i]
		}
	}
	return v
}

func fields(names []string) string {
	if len(names) == 1 {
		return "field " + names[0]
	}
	return "fields " + strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

func it(names []string) string {
	if len(names) == 1 {
		return "it"
	}
	return "them"
}

// choices lists values that can be written.
func choices(want []any) string {
	out := make([]string, 0, len(want))
	for _, w := range want {
		if one := fmt.Sprint(cmp.Or(w, any(false))); !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	if len(out) == 1 {
		return out[0]
	}
	return "one of " + strings.Join(out, ", ")
}
