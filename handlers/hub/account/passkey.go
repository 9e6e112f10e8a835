package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// maxPasskeys is how many a person may have.
const maxPasskeys = 20

// PasskeysOn says whether browsers take passkeys of this portal: its address has a name, and
// https unless it is localhost.
func (h *Hub) PasskeysOn() bool {
	_, err := h.relyingParty()
	return err == nil
}

// relyingParty is the portal as passkeys know it: by the issuer's name, at its origin only. A
// passkey has to verify its user, by a PIN or a finger.
func (h *Hub) relyingParty() (*webauthn.WebAuthn, error) {
	u, err := url.Parse(h.Issuer)
	if err != nil {
		return nil, fmt.Errorf("hub: passkeys: %w", err)
	}
	host := u.Hostname()
	if _, err := netip.ParseAddr(host); err == nil || u.Scheme != "https" && host != "localhost" {
		return nil, ErrPasskeysOff
	}
	resident := true
	return webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: h.Brand, RPOrigins: []string{u.Scheme + "://" + u.Host},
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

// holder is a person with their passkeys, as the library asks for them.
type holder struct {
	person db.Person
	rows   []db.Passkey
	keys   []webauthn.Credential
}

func (h *Hub) holder(ctx context.Context, personID string) (*holder, error) {
	p, err := h.DB.Person(ctx, personID)
	if err != nil {
		return nil, err
	}
	out := &holder{person: p}
	if out.rows, err = h.DB.Passkeys(ctx, personID); err != nil {
		return nil, err
	}
	for _, row := range out.rows {
		var key webauthn.Credential
		if err := json.Unmarshal([]byte(row.Credential), &key); err != nil {
			return nil, fmt.Errorf("hub: passkey %s: %w", row.ID, err)
		}
		out.keys = append(out.keys, key)
	}
	return out, nil
}

func (o *holder) WebAuthnID() []byte                         { return []byte(o.person.ID) }
func (o *holder) WebAuthnName() string                       { return o.person.Email }
func (o *holder) WebAuthnDisplayName() string                { return o.person.Name }
func (o *holder) WebAuthnCredentials() []webauthn.Credential { return o.keys }

// ceremony is what the database keeps between question and answer.
type ceremony struct {
	Session webauthn.SessionData `json:"session"`
	Second  string               `json:"second,omitempty"` // hash of the sign-in whose second factor it is
	Of      string               `json:"of,omitempty"`     // the session that a new passkey was asked for by
}

// askKey keeps a ceremony, and gives the options for the browser and the token of its cookie.
func (h *Hub) askKey(ctx context.Context, purpose, personID string, options any, c ceremony) (json.RawMessage, string, error) {
	data, err := json.Marshal(c)
	if err != nil {
		return nil, "", fmt.Errorf("hub: passkey: %w", err)
	}
	out, err := json.Marshal(options)
	if err != nil {
		return nil, "", fmt.Errorf("hub: passkey: %w", err)
	}
	token, err := h.ask(ctx, purpose, personID, string(data))
	return out, token, err
}

// answered uses a ceremony up, whatever comes of it: a challenge is good for one answer.
func (h *Hub) answered(ctx context.Context, purpose, token string) (db.Challenge, ceremony, error) {
	var c db.Challenge
	err := h.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		c, err = tx.ConsumeChallenge(ctx, secret.HashToken(token), purpose)
		return err
	})
	if isMissing(err) {
		return c, ceremony{}, ErrPasskey
	}
	if err != nil {
		return c, ceremony{}, err
	}
	var out ceremony
	if err := json.Unmarshal([]byte(c.Data), &out); err != nil {
		return c, out, fmt.Errorf("hub: passkey: %w", err)
	}
	return c, out, nil
}

// RenamePasskey gives one of the actor's passkeys another name.
func (h *Hub) RenamePasskey(ctx context.Context, a Actor, id, name string) error {
	bad := &Invalid{}
	name = cleanName(bad, "name", "a name for the passkey", name, 60)
	if err := bad.orNil(); err != nil {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.RenamePasskey(ctx, id, a.ID, name); err != nil {
			return err
		}
		return a.record(ctx, tx, Event{Action: ActionPasskeyRenamed, Target: Target{Type: TargetPasskey, ID: id, Name: name}})
	})
}

// RemovePasskey takes one of their passkeys from the actor, who has just shown their password.
func (h *Hub) RemovePasskey(ctx context.Context, a Actor, id string) error {
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		p, had, err := lockFactors(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		gone, err := tx.DeletePasskey(ctx, id, a.ID)
		if err != nil {
			return err
		}
		left := had.Passkeys - 1
		if had.HasTOTP {
			left++
		}
		if err := factorRemoved(ctx, tx, a.ID, had, left); err != nil {
			return err
		}
		if err := h.tellFactor(ctx, tx, a, p, "A passkey was removed"); err != nil {
			return err
		}
		return a.record(ctx, tx, Event{Action: ActionPasskeyRemoved, Target: Target{Type: TargetPasskey, ID: id, Name: gone.Name}})
	})
}
