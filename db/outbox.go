package db

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Mail is a mail in the outbox. Body is encrypted, and empty once the mail is sent.
type Mail struct {
	ID, Once        string
	Recipient, Kind string
	Body            []byte
	Tries           int
	LastError       string
	CreatedAt       time.Time
	NextAt          time.Time // not tried before this
	EndsAt          time.Time // not tried after this
	ClaimedAt       time.Time // since when a process has been sending it
	SentAt          time.Time
	GivenUpAt       time.Time
}

// mailClaim is how long a process may take for one try: after that it is considered dead, and
// another takes over. It is much longer than a try takes, since two processes that send the same
// mail send it twice.
const mailClaim = 5 * time.Minute

const mailColumns = `id, once, recipient, kind, body, tries, last_error, created_at, next_at, ends_at,
	claimed_at, sent_at, given_up_at`

func scanMail(s scanner) (m Mail, err error) {
	var created, next, ends, claimed, sent, givenUp int64
	err = s.Scan(&m.ID, &m.Once, &m.Recipient, &m.Kind, &m.Body, &m.Tries, &m.LastError, &created, &next, &ends, &claimed, &sent, &givenUp)
	m.CreatedAt, m.NextAt, m.EndsAt = at(created), at(next), at(ends)
	m.ClaimedAt, m.SentAt, m.GivenUpAt = at(claimed), at(sent), at(givenUp)
	return m, err
}

// InsertMail queues a mail for now. It does nothing if there is already a mail with the same key
// (Once, unless it is empty). Receivers of MailQueued are woken once the transaction has
// committed.
func (t *Tx) InsertMail(ctx context.Context, m Mail) error {
	n, err := t.exec(ctx, "InsertMail",
		`INSERT INTO outbox (id, once, recipient, kind, body, created_at, next_at, ends_at)
		VALUES ($1, $2, $3, $4, $5, $6, $6, $7)
		ON CONFLICT (once) WHERE once <> '' DO NOTHING`,
		m.ID, m.Once, m.Recipient, m.Kind, m.Body, unix(t.Now), unix(m.EndsAt))
	t.mailed = t.mailed || n > 0
	return err
}

// ofLink starts the key of a mail that carries a link.
const ofLink = "link "

// OfLink returns the key (Once) of the mail that carries the link with this token hash. The mail
// is dropped along with the link.
func OfLink(tokenHash string) string { return ofLink + tokenHash }

// LinkEnded says whether the mail carries a link that has expired, which makes it useless.
func (m Mail) LinkEnded(now time.Time) bool {
	return strings.HasPrefix(m.Once, ofLink) && !now.Before(m.EndsAt)
}

// dropLinkMails deletes queued mails that carry one of these links.
func (t *Tx) dropLinkMails(ctx context.Context, tokenHashes ...string) error {
	for _, hash := range tokenHashes {
		if _, err := t.exec(ctx, "dropLinkMails", `DELETE FROM outbox WHERE once = $1 AND sent_at = 0`, OfLink(hash)); err != nil {
			return err
		}
	}
	return nil
}

// MailQueued receives a value after this process has queued a mail.
func (d *DB) MailQueued() <-chan struct{} { return d.mails }

// wakeMail wakes receivers of MailQueued; one value stands for any number of mails.
func (d *DB) wakeMail() {
	select {
	case d.mails <- struct{}{}:
	default:
	}
}

// MailDue says whether a mail is due now. It costs far less than ClaimMail, which writes.
func (r *Reader) MailDue(ctx context.Context, now time.Time) (bool, error) {
	return one(ctx, r, "MailDue", value[bool],
		`SELECT EXISTS (SELECT 1 FROM outbox
			WHERE sent_at = 0 AND given_up_at = 0 AND next_at <= $1 AND claimed_at <= $2)`, unix(now), unix(now.Add(-mailClaim)))
}

// ClaimMail reserves the next due mail for this process, for one try. It returns ErrNotFound if
// no mail is due. Mails that are past their end are given up first.
func (t *Tx) ClaimMail(ctx context.Context) (Mail, error) {
	if _, err := t.exec(ctx, "ClaimMail",
		`UPDATE outbox
		SET given_up_at = $1
		WHERE sent_at = 0 AND given_up_at = 0 AND next_at <= $1 AND ends_at < $1 AND claimed_at <= $2`,
		unix(t.Now), unix(t.Now.Add(-mailClaim))); err != nil {
		return Mail{}, err
	}
	// The conditions are repeated outside of the subquery: of two processes that find the same row,
	// the second waits for the first, and then checks the row again.
	return one(ctx, &t.Reader, "ClaimMail", scanMail,
		`UPDATE outbox
		SET claimed_at = $1, tries = tries + 1
		WHERE id = (SELECT id FROM outbox
				WHERE sent_at = 0 AND given_up_at = 0 AND next_at <= $1 AND claimed_at <= $2
				ORDER BY next_at, id LIMIT 1)
			AND sent_at = 0 AND given_up_at = 0 AND claimed_at <= $2
		RETURNING `+mailColumns, unix(t.Now), unix(t.Now.Add(-mailClaim)))
}

