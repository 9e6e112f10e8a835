package grant

import (
	"context"
	"errors"
	"slices"
	"strings"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// ErrUserCode says that no device waits with the user code that a person has typed: it is
// wrong, has expired, or was answered.
var ErrUserCode = errors.New("grant: no device waits with this user code")

// ConsentForUserCode finds the device that waits with a user code and gives the consent to ask for.
// It is asked each time, with the code, since somebody else may have sent it (RFC 8628
// section 5.4). ErrUserCode counts as a guess; the caller has to bound those (section 5.1).
func (s *Server) ConsentForUserCode(ctx context.Context, typed string, v Session) (*ConsentPrompt, error) {
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
	ask := &ConsentPrompt{ID: secret.ID(), App: app, Scopes: strings.Fields(d.Scope), UserCode: FormatUserCode(code), DeviceInfo: deviceInfo(d)}
	if _, err := s.compareWithAuthorization(ctx, ask, v); err != nil {
		return nil, err
	}
	return ask, s.insertConsentRequest(ctx, db.ConsentRequest{
		ID: ask.ID, SessionID: v.ID, PersonID: v.Person.ID, ClientID: app.ClientID, Scope: d.Scope,
		Audience: d.Audience, DeviceHash: d.Hash, AuthTime: v.AuthTime,
	})
}

// answerDevice stores the answer to a device. One that was answered or has expired
// meanwhile gives ErrConsentNotPending.
func (s *Server) answerDeviceAuthorization(ctx context.Context, tx *db.Tx, app db.App, r db.ConsentRequest, allow bool, v Session) error {
	if !slices.Contains(app.Grants, DeviceCode) {
		return ErrConsentNotPending
	}
	state, action, family := db.DeviceCodeDenied, "device.denied", ""
	if allow {
		if err := s.recordConsent(ctx, tx, app, r, v); err != nil {
			return err
		}
		var err error
		if family, err = insertFamily(ctx, tx, r); err != nil {
			return err
		}
		state, action = db.DeviceCodeApproved, "device.approved"
	}
	if err := tx.AnswerDeviceCode(ctx, r.DeviceHash, state, v.Person.ID, family); err != nil {
		return notFoundAsNotPending(err)
	}
	return tx.InsertAudit(ctx, auditEvent(app, v.Person.ID, v.Person.Name, action, r.Scope, v.Caller))
}

// from says which device asked for a code.
func deviceInfo(d db.DeviceCode) string {
	return strings.Trim(d.Address+", "+d.UserAgent, ", ")
}
