package hub

import (
	"context"
	"errors"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub/limit"
)

// OrThrottled returns *Throttled for the error of a limit, and any other error unchanged.
func OrThrottled(err error) error {
	var e *limit.Exceeded
	if !errors.As(err, &e) {
		return err
	}
	return &Throttled{RetryAfter: e.Wait, What: e.Limit.Refusal}
}

// Count counts one more under each limit, or returns *Throttled. The transaction is that of what is
// counted: if it rolls back, nothing was counted.
func (h *Hub) Count(ctx context.Context, tx *db.Tx, uses ...limit.Use) error {
	return OrThrottled(limit.Take(ctx, tx, h.Now(), uses...))
}

// CountAlone is Count in a transaction of its own, for what writes nothing else.
func (h *Hub) CountAlone(ctx context.Context, uses ...limit.Use) error {
	return h.DB.Tx(ctx, func(tx *db.Tx) error { return h.Count(ctx, tx, uses...) })
}

// CountMail counts an email that an actor causes to be sent to somebody else's address, or returns
// *Throttled. more are the limits of what it is. Notices about a person's own account aren't counted,
// since a limit would let an attacker keep them from arriving.
func (h *Hub) CountMail(ctx context.Context, tx *db.Tx, a Actor, to string, more ...limit.Use) error {
	uses := []limit.Use{}
	if h.Mail.Enabled() {
		box := mailbox(to)
		uses = append(uses, limit.Use{ID: limit.MailsToAddressHour, Key: box}, limit.Use{ID: limit.MailsToAddressDay, Key: box})
		if a.ID != "" {
			uses = append(uses, limit.Use{ID: limit.MailsOfSender, Key: a.ID})
		}
	}
	return h.Count(ctx, tx, append(uses, more...)...)
}

// mailbox returns the mailbox of an address: most servers deliver ana+anything@ to ana@.
func mailbox(address string) string {
	local, domain, _ := strings.Cut(strings.ToLower(address), "@")
	local, _, _ = strings.Cut(local, "+")
	return local + "@" + domain
}
