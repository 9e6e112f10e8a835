package account

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// A place, or a signed-in person, may ask for a passkey so often.
const (
	passkeyTries = 60
	passkeyPer   = 5 * time.Minute
)

// BeginPasskey asks a browser for a passkey to sign in with: one that says whose it is, or,
// with the token of a sign-in that waits for its second factor, one of that person's.
func (as *Accounts) BeginPasskey(ctx context.Context, a hub.Actor, second string) (options json.RawMessage, token string, err error) {
	if err := as.checks.Allow("passkey "+hub.Place(a.Address), passkeyTries, passkeyPer); err != nil {
		return nil, "", err
	}
	party, err := as.relyingParty()
	if err != nil {
		return nil, "", err
	}
	if second == "" {
		assertion, session, err := party.BeginDiscoverableLogin()
		if err != nil {
			return nil, "", fmt.Errorf("hub: BeginPasskey: %w", err)
		}
		return as.askKey(ctx, db.ChallengePasskey, "", assertion, ceremony{Session: *session})
	}
	pending, err := as.PendingSignIn(ctx, second)
	if err != nil {
		return nil, "", err
	}
	return as.askOwnKey(ctx, party, db.ChallengePasskey, pending.Person.ID, pending.hash)
}

// BeginStepUp asks a signed-in person's browser for one of their passkeys.
func (as *Accounts) BeginStepUp(ctx context.Context, a hub.Actor) (options json.RawMessage, token string, err error) {
	if err := as.checks.Allow("passkey "+a.ID, passkeyTries, passkeyPer); err != nil {
		return nil, "", err
	}
	party, err := as.relyingParty()
	if err != nil {
		return nil, "", err
	}
	return as.askOwnKey(ctx, party, db.ChallengeStepUp, a.ID, "")
}

func (as *Accounts) askOwnKey(ctx context.Context, party *webauthn.WebAuthn, purpose, personID, second string) (json.RawMessage, string, error) {
	o, err := as.holder(ctx, personID)
	if err != nil {
		return nil, "", err
	}
	if len(o.keys) == 0 {
		return nil, "", hub.ErrPasskey
	}
	assertion, session, err := party.BeginLogin(o)
	if err != nil {
		return nil, "", fmt.Errorf("hub: askOwnKey: %w", err)
	}
	return as.askKey(ctx, purpose, personID, assertion, ceremony{Session: *session, Second: second})
}

// SignInByPasskey gives the person whose passkey answered. It stands for both factors: they
// have the device, and have shown it who they are.
func (as *Accounts) SignInByPasskey(ctx context.Context, a hub.Actor, token string, answer []byte) (PendingSignIn, error) {
	c, asked, err := as.answered(ctx, db.ChallengePasskey, token)
	if err != nil {
		return PendingSignIn{}, err
	}
	o, row, credential, err := as.checkKey(ctx, c, asked, answer)
	if err != nil {
		return PendingSignIn{}, as.refuseKey(ctx, a, o, err)
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

// StepUpByPasskey checks once more that a signed-in person is who they are.
func (as *Accounts) StepUpByPasskey(ctx context.Context, a hub.Actor, token string, answer []byte) error {
	p, err := as.hub.DB.Person(ctx, a.ID)
	if err != nil {
		return err
	}
	c, asked, err := as.answered(ctx, db.ChallengeStepUp, token)
	if err == nil && c.PersonID != a.ID {
		err = hub.ErrPasskey
	}
	if err == nil {
		var row db.Passkey
		var credential string
		if _, row, credential, err = as.checkKey(ctx, c, asked, answer); err == nil {
			err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error { return tx.UsePasskey(ctx, row.ID, row.Credential, credential) })
			if hub.IsMissing(err) {
				err = hub.ErrPasskey
			}
		}
	}
	return as.recordStepUp(ctx, a, p, "by passkey", err)
}

// errCopied says that a passkey's counter did not go up: somebody may have a copy of it.
var errCopied = errors.New("the passkey's counter went back: there may be a copy of it")

// checkKey checks an answer (challenge, origin, rpId, user verification, signature, counter,
// backup flags) and gives its passkey with what is to be stored of it now.
func (as *Accounts) checkKey(ctx context.Context, c db.Challenge, asked ceremony, answer []byte) (o *holder, row db.Passkey, credential string, err error) {
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
		return o, row, "", fmt.Errorf("hub: checkKey: %w", err)
	}
	return o, o.rows[i], string(data), nil
}

// refuseKey writes down that a passkey was refused, where it is known whose it is.
func (as *Accounts) refuseKey(ctx context.Context, a hub.Actor, o *holder, cause error) error {
	if o == nil || !errors.Is(cause, hub.ErrPasskey) {
		return cause
	}
	detail := "by passkey"
	if errors.Is(cause, errCopied) {
		detail = errCopied.Error()
	}
	a.ID, a.Name, a.Owner = o.person.ID, o.person.Name, o.person.Owner
	err := as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionSignInFailed, Target: hub.OfPerson(a.ID, a.Name), Detail: detail})
	})
	if err != nil {
		return err
	}
	return cause
}
