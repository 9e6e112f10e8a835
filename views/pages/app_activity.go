package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// AppActivity is GET /apps/{client_id}/activity.
type AppActivity struct {
	layout.Page
	App                   AppHead
	Tokens                []ui.Bar
	Tokens24h, TokensText string // as in Dashboard
	Callers               []Caller
	Failing               []Attention // callers that were refused in the last hour
	Events                []ui.Event
}

// Caller is an address and program that used the app's secrets.
type Caller struct {
	Address, Agent string
	SecretHint     string // "k3f9"
	Last           time.Time
	Uses24h        int
}

// Render writes the page.
func (m AppActivity) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named(m.App.Name+" activity", layout.NavApps, false)
	return appActivity(m).Render(ctx, w)
}
