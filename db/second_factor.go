package db

import "context"

// settingSecondFactor is "on" when everyone of the portal has to have a second factor.
const settingSecondFactor = "second_factor_required"

// SecondFactor is what stands about the second factor of one person.
type SecondFactor struct {
	Has       bool   // an authenticator app or a passkey
	ByPortal  bool   // the owner asks it of everyone
	ByTeam    string // a team of theirs that asks it of its members; empty when none does
	Passkeys  int
	HasTOTP   bool
	CodesLeft int
}

// Demanded says whether the person has to have one.
func (f SecondFactor) Demanded() bool { return f.ByPortal || f.ByTeam != "" }

// SecondFactor reads it in one query: it is asked at every page.
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

// RequireSecondFactor stores whether a team asks its members for a second factor.
func (t *Tx) RequireSecondFactor(ctx context.Context, teamID string, on bool) error {
	return t.mustTouch(ctx, "RequireSecondFactor", `UPDATE teams SET requires_second_factor = $2 WHERE id = $1`, teamID, on)
}

// WithoutSecondFactor lists the active members of a team who have none, by name; of no team
// in particular (teamID is empty) everyone.
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
