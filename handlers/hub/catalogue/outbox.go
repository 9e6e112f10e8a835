package catalogue

import (
	"context"
	"fmt"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/limit"
	"gatepost/views/mail"
)

// Mails lists a page of the outbox for an owner, and says whether more follow. The bodies stay
// encrypted.
func (cs *Catalogue) Mails(ctx context.Context, a hub.Actor, q db.MailQuery) (mails []db.Mail, more bool, err error) {
	if err := cs.hub.MayOwn(ctx, a, "see the outbox"); err != nil {
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

// FindMail returns one email of the outbox to an owner.
func (cs *Catalogue) FindMail(ctx context.Context, a hub.Actor, id string) (db.Mail, error) {
	if err := cs.hub.MayOwn(ctx, a, "see the outbox"); err != nil {
		return db.Mail{}, err
	}
	return cs.hub.DB.Mail(ctx, id)
}

// Outbox is what an owner sees of the emails.
type Outbox struct {
	On            bool   // a mail server is configured
	Server, From  string // host:port, and the sender's address
	Counts        db.MailCounts
	Waiting, Sent []db.Mail // without bodies
}

// outboxRows is how many emails of each kind a page shows.
const outboxRows = 50

// Outbox returns the emails that are queued and those that were sent last, for an owner.
func (cs *Catalogue) Outbox(ctx context.Context, a hub.Actor) (out Outbox, err error) {
	if err := cs.hub.MayOwn(ctx, a, "see the outbox"); err != nil {
		return out, err
	}
	out.On, out.Server, out.From = cs.hub.Mail.Enabled(), cs.hub.Mail.Server(), cs.hub.Mail.From()
	if out.Counts, err = cs.hub.DB.CountMails(ctx); err != nil {
		return out, err
	}
	if out.Waiting, err = cs.hub.DB.MailsWaiting(ctx, outboxRows); err != nil {
		return out, err
	}
	out.Sent, err = cs.hub.DB.MailsSent(ctx, outboxRows)
	for i := range out.Waiting {
		out.Waiting[i].Body = nil
	}
	return out, err
}

// SendTestMail queues an email to the owner who asks for it, and returns its address.
func (cs *Catalogue) SendTestMail(ctx context.Context, a hub.Actor) (to string, err error) {
	if err := cs.hub.MayOwn(ctx, a, "send a test mail"); err != nil {
		return "", err
	}
	if !cs.hub.Mail.Enabled() {
		return "", hub.ErrMailOff
	}
	p, err := cs.hub.DB.Person(ctx, a.ID)
	if err != nil {
		return "", err
	}
	return p.Email, cs.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := cs.hub.Count(ctx, tx, limit.Use{ID: limit.TestMails, Key: a.ID}); err != nil {
			return err
		}
		if err := cs.hub.Post(ctx, tx, p.Email, mail.TestMail{Notice: cs.hub.OwnNotice(a, "/owner/mail")}); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionMailTested, Target: hub.Target{Type: hub.TargetMail, Name: p.Email}})
	})
}

// RetryMail makes an email due immediately. It returns db.ErrNotFound if the email was sent, is being
// sent, or has a link that has expired.
func (cs *Catalogue) RetryMail(ctx context.Context, a hub.Actor, id string) error {
	if err := cs.hub.MayOwn(ctx, a, "send a mail again"); err != nil {
		return err
	}
	return cs.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		m, err := tx.Mail(ctx, id)
		if err != nil {
			return err
		}
		if m.LinkEnded(tx.Now) {
			return fmt.Errorf("catalogue: RetryMail: %w", db.ErrNotFound)
		}
		if err := tx.RetryMail(ctx, id, tx.Now.Add(hub.MailLife)); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionMailRetried, Target: hub.Target{Type: hub.TargetMail, ID: id, Name: m.Recipient}, Detail: m.Kind})
	})
}
