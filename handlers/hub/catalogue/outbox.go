package catalogue

import (
	"context"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// Mails lists a page of the outbox for an owner, and says whether more follow. What the mails
// say is encrypted, and goes nowhere but into the mail.
func (cs *Catalogue) Mails(ctx context.Context, a hub.Actor, q db.MailQuery) (mails []db.Mail, more bool, err error) {
	if err := hub.MayOwn(a, "see the outbox"); err != nil {
		return nil, false, err
	}
	limit := q.Limit
	q.Limit++
	mails, err = cs.hub.DB.Mails(ctx, q)
	if len(mails) > limit {
		return mails[:limit], true, err
	}
	return mails, false, err
}

// OneMail gives a mail of the outbox to an owner.
func (cs *Catalogue) OneMail(ctx context.Context, a hub.Actor, id string) (db.Mail, error) {
	if err := hub.MayOwn(a, "see the outbox"); err != nil {
		return db.Mail{}, err
	}
	return cs.hub.DB.Mail(ctx, id)
}
