package db

import (
	"context"
	"time"
)

// Usage is what one secret of an app was used for since some hour; with an empty SecretID,
// what was asked for without one: by a public client, by a key, by a signed-in person.
type Usage struct {
	ClientID, SecretID string
	Tokens             int
	LastAt             time.Time
	Address, UserAgent string // of the last use
}

// HourCount is a number of tokens issued in the hour that starts at Hour.
type HourCount struct {
	Hour   time.Time
	Tokens int
}

const usageQuery = `SELECT u.client_id, u.secret_id,
	(SELECT COALESCE(SUM(h.tokens), 0) FROM secret_usage h
		WHERE h.client_id = u.client_id AND h.secret_id = u.secret_id AND h.hour > CAST($2 AS BIGINT)),
	u.last_at, u.address, u.user_agent
	FROM secret_usage u
	WHERE u.hour = (SELECT MAX(m.hour) FROM secret_usage m WHERE m.client_id = u.client_id AND m.secret_id = u.secret_id)`

func scanUsage(s scanner) (u Usage, err error) {
	var last int64
	err = s.Scan(&u.ClientID, &u.SecretID, &u.Tokens, &last, &u.Address, &u.UserAgent)
	u.LastAt = at(last)
	return u, err
}

// UsageOfApp gives the last use of every secret of an app that was ever used, with the
// tokens that it got in hours that began after since.
func (r *Reader) UsageOfApp(ctx context.Context, clientID string, since time.Time) ([]Usage, error) {
	return all(ctx, r, "UsageOfApp", scanUsage, usageQuery+` AND u.client_id = $1`, clientID, unix(since))
}

// UsageOfTeam is UsageOfApp for all apps of a team.
func (r *Reader) UsageOfTeam(ctx context.Context, teamID string, since time.Time) ([]Usage, error) {
	return all(ctx, r, "UsageOfTeam", scanUsage,
		usageQuery+` AND u.client_id IN (SELECT client_id FROM apps WHERE team_id = $1)`, teamID, unix(since))
}

// TokensByHour counts the tokens that a team's apps, or only the one with this clientID, were
// issued: an entry for each hour after since that had any.
func (r *Reader) TokensByHour(ctx context.Context, teamID, clientID string, since time.Time) ([]HourCount, error) {
	scan := func(s scanner) (h HourCount, err error) {
		var hour int64
		err = s.Scan(&hour, &h.Tokens)
		h.Hour = at(hour)
		return h, err
	}
	return all(ctx, r, "TokensByHour", scan,
		`SELECT hour, SUM(tokens) FROM secret_usage
		WHERE hour > $2 AND client_id IN (SELECT client_id FROM apps WHERE team_id = $1 AND ($3 = '' OR client_id = $3))
		GROUP BY hour ORDER BY hour`, teamID, unix(since), clientID)
}
