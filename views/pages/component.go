package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// Components is GET /owner/components: every component of package ui in every state, on made-up data.
type Components struct{ layout.Page }

// Render writes the page.
func (m Components) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Components", layout.NavComponents, false)
	return components(m).Render(ctx, w)
}

func (m Components) ago(d time.Duration) time.Time { return m.Now.Add(-d) }

// The samples of the components page. The id and the secret are made up, and too regular to be real.
const (
	sampleID     = "abcd1234efgh5678ijkl9012mn"
	sampleSecret = "gps_0000111122223333444455556666777788889999"
	sampleToken  = `{
  "accessToken": "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ...",
  "expiresIn": 3600,
  "tokenType": "Bearer"
}`
)

var sampleScopes = []ui.ScopeGroup{
	{Title: "Devices", Scopes: []ui.Scope{
		{Name: "read", Text: "See devices and their state.", Checked: true},
		{Name: "liveview_ptz", Text: "Turn and zoom cameras."},
	}},
	{Title: "The portal itself", Scopes: []ui.Scope{
		{Name: "apps:write", Text: "Create, change and delete apps of the team.", Off: true, Reason: "Only an admin or the owner can give this to an app."},
	}},
}

var sampleChoices = []ui.Choice{
	{Value: "server", Title: "Server-to-server", Text: "A service that keeps a secret and acts as itself.", Icon: "server", Checked: true},
	{Value: "web", Title: "Web app", Text: "Acts for a person who consents.", Icon: "grid"},
	{Value: "native", Title: "Native app", Text: "On a phone or desktop.", Icon: "devices", Off: true, Reason: "An admin can turn this on."},
}

var sampleHours = []int{0, 0, 1, 0, 3, 8, 14, 22, 31, 30, 24, 26, 19, 33, 48, 41, 36, 22, 14, 9, 6, 2, 1, 4}

func sampleBars(hours []int) []ui.Bar {
	out := make([]ui.Bar, len(hours))
	for i, v := range hours {
		out[i] = ui.Bar{Label: time.Date(0, 1, 1, i, 0, 0, 0, time.UTC).Format("15:04"), Value: v}
	}
	return out
}
