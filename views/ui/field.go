package ui

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// FieldError is what is wrong with the field of that name. An empty Field is an error of the form as a whole.
type FieldError struct{ Field, Text string }

// Errors are the faults of a form, in the order of its fields.
type Errors []FieldError

// For is the text of the first error of that field, or "".
func (e Errors) For(field string) string {
	for _, x := range e {
		if x.Field == field {
			return x.Text
		}
	}
	return ""
}

// Move attaches the error of an API field to the input that the page has for it.
func (e Errors) Move(field, input string) {
	for i := range e {
		if e[i].Field == field {
			e[i].Field = input
		}
	}
}

// ErrorSummary is at the top of a form that came back: it takes the focus and links to each field.
type ErrorSummary struct {
	Title  string // "" counts the errors
	Errors Errors
	Still  bool // does not take the focus
}

// Render writes the summary, or nothing without errors.
func (s ErrorSummary) Render(ctx context.Context, w io.Writer) error {
	return errorSummary(s).Render(ctx, w)
}

func (s ErrorSummary) title() string {
	switch {
	case s.Title != "":
		return s.Title
	case len(s.Errors) == 1:
		return "One thing to correct"
	}
	return "Some things to correct"
}

// Field is an input with its label, hint and error, in this order. Its id is "f-" and the name.
type Field struct {
	Name, Label, Hint, Error, Value string
	Type                            string // "text" (also ""), "email", "password", "tel", "number", "search"
	ID                              string // instead of "f-" + Name
	Autocomplete, Placeholder       string
	Required, Optional              bool // Optional says so next to the label
	ReadOnly, Off, Mono, Autofocus  bool
	Rows                            int // more than 0 makes a textarea
	MinLength, MaxLength            int
	ShowBox                         bool // shows a password by a tick box: the first button of the form is its own then
	Attrs                           templ.Attributes
}

// Render writes the field.
func (f Field) Render(ctx context.Context, w io.Writer) error { return field(f).Render(ctx, w) }

func (f Field) id() string { return fieldID(f.ID, f.Name) }

func (f Field) kindOf() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

// Option is one line of a Select.
type Option struct {
	Value, Label string
	Off          bool
}

// Select is a native select with label, hint and error.
type Select struct {
	Name, Label, Hint, Error, Value string
	ID                              string
	Options                         []Option
	Off                             bool
	HideLabel                       bool
	Attrs                           templ.Attributes
}

// Render writes the select.
func (s Select) Render(ctx context.Context, w io.Writer) error { return selectEl(s).Render(ctx, w) }

func (s Select) id() string { return fieldID(s.ID, s.Name) }

// Choice is one radio card: a title and a sentence. Reason says why an Off one can't be chosen.
type Choice struct {
	Value, Title, Text, Icon string
	Checked, Off             bool
	Reason                   string
}

// Choices is a group of cards of which one is chosen or, with Many, any number.
type Choices struct {
	Name, Legend, Hint, Error string
	Items                     []Choice
	Row                       bool // side by side where there is room
	Many                      bool
}

// Render writes the group.
func (c Choices) Render(ctx context.Context, w io.Writer) error { return choices(c).Render(ctx, w) }

func (c Choices) kind() string {
	if c.Many {
		return "checkbox"
	}
	return "radio"
}

// Check is one box to tick, with a sentence. Reason says why an Off one can't be changed.
type Check struct {
	Name, Value       string // Value is "on" when empty
	Title, Text, Icon string
	Checked, Off      bool
	Reason            string
}

// Render writes the box.
func (c Check) Render(ctx context.Context, w io.Writer) error { return check(c).Render(ctx, w) }

func (c Check) value() string {
	if c.Value == "" {
		return "on"
	}
	return c.Value
}

// Scope is one right: its name and a plain sentence. Reason says why an Off one may not be given.
type Scope struct {
	Name, Text   string
	Checked, Off bool
	Reason       string
}

// ScopeGroup is a titled run of scopes.
type ScopeGroup struct {
	Title  string
	Scopes []Scope
}

// ScopePicker lets a person tick scopes; the inputs carry Name ("scope" when empty) and the scope as value.
type ScopePicker struct {
	Name, Legend, Hint, Error string
	Groups                    []ScopeGroup
}

// Render writes the picker.
func (s ScopePicker) Render(ctx context.Context, w io.Writer) error {
	return scopePicker(s).Render(ctx, w)
}

func (s ScopePicker) name() string {
	if s.Name == "" {
		return "scope"
	}
	return s.Name
}

// groupItemID is the id of the i-th box of a group; the first is the one that the error summary links to.
func groupItemID(name, value string, i int) string {
	if i == 0 {
		return "f-" + name
	}
	return "f-" + name + "-" + slug(value)
}

func fieldID(id, name string) string {
	if id != "" {
		return id
	}
	return "f-" + name
}

// describedBy lists the ids of the hint and the error that exist.
func describedBy(id, hint, err string) string {
	switch {
	case hint != "" && err != "":
		return id + "-hint " + id + "-error"
	case hint != "":
		return id + "-hint"
	case err != "":
		return id + "-error"
	}
	return ""
}

func minPassword(n int) int {
	if n == 0 {
		return 12
	}
	return n
}

// Numeric brings up the keyboard with digits.
var Numeric = templ.Attributes{"inputmode": "numeric"}
