package account

import (
	"context"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/views/mail"
)

// HasSecondFactor says whether signing in by password asks this person for more: an
// authenticator app or a passkey.
func (as *Accounts) HasSecondFactor(ctx context.Context, personID string) (bool, error) {
	f, err := as.hub.DB.SecondFactor(ctx, personID)
	return f.Has, err
}

// Factors are a person's own ways to sign in, beside the password.
type Factors struct {
	db.SecondFactor
	TOTPSince time.Time // zero without an authenticator app
	Keys      []db.Passkey
}

// Factors gives the actor's own.
func (as *Accounts) Factors(ctx context.Context, a hub.Actor) (f Factors, err error) {
	if f.SecondFactor, err = as.hub.DB.SecondFactor(ctx, a.ID); err != nil {
		return f, err
	}
	totp, err := as.hub.DB.TOTPFactor(ctx, a.ID)
	if err != nil && !hub.IsMissing(err) {
		return f, err
	}
	f.TOTPSince = totp.CreatedAt
	f.Keys, err = as.hub.DB.Passkeys(ctx, a.ID)
	return f, err
}

// holdFactors gives a person with what stands about their second factor. Changes of one
// person's factors take turns: of two who each remove one, the later sees the last.
func lockFactors(ctx context.Context, tx *db.Tx, personID string) (p db.Person, f db.SecondFactor, err error) {
	if p, err = tx.LockPerson(ctx, personID); err == nil {
		f, err = tx.SecondFactor(ctx, personID)
	}
	return p, f, err
}

// factorAdded is what a further factor brings. With the first come recovery codes, and logins
// over the API by password alone end.
func (as *Accounts) factorAdded(ctx context.Context, tx *db.Tx, personID string, had db.SecondFactor) (codes []string, err error) {
	if !had.Has {
		if _, err := tx.RevokeVendorLoginsOf(ctx, personID); err != nil {
			return nil, err
		}
	}
	if had.CodesLeft > 0 {
		return nil, nil
	}
	return as.newRecoveryCodes(ctx, tx, personID)
}

// factorRemoved is what is left of the factors that a person had: the last of one who has to
// have one stays, and recovery codes go with the last.
func factorRemoved(ctx context.Context, tx *db.Tx, personID string, had db.SecondFactor, left int) error {
	switch {
	case left > 0:
		return nil
	case had.Demanded():
		return hub.ErrFactorDemanded
	}
	return tx.DeleteRecoveryCodes(ctx, personID)
}

// ResetSecondFactor takes all second factors from a person who has lost them, and ends their
// sessions: with the password alone they come in, and are asked for a new one where one is
// required.
func (as *Accounts) ResetSecondFactor(ctx context.Context, a hub.Actor, personID string) error {
	if err := hub.MayOwn(a, "reset a second factor"); err != nil {
		return err
	}
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		p, f, err := lockFactors(ctx, tx, personID)
		if err != nil {
			return err
		}
		if !f.Has {
			return hub.ErrNoSecondFactor
		}
		if err := tx.DeleteTOTPFactor(ctx, p.ID); err != nil && !hub.IsMissing(err) {
			return err
		}
		if _, err := tx.DeletePasskeysOf(ctx, p.ID); err != nil {
			return err
		}
		if err := tx.DeleteRecoveryCodes(ctx, p.ID); err != nil {
			return err
		}
		if _, err := tx.DeleteSessionsOf(ctx, p.ID, ""); err != nil {
			return err
		}
		if err := as.tellFactor(ctx, tx, a, p, "Two-factor sign-in was reset"); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionSecondFactorReset, Target: hub.OfPerson(p.ID, p.Name), Detail: "the authenticator app, passkeys and recovery codes are gone"})
	})
}

// tellFactor mails a person what became of their second factors.
func (as *Accounts) tellFactor(ctx context.Context, tx *db.Tx, a hub.Actor, p db.Person, what string) error {
	n := as.hub.Notice(a, p.Name, "/account/security")
	if a.ID == p.ID {
		n.By = ""
	}
	return as.hub.Post(ctx, tx, p.Email, mail.SecondFactorChanged{Notice: n, What: what})
}