// MailSent marks a claimed mail as sent and empties its body.
func (t *Tx) MailSent(ctx context.Context, m Mail) error {
	return t.mustTouch(ctx, "MailSent",
		`UPDATE outbox
		SET sent_at = $1, claimed_at = 0, last_error = '', body = $2
		WHERE id = $3 AND claimed_at = $4 AND sent_at = 0`,
		unix(t.Now), []byte{}, m.ID, unix(m.ClaimedAt))
}

// MailFailed releases a claimed mail to be tried again at next. If that is past the mail's end,
// the mail is given up.
func (t *Tx) MailFailed(ctx context.Context, m Mail, why string, next time.Time) error {
	var givenUp time.Time
	if next.After(m.EndsAt) {
		givenUp = t.Now
	}
	return t.mustTouch(ctx, "MailFailed",
		`UPDATE outbox
		SET claimed_at = 0, last_error = $1, next_at = $2, given_up_at = $3
		WHERE id = $4 AND claimed_at = $5 AND sent_at = 0`,
		why, unix(next), unix(givenUp), m.ID, unix(m.ClaimedAt))
}

// RetryMail makes a mail that is queued or was given up due immediately, and until ends. It
// returns ErrNotFound if the mail was sent or is being sent.
func (t *Tx) RetryMail(ctx context.Context, id string, ends time.Time) error {
	n, err := t.exec(ctx, "RetryMail",
		`UPDATE outbox
		SET next_at = $1, given_up_at = 0, claimed_at = 0, ends_at = CASE WHEN ends_at < $1 THEN $2 ELSE ends_at END
		WHERE id = $3 AND sent_at = 0 AND claimed_at <= $4`,
		unix(t.Now), unix(ends), id, unix(t.Now.Add(-mailClaim)))
	if err == nil && n == 0 {
		return fmt.Errorf("db: RetryMail: %w", ErrNotFound)
	}
	t.mailed = true
	return err
}

// Mail returns one mail, or ErrNotFound.
func (r *Reader) Mail(ctx context.Context, id string) (Mail, error) {
	return one(ctx, r, "Mail", scanMail, `SELECT `+mailColumns+` FROM outbox WHERE id = $1`, id)
}

// MailsWaiting lists up to limit mails that haven't been sent, including those given up, in the
// order of their next try.
func (r *Reader) MailsWaiting(ctx context.Context, limit int) ([]Mail, error) {
	return all(ctx, r, "MailsWaiting", scanMail,
		`SELECT `+mailColumns+`
		FROM outbox
		WHERE sent_at = 0
		ORDER BY given_up_at, next_at, id LIMIT $1`, limit)
}

// MailsSent lists the mails that were sent last, latest first.
func (r *Reader) MailsSent(ctx context.Context, limit int) ([]Mail, error) {
	return all(ctx, r, "MailsSent", scanMail,
		`SELECT `+mailColumns+`
		FROM outbox
		WHERE sent_at > 0
		ORDER BY sent_at DESC, id DESC LIMIT $1`, limit)
}

// MailCounts counts the mails of the outbox by state.
type MailCounts struct{ Waiting, GivenUp, Sent int }

// CountMails counts the outbox.
func (r *Reader) CountMails(ctx context.Context) (MailCounts, error) {
	return one(ctx, r, "CountMails", func(s scanner) (c MailCounts, err error) {
		err = s.Scan(&c.Waiting, &c.GivenUp, &c.Sent)
		return c, err
	},
		`SELECT COUNT(CASE WHEN sent_at = 0 AND given_up_at = 0 THEN 1 END),
			COUNT(CASE WHEN given_up_at > 0 THEN 1 END),
			COUNT(CASE WHEN sent_at > 0 THEN 1 END)
		FROM outbox`)
}

// States of a mail.
const (
	MailWaits     = "waiting"
	MailIsSent    = "sent"
	MailIsGivenUp = "given_up"
)

// State says what has become of the mail so far.
func (m Mail) State() string {
	switch {
	case !m.SentAt.IsZero():
		return MailIsSent
	case !m.GivenUpAt.IsZero():
		return MailIsGivenUp
	}
	return MailWaits
}

// MailQuery asks for a page of the outbox, latest mail first.
type MailQuery struct {
	State  string // empty means any
	Before string // the last id of the previous page; empty for the first page
	Limit  int
}

// Mails lists a page of the outbox.
func (r *Reader) Mails(ctx context.Context, q MailQuery) ([]Mail, error) {
	return all(ctx, r, "Mails", scanMail,
		`SELECT `+mailColumns+`
		FROM outbox
		WHERE ($1 = '' OR $1 = CASE
				WHEN sent_at > 0 THEN '`+MailIsSent+`'
				WHEN given_up_at > 0 THEN '`+MailIsGivenUp+`'
				ELSE '`+MailWaits+`' END)
			AND ($2 = '' OR id < $2)
		ORDER BY id DESC LIMIT $3`, q.State, q.Before, q.Limit)
}
