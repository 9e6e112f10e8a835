package db

import (
	"context"
	"strings"
	"time"
)

// PersonalToken is a token that a person created for themselves. Hash is the SHA-256 of the
// token, Hint its last four characters. With a zero ExpiresAt it never expires.
type PersonalToken struct {
	ID, PersonID, Name, Hash, Hint string
	Scopes                         []string
	CreatedAt, ExpiresAt           time.Time
	RevokedAt, LastUsedAt          time.Time
	LastAddress, LastAgent         string
}

// Live says whether the token works at now.
func (p PersonalToken) Live(now time.Time) bool {
	return p.RevokedAt.IsZero() && (p.ExpiresAt.IsZero() || now.Before(p.ExpiresAt))
}

const personalColumns = `id, person_id, name, hash, hint, scopes, created_at, expires_at, revoked_at,
	last_used_at, last_address, last_agent`

func scanPersonal(s scanner) (p PersonalToken, err error) {
	var scopes string
	var created, expires, revoked, used int64
	err = s.Scan(&p.ID, &p.PersonID, &p.Name, &p.Hash, &p.Hint, &scopes, &created, &expires, &revoked, &used, &p.LastAddress, &p.LastAgent)
	p.Scopes = strings.Fields(scopes)
	p.CreatedAt, p.ExpiresAt, p.RevokedAt, p.LastUsedAt = at(created), at(expires), at(revoked), at(used)
	return p, err
}

// PersonalTokenByHash returns the token with this hash, whatever its state, or ErrNotFound.
func (r *Reader) PersonalTokenByHash(ctx context.Context, hash string) (PersonalToken, error) {
	return one(ctx, r, "PersonalTokenByHash", scanPersonal, `SELECT `+personalColumns+` FROM personal_tokens WHERE hash = $1`, hash)
}

// PersonalTokens lists a person's tokens, including dead ones, newest first.
func (r *Reader) PersonalTokens(ctx context.Context, personID string) ([]PersonalToken, error) {
	return all(ctx, r, "PersonalTokens", scanPersonal,
		`SELECT `+personalColumns+`
		FROM personal_tokens
		WHERE person_id = $1
		ORDER BY created_at DESC, id DESC`, personID)
}

// MemberToken is a personal token with its person's name.
type MemberToken struct {
	PersonalToken
	PersonName string
}

// LiveTokensOfMembers lists by person the personal tokens of a team's members that are live at
// now.
func (r *Reader) LiveTokensOfMembers(ctx context.Context, teamID string, now time.Time) ([]MemberToken, error) {
	scan := func(s scanner) (m MemberToken, err error) {
		var created, expires int64
		err = s.Scan(&m.ID, &m.PersonID, &m.Name, &m.Hint, &created, &expires, &m.PersonName)
		m.CreatedAt, m.ExpiresAt = at(created), at(expires)
		return m, err
	}
	return all(ctx, r, "LiveTokensOfMembers", scan,
		`SELECT t.id, t.person_id, t.name, t.hint, t.created_at, t.expires_at, p.name
		FROM personal_tokens t
		JOIN people p ON p.id = t.person_id
		WHERE t.person_id IN (SELECT person_id FROM memberships WHERE team_id = $1)
			AND t.revoked_at = 0 AND (t.expires_at = 0 OR t.expires_at > $2)
		ORDER BY p.name, p.id, t.created_at, t.id`, teamID, unix(now))
}

// InsertPersonalToken adds a token.
func (t *Tx) InsertPersonalToken(ctx context.Context, p PersonalToken) error {
	_, err := t.exec(ctx, "InsertPersonalToken",
		`INSERT INTO personal_tokens (`+personalColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		p.ID, p.PersonID, p.Name, p.Hash, p.Hint, strings.Join(p.Scopes, " "),
		unix(p.CreatedAt), unix(p.ExpiresAt), unix(p.RevokedAt), unix(p.LastUsedAt), p.LastAddress, p.LastAgent)
	return err
}

// RevokePersonalToken revokes a person's token, or returns ErrNotFound if it is revoked already.
func (t *Tx) RevokePersonalToken(ctx context.Context, id, personID string) error {
	return t.mustTouch(ctx, "RevokePersonalToken",
		`UPDATE personal_tokens
		SET revoked_at = $3
		WHERE id = $1 AND person_id = $2 AND revoked_at = 0`, id, personID, unix(t.Now))
}

// SeenEvery is how often the last use of a token is written at most.
const SeenEvery = time.Minute

// TouchPersonalToken records a use of a token, at most once a minute and never backwards.
func (t *Tx) TouchPersonalToken(ctx context.Context, id string, caller Caller) error {
	_, err := t.exec(ctx, "TouchPersonalToken",
		`UPDATE personal_tokens
		SET last_used_at = $2, last_address = $3, last_agent = $4
		WHERE id = $1 AND last_used_at <= $5`,
		id, unix(t.Now), caller.Address, caller.UserAgent, unix(t.Now.Add(-SeenEvery)))
	return err
}

// RevokePersonalTokensOf revokes every live personal token of a person, and returns how many
// there were.
func (t *Tx) RevokePersonalTokensOf(ctx context.Context, personID string) (int64, error) {
	return t.exec(ctx, "RevokePersonalTokensOf",
		`UPDATE personal_tokens
		SET revoked_at = $2
		WHERE person_id = $1 AND revoked_at = 0 AND (expires_at = 0 OR expires_at > $2)`, personID, unix(t.Now))
}
