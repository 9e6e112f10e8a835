package db

import "context"

// The dialects that can be switched off, as their tokens carry them.
const (
	dialectVendorLogin = "iotconnect"
	dialectQuery       = "netrex" // parameters in the query string
)

// RevokeVendorLogins revokes the tokens of all vendor logins, and returns how many families there
// were.
func (t *Tx) RevokeVendorLogins(ctx context.Context) (int64, error) {
	return t.revokeFamilies(ctx,
		`(dialect = $2 OR client_id IN (SELECT login_client_id FROM teams WHERE login_client_id <> ''))`, dialectVendorLogin)
}

// RevokeQueryTokens revokes the tokens that an app got by parameters in the query string, with the
// families that it refreshed in that way.
func (t *Tx) RevokeQueryTokens(ctx context.Context, clientID string) error {
	if _, err := t.revokeFamilies(ctx,
		`client_id = $2 AND id IN (SELECT family_id FROM access_tokens WHERE client_id = $2 AND dialect = $3 AND family_id <> '')`,
		clientID, dialectQuery); err != nil {
		return err
	}
	_, err := t.exec(ctx, "RevokeQueryTokens",
		`UPDATE access_tokens
		SET revoked_at = $3
		WHERE client_id = $1 AND dialect = $2 AND revoked_at = 0 AND expires_at > $3`, clientID, dialectQuery, unix(t.Now))
	return err
}

// RevokeRefreshable revokes the families of an app that could still be refreshed.
func (t *Tx) RevokeRefreshable(ctx context.Context, clientID string) error {
	_, err := t.revokeFamilies(ctx,
		`client_id = $2 AND id IN (SELECT family_id FROM refresh_tokens WHERE client_id = $2 AND consumed_at = 0)`, clientID)
	return err
}

// ofWithoutFactor is true for a person_id of somebody without a second factor, in the team whose id
// the placeholder stands for; an empty id means anywhere.
func ofWithoutFactor(team string) string {
	return `person_id IN (SELECT p.id FROM people p
		WHERE (` + team + ` = '' OR EXISTS (SELECT 1 FROM memberships WHERE person_id = p.id AND team_id = ` + team + `))
			AND NOT EXISTS (SELECT 1 FROM totp_factors WHERE person_id = p.id)
			AND NOT EXISTS (SELECT 1 FROM passkeys WHERE person_id = p.id))`
}

// ExpelWithoutFactor ends what works without a second factor for people who have none, in a team or
// (teamID empty) in the whole portal: their personal tokens, calendar addresses, and the codes and
// tokens of what they allowed apps. Apps counts families of tokens here. Their sessions stay: they
// lead to the page where a factor is set up.
func (t *Tx) ExpelWithoutFactor(ctx context.Context, teamID string) (e Expelled, err error) {
	if e.Apps, err = t.revokeFamilies(ctx, ofWithoutFactor("$2"), teamID); err != nil {
		return e, err
	}
	if err := t.revokeOwnTokens(ctx, ofWithoutFactor("$2"), teamID); err != nil {
		return e, err
	}
	if e.PersonalTokens, err = t.exec(ctx, "ExpelWithoutFactor",
		`UPDATE personal_tokens
		SET revoked_at = $1
		WHERE revoked_at = 0 AND (expires_at = 0 OR expires_at > $1) AND `+ofWithoutFactor("$2"), unix(t.Now), teamID); err != nil {
		return e, err
	}
	e.Calendars, err = t.exec(ctx, "ExpelWithoutFactor",
		`DELETE FROM calendar_feeds WHERE `+ofWithoutFactor("$1"), teamID)
	return e, err
}

// LacksSecondFactor says whether a second factor is required of a person who has none: by the
// portal, or by a team of theirs. Nothing that acts for them works until they have one.
func (r *Reader) LacksSecondFactor(ctx context.Context, personID string) (bool, error) {
	return one(ctx, r, "LacksSecondFactor", value[bool],
		`SELECT (EXISTS (SELECT 1 FROM settings WHERE name = '`+settingSecondFactor+`' AND value = 'on')
			OR EXISTS (SELECT 1 FROM memberships m JOIN teams t ON t.id = m.team_id
				WHERE m.person_id = $1 AND t.requires_second_factor))
			AND NOT EXISTS (SELECT 1 FROM totp_factors WHERE person_id = $1)
			AND NOT EXISTS (SELECT 1 FROM passkeys WHERE person_id = $1)`, personID)
}
