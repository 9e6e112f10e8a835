package db

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Family is one consent of a person to an app, with the code and all tokens issued under it: what
// RFC 6749 calls the authorization grant. Scope and Audience are separated by spaces. Its tokens
// reach only the teams with the ids in Teams, as far as the person is a member of them. It can be
// used until ExpiresAt.
type Family struct {
	ID, ClientID, PersonID   string
	Scope, Audience, Dialect string
	Teams                    []string
	AuthTime                 time.Time // when the person signed in
	CreatedAt, LastUsedAt    time.Time
	ExpiresAt, RevokedAt     time.Time
}

const familyColumns = `id, client_id, person_id, scope, audience, dialect, teams, auth_time, created_at,
	last_used_at, expires_at, revoked_at`

func scanFamily(s scanner) (f Family, err error) {
	var teams string
	var auth, created, used, expires, revoked int64
	err = s.Scan(&f.ID, &f.ClientID, &f.PersonID, &f.Scope, &f.Audience, &f.Dialect, &teams, &auth, &created, &used, &expires, &revoked)
	f.Teams = strings.Fields(teams)
	f.AuthTime, f.CreatedAt, f.LastUsedAt, f.ExpiresAt, f.RevokedAt = at(auth), at(created), at(used), at(expires), at(revoked)
	return f, err
}

// Family returns the family with this id, whatever its state, or ErrNotFound.
func (r *Reader) Family(ctx context.Context, id string) (Family, error) {
	return one(ctx, r, "Family", scanFamily, `SELECT `+familyColumns+` FROM families WHERE id = $1`, id)
}

// InsertFamily adds a family. It shares the person's row, so that a transaction that locks the
// person and revokes their families comes wholly before or wholly after this one.
func (t *Tx) InsertFamily(ctx context.Context, f Family) error {
	if _, err := share(ctx, t, "InsertFamily", value[string], `SELECT id FROM people WHERE id = $1`, f.PersonID); err != nil {
		return err
	}
	_, err := t.exec(ctx, "InsertFamily",
		`INSERT INTO families (`+familyColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		f.ID, f.ClientID, f.PersonID, f.Scope, f.Audience, f.Dialect, strings.Join(f.Teams, " "),
		unix(f.AuthTime), unix(f.CreatedAt), unix(f.LastUsedAt), unix(f.ExpiresAt), unix(f.RevokedAt))
	return err
}

// UseFamily records that a token of the family is being issued, and locks its row until the
// transaction ends, so that a revocation comes wholly before or wholly after. It returns
// ErrNotFound if the family was revoked or has expired.
func (t *Tx) UseFamily(ctx context.Context, id string) (Family, error) {
	return one(ctx, &t.Reader, "UseFamily", scanFamily,
		`UPDATE families
		SET last_used_at = $2
		WHERE id = $1 AND revoked_at = 0 AND expires_at > $2
		RETURNING `+familyColumns, id, unix(t.Now))
}

// KeepTeamsOfFamilies takes from the live families of a person's consents to an app every team that
// isn't in keep.
func (t *Tx) KeepTeamsOfFamilies(ctx context.Context, personID, clientID string, keep []string) error {
	return t.rebindFamilies(ctx, func(teamID string) bool { return slices.Contains(keep, teamID) },
		`person_id = $1 AND client_id = $2 AND revoked_at = 0`, personID, clientID)
}

// rebindFamilies takes from the families that match a condition every team for which keep is false.
func (t *Tx) rebindFamilies(ctx context.Context, keep func(teamID string) bool, where string, args ...any) error {
	families, err := all(ctx, &t.Reader, "rebindFamilies", scanFamily, `SELECT `+familyColumns+` FROM families WHERE `+where, args...)
	for _, f := range families {
		if err != nil {
			break
		}
		left := slices.DeleteFunc(slices.Clone(f.Teams), func(id string) bool { return !keep(id) })
		if len(left) < len(f.Teams) {
			err = t.mustTouch(ctx, "rebindFamilies", `UPDATE families SET teams = $2 WHERE id = $1`, f.ID, strings.Join(left, " "))
		}
	}
	return err
}

// RevokeFamily revokes a family with its code and its refresh and access tokens. It says whether
// the family was live until now.
func (t *Tx) RevokeFamily(ctx context.Context, id string) (bool, error) {
	n, err := t.revokeFamilies(ctx, `id = $2`, id)
	return n > 0, err
}

// RevokeFamiliesOf revokes every family of a person, and returns how many were live.
func (t *Tx) RevokeFamiliesOf(ctx context.Context, personID string) (int64, error) {
	return t.revokeFamilies(ctx, `person_id = $2`, personID)
}

// revokeFamilies revokes the live families that match a condition, whose arguments start at $2.
// Their rows are updated first: whoever is issuing a token of one has it locked, and has
// committed by then.
func (t *Tx) revokeFamilies(ctx context.Context, where string, args ...any) (int64, error) {
	ids, err := all(ctx, &t.Reader, "revokeFamilies", value[string],
		`UPDATE families
		SET revoked_at = $1
		WHERE revoked_at = 0 AND `+where+`
		RETURNING id`, append([]any{unix(t.Now)}, args...)...)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		for _, query := range []string{
			`UPDATE authorization_codes SET consumed_at = $2 WHERE family_id = $1 AND consumed_at = 0`,
			`UPDATE refresh_tokens SET consumed_at = $2 WHERE family_id = $1 AND consumed_at = 0`,
			`UPDATE access_tokens SET revoked_at = $2 WHERE family_id = $1 AND revoked_at = 0`,
		} {
			if _, err := t.exec(ctx, "revokeFamilies", query, id, unix(t.Now)); err != nil {
				return 0, err
			}
		}
	}
	return int64(len(ids)), nil
}
