package db

import "context"

// States of a mail.
const (
	MailWaits     = "waiting"
	MailIsSent    = "sent"
	MailIsGivenUp = "given_up"
)

// State is what became of the mail so far.
func (m Mail) State() string {
	switch {
	case !m.SentAt.IsZero():
		return MailIsSent
	case !m.GivenUpAt.IsZero():
		return MailIsGivenUp
	}
	return MailWaits
}

// MailQuery asks for a page of the outbox, the latest mail first.
type MailQuery struct {
	State  string // empty: any
	Before string // the id at which the page before ended; empty: the first page
	Limit  int
}

// Mails lists a page of the outbox.
func (r *Reader) Mails(ctx context.Context, q MailQuery) ([]Mail, error) {
	return all(ctx, r, "Mails", scanMail, `SELECT `+mailColumns+` FROM outbox
		WHERE ($1 = '' OR $1 = CASE WHEN sent_at > 0 THEN '`+MailIsSent+`' WHEN given_up_at > 0 THEN '`+MailIsGivenUp+`' ELSE '`+MailWaits+`' END)
		AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3`, q.State, q.Before, q.Limit)
}
