package account

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// BeginAddPasskey returns the options with which the actor's browser creates a passkey, and the token of
// the ceremony.
func (as *Accounts) BeginAddPasskey(ctx context.Context, a hub.Actor, sessionID string) (options json.RawMessage, token string, err error) {
	if err := a.Prove(ctx, &as.hub.DB.Reader, hub.ActionPasskeyAdded); err != nil {
		return nil, "", err
	}
	party, err := as.relyingParty()
	if err != nil {
		return nil, "", err
	}
	o, err := as.holder(ctx, a.ID)
	if err != nil {
		return nil, "", err
	}
	if len(o.keys) >= maxPasskeys {
		return nil, "", hub.ErrPasskeyLimit
	}
	creation, session, err := party.BeginRegistration(o, webauthn.WithExclusions(webauthn.Credentials(o.keys).CredentialDescriptors()))
	if err != nil {
		return nil, "", fmt.Errorf("account: BeginAddPasskey: %w", err)
	}
	return as.beginCeremony(ctx, db.ChallengeRegister, a.ID, creation, ceremony{Session: *session, Of: sessionID})
}

// AddPasskey stores the passkey that the browser created. If it is the person's first second factor, it
// also returns new recovery codes, to be shown once.
func (as *Accounts) AddPasskey(ctx context.Context, a hub.Actor, sessionID, token, name string, answer []byte) (codes []string, err error) {
	bad := &hub.Invalid{}
	name = hub.CleanName(bad, "name", "a name for the passkey", name, 60)
	if err := bad.OrNil(); err != nil {
		return nil, err
	}
	party, err := as.relyingParty()
	if err != nil {
		return nil, err
	}
	c, asked, err := as.finishCeremony(ctx, db.ChallengeRegister, token)
	if err != nil {
		return nil, err
	}
	if c.PersonID != a.ID || asked.Of != sessionID {
		return nil, hub.ErrPasskey
	}
	o, err := as.holder(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return nil, errors.Join(hub.ErrPasskey, err)
	}
	key, err := party.CreateCredential(o, asked.Session, parsed)
	if err != nil {
		return nil, errors.Join(hub.ErrPasskey, err)
	}
	key.Attestation = webauthn.CredentialAttestation{} // not requested
	data, err := json.Marshal(key)
	if err != nil {
		return nil, fmt.Errorf("account: AddPasskey: %w", err)
	}
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		_, had, err := lockFactors(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		if had.Passkeys >= maxPasskeys {
			return hub.ErrPasskeyLimit
		}
		row := db.Passkey{ID: base64.RawURLEncoding.EncodeToString(key.ID), PersonID: a.ID, Name: name, Credential: string(data), CreatedAt: tx.Now}
		// Recorded, and so proved, before the new passkey counts as the person's second factor.
		if err := a.Record(ctx, tx, hub.Event{Action: hub.ActionPasskeyAdded, Target: hub.Target{Type: hub.TargetPasskey, ID: row.ID, Name: name}}); err != nil {
			return err
		}
		if err := tx.InsertPasskey(ctx, row); err != nil {
			return err
		}
		if codes, err = as.afterFactorAdded(ctx, tx, a.ID, had); err != nil {
			return err
		}
		return as.postFactorChanged(ctx, tx, a, o.person, "A passkey was added")
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}
