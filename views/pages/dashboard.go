package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// Dashboard is GET /dashboard.
type Dashboard struct {
	layout.Page
	Steps     []ui.Step // "Get started", four of them; none hides it
	StepsDone bool      // folds them away
	Attention []Attention
	Apps      []AppCard
	CanCreate bool
	WhoCan    string // as in Apps
	// Tokens are the 24 hours to now, oldest first; TokensText says the same in words ("312 tokens in 24 h, most at
	// 14:00 with 48"), Tokens24h is the number ("312").
	Tokens     []ui.Bar
	Tokens24h  string
	TokensText string
}

// Render writes the page.
func (m Dashboard) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Dashboard", layout.NavDashboard, false)
	return dashboard(m).Render(ctx, w)
}

// first is the first visit: with nothing to show yet, the page says only what to do next.
func (m Dashboard) first() bool { return len(m.Apps) == 0 && len(m.Attention) == 0 }

// Attention is one thing that needs it, with its one action. Tone is warn, bad or info; State is the word for it:
// "Expires soon", "Failing", "Pending".
type Attention struct {
	Tone, State, Text, Detail string
	Href, Action              string
}

func (a Attention) badge() string {
	switch a.Tone {
	case "bad":
		return "revoked"
	case "warn":
		return "retiring"
	}
	return "info"
}
