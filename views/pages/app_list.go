package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// Apps is GET /apps: the team's apps.
type Apps struct {
	layout.Page
	Apps      []AppCard
	CanCreate bool
	// WhoCan says who could change that, where CanCreate is false: "Ana Conti, admin of the team, can give you the
	// role developer."
	WhoCan string
}

// Render writes the page.
func (m Apps) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Application interface", layout.NavApps, false)
	return apps(m).Render(ctx, w)
}

// AppCard is an app in a list: on the dashboard, in the user section and on /apps.
type AppCard struct {
	Name, Description, ClientID string
	State, StateText            string // Badge state and word: "live" "Live", "expired" "No live secret", "none" "Never used"
	Secrets                     string // "2 live secrets"
	LastUsed                    time.Time
	MadeBy                      string
	Uses24h                     string // "312 tokens"
}

// noApps is shown in place of a team's apps, to someone who can add one.
func noApps() ui.Empty {
	return ui.Empty{Icon: "apps", Title: "No apps yet", Text: "An app gets tokens for your program. Add one per integration; it takes a minute and gives you a client id and a secret.", Action: ui.AddApp(true)}
}
