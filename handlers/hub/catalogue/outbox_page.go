package hub

import (
	"context"

	"gatepost/db"
)

// Mails lists a page of the outbox for an owner, and says whether more follow. What the mails
// say is encrypted, and goes nowhere but into the mail.
func (h *Hub) Mails(ctx context.Context, a Actor, q db.MailQuery) (mails []db.Mail, more bool, err error) {
	if err := mayOwn(a, "see the outbox"); err != nil {
		return nil, false, err
	}
	limit := q.Limit
	q.Limit++
	mails, err = h.DB.Mails(ctx, q)
	if len(mails) > limit {
		return mails[:limit], true, err
	}
	return mails, false, err
}

// OneMail gives a mail of the outbox to an owner.
func (h *Hub) OneMail(ctx context.Context, a Actor, id string) (db.Mail, error) {
	if err := mayOwn(a, "see the outbox"); err != nil {
		return db.Mail{}, err
	}
	return h.DB.Mail(ctx, id)
}
