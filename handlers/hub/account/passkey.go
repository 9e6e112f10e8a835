package account

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
)

// maxPasskeys is how many passkeys a person can have.
const maxPasskeys = 20

// PasskeysOn says whether browsers accept passkeys for this portal: its address needs a host name, and
// https unless it is localhost.
func (as *Accounts) PasskeysOn() bool {
	_, err := as.relyingParty()
	return err == nil
}

// relyingParty returns the portal as WebAuthn's relying party: with the issuer's host name, at its origin
// only. It requires user verification, such as a PIN or a fingerprint. Without an address that passkeys
// accept, it returns ErrPasskeysOff.
func (as *Accounts) relyingParty() (*webauthn.WebAuthn, error) {
	u, err := url.Parse(as.hub.Issuer)
	if err != nil {
		return nil, fmt.Errorf("account: passkeys: %w", err)
	}
	host := u.Hostname()
	if _, err := netip.ParseAddr(host); err == nil || u.Scheme != "https" && host != "localhost" {
		return nil, hub.ErrPasskeysOff
	}
	resident := true
	return webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: as.hub.Brand, RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: &resident, UserVerification: protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{
			Login:        webauthn.TimeoutConfig{Enforce: true, Timeout: SecondFactorLife, TimeoutUVD: SecondFactorLife},
			Registration: webauthn.TimeoutConfig{Enforce: true, Timeout: SecondFactorLife, TimeoutUVD: SecondFactorLife},
		},
	})
}

// holder is a person with their passkeys. It implements webauthn.User.
type holder struct {
	person db.Person
	rows   []db.Passkey
	keys   []webauthn.Credential
}

func (as *Accounts) holder(ctx context.Context, personID string) (*holder, error) {
	p, err := as.hub.DB.Person(ctx, personID)
	if err != nil {
		return nil, err
	}
	out := &holder{person: p}
	if out.rows, err = as.hub.DB.Passkeys(ctx, personID); err != nil {
		return nil, err
	}
	for _, row := range out.rows {
		var key webauthn.Credential
		if err := json.Unmarshal([]byte(row.Credential), &key); err != nil {
			return nil, fmt.Errorf("account: passkey %s: %w", row.ID, err)
		}
		out.keys = append(out.keys, key)
	}
	return out, nil
}

func (o *holder) WebAuthnID() []byte                         { return []byte(o.person.ID) }
func (o *holder) WebAuthnName() string                       { return o.person.Email }
func (o *holder) WebAuthnDisplayName() string                { return o.person.Name }
func (o *holder) WebAuthnCredentials() []webauthn.Credential { return o.keys }

// ceremony is what the database stores between a WebAuthn challenge and its response.
type ceremony struct {
	Session webauthn.SessionData `json:"session"`
	Second  string               `json:"second,omitempty"` // hash of the pending sign-in whose second factor it is
	Of      string               `json:"of,omitempty"`     // the session that registers a new passkey
}

// beginCeremony stores a ceremony, and returns the options for the browser and the token of its cookie.
func (as *Accounts) beginCeremony(ctx context.Context, purpose, personID string, options any, c ceremony) (json.RawMessage, string, error) {
	data, err := json.Marshal(c)
	if err != nil {
		return nil, "", fmt.Errorf("account: passkey: %w", err)
	}
	out, err := json.Marshal(options)
	if err != nil {
		return nil, "", fmt.Errorf("account: passkey: %w", err)
	}
	token, err := as.addChallenge(ctx, purpose, personID, string(data))
	return out, token, err
}

// finishCeremony uses a ceremony up, whatever the response is: a challenge is valid for one response.
func (as *Accounts) finishCeremony(ctx context.Context, purpose, token string) (db.Challenge, ceremony, error) {
	var c db.Challenge
	err := as.hub.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		c, err = tx.ConsumeChallenge(ctx, secret.HashToken(token), purpose)
		return err
	})
	if hub.IsMissing(err) {
		return c, ceremony{}, hub.ErrPasskey
	}
	if err != nil {
		return c, ceremony{}, err
	}
	var out ceremony
	if err := json.Unmarshal([]byte(c.Data), &out); err != nil {
		return c, out, fmt.Errorf("account: passkey: %w", err)
	}
	return c, out, nil
}

// RenamePasskey renames one of the actor's passkeys. If its name is no longer what the actor saw, it returns
// *hub.Changed.
func (as *Accounts) RenamePasskey(ctx context.Context, a hub.Actor, id, seen, name string) error {
	bad := &hub.Invalid{}
	name = hub.CleanName(bad, "name", "a name for the passkey", name, 60)
	if err := bad.OrNil(); err != nil {
		return err
	}
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.LockPerson(ctx, a.ID); err != nil { // changes of somebody's passkeys take turns
			return err
		}
		keys, err := tx.Passkeys(ctx, a.ID)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if k.ID == id && k.Name != seen {
				return &hub.Changed{Refusal: hub.ErrChanged, Now: k.Name}
			}
		}
		if err := tx.RenamePasskey(ctx, id, a.ID, name); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionPasskeyRenamed, Target: hub.Target{Type: hub.TargetPasskey, ID: id, Name: name}})
	})
}

// RemovePasskey removes one of the actor's passkeys.
func (as *Accounts) RemovePasskey(ctx context.Context, a hub.Actor, id string) error {
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		p, had, err := lockFactors(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		if err := a.Prove(ctx, &tx.Reader, hub.ActionPasskeyRemoved); err != nil {
			return err // while the person still has what is to be removed
		}
		gone, err := tx.DeletePasskey(ctx, id, a.ID)
		if err != nil {
			return err
		}
		left := had.Passkeys - 1
		if had.HasTOTP {
			left++
		}
		if err := afterFactorRemoved(ctx, tx, a.ID, had, left); err != nil {
			return err
		}
		if err := as.postFactorChanged(ctx, tx, a, p, "A passkey was removed"); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionPasskeyRemoved, Target: hub.Target{Type: hub.TargetPasskey, ID: id, Name: gone.Name}})
	})
}
