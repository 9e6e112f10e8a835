package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/limit"
	"gatepost/handlers/secret"
)

// A pending sign-in waits for its second factor for SecondFactorLife, and accepts secondFactorTries codes.
const (
	SecondFactorLife  = 10 * time.Minute
	secondFactorTries = 5
)

// codeLimit returns the limit of wrong codes of the authenticator app: for the account, over all sign-ins
// with browsers that aren't known, or for a known browser.
func codeLimit(a hub.Actor, personID string, browserKnown bool) hub.TryLimit {
	if browserKnown {
		personID += " " + hub.PlaceOrBrowser(a, true)
	}
	return hub.LimitTries(limit.Codes, "code", personID)
}

// recoveryLimit returns the limit of wrong recovery codes, for the account from one place or known browser.
// Nobody guesses 80 bits, so that there is none for the account, which others could use up.
func recoveryLimit(a hub.Actor, personID string, browserKnown bool) hub.TryLimit {
	return hub.LimitTries(limit.RecoveryCodes, "recovery code", personID+" "+hub.PlaceOrBrowser(a, browserKnown))
}

// PendingSignIn is a sign-in whose password was right and that waits for a second factor.
type PendingSignIn struct {
	Person  db.Person // whose password hasn't changed since
	Factors db.SecondFactor
	Next    string // where the person wanted to go
	hash    string
}

// pendingSignInData is what the database stores of a PendingSignIn.
type pendingSignInData struct {
	Next              string    `json:"next"`
	PasswordChangedAt time.Time `json:"password_changed_at"`
}

// recordFirstFactor records a right password: as a sign-in or, for a person with a second factor, as its
// first step.
func recordFirstFactor(ctx context.Context, tx *db.Tx, a hub.Actor, try *hub.Attempt, p db.Person) error {
	f, err := tx.SecondFactor(ctx, p.ID)
	if err != nil {
		return err
	}
	if f.Has {
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionSignInFirstStep, Target: hub.OfPerson(p.ID, p.Name)})
	}
	if err := try.KnowPlace(ctx, tx); err != nil {
		return err
	}
	return a.Record(ctx, tx, hub.Event{Action: hub.ActionSignIn, Target: hub.OfPerson(p.ID, p.Name)})
}

// BeginSecondFactor stores that a person has entered the right password, and returns the token for their
// browser. It doesn't start a session.
func (as *Accounts) BeginSecondFactor(ctx context.Context, p db.Person, next string) (token string, err error) {
	data, err := json.Marshal(pendingSignInData{next, p.PasswordChangedAt})
	if err != nil {
		return "", fmt.Errorf("account: BeginSecondFactor: %w", err)
	}
	return as.addChallenge(ctx, db.ChallengeSecondFactor, p.ID, string(data))
}

// addChallenge adds a challenge and returns the token of its cookie.
func (as *Accounts) addChallenge(ctx context.Context, purpose, personID, data string) (string, error) {
	token, hash := secret.NewToken("")
	return token, as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		return tx.InsertChallenge(ctx, db.Challenge{Hash: hash, Purpose: purpose, PersonID: personID, Data: data, ExpiresAt: tx.Now.Add(SecondFactorLife)})
	})
}

// PendingSignIn returns the pending sign-in of a browser. It returns ErrSignInOver if there is none, or if
// it has expired or had too many wrong codes.
func (as *Accounts) PendingSignIn(ctx context.Context, token string) (PendingSignIn, error) {
	c, err := as.hub.DB.Challenge(ctx, secret.HashToken(token), db.ChallengeSecondFactor)
	if err != nil {
		return PendingSignIn{}, orSignInOver(err)
	}
	if !as.hub.Now().Before(c.ExpiresAt) || c.Tries >= secondFactorTries {
		return PendingSignIn{}, hub.ErrSignInOver
	}
	return as.pendingSignIn(ctx, c)
}

// orSignInOver returns ErrSignInOver for a missing row, and any other error unchanged.
func orSignInOver(err error) error {
	if hub.IsMissing(err) {
		return hub.ErrSignInOver
	}
	return err
}

