package hub

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"gatepost/db"
)

// BeginRegister asks the actor's browser for a new passkey. The person has just shown their
// password.
func (h *Hub) BeginRegister(ctx context.Context, a Actor, sessionID string) (options json.RawMessage, token string, err error) {
	party, err := h.relyingParty()
	if err != nil {
		return nil, "", err
	}
	o, err := h.holder(ctx, a.ID)
	if err != nil {
		return nil, "", err
	}
	if len(o.keys) >= maxPasskeys {
		return nil, "", ErrPasskeyLimit
	}
	creation, session, err := party.BeginRegistration(o, webauthn.WithExclusions(webauthn.Credentials(o.keys).CredentialDescriptors()))
	if err != nil {
		return nil, "", fmt.Errorf("hub: BeginRegister: %w", err)
	}
	return h.askKey(ctx, db.ChallengeRegister, a.ID, creation, ceremony{Session: *session, Of: sessionID})
}

// AddPasskey keeps the passkey that the browser made. With the first second factor come
// recovery codes, to be shown this once.
func (h *Hub) AddPasskey(ctx context.Context, a Actor, sessionID, token, name string, answer []byte) (codes []string, err error) {
	bad := &Invalid{}
	name = cleanName(bad, "name", "a name for the passkey", name, 60)
	if err := bad.orNil(); err != nil {
		return nil, err
	}
	party, err := h.relyingParty()
	if err != nil {
		return nil, err
	}
	c, asked, err := h.answered(ctx, db.ChallengeRegister, token)
	if err != nil {
		return nil, err
	}
	if c.PersonID != a.ID || asked.Of != sessionID {
		return nil, ErrPasskey
	}
	o, err := h.holder(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return nil, errors.Join(ErrPasskey, err)
	}
	key, err := party.CreateCredential(o, asked.Session, parsed)
	if err != nil {
		return nil, errors.Join(ErrPasskey, err)
	}
	key.Attestation = webauthn.CredentialAttestation{} // none was asked for
	data, err := json.Marshal(key)
	if err != nil {
		return nil, fmt.Errorf("hub: AddPasskey: %w", err)
	}
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		_, had, err := lockFactors(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		if had.Passkeys >= maxPasskeys {
			return ErrPasskeyLimit
		}
		row := db.Passkey{ID: base64.RawURLEncoding.EncodeToString(key.ID), PersonID: a.ID, Name: name, Credential: string(data), CreatedAt: tx.Now}
		if err := tx.InsertPasskey(ctx, row); err != nil {
			return err
		}
		if codes, err = h.factorAdded(ctx, tx, a.ID, had); err != nil {
			return err
		}
		if err := h.tellFactor(ctx, tx, a, o.person, "A passkey was added"); err != nil {
			return err
		}
		return a.record(ctx, tx, Event{Action: ActionPasskeyAdded, Target: Target{Type: TargetPasskey, ID: row.ID, Name: name}})
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}
