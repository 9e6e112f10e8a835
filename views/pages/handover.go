package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// HandoverForm is what a browser needs to hand a secret to a teammate: on the page that reveals the secret, and on that of
// HandoverSecret. The script handover.js does it, by POST /apps/{client_id}/secrets/{id}/handover.
type HandoverForm struct {
	ClientID, SecretID, Hint string
	Mates                    []ui.Option // person ids and names
	NoHTTPS                  bool        // browsers encrypt on https pages only, and on localhost
	Alone                    bool        // the page is about nothing else
}

func (h HandoverForm) action() string {
	return "/apps/" + h.ClientID + "/secrets/" + h.SecretID + "/handover"
}

func (h HandoverForm) kind() string {
	if h.Alone {
		return ui.Primary
	}
	return ui.Secondary
}

// HandoverSecret is GET /apps/{client_id}/secrets/{id}/handover: the secret is pasted, and never sent.
type HandoverSecret struct {
	layout.Page
	App      AppHead
	Secret   SecretRow
	Hand     HandoverForm
	Receipts []Receipt
}

// Render writes the page.
func (m HandoverSecret) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Hand over secret "+m.Secret.Hint, layout.NavApps, false)
	return handoverSecret(m).Render(ctx, w)
}

// Receipt is what became of a handover. State is waiting, opened, cancelled or over.
type Receipt struct {
	ID, From, To, State string
	Hint                string // of the secret
	At, Ends            time.Time
	Opened, Cancelled   time.Time
	Address             string // it was opened from
	CanCancel           bool
}

func (r Receipt) badge() ui.Badge {
	switch r.State {
	case "waiting":
		return ui.Badge{State: "pending", Text: "Not opened yet"}
	case "opened":
		return ui.Badge{State: "live", Text: "Opened"}
	case "cancelled":
		return ui.Badge{State: "revoked", Text: "Cancelled"}
	}
	return ui.Badge{State: "expired", Text: "Expired unopened"}
}

// Handover is GET /handovers/{id}: the receipt for its sender, and for its one recipient the button that
// opens it. The page itself uses nothing up and shows no secret.
type Handover struct {
	layout.Page
	App AppHead
	// SecretID and MyID, the visitor's, are what it was encrypted for.
	SecretID, MyID string

	Label   string // of the secret
	Receipt Receipt
	ForYou  bool
	Ended   bool // the secret works no more
	NoHTTPS bool
}

// Render writes the page.
func (m Handover) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Secret of "+m.App.Name, "", false)
	return handover(m).Render(ctx, w)
}

// waits says that the visitor can open it.
func (m Handover) waits() bool { return m.ForYou && m.Receipt.State == "waiting" && !m.Ended }

// whatNow says what to do to someone who comes too late.
func (m Handover) whatNow() string {
	switch {
	case m.Ended:
		return "The secret no longer works, so there is nothing to open."
	case m.Receipt.State == "opened":
		return "You opened it, and it opens once. If you didn't save the secret, ask " + m.Receipt.From + " to hand it over again. If it wasn't you, revoke the secret."
	}
	return "Ask " + m.Receipt.From + " to hand it over again."
}

// facts are what is known of the secret before it is opened.
func (m Handover) facts() []ui.KVItem {
	name := m.Label
	if name == "" {
		name = "no label"
	}
	return []ui.KVItem{
		{Key: "Secret", Value: "…" + m.Receipt.Hint + ", " + name},
		{Key: "Handed over", Body: ui.Time{At: m.Receipt.At, Now: m.Now}},
		{Key: "Expires", Body: ui.Time{At: m.Receipt.Ends, Now: m.Now}},
	}
}
