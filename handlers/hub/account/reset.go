package account

import (
	"context"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
	"gatepost/views/mail"
)

// ForgotPassword mails a link that sets a new password, if the address has an active
// account. Whether it has is not told, by answer or by time: the work is done after the
// answer, and writes either way. Too many are *Throttled, whoever's account they name.
func (as *Accounts) ForgotPassword(ctx context.Context, a hub.Actor, email string) error {
	bad := &hub.Invalid{}
	email = hub.CleanEmail(bad, email)
	if err := bad.OrNil(); err != nil {
		return err
	}
	if !as.hub.Mail.Enabled() {
		return nil
	}
	try, err := as.hub.Tries.Begin(ctx, "",
		hub.TryLimit{Key: hub.TryKey("reset of", email), Free: 4, First: 15 * time.Minute, Longest: time.Hour, Leaks: 15 * time.Minute},
		hub.TryLimit{Key: hub.TryKey("reset from", hub.Place(a.Address)), Free: 20, First: 3 * time.Minute, Longest: time.Hour, Leaks: 3 * time.Minute})
	if err != nil {
		return err
	}
	defer try.End()
	if err := as.hub.DB.Tx(ctx, func(tx *db.Tx) error { return try.Failed(ctx, tx) }); err != nil {
		return err
	}
	as.hub.InBackground(func(ctx context.Context) error { return as.sendReset(ctx, a, email) })
	return nil
}

func (as *Accounts) sendReset(ctx context.Context, a hub.Actor, email string) error {
	p, err := as.hub.DB.PersonByEmail(ctx, email)
	if err != nil && !hub.IsMissing(err) {
		return err
	}
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if p.PasswordHash == "" || !p.DisabledAt.IsZero() {
			// Written down as well: a commit can be felt from outside.
			return a.Record(ctx, tx, hub.Event{Action: hub.ActionPasswordResetAsked, Target: hub.OfPerson(p.ID, p.Name), Detail: "of an account that is not there or not active"})
		}
		ends := tx.Now.Add(hub.ResetLife)
		plain, hash := secret.NewToken(hub.ResetPrefix)
		if err := tx.CancelLinksFor(ctx, db.LinkReset, p.Email, ""); err != nil {
			return err
		}
		if err := tx.InsertLink(ctx, db.Link{
			ID: secret.JTI(), TokenHash: hash, Purpose: db.LinkReset, Email: p.Email, PersonID: p.ID,
			CreatedAt: tx.Now, ExpiresAt: ends,
		}); err != nil {
			return err
		}
		if err := as.hub.PostOnce(ctx, tx, db.OfLink(hash), p.Email, mail.Reset{Name: p.Name, Link: as.hub.Issuer + "/reset/" + plain, From: a.Address, Ends: ends}); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionPasswordResetAsked, Target: hub.OfPerson(p.ID, p.Name)})
	})
}

// ResetPassword uses a reset link up: the new password stands, and every session ends, with
// the tokens of every app that acts for the person.
func (as *Accounts) ResetPassword(ctx context.Context, a hub.Actor, token, password string) error {
	open, err := as.hub.OpenLink(ctx, token, db.LinkReset)
	if err != nil {
		return err
	}
	p, err := as.hub.DB.Person(ctx, open.Link.PersonID)
	if hub.IsMissing(err) {
		return hub.ErrLinkDead
	}
	if err != nil {
		return err
	}
	if err := as.checkPassword(ctx, "password", password, p.Name, p.Email); err != nil {
		return err
	}
	hash, err := as.hub.Hasher.Hash(ctx, normalPassword(password))
	if err != nil {
		return err
	}
	a.ID, a.Name = p.ID, p.Name
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.ConsumeLink(ctx, secret.HashToken(token), db.LinkReset); hub.IsMissing(err) {
			return hub.ErrLinkDead
		} else if err != nil {
			return err
		}
		if err := as.setPassword(ctx, tx, a, p, hash, ""); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionPasswordReset, Target: hub.OfPerson(p.ID, p.Name)})
	})
}

// ResetLink makes a link with which a person chooses a new password, or activates an account
// that waits for it; earlier ones end. It is for the command line, where no mail goes out.
func (as *Accounts) ResetLink(ctx context.Context, a hub.Actor, id string) (link db.Link, url string, err error) {
	if a.Kind != hub.Operator {
		return link, "", &hub.Forbidden{What: "make links for others", WhoCan: "gatepost user reset-link does it on the portal's machine."}
	}
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err := tx.LockPerson(ctx, id)
		if err != nil {
			return err
		}
		if !p.DisabledAt.IsZero() {
			return hub.ErrNotActive
		}
		link = db.Link{ID: secret.JTI(), Purpose: db.LinkReset, Email: p.Email, PersonID: p.ID, CreatedBy: a.ID, CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(hub.ResetLife)}
		prefix, path, action := hub.ResetPrefix, "/reset/", hub.ActionPasswordResetAsked
		if p.PasswordHash == "" {
			link.Purpose, link.ExpiresAt = db.LinkInvitation, tx.Now.Add(hub.InvitationLife)
			prefix, path, action = hub.InvitationPrefix, "/activate/", hub.ActionAccountLinkMade
		}
		var plain string
		plain, link.TokenHash = secret.NewToken(prefix)
		url = as.hub.Issuer + path + plain
		if err := tx.CancelLinksFor(ctx, link.Purpose, p.Email, ""); err != nil {
			return err
		}
		if err := tx.InsertLink(ctx, link); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: action, Target: hub.OfPerson(p.ID, p.Name), Detail: "by the command line"})
	})
	return link, url, err
}
