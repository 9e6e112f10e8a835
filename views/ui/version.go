package ui

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatepost/views/words"
)

// VersionField is the name of the hidden field that says which version a form showed.
const VersionField = "seen"

// TakeField is the name of the buttons that put the saved value into a field of a form with a conflict.
const TakeField = "take"

// FormField is a field of a form that changes something: its label, and the values that a browser sends
// for it as it is shown, none for a box that isn't ticked. Word says one value, or "" for none, in words;
// nil shows it as it is.
type FormField struct {
	Name, Label string
	ID          string // of the input, instead of "f-" and the name
	Values      []string
	Word        func(value string) string
}

// TextField is the FormField of an input.
func TextField(name, label, value string) FormField {
	return FormField{Name: name, Label: label, Values: []string{value}}
}

// TickField is the FormField of a box.
func TickField(name, label string, ticked bool) FormField {
	f := FormField{Name: name, Label: label, Word: func(value string) string {
		if value == "" {
			return "Off"
		}
		return "On"
	}}
	if ticked {
		f.Values = []string{"on"}
	}
	return f
}

// PickField is the FormField of a select, or of choices.
func PickField(name, label, value string, options []Option) FormField {
	return FormField{Name: name, Label: label, Values: []string{value}, Word: func(value string) string {
		for _, o := range options {
			if o.Value == value {
				return o.Label
			}
		}
		return value
	}}
}

// ChoiceField is the FormField of Choices: what is chosen and can be sent.
func ChoiceField(name, label string, items []Choice) FormField {
	var options []Option
	f := PickField(name, label, "", nil)
	f.Values = nil
	for _, c := range items {
		options = append(options, Option{Value: c.Value, Label: c.Title})
		if c.Checked && !c.Off {
			f.Values = append(f.Values, c.Value)
		}
	}
	f.Word = PickField(name, label, "", options).Word
	return f
}

// Text says values of the field in words, one in a line.
func (f FormField) Text(values []string) string {
	word := f.Word
	if word == nil {
		word = func(value string) string { return value }
	}
	var lines []string
	for _, v := range trimmed(values) {
		lines = append(lines, word(v))
	}
	if text := strings.Join(lines, "\n"); text != "" {
		return text
	}
	if none := word(""); none != "" {
		return none
	}
	return "(empty)"
}

// Form is what a form shows. Of is the id of what it changes, when its address doesn't say.
type Form struct {
	Of     string
	Fields []FormField
}

// Shown returns the version of what the form shows at a time.
func (f Form) Shown(at time.Time) Shown {
	s := Shown{At: at, fields: map[string]string{}}
	for _, field := range f.Fields {
		s.fields[field.Name] = f.digest(field.Name, field.Values)
	}
	return s
}

// digest is short: it tells values of a person's own form apart, and proves nothing.
func (f Form) digest(name string, values []string) string {
	values = trimmed(values)
	slices.Sort(values)
	sum := sha256.Sum256([]byte(f.Of + "\x00" + name + "\x00" + strings.Join(values, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:8])
}

// trimmed are values as they compare: browsers send other line breaks than they got.
func trimmed(values []string) (out []string) {
	for _, v := range values {
		if v = strings.TrimSpace(strings.ReplaceAll(v, "\r\n", "\n")); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// Same reports whether two lists of values are the same to a form.
func Same(a, b []string) bool {
	a, b = trimmed(a), trimmed(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// Shown is the version of what a form showed: a digest for each of its fields, which tells whether what
// is saved, or what was typed, is still the same. Differ are the fields whose values a conflict shows.
type Shown struct {
	At     time.Time
	Differ []string
	fields map[string]string
}

// Has reports whether the form had the field.
func (s Shown) Has(name string) bool { return s.fields[name] != "" }

// Showed reports whether the form had the field with these values.
func (s Shown) Showed(f Form, name string, values []string) bool {
	return s.fields[name] == f.digest(name, values)
}

// String is the value of the hidden field.
func (s Shown) String() string {
	parts := []string{strconv.FormatInt(s.At.Unix(), 10)}
	for name, digest := range s.fields {
		if slices.Contains(s.Differ, name) {
			digest += "!"
		}
		parts = append(parts, name+"~"+digest)
	}
	slices.Sort(parts[1:])
	return strings.Join(parts, ".")
}

// ReadShown reads the hidden field. A text that no form of ours sends is false.
func ReadShown(text string) (Shown, bool) {
	first, rest, _ := strings.Cut(text, ".")
	at, err := strconv.ParseInt(first, 10, 64)
	if err != nil || rest == "" {
		return Shown{}, false
	}
	s := Shown{At: time.Unix(at, 0), fields: map[string]string{}}
	for part := range strings.SplitSeq(rest, ".") {
		name, digest, ok := strings.Cut(part, "~")
		if !ok || digest == "" {
			return Shown{}, false
		}
		digest, differs := strings.CutSuffix(digest, "!")
		if differs {
			s.Differ = append(s.Differ, name)
		}
		s.fields[name] = digest
	}
	return s, true
}

// Version is the version that a form shows. Sent is empty for what is saved now; a form that came back
// sends what it sent before, or after a conflict what the conflict shows.
type Version struct {
	Sent     string
	Conflict *Conflict
}

// In writes the version into its form, after the conflict if there is one.
func (v Version) In(f Form, now time.Time) VersionIn { return VersionIn{v, f, now} }

// Field writes the hidden field alone, for a form whose conflict is elsewhere on the page.
func (v Version) Field(f Form, now time.Time) VersionIn {
	v.Conflict = nil
	return VersionIn{v, f, now}
}

// VersionIn is a version with the form that it is in.
type VersionIn struct {
	version Version
	form    Form
	now     time.Time
}

// Render writes the hidden field.
func (v VersionIn) Render(ctx context.Context, w io.Writer) error { return versionIn(v).Render(ctx, w) }

func (v VersionIn) text() string {
	if v.version.Sent != "" {
		return v.version.Sent
	}
	return v.form.Shown(v.now).String()
}

// Conflict is shown by a form whose values were changed after it was shown. By is who saved last, and At
// when; both can be unknown. Missing says that the form came without its version.
type Conflict struct {
	By      string
	You     bool
	At      time.Time
	Missing bool
	Rows    []Difference
	Now     time.Time
	FormID  string // of the form, if the conflict isn't in it
}

// Render writes the notice with both values of each field.
func (c Conflict) Render(ctx context.Context, w io.Writer) error { return conflict(c).Render(ctx, w) }

// Difference is a field with two values. Taken says that the form has the saved one, since the person
// hadn't changed it.
type Difference struct {
	Field        FormField
	Yours, Saved string
	Taken        bool
}

func (c Conflict) title() string {
	switch {
	case c.Missing:
		return "This form was sent without its version"
	case len(c.Rows) == 0:
		return "No differences left"
	case c.You:
		return "You saved other values " + c.ago()
	case c.By != "":
		return c.By + " saved other values " + c.ago()
	}
	return "Other values were saved in the meantime"
}

func (c Conflict) ago() string {
	if c.Now.Sub(c.At) < time.Minute {
		return "just now"
	}
	return words.Relative(c.At, c.Now)
}

func (c Conflict) text() string {
	switch {
	case c.Missing && len(c.Rows) == 0:
		return "Nothing was saved. Save again to send it from this page."
	case c.Missing:
		return "Nothing was saved, so that nobody's change is undone. Compare your values with what is saved now, then save again."
	case len(c.Rows) == 0:
		return "Save to store what the form shows now."
	}
	return "Nothing is saved yet, and nothing you typed is lost. Compare the values, then save again."
}
