package pages

import (
	"context"
	"io"
	"strconv"
	"strings"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// SecondFactor is GET and POST /login/second: fields code or recovery_code; the passkey's form posts to
// /login/passkey/finish.
type SecondFactor struct {
	layout.Page
	TOTP, Passkey, Recovery bool // what the person has
	Error                   string
	RetryIn                 string
	Lost                    bool   // the recovery code's form is open
	Kept                    string // as in SignIn
}

// Render writes the page.
func (m SecondFactor) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Second factor", "", m.Error+m.RetryIn != "")
	return secondFactor(m).Render(ctx, w)
}

// SecondFactorRule is whether a team or the portal asks for a second factor: field required, posted to Action.
// Without are those whom it concerns and who have none. Of is the team's id.
type SecondFactorRule struct {
	Action, Whom string // "every member of the team"
	Required     bool
	Without      []string
	Of           string
	Error        string // why it wasn't changed
	Version      ui.Version
}

// Form is what the form shows.
func (m SecondFactorRule) Form() ui.Form {
	return ui.Form{Of: m.Of, Fields: []ui.FormField{ui.TickField("required", "Require a second factor", m.Required)}}
}

func (m SecondFactorRule) without() string {
	const most = 8
	switch n := len(m.Without); {
	case n == 0:
		return "Everyone has one already."
	case n == 1:
		return m.Without[0] + " doesn't have one yet."
	case n > most:
		return strings.Join(m.Without[:most], ", ") + " and " + strconv.Itoa(n-most) + " more don't have one yet."
	default:
		return strings.Join(m.Without[:n-1], ", ") + " and " + m.Without[n-1] + " don't have one yet."
	}
}
