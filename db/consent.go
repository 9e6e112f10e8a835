package db

import (
	"context"
	"time"
)

// ConsentRequest is a consent page waiting for its person's answer. It belongs to the session in
// which it was shown. State is the client's, byte for byte. DeviceHash is set when it answers a
// device code (RFC 8628) instead of a redirect.
type ConsentRequest struct {
	ID, SessionID, PersonID          string
	ClientID, RedirectURI            string
	RedirectGiven                    bool
	Scope, State, Challenge          string
	Audience, DeviceHash             string
	AuthTime                         time.Time
	CreatedAt, ExpiresAt, AnsweredAt time.Time
}

const consentColumns = `id, session_id, person_id, client_id, redirect_uri, redirect_given, scope,
	state, challenge, audience, device_hash, auth_time, created_at, expires_at, answered_at`

func scanConsent(s scanner) (c ConsentRequest, err error) {
	var auth, created, expires, answered int64
	err = s.Scan(&c.ID, &c.SessionID, &c.PersonID, &c.ClientID, &c.RedirectURI, &c.RedirectGiven, &c.Scope, &c.State, &c.Challenge,
		&c.Audience, &c.DeviceHash, &auth, &created, &expires, &answered)
	c.AuthTime, c.CreatedAt, c.ExpiresAt, c.AnsweredAt = at(auth), at(created), at(expires), at(answered)
	return c, err
}

// InsertConsentRequest adds a request.
func (t *Tx) InsertConsentRequest(ctx context.Context, c ConsentRequest) error {
	_, err := t.exec(ctx, "InsertConsentRequest",
		`INSERT INTO consent_requests (`+consentColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		c.ID, c.SessionID, c.PersonID, c.ClientID, c.RedirectURI, c.RedirectGiven, c.Scope, c.State, c.Challenge,
		c.Audience, c.DeviceHash, unix(c.AuthTime), unix(c.CreatedAt), unix(c.ExpiresAt), unix(c.AnsweredAt))
	return err
}

// PendingConsentRequest returns a request that can still be answered in a session, or ErrNotFound.
func (r *Reader) PendingConsentRequest(ctx context.Context, id, sessionID string, now time.Time) (ConsentRequest, error) {
	return one(ctx, r, "PendingConsentRequest", scanConsent,
		`SELECT `+consentColumns+`
		FROM consent_requests
		WHERE id = $1 AND session_id = $2 AND answered_at = 0 AND expires_at > $3`, id, sessionID, unix(now))
}

// AnswerConsentRequest uses a request up. It returns ErrNotFound if the request was answered,
// has expired or belongs to another session.
func (t *Tx) AnswerConsentRequest(ctx context.Context, id, sessionID string) (ConsentRequest, error) {
	return one(ctx, &t.Reader, "AnswerConsentRequest", scanConsent,
		`UPDATE consent_requests
		SET answered_at = $3
		WHERE id = $1 AND session_id = $2 AND answered_at = 0 AND expires_at > $3
		RETURNING `+consentColumns, id, sessionID, unix(t.Now))
}
