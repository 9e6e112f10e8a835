package account

import (
	"context"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/views/mail"
)

// HasSecondFactor says whether signing in by password also asks this person for an authenticator app or a
// passkey.
func (as *Accounts) HasSecondFactor(ctx context.Context, personID string) (bool, error) {
	f, err := as.hub.DB.SecondFactor(ctx, personID)
	return f.Has, err
}

// Factors are a person's ways to sign in, apart from the password.
type Factors struct {
	db.SecondFactor
	TOTPSince time.Time // zero without an authenticator app
	Keys      []db.Passkey
}

// Factors returns the actor's own factors.
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

// lockFactors returns a person and their second factors, and locks them. Changes of one person's factors
// take turns: if two of them remove one each, the second sees that its one is the last.
func lockFactors(ctx context.Context, tx *db.Tx, personID string) (p db.Person, f db.SecondFactor, err error) {
	if p, err = tx.LockPerson(ctx, personID); err == nil {
		f, err = tx.SecondFactor(ctx, personID)
	}
	return p, f, err
}

// afterFactorAdded completes the addition of a factor. With the first one it revokes the person's vendor
// logins, which used the password alone. It returns new recovery codes if the person has none left.
func (as *Accounts) afterFactorAdded(ctx context.Context, tx *db.Tx, personID string, had db.SecondFactor) (codes []string, err error) {
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

// afterFactorRemoved completes the removal of a factor, after which left of them remain. Recovery codes are
// deleted with the last one. It returns ErrSecondFactorRequired if the person must keep one.
func afterFactorRemoved(ctx context.Context, tx *db.Tx, personID string, had db.SecondFactor, left int) error {
	switch {
	case left > 0:
		return nil
	case had.Demanded():
		return hub.ErrSecondFactorRequired
	}
	return tx.DeleteRecoveryCodes(ctx, personID)
}

// ResetSecondFactor removes all second factors of a person who has lost them, and ends their sessions. They
// sign in with the password alone, and are asked to set up a new factor if one is required.
func (as *Accounts) ResetSecondFactor(ctx context.Context, a hub.Actor, personID string) error {
	if err := as.hub.MayOwn(ctx, a, "reset a second factor"); err != nil {
		return err
	}
	if err := a.Prove(ctx, &as.hub.DB.Reader, hub.ActionSecondFactorReset); err != nil {
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
		if err := as.postFactorChanged(ctx, tx, a, p, "Two-factor sign-in was reset"); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionSecondFactorReset, Target: hub.OfPerson(p.ID, p.Name), Detail: "the authenticator app, passkeys and recovery codes were removed"})
	})
}

// postFactorChanged emails a person about a change of their second factors.
func (as *Accounts) postFactorChanged(ctx context.Context, tx *db.Tx, a hub.Actor, p db.Person, what string) error {
	n := as.hub.Notice(a, p.Name, "/account/security")
	if a.ID == p.ID {
		n.By = ""
	}
	return as.hub.Post(ctx, tx, p.Email, mail.SecondFactorChanged{Notice: n, What: what})
}
