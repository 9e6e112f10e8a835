package grant

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// A user code has 8 letters without vowels, so that it spells no word, and without Y (RFC 8628
// section 6.1): 34 bits.
const (
	userCodeAlphabet = "BCDFGHJKLMNPQRSTVWXZ"
	userCodeLength   = 8
)

// ErrUserCode says that no device authorization is pending for the user code that a person
// typed: it is wrong, has expired, or was already answered.
var ErrUserCode = errors.New("grant: no device authorization is pending for this user code")

// newUserCode returns a random user code. Bytes that would make some letters more likely are
// discarded.
func newUserCode() string {
	const limit = 256 - 256%len(userCodeAlphabet)
	code := make([]byte, 0, userCodeLength)
	var pool [32]byte
	for {
		rand.Read(pool[:])
		for _, b := range pool {
			if int(b) >= limit {
				continue
			}
			code = append(code, userCodeAlphabet[int(b)%len(userCodeAlphabet)])
			if len(code) == userCodeLength {
				return string(code)
			}
		}
	}
}

// FormatUserCode writes a user code with a dash in the middle.
func FormatUserCode(code string) string {
	if len(code) != userCodeLength {
		return code
	}
	return code[:userCodeLength/2] + "-" + code[userCodeLength/2:]
}

// ParseUserCode reads a user code as people type it: case, spaces and dashes don't matter. It
// returns an empty string for anything that can't be a user code.
func ParseUserCode(typed string) string {
	code := make([]byte, 0, userCodeLength)
	for _, c := range typed {
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		switch {
		case c == ' ' || c == '-' || c == '\u2010' || c == '\u2011' || c == '\u2013':
		case c < 0x80 && strings.IndexByte(userCodeAlphabet, byte(c)) >= 0 && len(code) < userCodeLength:
			code = append(code, byte(c))
		default:
			return ""
		}
	}
	if len(code) != userCodeLength {
		return ""
	}
	return string(code)
}

// ConsentForUserCode finds the device authorization that is pending for a user code, and
// returns the consent to ask the person for. It asks every time, and shows the code, since
// somebody else may have sent it to the person (RFC 8628 section 5.4). ErrUserCode counts as a
// guess; the caller must limit those (section 5.1).
func (s *Server) ConsentForUserCode(ctx context.Context, typed string, session Session) (*ConsentPrompt, error) {
	code := ParseUserCode(typed)
	if code == "" {
		return nil, ErrUserCode
	}
	d, err := s.DB.DeviceCodeByUserCode(ctx, code)
	if errors.Is(err, db.ErrNotFound) {
		return nil, ErrUserCode
	} else if err != nil {
		return nil, err
	}
	if d.State != db.DeviceCodePending || !s.Now().Before(d.ExpiresAt) {
		return nil, ErrUserCode
	}
	app, err := s.DB.App(ctx, d.ClientID)
	if err != nil || !slices.Contains(app.Grants, DeviceCode) {
		if err == nil || errors.Is(err, db.ErrNotFound) {
			return nil, ErrUserCode
		}
		return nil, err
	}
	r := db.ConsentRequest{
		ID: secret.ID(), SessionID: session.ID, PersonID: session.Person.ID, ClientID: app.ClientID, Scope: d.Scope,
		Audience: d.Audience, DeviceHash: d.Hash, AuthTime: session.AuthTime,
	}
	prompt, err := s.promptFor(ctx, app, r)
	if err != nil {
		return nil, err
	}
	prompt.UserCode, prompt.DeviceAddress, prompt.DeviceAgent = FormatUserCode(code), d.Address, d.UserAgent
	return prompt, s.insertConsentRequest(ctx, r)
}

// answerDeviceAuthorization stores a person's answer to a device authorization. It returns
// ErrConsentNotPending for one that was answered or has expired in the meantime.
func (s *Server) answerDeviceAuthorization(ctx context.Context, tx *db.Tx, app db.App, r db.ConsentRequest, answer ConsentAnswer, session Session) error {
	if !slices.Contains(app.Grants, DeviceCode) {
		return ErrConsentNotPending
	}
	state, action, family := db.DeviceCodeDenied, auditDeviceDenied, ""
	if answer.Allow {
		teams, err := s.recordConsent(ctx, tx, app, r, answer, session)
		if err != nil {
			return err
		}
		if family, err = insertFamily(ctx, tx, r, teams); err != nil {
			return err
		}
		state, action = db.DeviceCodeApproved, auditDeviceApproved
	}
	if err := tx.AnswerDeviceCode(ctx, r.DeviceHash, state, session.Person.ID, family); err != nil {
		return notFoundAsNotPending(err)
	}
	return audit(ctx, tx, auditRecord{action: action, actor: personActor(session.Person), target: appTarget(app), detail: r.Scope, caller: session.Caller})
}
