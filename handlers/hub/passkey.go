package hub

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"time"

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
			Login:        webauthn.TimeoutConfig{Enforce: true, Timeout: SecondLife, TimeoutUVD: SecondLife},
			Registration: webauthn.TimeoutConfig{Enforce: true, Timeout: SecondLife, TimeoutUVD: SecondLife},
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
		had, err := tx.SecondFactor(ctx, a.ID)
		if err != nil {
			return err
		}
		if had.Passkeys >= maxPasskeys {
			return ErrPasskeyLimit
		}
		if err := h.firstFactor(ctx, tx, a); err != nil {
			return err
		}
		row := db.Passkey{ID: base64.RawURLEncoding.EncodeToString(key.ID), PersonID: a.ID, Name: name, Credential: string(data), CreatedAt: tx.Now}
		if err := tx.InsertPasskey(ctx, row); err != nil {
			return err
		}
		if had.CodesLeft == 0 {
			if codes, err = h.newRecoveryCodes(ctx, tx, a.ID); err != nil {
				return err
			}
		}
		if err := h.tellFactor(ctx, tx, a, o.person, "A passkey was added"); err != nil {
			return err
		}
		return a.record(ctx, tx, "passkey.added", "", "passkey", row.ID, name, "")
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// BeginPasskey asks a browser for a passkey to sign in with: one that says whose it is, or,
// with the token of a sign-in that waits for its second factor, one of that person's.
func (h *Hub) BeginPasskey(ctx context.Context, a Actor, second string) (options json.RawMessage, token string, err error) {
	if wait := h.proofs.take(limit{"passkey " + place(a.Address), 60, 5 * time.Minute}); wait > 0 {
		return nil, "", &Throttled{wait}
	}
	party, err := h.relyingParty()
	if err != nil {
		return nil, "", err
	}
	if second == "" {
		assertion, session, err := party.BeginDiscoverableLogin()
		if err != nil {
			return nil, "", fmt.Errorf("hub: BeginPasskey: %w", err)
		}
		return h.askKey(ctx, db.ChallengePasskey, "", assertion, ceremony{Session: *session})
	}
	pending, err := h.Pending(ctx, second)
	if err != nil {
		return nil, "", err
	}
	return h.askOwnKey(ctx, party, db.ChallengePasskey, pending.Person.ID, pending.hash)
}

// BeginConfirm asks a signed-in person's browser for one of their passkeys.
func (h *Hub) BeginConfirm(ctx context.Context, a Actor) (options json.RawMessage, token string, err error) {
	if wait := h.proofs.take(limit{"passkey " + a.ID, 60, 5 * time.Minute}); wait > 0 {
		return nil, "", &Throttled{wait}
	}
	party, err := h.relyingParty()
	if err != nil {
		return nil, "", err
	}
	return h.askOwnKey(ctx, party, db.ChallengeConfirm, a.ID, "")
}

func (h *Hub) askOwnKey(ctx context.Context, party *webauthn.WebAuthn, purpose, personID, second string) (json.RawMessage, string, error) {
	o, err := h.holder(ctx, personID)
	if err != nil {
		return nil, "", err
	}
	if len(o.keys) == 0 {
		return nil, "", ErrPasskey
	}
	assertion, session, err := party.BeginLogin(o)
	if err != nil {
		return nil, "", fmt.Errorf("hub: askOwnKey: %w", err)
	}
	return h.askKey(ctx, purpose, personID, assertion, ceremony{Session: *session, Second: second})
}

// SignInByPasskey gives the person whose passkey answered. It stands for both factors: they
// have the device, and have shown it who they are.
func (h *Hub) SignInByPasskey(ctx context.Context, a Actor, token string, answer []byte) (Pending, error) {
	c, asked, err := h.answered(ctx, db.ChallengePasskey, token)
	if err != nil {
		return Pending{}, err
	}
	o, row, credential, err := h.checkKey(ctx, c, asked, answer)
	if err != nil {
		return Pending{}, h.refuseKey(ctx, a, o, err)
	}
	p := o.person
	out := Pending{Person: p}
	how := "by passkey " + row.Name
	if asked.Second != "" {
		waiting, err := h.DB.Challenge(ctx, asked.Second, db.ChallengeSecond)
		if err != nil {
			return Pending{}, orOver(err)
		}
		if out, err = h.pending(ctx, waiting); err != nil {
			return Pending{}, err
		}
		how = "by password and passkey " + row.Name
	}
	a.ID, a.Name, a.Owner = p.ID, p.Name, p.Owner
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		if asked.Second != "" {
			if _, err := tx.ConsumeChallenge(ctx, asked.Second, db.ChallengeSecond); err != nil {
				return orOver(err)
			}
		}
		if err := tx.UsePasskey(ctx, row.ID, row.Credential, credential); isMissing(err) {
			return ErrPasskey
		} else if err != nil {
			return err
		}
		return a.record(ctx, tx, "sign_in", "", "person", p.ID, p.Name, how)
	})
	return out, err
}

