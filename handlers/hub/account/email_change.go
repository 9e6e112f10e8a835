package hub

import (
	"context"
	"errors"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
	"gatepost/views/mail"
)

// EmailChangeLife is how long both addresses have to confirm a change.
const EmailChangeLife = 24 * time.Hour

// emailPrefix begins the tokens of the links that confirm.
const emailPrefix = "gpe_"

// EmailChange gives the change of address that the actor has begun, or db.ErrNotFound.
func (h *Hub) EmailChange(ctx context.Context, a Actor) (db.EmailChange, error) {
	c, err := h.DB.EmailChangeOf(ctx, a.ID)
	if err == nil && !h.Now().Before(c.ExpiresAt) {
		err = db.ErrNotFound
	}
	return c, err
}

// ChangeEmail begins to change the actor's own address: a link goes to the old and to the new
// one, and nothing changes before both were used. A change that was begun before ends. Whether
// the new address has an account is not told.
func (h *Hub) ChangeEmail(ctx context.Context, a Actor, password, email string) error {
	if !h.Mail.Enabled() {
		return ErrMailOff
	}
	p, err := h.DB.Person(ctx, a.ID)
	if err != nil {
		return err
	}
	bad := &Invalid{}
	if email = cleanEmail(bad, email); email == p.Email {
		bad.add("email", "This is your address already.")
	}
	if err := bad.orNil(); err != nil {
		return err
	}
	if err := h.recheckPassword(ctx, p, password); errors.Is(err, ErrWrongPassword) {
		return badField("current_password", "This is not your present password.")
	} else if err != nil {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err := tx.LockPerson(ctx, p.ID)
		if err != nil {
			return err
		}
		c := db.EmailChange{ID: secret.JTI(), PersonID: p.ID, Old: p.Email, New: email, CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(EmailChangeLife)}
		var toOld, toNew string
		toOld, c.OldHash = secret.NewToken(emailPrefix)
		toNew, c.NewHash = secret.NewToken(emailPrefix)
		if err := tx.PutEmailChange(ctx, c); err != nil {
			return err
		}
		letter := mail.EmailConfirm{Notice: h.ownNotice(a, "/email/"+toOld), Old: c.Old, New: c.New, ToOld: true, Ends: c.ExpiresAt}
		if err := h.postOnce(ctx, tx, db.OfLink(c.OldHash), c.Old, letter); err != nil {
			return err
		}
		letter.Notice, letter.ToOld = h.ownNotice(a, "/email/"+toNew), false
		if err := h.postOnce(ctx, tx, db.OfLink(c.NewHash), c.New, letter); err != nil {
			return err
		}
		return a.record(ctx, tx, Event{Action: ActionEmailChangeAsked, Target: ofPerson(p.ID, p.Name), Detail: "to " + c.New})
	})
}

// CancelEmailChange ends the change that the actor has begun. Without one it does nothing.
func (h *Hub) CancelEmailChange(ctx context.Context, a Actor) error {
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.EndEmailChange(ctx, a.ID); isMissing(err) {
			return nil
		} else if err != nil {
			return err
		}
		return a.record(ctx, tx, Event{Action: ActionEmailChangeStopped, Target: ofPerson(a.ID, a.Name)})
	})
}

// OpenEmailChange is what the page of a link to one of the addresses shows. It uses nothing up.
type OpenEmailChange struct {
	db.EmailChange
	ToOld     bool // the link went to the old address
	Confirmed bool // by this address, before
}

// OpenEmailChange looks at a link; one that is dead or unknown gives ErrLinkDead.
func (h *Hub) OpenEmailChange(ctx context.Context, token string) (OpenEmailChange, error) {
	hash := secret.HashToken(token)
	c, err := h.DB.EmailChangeByHash(ctx, hash)
	if isMissing(err) || err == nil && !h.Now().Before(c.ExpiresAt) {
		return OpenEmailChange{}, ErrLinkDead
	}
	out := OpenEmailChange{EmailChange: c, ToOld: c.OldHash == hash}
	out.Confirmed = out.ToOld && !c.OldConfirmedAt.IsZero() || !out.ToOld && !c.NewConfirmedAt.IsZero()
	return out, err
}

// ConfirmEmail confirms a change for the address that the link went to. The second of the two
// changes the address, in the same transaction: of two at once, exactly one does.
func (h *Hub) ConfirmEmail(ctx context.Context, a Actor, token string) (c db.EmailChange, err error) {
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		open, err := tx.EmailChangeByHash(ctx, secret.HashToken(token))
		if isMissing(err) {
			return ErrLinkDead
		} else if err != nil {
			return err
		}
		p, err := tx.LockPerson(ctx, open.PersonID) // before the change: whoever begins another holds them in this order
		if err != nil {
			return err
		}
		if c, err = tx.ConfirmEmailChange(ctx, secret.HashToken(token)); isMissing(err) {
			return ErrLinkDead
		} else if err != nil {
			return err
		}
		if !p.DisabledAt.IsZero() || p.Email != c.Old {
			return ErrLinkDead
		}
		a.ID, a.Name, a.Owner = p.ID, p.Name, p.Owner
		if _, err := tx.PersonByEmail(ctx, c.New); err == nil && !c.NewConfirmedAt.IsZero() {
			return ErrHasAccount // who confirms for the new address is told; it is theirs
		} else if err != nil && !isMissing(err) {
			return err
		}
		if !c.Done() {
			return a.record(ctx, tx, Event{Action: ActionEmailConfirmed, Target: ofPerson(p.ID, p.Name), Detail: "to " + c.New})
		}
		return h.changeEmail(ctx, tx, a, p, c)
	})
	return c, err
}

func (h *Hub) changeEmail(ctx context.Context, tx *db.Tx, a Actor, p db.Person, c db.EmailChange) error {
	if err := tx.SetEmail(ctx, p.ID, c.Old, c.New); errors.Is(err, db.ErrConflict) {
		return ErrHasAccount // made a moment ago
	} else if err != nil {
		return err
	}
	if err := tx.EndEmailChange(ctx, p.ID); err != nil {
		return err
	}
	for _, to := range []string{c.Old, c.New} {
		if err := h.post(ctx, tx, to, mail.EmailChanged{Notice: h.ownNotice(a, "/account"), Old: c.Old, New: c.New}); err != nil {
			return err
		}
	}
	return a.record(ctx, tx, Event{Action: ActionEmailChanged, Target: ofPerson(p.ID, p.Name), Detail: "from " + c.Old + " to " + c.New})
}

// RefuseEmail ends a change for whoever holds a link to one of its addresses.
func (h *Hub) RefuseEmail(ctx context.Context, a Actor, token string) error {
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		c, err := tx.EmailChangeByHash(ctx, secret.HashToken(token))
		if err == nil {
			err = tx.EndEmailChange(ctx, c.PersonID)
		}
		if isMissing(err) {
			return ErrLinkDead
		}
		if err != nil {
			return err
		}
		p, err := tx.Person(ctx, c.PersonID)
		if err != nil {
			return err
		}
		a.ID, a.Name = p.ID, p.Name
		return a.record(ctx, tx, Event{Action: ActionEmailChangeStopped, Target: ofPerson(p.ID, p.Name), Detail: "by the link in the mail"})
	})
}
