package hub

import (
	"context"
	"errors"
	"fmt"

	"gatepost/db"
)

// verifyPassword checks a person's password, and stores it anew when the cost of hashing
// was raised since.
func (h *Hub) verifyPassword(ctx context.Context, p db.Person, password string) error {
	plain := normalPassword(password)
	ok, rehash, err := h.Hasher.Verify(ctx, plain, p.PasswordHash)
	if err != nil {
		return err
	}
	if !ok {
		return ErrWrongPassword
	}
	if !rehash {
		return nil
	}
	hash, err := h.Hasher.Hash(ctx, plain)
	if err != nil {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error { return tx.RehashPassword(ctx, p.ID, p.PasswordHash, hash) })
}

// Profile is what people may change of themselves.
type Profile struct{ Name, Phone, City string }

// ChangeProfile changes the actor's own fields. Changes at once take turns, so that one which
// leaves a field as it is undoes no other.
func (h *Hub) ChangeProfile(ctx context.Context, a Actor, change func(*Profile)) error {
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err := tx.LockPerson(ctx, a.ID)
		if err != nil {
			return err
		}
		in, bad := Profile{p.Name, p.Phone, p.City}, &Invalid{}
		change(&in)
		in.Name = cleanName(bad, "name", "your name", in.Name, 100)
		in.Phone = cleanText(bad, "phone", in.Phone, 40)
		in.City = cleanText(bad, "city", in.City, 100)
		if err := bad.orNil(); err != nil {
			return err
		}
		if err := tx.UpdatePersonFields(ctx, a.ID, in.Name, in.Phone, in.City); err != nil {
			return err
		}
		return a.record(ctx, tx, Event{Action: ActionProfileChanged, Target: ofPerson(a.ID, in.Name)})
	})
}

// ChangePassword sets the actor's new password after checking the present one. It ends all
// the actor's sessions but the one with the id session, and the tokens of every app that
// acts for them.
func (h *Hub) ChangePassword(ctx context.Context, a Actor, session, present, next string) error {
	p, err := h.DB.Person(ctx, a.ID)
	if err != nil {
		return err
	}
	if err := h.recheckPassword(ctx, p, present); errors.Is(err, ErrWrongPassword) {
		return badField("current_password", "This is not your present password.")
	} else if err != nil {
		return err
	}
	if err := h.checkPassword(ctx, "new_password", next, p.Name, p.Email); err != nil {
		return err
	}
	hash, err := h.Hasher.Hash(ctx, normalPassword(next))
	if err != nil {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := h.setPassword(ctx, tx, a, p, hash, session); err != nil {
			return err
		}
		return a.record(ctx, tx, Event{Action: ActionPasswordChanged, Target: ofPerson(p.ID, p.Name)})
	})
}

// Sessions lists the actor's own sessions.
func (h *Hub) Sessions(ctx context.Context, a Actor) ([]db.Session, error) {
	return h.DB.SessionsOf(ctx, a.ID, h.Now())
}

// EndSession ends one of the actor's own sessions.
func (h *Hub) EndSession(ctx context.Context, a Actor, id string) error {
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.DeleteSession(ctx, id, a.ID); err != nil {
			return err
		}
		return a.record(ctx, tx, Event{Action: ActionSessionEnded, Target: ofPerson(a.ID, a.Name)})
	})
}

// EndOtherSessions ends all the actor's sessions but the one with the id keep; with appsToo,
// the tokens of every app that acts for them as well.
func (h *Hub) EndOtherSessions(ctx context.Context, a Actor, keep string, appsToo bool) error {
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
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
		return a.record(ctx, tx, Event{Action: ActionSessionEndedOthers, Target: ofPerson(a.ID, a.Name), Detail: detail})
	})
}
