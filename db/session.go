package db

import (
	"context"
	"time"
)

// Ways to sign in, of Session.Method.
const (
	ByPassword = "password"
	ByTOTP     = "totp"     // a password, then the code of an authenticator app
	ByRecovery = "recovery" // a password, then a recovery code
	ByPasskey  = "passkey"
)

// Session is a signed-in browser. SecretHash is the SHA-256 of the second half of its cookie.
// VerifiedAt is when the person last proved who they are, with a password or a passkey; FactorAt
// when they last did so with a second factor or a passkey, zero if never.
type Session struct {
	ID, SecretHash, PersonID string
	Data                     []byte
	Address, UserAgent       string
	CreatedAt, LastSeenAt    time.Time
	ExpiresAt                time.Time
	VerifiedAt, FactorAt     time.Time
	Method                   string
}

const sessionColumns = `id, secret_hash, person_id, data, address, user_agent, created_at,
	last_seen_at, expires_at, verified_at, factor_at, method`

func scanSession(s scanner) (x Session, err error) {
	var created, seen, expires, verified, factor int64
	err = s.Scan(&x.ID, &x.SecretHash, &x.PersonID, &x.Data, &x.Address, &x.UserAgent, &created, &seen, &expires, &verified, &factor, &x.Method)
	x.CreatedAt, x.LastSeenAt, x.ExpiresAt, x.VerifiedAt, x.FactorAt = at(created), at(seen), at(expires), at(verified), at(factor)
	return x, err
}

// Session returns the session with this id, or ErrNotFound. The caller checks its times.
func (r *Reader) Session(ctx context.Context, id string) (Session, error) {
	return one(ctx, r, "Session", scanSession, `SELECT `+sessionColumns+` FROM sessions WHERE id = $1`, id)
}

// SessionsOf lists a person's sessions that are live at now, last seen first.
func (r *Reader) SessionsOf(ctx context.Context, personID string, now time.Time) ([]Session, error) {
	return all(ctx, r, "SessionsOf", scanSession,
		`SELECT `+sessionColumns+`
		FROM sessions
		WHERE person_id = $1 AND expires_at > $2
		ORDER BY last_seen_at DESC, id`, personID, unix(now))
}

// InsertSession adds a session of a person who has given their password. It returns ErrNotFound
// if that password was changed meanwhile, or the account disabled: a sign-in under way doesn't
// outlive the change that ends all sessions.
func (t *Tx) InsertSession(ctx context.Context, s Session, passwordChangedAt time.Time) error {
	_, err := share(ctx, t, "InsertSession", value[string],
		`SELECT id FROM people WHERE id = $1 AND password_changed_at = $2 AND disabled_at = 0`, s.PersonID, unix(passwordChangedAt))
	if err != nil {
		return err
	}
	if s.Method == "" {
		s.Method = ByPassword
	}
	_, err = t.exec(ctx, "InsertSession",
		`INSERT INTO sessions (`+sessionColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		s.ID, s.SecretHash, s.PersonID, s.Data, s.Address, s.UserAgent,
		unix(s.CreatedAt), unix(s.LastSeenAt), unix(s.ExpiresAt), unix(s.VerifiedAt), unix(s.FactorAt), s.Method)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, "InsertSession",
		`DELETE FROM sessions
		WHERE id IN (SELECT id FROM sessions WHERE person_id = $1 AND id <> $2 ORDER BY last_seen_at DESC, id LIMIT 1000 OFFSET $3)`,
		s.PersonID, s.ID, maxSessions-1)
	return err
}

// maxSessions is how many sessions a person has: far more than anyone uses, so that a program that
// signs in again and again doesn't fill the table. A new one ends the one that was seen longest ago.
const maxSessions = 100

// UpdateSession stores the data of a session. It returns ErrNotFound if the session was ended: a
// request still under way mustn't bring it back.
func (t *Tx) UpdateSession(ctx context.Context, id string, data []byte) error {
	return t.mustTouch(ctx, "UpdateSession", `UPDATE sessions SET data = $2 WHERE id = $1`, id, data)
}

// VerifySession records that the person of a session has stepped up, with a second factor or
// without, and replaces the secret of its cookie. Of two concurrent callers one gets ErrNotFound.
func (t *Tx) VerifySession(ctx context.Context, id, oldHash, newHash string, factor bool) error {
	return t.mustTouch(ctx, "VerifySession",
		`UPDATE sessions
		SET verified_at = $4, secret_hash = $3, factor_at = CASE WHEN $5 THEN $4 ELSE factor_at END
		WHERE id = $1 AND secret_hash = $2`, id, oldHash, newHash, unix(t.Now), factor)
}

// TouchSession records that a session was seen, and its new expiry. It never moves either back.
func (t *Tx) TouchSession(ctx context.Context, id string, expires time.Time) error {
	_, err := t.exec(ctx, "TouchSession",
		`UPDATE sessions
		SET last_seen_at = $2, expires_at = $3
		WHERE id = $1 AND last_seen_at < $2`, id, unix(t.Now), unix(expires))
	return err
}

// DeleteSession ends one session of a person.
func (t *Tx) DeleteSession(ctx context.Context, id, personID string) error {
	return t.mustTouch(ctx, "DeleteSession", `DELETE FROM sessions WHERE id = $1 AND person_id = $2`, id, personID)
}

// DeleteSessionsOf ends all sessions of a person but the one with the id except, and returns how
// many.
func (t *Tx) DeleteSessionsOf(ctx context.Context, personID, except string) (int64, error) {
	return t.exec(ctx, "DeleteSessionsOf", `DELETE FROM sessions WHERE person_id = $1 AND id <> $2`, personID, except)
}
