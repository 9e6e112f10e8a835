package account

import (
	"context"
	"errors"
	"fmt"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// verifyPassword checks a person's password, and stores it anew when the cost of hashing
// was raised since.
func (as *Accounts) verifyPassword(ctx context.Context, p db.Person, password string) error {
	plain := normalPassword(password)
	ok, rehash, err := as.hub.Hasher.Verify(ctx, plain, p.PasswordHash)
	if err != nil {
		return err
	}
	if !ok {
		return hub.ErrWrongPassword
	}
	if !rehash {
		return nil
	}
	hash, err := as.hub.Hasher.Hash(ctx, plain)
	if err != nil {
		return err
	}
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error { return tx.RehashPassword(ctx, p.ID, p.PasswordHash, hash) })
}

// Profile is what people may change of themselves.
type Profile struct{ Name, Phone, City string }

// ChangeProfile changes the actor's own fields. Changes at once take turns, so that one which
// leaves a field as it is undoes no other.
func (as *Accounts) ChangeProfile(ctx context.Context, a hub.Actor, change func(*Profile)) error {
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err := tx.LockPerson(ctx, a.ID)
		if err != nil {
			return err
		}
		in, bad := Profile{p.Name, p.Phone, p.City}, &hub.Invalid{}
		change(&in)
		in.Name = hub.CleanName(bad, "name", "your name", in.Name, 100)
		in.Phone = hub.CleanText(bad, "phone", in.Phone, 40)
		in.City = hub.CleanText(bad, "city", in.City, 100)
		if err := bad.OrNil(); err != nil {
			return err
		}
		if err := tx.UpdatePersonFields(ctx, a.ID, in.Name, in.Phone, in.City); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionProfileChanged, Target: hub.OfPerson(a.ID, in.Name)})
	})
}

// ChangePassword sets the actor's new password after checking the present one. It ends all
// the actor's sessions but the one with the id session, and the tokens of every app that
// acts for them.
func (as *Accounts) ChangePassword(ctx context.Context, a hub.Actor, session, present, next string) error {
	p, err := as.hub.DB.Person(ctx, a.ID)
	if err != nil {
		return err
	}
	if err := as.recheckPassword(ctx, p, present); errors.Is(err, hub.ErrWrongPassword) {
		return hub.BadField("current_password", "This is not your present password.")
	} else if err != nil {
		return err
	}
	if err := as.checkPassword(ctx, "new_password", next, p.Name, p.Email); err != nil {
		return err
	}
	hash, err := as.hub.Hasher.Hash(ctx, normalPassword(next))
	if err != nil {
		return err
	}
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := as.setPassword(ctx, tx, a, p, hash, session); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionPasswordChanged, Target: hub.OfPerson(p.ID, p.Name)})
	})
}

// Sessions lists the actor's own sessions.
func (as *Accounts) Sessions(ctx context.Context, a hub.Actor) ([]db.Session, error) {
	return as.hub.DB.SessionsOf(ctx, a.ID, as.hub.Now())
}

// EndSession ends one of the actor's own sessions.
func (as *Accounts) EndSession(ctx context.Context, a hub.Actor, id string) error {
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.DeleteSession(ctx, id, a.ID); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionSessionEnded, Target: hub.OfPerson(a.ID, a.Name)})
	})
}

// EndOtherSessions ends all the actor's sessions but the one with the id keep; with appsToo,
// the tokens of every app that acts for them as well.
func (as *Accounts) EndOtherSessions(ctx context.Context, a hub.Actor, keep string, appsToo bool) error {
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.DeleteSessionsOf(ctx, a.ID, keep); err != nil {
			return err
		}
		detail := ""
		if appsToo {
			n, err := tx.RevokeFamiliesOf(ctx, a.ID)
			if err != nil {
				return err
			}
			detail = fmt.Sprintf("and the tokens of %d authorizations", n)
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionSessionEndedOthers, Target: hub.OfPerson(a.ID, a.Name), Detail: detail})
	})
}
