package hub

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"gatepost/db"
)

// Throttle of sign-in: by account and address together, so that a stranger can't lock a
// person out from elsewhere, and wider ones by each alone.
const signInWindow = 15 * time.Minute

// NormalEmail gives the form in which an e-mail address is stored, or says what is wrong.
func NormalEmail(field, email string) (string, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	a, err := mail.ParseAddress(email)
	if err != nil || a.Address != email || len(email) > 254 || strings.ContainsAny(email, " \t\r\n<>") {
		return "", invalid(field, "Write an e-mail address such as mario@example.com.")
	}
	return email, nil
}

// cleanName checks a name that people give to themselves or to things.
func cleanName(e *Invalid, field, what, name string, most int) string {
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		e.add(field, "Write %s.", what)
	case !utf8.ValidString(name) || oneLine(name) != name:
		e.add(field, "Use one line of text without control characters.")
	case utf8.RuneCountInString(name) > most:
		e.add(field, "Use at most %d characters.", most)
	}
	return name
}

func cleanText(e *Invalid, field, text string, most int) string {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		e.add(field, "Use text without control characters.")
	} else if utf8.RuneCountInString(text) > most {
		e.add(field, "Use at most %d characters.", most)
	}
	return text
}

// SignIn gives the person whose e-mail and password these are. A wrong password, an unknown
// e-mail, an account that is not active: all are ErrWrongPassword, after the same work.
func (h *Hub) SignIn(ctx context.Context, a Actor, email, password string) (db.Person, error) {
	p, err := h.identify(ctx, a, email, password)
	if err != nil {
		return db.Person{}, err
	}
	h.signedIn(a, email)
	a.ID, a.Name, a.Owner = p.ID, p.Name, p.Owner
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		return a.record(ctx, tx, "sign_in", "", "person", p.ID, p.Name, "")
	})
	return p, err
}

// identify is what every way to sign in by password has in common: the same throttle, the
// same work, the same answer. More limits may be added. Who is then let in is signedIn.
func (h *Hub) identify(ctx context.Context, a Actor, email, password string, more ...limit) (db.Person, error) {
	email = signInName(email)
	if wait := h.signIns.take(append(more, signInLimits(a, email)...)...); wait > 0 {
		return db.Person{}, &Throttled{wait}
	}
	p, err := h.DB.PersonByEmail(ctx, email)
	if err != nil && !isMissing(err) {
		return db.Person{}, err
	}
	if err != nil || p.PasswordHash == "" || !p.DisabledAt.IsZero() {
		if err := h.Hasher.Dummy(ctx, normalPassword(password)); err != nil {
			return db.Person{}, err
		}
		// Written down as a wrong password is: a commit can be felt from outside.
		return db.Person{}, h.refuseSignIn(ctx, a, p, "of an account that is not there or not active")
	}
	if err := h.verifyPassword(ctx, p, password); err != nil {
		if errors.Is(err, ErrWrongPassword) {
			err = h.refuseSignIn(ctx, a, p, "")
		}
		return db.Person{}, err
	}
	return p, nil
}

// signInName is an e-mail as it stands in the database, if it does: none there is longer.
func signInName(email string) string {
	email = strings.ToLower(strings.TrimSpace(email))
	return email[:min(len(email), 255)]
}

func ownTries(a Actor, email string) string { return "own " + email + " " + a.Address }

func signInLimits(a Actor, email string) []limit {
	return []limit{{ownTries(a, email), 10, signInWindow}, {"account " + email, 100, signInWindow}, {"address " + a.Address, 200, signInWindow}}
}

// signedIn takes back what identify counted, and forgets wrong tries from the same place.
func (h *Hub) signedIn(a Actor, email string, more ...limit) {
	email = signInName(email)
	h.signIns.giveBack(append(more, signInLimits(a, email)...)...)
	h.signIns.forget(ownTries(a, email))
}

// refuseSignIn writes a failed sign-in down, and gives ErrWrongPassword.
func (h *Hub) refuseSignIn(ctx context.Context, a Actor, p db.Person, detail string) error {
	a.ID, a.Name, a.Owner = p.ID, p.Name, p.Owner
	err := h.DB.Tx(ctx, func(tx *db.Tx) error {
		return a.record(ctx, tx, "sign_in.failed", "", "person", p.ID, p.Name, detail)
	})
	if err == nil {
		err = ErrWrongPassword
	}
	return err
}

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

// UpdateProfile stores the actor's own fields.
func (h *Hub) UpdateProfile(ctx context.Context, a Actor, in Profile) error {
	bad := &Invalid{}
	in.Name = cleanName(bad, "name", "your name", in.Name, 100)
	in.Phone = cleanText(bad, "phone", in.Phone, 40)
	in.City = cleanText(bad, "city", in.City, 100)
	if err := bad.orNil(); err != nil {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.UpdatePersonFields(ctx, a.ID, in.Name, in.Phone, in.City); err != nil {
			return err
		}
		return a.record(ctx, tx, "profile.changed", "", "person", a.ID, in.Name, "")
	})
}

// ChangePassword sets the actor's new password after checking the present one. It ends all
// the actor's sessions but the one with the id session, and the tokens of every app that
// acts for them (RFC 9700 section 4.14.2).
func (h *Hub) ChangePassword(ctx context.Context, a Actor, session, present, next string) error {
	p, err := h.DB.Person(ctx, a.ID)
	if err != nil {
		return err
	}
	if wait := h.signIns.take(limit{"change " + p.ID, 10, signInWindow}); wait > 0 {
		return &Throttled{wait}
	}
	if err := h.verifyPassword(ctx, p, present); errors.Is(err, ErrWrongPassword) {
		return invalid("current_password", "This is not your present password.")
	} else if err != nil {
		return err
	}
	if err := h.checkPassword("new_password", next, p.Name, p.Email); err != nil {
		return err
	}
	hash, err := h.Hasher.Hash(ctx, normalPassword(next))
	if err != nil {
		return err
	}
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.SetPassword(ctx, p.ID, hash); err != nil {
			return err
		}
		if _, err := tx.DeleteSessionsOf(ctx, p.ID, session); err != nil {
			return err
		}
		if _, err := tx.RevokeFamiliesOf(ctx, p.ID); err != nil {
			return err
		}
		return a.record(ctx, tx, "password.changed", "", "person", p.ID, p.Name, "")
	})
	if err == nil {
		h.notifyPasswordChanged(a, p)
	}
	return err
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
		return a.record(ctx, tx, "session.ended", "", "person", a.ID, a.Name, "")
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
		return a.record(ctx, tx, "session.ended_others", "", "person", a.ID, a.Name, detail)
	})
}