// ConfirmByPasskey checks once more that a signed-in person is who they are.
func (h *Hub) ConfirmByPasskey(ctx context.Context, a Actor, token string, answer []byte) error {
	p, err := h.DB.Person(ctx, a.ID)
	if err != nil {
		return err
	}
	c, asked, err := h.answered(ctx, db.ChallengeConfirm, token)
	if err == nil && c.PersonID != a.ID {
		err = ErrPasskey
	}
	if err == nil {
		var row db.Passkey
		var credential string
		if _, row, credential, err = h.checkKey(ctx, c, asked, answer); err == nil {
			err = h.DB.Tx(ctx, func(tx *db.Tx) error { return tx.UsePasskey(ctx, row.ID, row.Credential, credential) })
			if isMissing(err) {
				err = ErrPasskey
			}
		}
	}
	return h.noteProof(ctx, a, p, "by passkey", err)
}

// errCopied says that a passkey's counter did not go up: somebody may have a copy of it.
var errCopied = errors.New("the passkey's counter went back: there may be a copy of it")

// checkKey checks an answer (challenge, origin, rpId, user verification, signature, counter,
// backup flags) and gives its passkey with what is to be stored of it now.
func (h *Hub) checkKey(ctx context.Context, c db.Challenge, asked ceremony, answer []byte) (o *holder, row db.Passkey, credential string, err error) {
	party, err := h.relyingParty()
	if err != nil {
		return nil, row, "", err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, row, "", errors.Join(ErrPasskey, err)
	}
	var key *webauthn.Credential
	if c.PersonID != "" {
		if o, err = h.holder(ctx, c.PersonID); err != nil {
			return nil, row, "", err
		}
		key, err = party.ValidateLogin(o, asked.Session, parsed)
	} else {
		var failed error // of the database, which the library would wrap
		find := func(_, handle []byte) (webauthn.User, error) {
			o, failed = h.holder(ctx, string(handle))
			return o, failed
		}
		_, key, err = party.ValidatePasskeyLogin(find, asked.Session, parsed)
		if failed != nil && !isMissing(failed) {
			return nil, row, "", failed
		}
	}
	if err != nil {
		return o, row, "", errors.Join(ErrPasskey, err)
	}
	if !o.person.DisabledAt.IsZero() || o.person.PasswordHash == "" {
		return o, row, "", ErrPasskey
	}
	id := base64.RawURLEncoding.EncodeToString(key.ID)
	i := slices.IndexFunc(o.rows, func(r db.Passkey) bool { return r.ID == id })
	if i < 0 {
		return o, row, "", ErrPasskey
	}
	if key.Authenticator.CloneWarning {
		return o, o.rows[i], "", errors.Join(ErrPasskey, errCopied)
	}
	data, err := json.Marshal(key)
	if err != nil {
		return o, row, "", fmt.Errorf("hub: checkKey: %w", err)
	}
	return o, o.rows[i], string(data), nil
}

// refuseKey writes down that a passkey was refused, where it is known whose it is.
func (h *Hub) refuseKey(ctx context.Context, a Actor, o *holder, cause error) error {
	if o == nil || !errors.Is(cause, ErrPasskey) {
		return cause
	}
	detail := "by passkey"
	if errors.Is(cause, errCopied) {
		detail = errCopied.Error()
	}
	a.ID, a.Name, a.Owner = o.person.ID, o.person.Name, o.person.Owner
	err := h.DB.Tx(ctx, func(tx *db.Tx) error {
		return a.record(ctx, tx, "sign_in.failed", "", "person", a.ID, a.Name, detail)
	})
	if err != nil {
		return err
	}
	return cause
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
		return a.record(ctx, tx, "passkey.renamed", "", "passkey", id, name, "")
	})
}

// RemovePasskey takes one of their passkeys from the actor, who has just shown their password.
func (h *Hub) RemovePasskey(ctx context.Context, a Actor, id string) error {
	p, err := h.DB.Person(ctx, a.ID)
	if err != nil {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		f, err := tx.SecondFactor(ctx, a.ID)
		if err != nil {
			return err
		}
		gone, err := tx.DeletePasskey(ctx, id, a.ID)
		if err != nil {
			return err
		}
		left := f.Passkeys - 1
		if f.HasTOTP {
			left++
		}
		if err := keepsOne(f, left); err != nil {
			return err
		}
		if left == 0 {
			if err := tx.DeleteRecoveryCodes(ctx, a.ID); err != nil {
				return err
			}
		}
		if err := h.tellFactor(ctx, tx, a, p, "A passkey was removed"); err != nil {
			return err
		}
		return a.record(ctx, tx, "passkey.removed", "", "passkey", id, gone.Name, "")
	})
}
