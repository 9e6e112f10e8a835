package ui

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// The kinds of a button. A view has one primary action.
const (
	Primary   = "primary"
	Secondary = "secondary"
	Quiet     = "quiet"
	Danger    = "danger"
)

// Button is a button, or a link that looks like one when Href is set. Its label repeats the noun: "Rotate secret".
type Button struct {
	Label string
	Kind  string // Primary, Secondary (also ""), Quiet, Danger
	Icon  string
	Href  string
	Type  string // "submit" (also "") or "button"
	Name  string
	Value string
	Form  string // id of a form elsewhere on the page
	ID    string
	Busy  string // the label while the form is on its way, such as "Revoking"
	// Off disables the button; Reason says why and is read out with it.
	Off     bool
	Reason  string
	Context string // hidden words after the label that tell equal buttons apart: "secret k3f9"
	Wide    bool
	Attrs   templ.Attributes
}

// Render writes the button.
func (b Button) Render(ctx context.Context, w io.Writer) error { return button(b).Render(ctx, w) }

func (b Button) class() string {
	c := "btn"
	switch b.Kind {
	case Primary, Quiet, Danger:
		c += " " + b.Kind
	}
	if b.Wide {
		c += " wide-btn"
	}
	return c
}

func (b Button) kindOf() string {
	if b.Type == "" {
		return "submit"
	}
	return b.Type
}

func (b Button) reasonID() string {
	if b.ID != "" {
		return b.ID + "-reason"
	}
	return "why-" + slug(b.Label+b.Context)
}

// Badge is a state as word, shape and colour. State picks shape and colour: live, retiring, expired, revoked, pending,
// info, none. Text is the word; empty means the state's own name.
type Badge struct{ State, Text string }

// Render writes the badge.
func (b Badge) Render(ctx context.Context, w io.Writer) error { return badge(b).Render(ctx, w) }

func (b Badge) text() string {
	if b.Text != "" {
		return b.Text
	}
	return b.State
}

func (b Badge) shape() string {
	switch b.State {
	case "live":
		return "dot"
	case "retiring":
		return "half"
	case "expired":
		return "ring"
	case "revoked":
		return "cross"
	case "pending":
		return "dash"
	}
	return "square"
}

// Notice is a boxed sentence with a tone: info, ok, warn, bad. Live makes screen readers say it when it appears.
type Notice struct {
	Tone, Title, Text string
	Href, Action      string // one link, when there is something to do
	Live              bool
}

// Render writes the notice; With wraps further content.
func (n Notice) Render(ctx context.Context, w io.Writer) error { return n.With().Render(ctx, w) }

func (n Notice) icon() string {
	switch n.Tone {
	case "ok":
		return "check"
	case "warn", "bad":
		return "alert"
	}
	return "info"
}

func (n Notice) tone() string {
	if n.Tone == "" {
		return "info"
	}
	return n.Tone
}

// Empty is shown where there is nothing yet: one sentence, one action, and (With) one working example.
type Empty struct {
	Title, Text, Icon string
	Action            templ.Component
}

// Render writes the empty state.
func (e Empty) Render(ctx context.Context, w io.Writer) error { return e.With().Render(ctx, w) }

// Card is a boxed section with a heading.
type Card struct {
	ID, Title, Text string
	Flush           bool // no padding around the content (tables, lists)
}

// DangerZone holds what destroys, apart from the rest. Text says what breaks.
type DangerZone struct {
	Title, Text string
	Action      templ.Component
}

// Render writes the zone.
func (d DangerZone) Render(ctx context.Context, w io.Writer) error {
	return dangerZone(d).Render(ctx, w)
}

// Dialog is a native <dialog>, opened by a button with data-dialog set to its ID. Nothing that can be lost by Escape
// (a secret) is ever in one, and no task depends on it: without script the button is hidden.
type Dialog struct{ ID, Title string }

func slug(s string) string {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			out = append(out, byte(r))
		case r >= 'A' && r <= 'Z':
			out = append(out, byte(r)+32)
		case len(out) > 0 && out[len(out)-1] != '-':
			out = append(out, '-')
		}
	}
	return string(out)
}
