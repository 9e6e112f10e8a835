package ui

import (
	"context"
	"io"
	"time"

	"github.com/a-h/templ"
)

// Copyable is a machine fact in mono with a Copy button. What is said aloud after copying is Label and "copied".
type Copyable struct {
	Label, Value string
	Block        bool // takes the whole width; a long value scrolls sideways
	Compact      bool // the button is its icon, for lists: the value never wraps
}

// Render writes the value and its button.
func (c Copyable) Render(ctx context.Context, w io.Writer) error { return copyable(c).Render(ctx, w) }

// CopyButton copies Value, or the text or value of the element with the id From.
type CopyButton struct {
	Label   string // what is copied: "Client ID"
	Value   string
	From    string
	Caption string // the visible word; "" is "Copy"
	Kind    string // a Button kind; "" draws the small quiet one
	Compact bool   // shows the icon alone
}

// Render writes the button.
func (c CopyButton) Render(ctx context.Context, w io.Writer) error {
	return copyButton(c).Render(ctx, w)
}

func (c CopyButton) class() string {
	switch c.Kind {
	case Primary:
		return "btn primary scripted"
	case Secondary:
		return "btn scripted"
	}
	if c.Compact {
		return "copy compact scripted"
	}
	return "copy scripted"
}

func (c CopyButton) caption() string {
	if c.Caption == "" {
		return "Copy"
	}
	return c.Caption
}

// Secret is a credential in a selectable read-only field: masked until Show, copied by Copy, readable without script.
// Every element with data-secret-text on the page is masked and shown together with it.
type Secret struct{ ID, Label, Hint, Value string }

// Render writes the field.
func (s Secret) Render(ctx context.Context, w io.Writer) error { return secret(s).Render(ctx, w) }

// SecretInput is where a person pastes a secret: a password field that no password manager keeps, with Show.
type SecretInput struct {
	ID, Name, Label, Hint, Error, Placeholder string
	Attrs                                     templ.Attributes
}

// Render writes the field.
func (s SecretInput) Render(ctx context.Context, w io.Writer) error {
	attrs := templ.Attributes{"data-1p-ignore": true, "data-lpignore": "true"}
	for k, v := range s.Attrs {
		attrs[k] = v
	}
	return Field{
		ID: s.ID, Name: s.Name, Label: s.Label, Hint: s.Hint, Error: s.Error, Placeholder: s.Placeholder,
		Type: "password", Autocomplete: "new-password", Mono: true, Attrs: attrs,
	}.Render(ctx, w)
}

// KVItem is one fact of a KV: a key with a value, or with a component in its place.
type KVItem struct {
	Key, Value string
	Mono, Copy bool
	Body       templ.Component
}

// KV is a list of facts.
type KV struct{ Items []KVItem }

// Render writes the list.
func (k KV) Render(ctx context.Context, w io.Writer) error { return kv(k).Render(ctx, w) }

// Table is a table that becomes cards under 640 px. Its children are rows of Row and Cell. Caption names it for
// assistive technology. A head that starts with "-" is hidden but still read out.
type Table struct {
	Caption string
	Heads   []string
}

// Claim is one line of a decoded token: its name, its value as the token has it, and what it means in words.
type Claim struct {
	Name, Value, Meaning string
	At                   time.Time // set when the value is a time
}

// Claims is a decoded token, or its header, as a table. With an ID its body can be filled by script; each row then is
// <tr><th><code>name</code></th><td><code>value</code></td><td>meaning</td></tr>.
type Claims struct {
	ID, Title string
	Rows      []Claim
	Now       time.Time
}

// Render writes the table.
func (c Claims) Render(ctx context.Context, w io.Writer) error { return claims(c).Render(ctx, w) }

// Event is one line of a timeline.
type Event struct {
	At                          time.Time
	Actor, Action, Target, From string // "Ana" "revoked secret" "k3f9" "203.0.113.9"
	Tone                        string // "", ok, warn, bad
}

// Timeline lists events, newest first.
type Timeline struct {
	Events []Event
	Now    time.Time
}

// Render writes the list.
func (t Timeline) Render(ctx context.Context, w io.Writer) error { return timeline(t).Render(ctx, w) }

// Pager leads through a long list. An empty address leaves that way out.
type Pager struct {
	Newer, Older string
	Text         string // "51-100 of 1,204"
}

// Render writes the pager, or nothing when there is only one page.
func (p Pager) Render(ctx context.Context, w io.Writer) error { return pager(p).Render(ctx, w) }

// Step is one step of a way. Done ticks it; Current marks the one to do now.
type Step struct {
	Title, Text   string
	Done, Current bool
	Href, Action  string
}

// Steps is an ordered way; Row lays it out side by side where there is room.
type Steps struct {
	Items []Step
	Row   bool
}

// Render writes the steps.
func (s Steps) Render(ctx context.Context, w io.Writer) error { return steps(s).Render(ctx, w) }
