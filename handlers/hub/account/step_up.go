package account

import (
	"context"
	"errors"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/limit"
)

// StepUpByPassword checks once more that a signed-in person is who they say, and records it. A wrong
// password is ErrNotYourPassword.
func (as *Accounts) StepUpByPassword(ctx context.Context, a hub.Actor, password string) error {
	p, err := as.hub.DB.Person(ctx, a.ID)
	if err != nil {
		return err
	}
	return as.recordStepUp(ctx, a, p, "by password", as.recheckPassword(ctx, a, p, password))
}

// recordStepUp records that a person has stepped up, or failed to. err is the result of the check; it
// returns the one for the caller.
func (as *Accounts) recordStepUp(ctx context.Context, a hub.Actor, p db.Person, how string, err error) error {
	action := hub.ActionIdentityConfirmed
	switch {
	case errors.Is(err, hub.ErrWrongPassword):
		action, err = hub.ActionIdentityRefused, hub.ErrNotYourPassword
	case errors.Is(err, hub.ErrPasskey), errors.Is(err, hub.ErrWrongCode):
		action = hub.ActionIdentityRefused
	case err != nil:
		return err
	}
	noted := as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		return a.Record(ctx, tx, hub.Event{Action: action, Target: hub.OfPerson(p.ID, p.Name), Detail: how})
	})
	if noted != nil {
		return noted
	}
	return err
}

// recheckPassword checks the password of somebody who is signed in. A wrong one is ErrWrongPassword, too
// many wrong ones are *Throttled.
func (as *Accounts) recheckPassword(ctx context.Context, a hub.Actor, p db.Person, password string) error {
	try, err := as.hub.Tries.Begin(ctx, hub.Origin{}, hub.LimitTries(limit.Confirmations, "confirm", p.ID))
	if err != nil {
		return err
	}
	defer try.End()
	err = as.verifyPassword(ctx, a.Hashing(), p, password)
	switch {
	case errors.Is(err, hub.ErrWrongPassword):
		if err := as.hub.DB.Tx(ctx, func(tx *db.Tx) error { return try.Failed(ctx, tx) }); err != nil {
			return err
		}
		return hub.ErrWrongPassword
	case err == nil && try.FailedBefore():
		return as.hub.DB.Tx(ctx, func(tx *db.Tx) error { return try.Passed(ctx, tx) })
	}
	return err
}

// StepUpByPasswordAndCode is StepUpByPassword with a second factor: a code of the person's authenticator
// app, or one of their recovery codes, which it uses up. A wrong code is ErrWrongCode.
func (as *Accounts) StepUpByPasswordAndCode(ctx context.Context, a hub.Actor, password, code string) error {
	p, err := as.hub.DB.Person(ctx, a.ID)
	if err != nil {
		return err
	}
	if err := as.recheckPassword(ctx, a, p, password); err != nil {
		return as.recordStepUp(ctx, a, p, "by password", err)
	}
	origin, err := as.origin(ctx, a, p.Email, p.ID)
	if err != nil {
		return err
	}
	how, limit := "by password and a code of the authenticator app", codeLimit(a, p.ID, origin.Browser)
	recovery := len(strings.NewReplacer(" ", "", "-", "").Replace(code)) > 6 // what the app shows has six digits
	if recovery {
		how, limit = "by password and a recovery code", recoveryLimit(a, p.ID, origin.Browser)
	}
	try, err := as.hub.Tries.Begin(ctx, origin, limit)
	if err != nil {
		return err
	}
	defer try.End()
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if recovery {
			return as.useRecoveryCode(ctx, tx, a, p, code)
		}
		return as.useTOTP(ctx, tx, p.ID, code)
	})
	if errors.Is(err, hub.ErrWrongCode) {
		if err := as.hub.DB.Tx(ctx, func(tx *db.Tx) error { return try.Failed(ctx, tx) }); err != nil {
			return err
		}
	}
	return as.recordStepUp(ctx, a, p, how, err)
}
