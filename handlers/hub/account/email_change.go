package account

import (
	"context"
	"errors"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/limit"
	"gatepost/handlers/secret"
	"gatepost/views/mail"
)

// EmailChangeLife is how long both addresses have to confirm a change.
const EmailChangeLife = 24 * time.Hour

// EmailChange returns the change of address that the actor has started, or db.ErrNotFound.
func (as *Accounts) EmailChange(ctx context.Context, a hub.Actor) (db.EmailChange, error) {
	c, err := as.hub.DB.EmailChangeOf(ctx, a.ID)
	if err == nil && !as.hub.Now().Before(c.ExpiresAt) {
		err = db.ErrNotFound
	}
	return c, err
}

// ChangeEmail starts to change the actor's own address: a link goes to the old and to the new address,
// and nothing changes until both were used. It replaces a change that was started before, whose links
// then no longer work. The actor isn't told whether the new address has an account. Too many changes, or
// emails to the new address, are *Throttled; the old address is the actor's own and isn't counted.
func (as *Accounts) ChangeEmail(ctx context.Context, a hub.Actor, password, email string) error {
	if !as.hub.Mail.Enabled() {
		return hub.ErrMailOff
	}
	p, err := as.hub.DB.Person(ctx, a.ID)
	if err != nil {
		return err
	}
	bad := &hub.Invalid{}
	if email = hub.CleanEmail(bad, email); email == p.Email {
		bad.Add("email", "This is your address already.")
	}
	if err := bad.OrNil(); err != nil {
		return err
	}
	if err := as.recheckPassword(ctx, a, p, password); errors.Is(err, hub.ErrWrongPassword) {
		return hub.BadField("current_password", "This isn't your current password.")
	} else if err != nil {
		return err
	}
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err := tx.LockPerson(ctx, p.ID)
		if err != nil {
			return err
		}
		c := db.EmailChange{ID: secret.JTI(), PersonID: p.ID, Old: p.Email, New: email, CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(EmailChangeLife)}
		var toOld, toNew string
		toOld, c.OldHash = secret.NewToken(secret.EmailLink)
		toNew, c.NewHash = secret.NewToken(secret.EmailLink)
		if err := tx.PutEmailChange(ctx, c); err != nil {
			return err
		}
		if err := as.hub.CountMail(ctx, tx, a, c.New, limit.Use{ID: limit.EmailChanges, Key: p.ID}); err != nil {
			return err
		}
		letter := mail.EmailConfirm{Notice: as.hub.OwnNotice(a, "/email/"+toOld), Old: c.Old, New: c.New, ToOld: true, Expires: c.ExpiresAt}
		if err := as.hub.PostOnce(ctx, tx, db.OfLink(c.OldHash), c.Old, letter); err != nil {
			return err
		}
		letter.Notice, letter.ToOld = as.hub.OwnNotice(a, "/email/"+toNew), false
		if err := as.hub.PostOnce(ctx, tx, db.OfLink(c.NewHash), c.New, letter); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionEmailChangeAsked, Target: hub.OfPerson(p.ID, p.Name), Detail: "to " + c.New})
	})
}

// CancelEmailChange cancels the change that the actor has started, if there is one.
func (as *Accounts) CancelEmailChange(ctx context.Context, a hub.Actor) error {
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.EndEmailChange(ctx, a.ID); hub.IsMissing(err) {
			return nil
		} else if err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionEmailChangeStopped, Target: hub.OfPerson(a.ID, a.Name)})
	})
}

// OpenEmailChange is what the page of a confirmation link shows.
type OpenEmailChange struct {
	db.EmailChange
	ToOld     bool // the link went to the old address
	Confirmed bool // this address has confirmed already
}

