package account

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/limit"
)

// BeginPasskeySignIn returns the options with which a browser signs in by passkey, and the token of the
// ceremony. With the token of a pending sign-in, second, it asks for one of that person's passkeys;
// without one, for any passkey that says whose it is.
func (as *Accounts) BeginPasskeySignIn(ctx context.Context, a hub.Actor, second string) (options json.RawMessage, token string, err error) {
	known := false
	if a.Browser != "" {
		if known, err = as.hub.DB.HasBrowser(ctx, a.Browser); err != nil {
			return nil, "", err
		}
	}
	if err := as.hub.CountAlone(ctx, limit.Use{ID: limit.PasskeysOfPlace, Key: hub.PlaceOrBrowser(a, known)}); err != nil {
		return nil, "", err
	}
	party, err := as.relyingParty()
	if err != nil {
		return nil, "", err
	}
	if second == "" {
		assertion, session, err := party.BeginDiscoverableLogin()
		if err != nil {
			return nil, "", fmt.Errorf("account: BeginPasskey: %w", err)
		}
		return as.beginCeremony(ctx, db.ChallengePasskey, "", assertion, ceremony{Session: *session})
	}
	pending, err := as.PendingSignIn(ctx, second)
	if err != nil {
		return nil, "", err
	}
	return as.beginOwnCeremony(ctx, party, db.ChallengePasskey, pending.Person.ID, pending.hash)
}

// BeginPasskeyStepUp returns the options with which a signed-in person steps up by one of their passkeys,
// and the token of the ceremony.
func (as *Accounts) BeginPasskeyStepUp(ctx context.Context, a hub.Actor) (options json.RawMessage, token string, err error) {
	if err := as.hub.CountAlone(ctx, limit.Use{ID: limit.PasskeysOfPerson, Key: a.ID}); err != nil {
		return nil, "", err
	}
	party, err := as.relyingParty()
	if err != nil {
		return nil, "", err
	}
	return as.beginOwnCeremony(ctx, party, db.ChallengeStepUp, a.ID, "")
}

func (as *Accounts) beginOwnCeremony(ctx context.Context, party *webauthn.WebAuthn, purpose, personID, second string) (json.RawMessage, string, error) {
	o, err := as.holder(ctx, personID)
	if err != nil {
		return nil, "", err
	}
	if len(o.keys) == 0 {
		return nil, "", hub.ErrPasskey
	}
	assertion, session, err := party.BeginLogin(o)
	if err != nil {
		return nil, "", fmt.Errorf("account: beginOwnCeremony: %w", err)
	}
	return as.beginCeremony(ctx, purpose, personID, assertion, ceremony{Session: *session, Second: second})
}

// SignInByPasskey returns the person whose passkey answered. A passkey counts as both factors: the person
// has the authenticator, and has unlocked it.
func (as *Accounts) SignInByPasskey(ctx context.Context, a hub.Actor, token string, answer []byte) (PendingSignIn, error) {
	c, asked, err := as.finishCeremony(ctx, db.ChallengePasskey, token)
	if err != nil {
		return PendingSignIn{}, err
	}
	o, row, credential, err := as.checkAssertion(ctx, c, asked, answer)
	if err != nil {
		return PendingSignIn{}, as.recordRefusedPasskey(ctx, a, o, err)
	}
	p := o.person
	out := PendingSignIn{Person: p}
	how := "by passkey " + row.Name
	if asked.Second != "" {
		waiting, err := as.hub.DB.Challenge(ctx, asked.Second, db.ChallengeSecondFactor)
		if err != nil {
			return PendingSignIn{}, orSignInOver(err)
		}
		if out, err = as.pendingSignIn(ctx, waiting); err != nil {
			return PendingSignIn{}, err
		}
		how = "by password and passkey " + row.Name
	}
	a.ID, a.Name, a.Owner = p.ID, p.Name, p.Owner
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if asked.Second != "" {
			if _, err := tx.ConsumeChallenge(ctx, asked.Second, db.ChallengeSecondFactor); err != nil {
				return orSignInOver(err)
			}
		}
		if err := tx.UsePasskey(ctx, row.ID, row.Credential, credential); hub.IsMissing(err) {
			return hub.ErrPasskey
		} else if err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionSignIn, Target: hub.OfPerson(p.ID, p.Name), Detail: how})
	})
	return out, err
}