func (as *Accounts) pendingSignIn(ctx context.Context, c db.Challenge) (PendingSignIn, error) {
	var data pendingSignInData
	if err := json.Unmarshal([]byte(c.Data), &data); err != nil {
		return PendingSignIn{}, fmt.Errorf("account: pendingSignIn: %w", err)
	}
	p, err := as.hub.DB.Person(ctx, c.PersonID)
	if err != nil {
		return PendingSignIn{}, orSignInOver(err)
	}
	// A reset of the password ends sign-ins that began with the old one.
	if !p.PasswordChangedAt.Equal(data.PasswordChangedAt) || !p.DisabledAt.IsZero() {
		return PendingSignIn{}, hub.ErrSignInOver
	}
	f, err := as.hub.DB.SecondFactor(ctx, p.ID)
	return PendingSignIn{Person: p, Factors: f, Next: data.Next, hash: c.Hash}, err
}

// SecondFactorByCode completes a sign-in with a code of the authenticator app.
func (as *Accounts) SecondFactorByCode(ctx context.Context, a hub.Actor, token, code string) (PendingSignIn, error) {
	return as.finishSignIn(ctx, a, token, "by password and a code of the authenticator app", codeLimit, func(tx *db.Tx, p db.Person) error {
		return as.useTOTP(ctx, tx, p.ID, code)
	})
}

// SecondFactorByRecoveryCode completes a sign-in with a recovery code, and uses the code up.
func (as *Accounts) SecondFactorByRecoveryCode(ctx context.Context, a hub.Actor, token, code string) (PendingSignIn, error) {
	return as.finishSignIn(ctx, a, token, "by password and a recovery code", recoveryLimit, func(tx *db.Tx, p db.Person) error {
		return as.useRecoveryCode(ctx, tx, a, p, code)
	})
}

// finishSignIn counts a try before it makes it. take uses the code up, in the transaction that completes the
// sign-in, so that of two sign-ins with one code only one succeeds.
func (as *Accounts) finishSignIn(ctx context.Context, a hub.Actor, token, how string, limit func(a hub.Actor, personID string, browserKnown bool) hub.TryLimit, take func(*db.Tx, db.Person) error) (PendingSignIn, error) {
	found, err := as.PendingSignIn(ctx, token)
	if err != nil {
		return PendingSignIn{}, err
	}
	p := found.Person
	a.ID, a.Name, a.Owner = p.ID, p.Name, p.Owner
	origin, err := as.origin(ctx, a, p.Email, p.ID)
	if err != nil {
		return PendingSignIn{}, err
	}
	try, err := as.hub.Tries.Begin(ctx, origin, limit(a, p.ID, origin.Browser))
	if err != nil {
		return PendingSignIn{}, err
	}
	defer try.End()
	var c db.Challenge
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		c, err = tx.TryChallenge(ctx, found.hash, db.ChallengeSecondFactor, secondFactorTries)
		return err
	})
	if err != nil {
		return PendingSignIn{}, orSignInOver(err)
	}
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := take(tx, p); err != nil {
			return err
		}
		if _, err := tx.ConsumeChallenge(ctx, c.Hash, db.ChallengeSecondFactor); err != nil {
			return orSignInOver(err)
		}
		if err := errors.Join(try.Passed(ctx, tx), try.KnowPlace(ctx, tx)); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionSignIn, Target: hub.OfPerson(p.ID, p.Name), Detail: how})
	})
	if errors.Is(err, hub.ErrWrongCode) {
		err = as.refuseSecondFactor(ctx, a, try, p, c)
	}
	return found, err
}

// refuseSecondFactor records a wrong code and returns ErrWrongCode, or ErrSignInOver if it was the last one
// that the sign-in accepts.
func (as *Accounts) refuseSecondFactor(ctx context.Context, a hub.Actor, try *hub.Attempt, p db.Person, c db.Challenge) error {
	err := as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := try.Failed(ctx, tx); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionSignInFailed, Target: hub.OfPerson(p.ID, p.Name), Detail: "the password was right, the code was not"})
	})
	switch {
	case err != nil:
		return err
	case c.Tries >= secondFactorTries:
		return hub.ErrSignInOver
	}
	return hub.ErrWrongCode
}
