package pages

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// AuthFailures is GET /team/failures and, with Owner, GET /owner/failures: fields error_id, app, reason, secret, address,
// within (1h, 24h, 7d, or empty), from and to (times in UTC as datetime-local gives them), before (an error_id).
type AuthFailures struct {
	layout.Page
	Rows                   []FailureRow
	Query                  url.Values // the filter, as it stands in the address
	Apps, Reasons, Secrets []ui.Option
	Pager                  ui.Pager
	CanSettings            bool // shows all tabs of the team
	Owner                  bool // of requests that name no app
	Dropped                int  // not kept, since too many came at once
	Errors                 ui.Errors
}

// FailureRow is one refused request. Text is the true reason as a sentence without its end.
type FailureRow struct {
	ID, Text              string
	App, ClientID, Secret string // Secret is "…k3f9", or empty
	At                    time.Time
	Address, Agent        string
	Endpoint, Code        string
}

func (f FailureRow) href() string { return "/team/failures/" + f.ID }

// who is the app, or what came in place of one.
func (f FailureRow) who() string {
	switch {
	case f.App != "":
		return f.App
	case f.ClientID != "":
		return "client id " + f.ClientID
	}
	return "no client id"
}

// Render writes the page.
func (m AuthFailures) Render(ctx context.Context, w io.Writer) error {
	nav := layout.NavTeam
	if m.Owner {
		nav = layout.NavFailures
	}
	m.Page = m.Named("Refused requests", nav, len(m.Errors) > 0)
	return authFailures(m).Render(ctx, w)
}

func (m AuthFailures) path() string {
	if m.Owner {
		return "/owner/failures"
	}
	return "/team/failures"
}

// filtered says whether the list leaves something out.
func (m AuthFailures) filtered() bool {
	for name, v := range m.Query {
		if name != "before" && len(v) > 0 && v[0] != "" {
			return true
		}
	}
	return false
}

// exact says whether the filter has more than most.
func (m AuthFailures) exact() bool {
	return m.Query.Get("address") != "" || m.Query.Get("from") != "" || m.Query.Get("to") != ""
}

func (m AuthFailures) dropped() string {
	return ui.Number(m.Dropped) + " more were refused since the portal's start and not kept: too many came at once."
}

var failureTimes = []ui.Option{
	{Label: "30 days"}, {Value: "1h", Label: "Last hour"}, {Value: "24h", Label: "Last 24 hours"}, {Value: "7d", Label: "Last 7 days"},
}

// AuthFailure is GET /team/failures/{error_id}.
type AuthFailure struct {
	layout.Page
	Row      FailureRow
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
	return fmt.Sprintf("%s was refused %s.", upperFirst(m.Row.who()), ui.Relative(m.Row.At, m.Now))
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

func upperFirst(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
