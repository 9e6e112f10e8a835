package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
)

// A sign-in waits so long for its second factor, and takes so many codes.
const (
	SecondFactorLife  = 10 * time.Minute
	secondFactorTries = 5
)

// codeLimit is how many wrong codes an account has before each further one costs a wait, over
// all its sign-ins.
func codeLimit(personID string) hub.TryLimit {
	return hub.TryLimit{Key: hub.TryKey("code", personID), Free: 10, First: 30 * time.Second, Longest: 15 * time.Minute, Leaks: 15 * time.Minute}
}

// PendingSignIn is a sign-in whose password was right, and whose second factor is still to come.
type PendingSignIn struct {
	Person  db.Person // with the password's time as it was at the first step
	Factors db.SecondFactor
	Next    string // where the person wanted to go
	hash    string
}

// pendingSignInData is what the database keeps of it.
type pendingSignInData struct {
	Next              string    `json:"next"`
	PasswordChangedAt time.Time `json:"password_changed_at"`
}

// recordPassword writes down that a person has shown their password: they are in, or a second
// factor is still to come.
func recordPassword(ctx context.Context, tx *db.Tx, a hub.Actor, p db.Person) error {
	f, err := tx.SecondFactor(ctx, p.ID)
	if err != nil {
		return err
	}
	if f.Has {
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionSignInFirstStep, Target: hub.OfPerson(p.ID, p.Name)})
	}
	return a.Record(ctx, tx, hub.Event{Action: hub.ActionSignIn, Target: hub.OfPerson(p.ID, p.Name)})
}

// BeginSecondFactor keeps that a person has shown their password, for the browser that holds the
// token. It lets nobody in.
func (as *Accounts) BeginSecondFactor(ctx context.Context, p db.Person, next string) (token string, err error) {
	data, err := json.Marshal(pendingSignInData{next, p.PasswordChangedAt})
	if err != nil {
		return "", fmt.Errorf("hub: BeginSecondFactor: %w", err)
	}
	return as.ask(ctx, db.ChallengeSecondFactor, p.ID, string(data))
}

// ask adds a challenge and gives the token of its cookie.
func (as *Accounts) ask(ctx context.Context, purpose, personID, data string) (string, error) {
	token, hash := secret.NewToken("")
	return token, as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		return tx.InsertChallenge(ctx, db.Challenge{Hash: hash, Purpose: purpose, PersonID: personID, Data: data, ExpiresAt: tx.Now.Add(SecondFactorLife)})
	})
}

// PendingSignIn gives the sign-in that a browser is in the middle of; ErrSignInOver when there is
// none, or none any more.
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

func orSignInOver(err error) error {
	if hub.IsMissing(err) {
		return hub.ErrSignInOver
	}
	return err
}

func (as *Accounts) pendingSignIn(ctx context.Context, c db.Challenge) (PendingSignIn, error) {
	var data pendingSignInData
	if err := json.Unmarshal([]byte(c.Data), &data); err != nil {
		return PendingSignIn{}, fmt.Errorf("hub: pendingSignIn: %w", err)
	}
	p, err := as.hub.DB.Person(ctx, c.PersonID)
	if err != nil {
		return PendingSignIn{}, orSignInOver(err)
	}
	// A reset ends what was begun with the password from before.
	if !p.PasswordChangedAt.Equal(data.PasswordChangedAt) || !p.DisabledAt.IsZero() {
		return PendingSignIn{}, hub.ErrSignInOver
	}
	f, err := as.hub.DB.SecondFactor(ctx, p.ID)
	return PendingSignIn{Person: p, Factors: f, Next: data.Next, hash: c.Hash}, err
}

// SecondFactorByCode ends a sign-in by a code of the authenticator app.
func (as *Accounts) SecondFactorByCode(ctx context.Context, a hub.Actor, token, code string) (PendingSignIn, error) {
	return as.finishSignIn(ctx, a, token, "by password and a code of the authenticator app", func(tx *db.Tx, p db.Person) error {
		return as.useTOTP(ctx, tx, p.ID, code)
	})
}

// SecondFactorByRecoveryCode ends a sign-in by a recovery code, which is used up.
func (as *Accounts) SecondFactorByRecoveryCode(ctx context.Context, a hub.Actor, token, code string) (PendingSignIn, error) {
	return as.finishSignIn(ctx, a, token, "by password and a recovery code", func(tx *db.Tx, p db.Person) error {
		return as.useRecoveryCode(ctx, tx, a, p, code)
	})
}

// finishSignIn counts a try before it is made; a code that is taken is used up in the transaction
// that ends the sign-in, so that of two with one code one gets in.
func (as *Accounts) finishSignIn(ctx context.Context, a hub.Actor, token, how string, take func(*db.Tx, db.Person) error) (PendingSignIn, error) {
	found, err := as.PendingSignIn(ctx, token)
	if err != nil {
		return PendingSignIn{}, err
	}
	p := found.Person
	a.ID, a.Name, a.Owner = p.ID, p.Name, p.Owner
	try, err := as.hub.Tries.Begin(ctx, "", codeLimit(p.ID))
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
		if err := try.Passed(ctx, tx); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionSignIn, Target: hub.OfPerson(p.ID, p.Name), Detail: how})
	})
	if errors.Is(err, hub.ErrWrongCode) {
		err = as.refuseSecondFactor(ctx, a, try, p, c)
	}
	return found, err
}

// refuseSecondFactor writes a wrong code down. The last one that a sign-in takes says so.
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
