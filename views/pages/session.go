package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
)

// Sessions is GET /account/sessions; POST /account/sessions/{id}/end and /account/sessions/end-others.
type Sessions struct {
	layout.Page
	Items []Session
}

// Session is one sign-in of the person.
type Session struct {
	ID, Browser, Address      string // "Firefox on Linux", "203.0.113.9"
	SignedIn, LastSeen, Until time.Time
	Current                   bool
	Method                    string // password, totp, recovery, passkey
}

// how says by what the person came in.
func (s Session) how() string {
	switch s.Method {
	case "totp":
		return "password and authenticator app"
	case "recovery":
		return "password and recovery code"
	case "passkey":
		return "passkey"
	}
	return "password"
}

// Render writes the page.
func (m Sessions) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Sessions", layout.NavAccount, false)
	return sessions(m).Render(ctx, w)
}
