package pages

import (
	"context"
	"fmt"
	"io"

	"gatepost/views/layout"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// AuthFailure is GET /team/failures/{error_id}.
type AuthFailure struct {
	layout.Page
	Row      AuthFailureRow
	Heading  string // the true reason
	What     string // what it means
	Do       []string
	Docs     string // "/docs/errors#reason-drill"
	Action   *ui.Button
	Like     string // address of the list of others like it
	Label    string // of the secret
	Program  string // the whole User-Agent
	Dialect  string
	Saw      string // the answer, as the caller saw it
	Stranger bool   // of no app: owners see it
}

// Render writes the page.
func (m AuthFailure) Render(ctx context.Context, w io.Writer) error {
	nav := layout.NavTeam
	if m.Stranger {
		nav = layout.NavFailures
	}
	m.Page = m.Named(m.Row.ID, nav, false)
	return authFailure(m).Render(ctx, w)
}

func (m AuthFailure) back() string {
	if m.Stranger {
		return "/owner/failures"
	}
	return "/team/failures"
}

func (m AuthFailure) lead() string {
	return fmt.Sprintf("%s was refused %s.", words.Capital(m.Row.who()), words.Relative(m.Row.At, m.Now))
}

func (m AuthFailure) facts() []ui.KVItem {
	items := []ui.KVItem{
		{Key: "error_id", Value: m.Row.ID, Copy: true},
		{Key: "When", Body: ui.Time{At: m.Row.At, Now: m.Now}},
		{Key: "Address", Value: m.Row.Address, Mono: true},
	}
	for _, f := range []ui.KVItem{{Key: "Program", Value: m.Program}, {Key: "Client ID", Value: m.Row.ClientID, Copy: true}} {
		if f.Value != "" {
			items = append(items, f)
		}
	}
	if m.Row.Secret != "" {
		items = append(items, ui.KVItem{Key: "Secret", Value: m.Row.Secret + m.label(), Mono: m.Label == ""})
	}
	items = append(items, ui.KVItem{Key: "Endpoint", Value: m.Row.Endpoint, Mono: true})
	if m.Dialect != "" {
		items = append(items, ui.KVItem{Key: "Dialect", Value: m.Dialect})
	}
	return items
}

func (m AuthFailure) label() string {
	if m.Label == "" {
		return ""
	}
	return " · " + m.Label
}
