package pages

import (
	"context"
	"fmt"
	"io"
	"time"

	"gatepost/views/layout"
)

// Outbox is GET /owner/mail.
type Outbox struct {
	layout.Page
	On                                    bool   // a mail server is set
	Server, From                          string // host:port, and the sender's address
	WaitingCount, GivenUpCount, SentCount int
	Waiting, Sent                         []MailRow // the first of each
}

// MailRow is one mail of the outbox.
type MailRow struct {
	ID, To, Kind                string
	Tries                       string // "2 tries"
	Tried                       bool
	Error                       string // of the last try
	Queued, Next, Sent, GivenUp time.Time
	Sending                     bool // at this moment
	LinkEnded                   bool // it is of no use to send it
}

// Render writes the page.
func (m Outbox) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Mail", layout.NavMail, false)
	return outbox(m).Render(ctx, w)
}

// state is a mail's badge: its look and its word.
func (r MailRow) state() (look, word string) {
	switch {
	case !r.GivenUp.IsZero():
		return "expired", "Given up"
	case r.Sending:
		return "live", "Being sent"
	case r.Tried:
		return "retiring", "Retrying"
	}
	return "pending", "Queued"
}

// more says how many mails a list leaves out.
func more(shown, all int) string {
	if shown >= all {
		return ""
	}
	return fmt.Sprintf("The first %d of %d.", shown, all)
}
