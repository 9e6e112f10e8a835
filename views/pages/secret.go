package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
	"gatepost/views/words"
)

var expiries = []ui.Option{
	{Value: "never", Label: "No expiry: until it is revoked"},
	{Value: "30d", Label: "30 days"},
	{Value: "90d", Label: "90 days"},
	{Value: "180d", Label: "180 days"},
	{Value: "365d", Label: "365 days"},
}

func expiry(v string) string {
	if v == "" {
		return "never"
	}
	return v
}

// Secrets is GET /apps/{client_id}/secrets, the rotation board of an app, and POST to it when something was wrong:
// fields label, expires_at, once.
type Secrets struct {
	layout.Page
	App       AppHead
	Board     []LiveSecret // newest first
	Ended     []SecretRow
	Drills    []DrillRow // the latest first
	Receipts  []Receipt
	CanAdd    bool
	AddReason string // why not: "An app can have five live secrets at most. Revoke one first."
	Label     string
	Expires   string // as in AppNew
	Once      string
	Errors    ui.Errors
}

// Render writes the page.
func (m Secrets) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named(m.App.Name+" secrets", layout.NavApps, len(m.Errors) > 0)
	return secrets(m).Render(ctx, w)
}

// first is the place of the secret that the page is about: the newest, apart from those of the playground.
func (m Secrets) first() int {
	for i, s := range m.Board {
		if !s.Playground {
			return i
		}
	}
	return -1
}

// SecretRow is a client secret as it is known after its reveal.
type SecretRow struct {
	ID, Prefix, Hint, Label string // "gps_" and "k3f9"
	State                   string // live, retiring (ends soon), pending (refused by a drill), expired, revoked
	MadeBy                  string
	MadeAt                  time.Time
	LastUsed                time.Time
	LastFrom, LastAgent     string    // "203.0.113.9", "curl/8.5"
	Uses24h                 int       // negative: not counted
	Ends                    time.Time // zero: no end
	RevokedBy               string
	RevokedAt               time.Time
	CanRevoke               bool
}

func (s SecretRow) name() string { return s.Prefix + "…" + s.Hint }

func (s SecretRow) made() string {
	if s.MadeBy == "" {
		return "made "
	}
	return "made by " + s.MadeBy + " "
}

func (s SecretRow) revoked() string {
	if s.RevokedBy == "" {
		return "revoked "
	}
	return "revoked by " + s.RevokedBy + " "
}

func (s SecretRow) over() bool { return s.State == "expired" || s.State == "revoked" }

func (s SecretRow) stateWord() string {
	switch s.State {
	case "live":
		return "Live"
	case "retiring":
		return "Expires soon"
	case "pending":
		return "In a drill"
	case "expired":
		return "Expired"
	case "revoked":
		return "Revoked"
	}
	return s.State
}

func (s SecretRow) uses() string {
	return words.Count(s.Uses24h, "use", "uses") + " in 24 h"
}
