package hub

import (
	"context"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
	"gatepost/views/mail"
)

// ForgotPassword mails a link that sets a new password, if the address has an active
// account. Whether it has is not told, by answer or by time: the work is done after the
// answer, and writes either way. Too many are *Throttled, whoever's account they name.
func (h *Hub) ForgotPassword(ctx context.Context, a Actor, email string) error {
	bad := &Invalid{}
	email = cleanEmail(bad, email)
	if err := bad.orNil(); err != nil {
		return err
	}
	if !h.Mail.Enabled() {
		return nil
	}
	try, err := h.tries.begin(ctx, "",
		tryLimit{key: tryKey("reset of", email), free: 4, first: 15 * time.Minute, longest: time.Hour, leaks: 15 * time.Minute},
		tryLimit{key: tryKey("reset from", place(a.Address)), free: 20, first: 3 * time.Minute, longest: time.Hour, leaks: 3 * time.Minute})
	if err != nil {
		return err
	}
	defer try.end()
	if err := h.DB.Tx(ctx, func(tx *db.Tx) error { return try.failed(ctx, tx) }); err != nil {
		return err
	}
	h.inBackground(func(ctx context.Context) error { return h.sendReset(ctx, a, email) })
	return nil
}

func (h *Hub) sendReset(ctx context.Context, a Actor, email string) error {
	p, err := h.DB.PersonByEmail(ctx, email)
	if err != nil && !isMissing(err) {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		if p.PasswordHash == "" || !p.DisabledAt.IsZero() {
			// Written down as well: a commit can be felt from outside.
			return a.record(ctx, tx, Event{Action: ActionPasswordResetAsked, Target: ofPerson(p.ID, p.Name), Detail: "of an account that is not there or not active"})
		}
		ends := tx.Now.Add(ResetLife)
		plain, hash := secret.NewToken(resetPrefix)
		if err := tx.CancelLinksFor(ctx, db.LinkReset, p.Email, ""); err != nil {
			return err
		}
		if err := tx.InsertLink(ctx, db.Link{
			ID: secret.JTI(), TokenHash: hash, Purpose: db.LinkReset, Email: p.Email, PersonID: p.ID,
			CreatedAt: tx.Now, ExpiresAt: ends,
		}); err != nil {
			return err
		}
		if err := h.postOnce(ctx, tx, db.OfLink(hash), p.Email, mail.Reset{Name: p.Name, Link: h.Issuer + "/reset/" + plain, From: a.Address, Ends: ends}); err != nil {
			return err
		}
		return a.record(ctx, tx, Event{Action: ActionPasswordResetAsked, Target: ofPerson(p.ID, p.Name)})
	})
}

// ResetPassword uses a reset link up: the new password stands, and every session ends, with
// the tokens of every app that acts for the person.
func (h *Hub) ResetPassword(ctx context.Context, a Actor, token, password string) error {
	open, err := h.OpenLink(ctx, token, db.LinkReset)
	if err != nil {
		return err
	}
	p, err := h.DB.Person(ctx, open.Link.PersonID)
	if isMissing(err) {
		return ErrLinkDead
	}
	if err != nil {
		return err
	}
	if err := h.checkPassword(ctx, "password", password, p.Name, p.Email); err != nil {
		return err
	}
	hash, err := h.Hasher.Hash(ctx, normalPassword(password))
	if err != nil {
		return err
	}
	a.ID, a.Name = p.ID, p.Name
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.ConsumeLink(ctx, secret.HashToken(token), db.LinkReset); isMissing(err) {
			return ErrLinkDead
		} else if err != nil {
			return err
		}
		if err := h.setPassword(ctx, tx, a, p, hash, ""); err != nil {
			return err
		}
		return a.record(ctx, tx, Event{Action: ActionPasswordReset, Target: ofPerson(p.ID, p.Name)})
	})
}
