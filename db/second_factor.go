package db

import "context"

// settingSecondFactor is "on" if everyone in the portal must have a second factor.
const settingSecondFactor = "second_factor_required"

// SecondFactor says which second factors a person has, and who demands one of them.
type SecondFactor struct {
	Has       bool   // an authenticator app or a passkey
	ByPortal  bool   // the portal demands one of everyone
	ByTeam    string // a team of theirs that demands one of its members, or empty
	Passkeys  int
	HasTOTP   bool
	CodesLeft int
}

// Demanded says whether the person must have a second factor.
func (f SecondFactor) Demanded() bool { return f.ByPortal || f.ByTeam != "" }

// SecondFactor reads a person's second factors in one query, as every page needs them.
func (r *Reader) SecondFactor(ctx context.Context, personID string) (SecondFactor, error) {
	scan := func(s scanner) (f SecondFactor, err error) {
		err = s.Scan(&f.ByPortal, &f.ByTeam, &f.HasTOTP, &f.Passkeys, &f.CodesLeft)
		f.Has = f.HasTOTP || f.Passkeys > 0
		return f, err
	}
	return one(ctx, r, "SecondFactor", scan,
		`SELECT EXISTS (SELECT 1 FROM settings WHERE name = '`+settingSecondFactor+`' AND value = 'on'),
		COALESCE((SELECT MIN(t.name) FROM teams t JOIN memberships m ON m.team_id = t.id
			WHERE m.person_id = $1 AND t.requires_second_factor), ''),
		EXISTS (SELECT 1 FROM totp_factors WHERE person_id = $1),
		(SELECT COUNT(*) FROM passkeys WHERE person_id = $1),
		(SELECT COUNT(*) FROM recovery_codes WHERE person_id = $1 AND used_at = 0)`, personID)
}

// RequireSecondFactor sets whether a team demands a second factor of its members.
func (t *Tx) RequireSecondFactor(ctx context.Context, teamID string, on bool) error {
	return t.mustTouch(ctx, "RequireSecondFactor", `UPDATE teams SET requires_second_factor = $2 WHERE id = $1`, teamID, on)
}

// WithoutSecondFactor lists by name the active members of a team without a second factor, or
// with an empty teamID everyone without one.
func (r *Reader) WithoutSecondFactor(ctx context.Context, teamID string) ([]string, error) {
	return all(ctx, r, "WithoutSecondFactor", value[string],
		`SELECT p.name
		FROM people p
		WHERE ($1 = '' OR EXISTS (SELECT 1 FROM memberships WHERE person_id = p.id AND team_id = $1))
			AND p.password_hash <> '' AND p.disabled_at = 0
			AND NOT EXISTS (SELECT 1 FROM totp_factors WHERE person_id = p.id)
			AND NOT EXISTS (SELECT 1 FROM passkeys WHERE person_id = p.id)
		ORDER BY p.name, p.id`, teamID)
}
