package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// SecretRotate is GET and POST /apps/{client_id}/secrets/rotate: fields old (id of the old secret), label, expires_at,
// keep_old (0, 1h, 24h, 7d, time), keep_until (2006-01-02T15:04, UTC), once.
type SecretRotate struct {
	layout.Page
	App       AppHead
	Old       LiveSecret // with its verdict
	Label     string
	Expires   string
	KeepOld   string // 24h when empty
	Until     string
	Off       bool
	OffReason string // why it can't be done now
	Once      string
	Errors    ui.Errors
}

// Render writes the page.
func (m SecretRotate) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Rotate a secret of "+m.App.Name, layout.NavApps, len(m.Errors) > 0)
	return secretRotate(m).Render(ctx, w)
}

// endChoices are the choices for when a secret expires; more, which only one of the forms has, come first.
func endChoices(name, legend, chosen, err string, more ...ui.Choice) ui.Choices {
	items := append(more,
		ui.Choice{Value: "1h", Title: "In 1 hour"},
		ui.Choice{Value: "24h", Title: "In 24 hours"},
		ui.Choice{Value: "7d", Title: "In 7 days"},
		ui.Choice{Value: "time", Title: "At a specific time"},
	)
	for i := range items {
		items[i].Checked = items[i].Value == chosen
	}
	return ui.Choices{Name: name, Legend: legend, Row: true, Error: err, Items: items}
}

// nowUTC is the present time in the zone of the field for a time.
func nowUTC(t time.Time) string { return "It is " + t.UTC().Format("2 Jan 2006 15:04") + " UTC now." }

func (m SecretRotate) keepOld() string {
	if m.KeepOld == "" {
		return "24h"
	}
	return m.KeepOld
}