// StepUpByPasskey checks once more that a signed-in person is who they say, and records it. A response
// that isn't accepted is ErrPasskey.
func (as *Accounts) StepUpByPasskey(ctx context.Context, a hub.Actor, token string, answer []byte) error {
	p, err := as.hub.DB.Person(ctx, a.ID)
	if err != nil {
		return err
	}
	c, asked, err := as.finishCeremony(ctx, db.ChallengeStepUp, token)
	if err == nil && c.PersonID != a.ID {
		err = hub.ErrPasskey
	}
	if err == nil {
		var row db.Passkey
		var credential string
		if _, row, credential, err = as.checkAssertion(ctx, c, asked, answer); err == nil {
			err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error { return tx.UsePasskey(ctx, row.ID, row.Credential, credential) })
			if hub.IsMissing(err) {
				err = hub.ErrPasskey
			}
		}
	}
	return as.recordStepUp(ctx, a, p, "by passkey", err)
}

// errCopied means that a passkey's counter didn't go up: there could be a copy of it.
var errCopied = errors.New("the passkey's counter went back: there may be a copy of it")

// checkAssertion checks a response (challenge, origin, rpId, user verification, signature, counter,
// backup flags). It returns the passkey and its credential as it must be stored now.
func (as *Accounts) checkAssertion(ctx context.Context, c db.Challenge, asked ceremony, answer []byte) (o *holder, row db.Passkey, credential string, err error) {
	party, err := as.relyingParty()
	if err != nil {
		return nil, row, "", err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, row, "", errors.Join(hub.ErrPasskey, err)
	}
	var key *webauthn.Credential
	if c.PersonID != "" {
		if o, err = as.holder(ctx, c.PersonID); err != nil {
			return nil, row, "", err
		}
		key, err = party.ValidateLogin(o, asked.Session, parsed)
	} else {
		var failed error // of the database, which the library would wrap
		find := func(_, handle []byte) (webauthn.User, error) {
			o, failed = as.holder(ctx, string(handle))
			return o, failed
		}
		_, key, err = party.ValidatePasskeyLogin(find, asked.Session, parsed)
		if failed != nil && !hub.IsMissing(failed) {
			return nil, row, "", failed
		}
	}
	if err != nil {
		return o, row, "", errors.Join(hub.ErrPasskey, err)
	}
	if !o.person.DisabledAt.IsZero() || o.person.PasswordHash == "" {
		return o, row, "", hub.ErrPasskey
	}
	id := base64.RawURLEncoding.EncodeToString(key.ID)
	i := slices.IndexFunc(o.rows, func(r db.Passkey) bool { return r.ID == id })
	if i < 0 {
		return o, row, "", hub.ErrPasskey
	}
	if key.Authenticator.CloneWarning {
		return o, o.rows[i], "", errors.Join(hub.ErrPasskey, errCopied)
	}
	data, err := json.Marshal(key)
	if err != nil {
		return o, row, "", fmt.Errorf("account: checkAssertion: %w", err)
	}
	return o, o.rows[i], string(data), nil
}

// recordRefusedPasskey counts that a passkey was refused, if it is known whose it is, and returns cause. A
// copied passkey is an event of its own, since only who has the passkey can cause it.
func (as *Accounts) recordRefusedPasskey(ctx context.Context, a hub.Actor, o *holder, cause error) error {
	if o == nil || !errors.Is(cause, hub.ErrPasskey) {
		return cause
	}
	err := as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if !errors.Is(cause, errCopied) {
			return as.hub.CountRefusal(ctx, tx, a, db.RefusedSignIn, o.person.ID)
		}
		a.ID, a.Name, a.Owner = o.person.ID, o.person.Name, o.person.Owner
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionSignInFailed, Target: hub.OfPerson(a.ID, a.Name), Detail: errCopied.Error()})
	})
	if err != nil {
		return err
	}
	return cause
}
