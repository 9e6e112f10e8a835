package pages

import (
	"context"
	"io"
	"maps"
	"net/url"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// AuthFailures is GET /team/failures and, with Owner, GET /owner/failures: fields error_id, app, reason, secret, address,
// within (1h, 24h, 7d, or empty), from and to (times in UTC as datetime-local gives them), before (an error_id).
type AuthFailures struct {
	layout.Page
	Rows                   []AuthFailureRow
	Query                  url.Values // the filter, as in the address
	Apps, Reasons, Secrets []ui.Option
	Pager                  ui.Pager
	CanSettings            bool // shows all tabs of the team
	Owner                  bool // of requests that name no app
	Dropped                int  // not kept, since too many came at the same time
	Errors                 ui.Errors
}

// AuthFailureRow is one refused request. Text is the true reason as a sentence, without the full stop.
type AuthFailureRow struct {
	ID, Text              string
	App, ClientID, Secret string // Secret is "…k3f9", or empty
	At                    time.Time
	Address, Agent        string
	Endpoint, Code        string
}

func (f AuthFailureRow) href() string { return "/team/failures/" + f.ID }

// who is the app, or what was sent in place of one.
func (f AuthFailureRow) who() string {
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

// export is where the requests of all pages are downloaded.
func (m AuthFailures) export() string {
	q := maps.Clone(m.Query)
	q.Del("before")
	if text := q.Encode(); text != "" {
		return m.path() + "/export.csv?" + text
	}
	return m.path() + "/export.csv"
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
	return words.Number(m.Dropped) + " more were refused since the portal started, but not kept: too many came at the same time."
}

var failureTimes = []ui.Option{
	{Label: "30 days"}, {Value: "1h", Label: "Last hour"}, {Value: "24h", Label: "Last 24 hours"}, {Value: "7d", Label: "Last 7 days"},
}
