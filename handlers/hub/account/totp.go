package account

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
)

// TOTP parameters that every authenticator app supports (RFC 6238): SHA-1, six digits and steps of 30 s.
// Codes of one step before or after are accepted for clocks that differ.
const (
	totpPeriod = 30 * time.Second
	totpSkew   = 1
	setupLife  = 15 * time.Minute
)

var totpText = base32.StdEncoding.WithPadding(base32.NoPadding)

// TOTPSetup is an authenticator app that is being set up. Nothing is stored yet: State goes to the page and
// comes back with the form, sealed for the person and their session.
type TOTPSetup struct {
	URL   string // otpauth://, for the QR code
	Key   string // the same key as text
	State string
}

type setupState struct {
	Secret []byte    `json:"secret"`
	At     time.Time `json:"at"`
}

// StartTOTP creates a key for an authenticator app.
func (as *Accounts) StartTOTP(ctx context.Context, a hub.Actor, sessionID string) (TOTPSetup, error) {
	if err := a.Prove(ctx, &as.hub.DB.Reader, hub.ActionTOTPAdded); err != nil {
		return TOTPSetup{}, err
	}
	key := make([]byte, 20)
	rand.Read(key)
	state, err := json.Marshal(setupState{key, as.hub.Now()})
	if err != nil {
		return TOTPSetup{}, fmt.Errorf("account: StartTOTP: %w", err)
	}
	sealed := as.hub.Key.NewBox("totp setup").Seal(state, a.ID+" "+sessionID)
	return as.setup(ctx, a, key, base64.RawURLEncoding.EncodeToString(sealed))
}

func (as *Accounts) setup(ctx context.Context, a hub.Actor, key []byte, state string) (TOTPSetup, error) {
	p, err := as.hub.DB.Person(ctx, a.ID)
	if err != nil {
		return TOTPSetup{}, err
	}
	k, err := totp.Generate(totp.GenerateOpts{Issuer: strings.ReplaceAll(as.hub.Brand, ":", " "), AccountName: p.Email, Secret: key})
	if err != nil {
		return TOTPSetup{}, fmt.Errorf("account: TOTP key: %w", err)
	}
	return TOTPSetup{URL: k.URL(), Key: k.Secret(), State: state}, nil
}

// ResumeTOTP returns the setup with this State. It returns ErrSetupOver if the State belongs to another
// person or session, or is older than 15 minutes.
func (as *Accounts) ResumeTOTP(ctx context.Context, a hub.Actor, sessionID, state string) (TOTPSetup, error) {
	key, err := as.openSetup(a, sessionID, state)
	if err != nil {
		return TOTPSetup{}, err
	}
	return as.setup(ctx, a, key, state)
}

func (as *Accounts) openSetup(a hub.Actor, sessionID, state string) ([]byte, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(state)
	if err != nil {
		return nil, hub.ErrSetupOver
	}
	plain, err := as.hub.Key.NewBox("totp setup").Open(sealed, a.ID+" "+sessionID)
	if err != nil {
		return nil, hub.ErrSetupOver
	}
	var s setupState
	if err := json.Unmarshal(plain, &s); err != nil || as.hub.Now().Sub(s.At) > setupLife {
		return nil, hub.ErrSetupOver
	}
	return s.Secret, nil
}

// FinishTOTP stores the authenticator app, in place of an earlier one, if the code comes from it. If it is
// the person's first second factor, it also returns new recovery codes, to be shown once.
func (as *Accounts) FinishTOTP(ctx context.Context, a hub.Actor, sessionID, state, code string) (codes []string, err error) {
	key, err := as.openSetup(a, sessionID, state)
	if err != nil {
		return nil, err
	}
	step, ok := as.matchTOTP(key, code, 0)
	if !ok {
		return nil, hub.BadField("code", "This isn't the code that the app shows now. Check the clock of your phone, then enter the next code.")
	}
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		p, had, err := lockFactors(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		what, action := "An authenticator app was set up", hub.ActionTOTPAdded
		if had.HasTOTP {
			what, action = "The authenticator app was replaced", hub.ActionTOTPReplaced
		}
		// Recorded, and so proved, before the new app counts as the person's second factor.
		if err := a.Record(ctx, tx, hub.Event{Action: action, Target: hub.OfPerson(a.ID, p.Name)}); err != nil {
			return err
		}
		if err := tx.PutTOTPFactor(ctx, db.TOTPFactor{PersonID: a.ID, Secret: as.totpBox().Seal(key, a.ID), CreatedAt: tx.Now, LastStep: step}); err != nil {
			return err
		}
		if codes, err = as.afterFactorAdded(ctx, tx, a.ID, had); err != nil {
			return err
		}
		return as.postFactorChanged(ctx, tx, a, p, what)
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// RemoveTOTP removes the actor's authenticator app.
func (as *Accounts) RemoveTOTP(ctx context.Context, a hub.Actor) error {
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		p, had, err := lockFactors(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		if err := a.Prove(ctx, &tx.Reader, hub.ActionTOTPRemoved); err != nil {
			return err // while the person still has what is to be removed
		}
		if err := tx.DeleteTOTPFactor(ctx, a.ID); err != nil {
			return err
		}
		if err := afterFactorRemoved(ctx, tx, a.ID, had, had.Passkeys); err != nil {
			return err
		}
		if err := as.postFactorChanged(ctx, tx, a, p, "The authenticator app was removed"); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionTOTPRemoved, Target: hub.OfPerson(a.ID, p.Name)})
	})
}

func (as *Accounts) totpBox() *secret.Box { return as.hub.Key.NewBox("totp") }

// useTOTP uses up a code of the person's app. Each code works once, and earlier ones don't work after it.
// Any other code is ErrWrongCode.
func (as *Accounts) useTOTP(ctx context.Context, tx *db.Tx, personID, code string) error {
	f, err := tx.TOTPFactor(ctx, personID)
	if hub.IsMissing(err) {
		return hub.ErrWrongCode
	}
	if err != nil {
		return err
	}
	key, err := as.totpBox().Open(f.Secret, personID)
	if err != nil {
		return err
	}
	step, ok := as.matchTOTP(key, code, f.LastStep)
	if !ok {
		return hub.ErrWrongCode
	}
	if err := tx.UseTOTPStep(ctx, personID, step); hub.IsMissing(err) {
		return hub.ErrWrongCode // another sign-in was faster
	} else if err != nil {
		return err
	}
	return nil
}

// matchTOTP returns the time step whose code this is, if it is later than last.
func (as *Accounts) matchTOTP(key []byte, code string, last int64) (int64, bool) {
	code = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, code)
	now := as.hub.Now().Unix() / int64(totpPeriod/time.Second)
	for step := now - totpSkew; step <= now+totpSkew; step++ {
		if step <= last {
			continue
		}
		ok, err := hotp.ValidateCustom(code, uint64(step), totpText.EncodeToString(key), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && ok {
			return step, true
		}
	}
	return 0, false
}