// OpenEmailChange returns the change that a link confirms, without using the link. It returns ErrLinkDead
// if the link is unknown, used, cancelled or expired.
func (as *Accounts) OpenEmailChange(ctx context.Context, token string) (OpenEmailChange, error) {
	hash := secret.HashToken(token)
	c, err := as.hub.DB.EmailChangeByHash(ctx, hash)
	if hub.IsMissing(err) || err == nil && !as.hub.Now().Before(c.ExpiresAt) {
		return OpenEmailChange{}, hub.ErrLinkDead
	}
	out := OpenEmailChange{EmailChange: c, ToOld: c.OldHash == hash}
	out.Confirmed = out.ToOld && !c.OldConfirmedAt.IsZero() || !out.ToOld && !c.NewConfirmedAt.IsZero()
	return out, err
}

// ConfirmEmailChange confirms a change for the address that the link went to. The second confirmation
// changes the address in the same transaction. Of two concurrent ones, exactly one does.
func (as *Accounts) ConfirmEmailChange(ctx context.Context, a hub.Actor, token string) (c db.EmailChange, err error) {
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		open, err := tx.EmailChangeByHash(ctx, secret.HashToken(token))
		if hub.IsMissing(err) {
			return hub.ErrLinkDead
		} else if err != nil {
			return err
		}
		p, err := tx.LockPerson(ctx, open.PersonID) // before the change: starting another one locks in the same order
		if err != nil {
			return err
		}
		if c, err = tx.ConfirmEmailChange(ctx, secret.HashToken(token)); hub.IsMissing(err) {
			return hub.ErrLinkDead
		} else if err != nil {
			return err
		}
		if !p.DisabledAt.IsZero() || p.Email != c.Old {
			return hub.ErrLinkDead
		}
		a.ID, a.Name, a.Owner = p.ID, p.Name, p.Owner
		if _, err := tx.PersonByEmail(ctx, c.New); err == nil && !c.NewConfirmedAt.IsZero() {
			return hub.ErrHasAccount // only who confirms for the new address learns it, and the address is theirs
		} else if err != nil && !hub.IsMissing(err) {
			return err
		}
		if !c.Done() {
			return a.Record(ctx, tx, hub.Event{Action: hub.ActionEmailConfirmed, Target: hub.OfPerson(p.ID, p.Name), Detail: "to " + c.New})
		}
		return as.changeEmail(ctx, tx, a, p, c)
	})
	return c, err
}

func (as *Accounts) changeEmail(ctx context.Context, tx *db.Tx, a hub.Actor, p db.Person, c db.EmailChange) error {
	if err := tx.SetEmail(ctx, p.ID, c.Old, c.New); errors.Is(err, db.ErrConflict) {
		return hub.ErrHasAccount // added a moment ago
	} else if err != nil {
		return err
	}
	if err := tx.EndEmailChange(ctx, p.ID); err != nil {
		return err
	}
	for _, to := range []string{c.Old, c.New} {
		if err := as.hub.Post(ctx, tx, to, mail.EmailChanged{Notice: as.hub.OwnNotice(a, "/account"), Old: c.Old, New: c.New}); err != nil {
			return err
		}
	}
	return a.Record(ctx, tx, hub.Event{Action: hub.ActionEmailChanged, Target: hub.OfPerson(p.ID, p.Name), Detail: "from " + c.Old + " to " + c.New})
}

// RefuseEmailChange cancels a change. Whoever has one of its links can do so.
func (as *Accounts) RefuseEmailChange(ctx context.Context, a hub.Actor, token string) error {
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		c, err := tx.EmailChangeByHash(ctx, secret.HashToken(token))
		if err == nil {
			err = tx.EndEmailChange(ctx, c.PersonID)
		}
		if hub.IsMissing(err) {
			return hub.ErrLinkDead
		}
		if err != nil {
			return err
		}
		p, err := tx.Person(ctx, c.PersonID)
		if err != nil {
			return err
		}
		a.ID, a.Name = p.ID, p.Name
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionEmailChangeStopped, Target: hub.OfPerson(p.ID, p.Name), Detail: "by the link in the mail"})
	})
}
