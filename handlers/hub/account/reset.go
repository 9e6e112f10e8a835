package account

import (
	"context"
	"errors"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/limit"
	"gatepost/handlers/secret"
	"gatepost/views/mail"
)

// ForgotPassword emails a reset link if the address has an active account, and hasn't had too many emails
// already. Neither the response nor its time tells whether it has: the work is done in the background, and
// writes to the database either way. Too many requests are *Throttled, whatever account they name.
func (as *Accounts) ForgotPassword(ctx context.Context, a hub.Actor, email string) error {
	bad := &hub.Invalid{}
	email = hub.CleanEmail(bad, email)
	if err := bad.OrNil(); err != nil {
		return err
	}
	if !as.hub.Mail.Enabled() {
		return nil
	}
	try, err := as.hub.Tries.Begin(ctx, hub.Origin{},
		hub.LimitTries(limit.ResetsOfPlace, "reset from", hub.Place(a.Address)), hub.LimitTries(limit.ResetsOfAddress, "reset of", email))
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
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if p.PasswordHash == "" || !p.DisabledAt.IsZero() {
			return as.hub.CountRefusal(ctx, tx, a, db.RefusedReset, p.ID)
		}
		if err := as.hub.CountMail(ctx, tx, hub.Actor{}, p.Email); err != nil {
			return err
		}
		ends := tx.Now.Add(hub.ResetLife)
		plain, hash := secret.NewToken(secret.ResetLink)
		if err := tx.CancelLinksFor(ctx, db.LinkReset, p.Email, ""); err != nil {
			return err
		}
		if err := tx.InsertLink(ctx, db.Link{
			ID: secret.JTI(), TokenHash: hash, Purpose: db.LinkReset, Email: p.Email, PersonID: p.ID,
			CreatedAt: tx.Now, ExpiresAt: ends,
		}); err != nil {
			return err
		}
		if err := as.hub.PostOnce(ctx, tx, db.OfLink(hash), p.Email, mail.Reset{Name: p.Name, Link: as.hub.Issuer + "/reset/" + plain, From: a.Address, Expires: ends}); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionPasswordResetAsked, Target: hub.OfPerson(p.ID, p.Name)})
	})
	var enough *hub.Throttled
	if errors.As(err, &enough) {
		return as.hub.DB.Tx(ctx, func(tx *db.Tx) error { return as.hub.CountRefusal(ctx, tx, a, db.RefusedReset, p.ID) })
	}
	return err
}

// ResetPassword uses a reset link up and sets the new password. Whoever had the account before may still
// hold credentials of it, so all of them end: sessions, personal tokens, calendar addresses, and what apps
// were allowed. Second factors stay, and are asked for at the next sign-in; LastReset then returns what
// ended.
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
	hash, err := as.hub.Hasher.Hash(ctx, a.ByLink(), normalPassword(password))
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
		ended, err := as.setPassword(ctx, tx, a, p, hash, "", EndAll, true)
		if err != nil {
			return err
		}
		if err := tx.PutPasswordReset(ctx, db.PasswordReset{PersonID: p.ID, At: tx.Now, Address: a.Address, Ended: ended}); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionPasswordReset, Target: hub.OfPerson(p.ID, p.Name), Detail: endedDetail(ended)})
	})
}

// LastReset returns the last reset of the actor's password by a link, with what it ended, or
// db.ErrNotFound.
func (as *Accounts) LastReset(ctx context.Context, a hub.Actor) (db.PasswordReset, error) {
	return as.hub.DB.PasswordReset(ctx, a.ID)
}

// ResetLink returns a new link with which a person chooses a new password, or activates an account that
// isn't active yet, and cancels earlier ones. Only the operator can, on the command line: no email is
// sent.
func (as *Accounts) ResetLink(ctx context.Context, a hub.Actor, id string) (link db.Link, url string, err error) {
	if a.Kind != hub.Operator {
		return link, "", &hub.Forbidden{What: "create links for others", WhoCan: "gatepost user reset-link does it on the portal's machine."}
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
		prefix, path, action := secret.ResetLink, "/reset/", hub.ActionPasswordResetAsked
		if p.PasswordHash == "" {
			link.Purpose, link.ExpiresAt = db.LinkInvitation, tx.Now.Add(hub.InvitationLife)
			prefix, path, action = secret.InvitationLink, "/activate/", hub.ActionAccountLinkMade
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
