package db

import (
	"context"
	"maps"
	"slices"
	"time"
)

// Usage is how one secret of an app was used since some hour; with an empty SecretID, how the
// app was used without one: by a public client, with a key, or by a signed-in person.
type Usage struct {
	ClientID, SecretID string
	Tokens             int
	LastAt             time.Time
	Address, UserAgent string // of the last use
}

// HourCount is how many tokens were issued in the hour that starts at Hour.
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

// UsageOfApp returns the last use of every secret of an app that was ever used, with the tokens
// that it got in hours that began after since.
func (d *DB) UsageOfApp(ctx context.Context, clientID string, since time.Time) ([]Usage, error) {
	return d.usage(ctx, since, `client_id = $1`, clientID, func() ([]Usage, error) {
		return all(ctx, &d.Reader, "UsageOfApp", scanUsage, usageQuery+` AND u.client_id = $1`, clientID, unix(since))
	})
}

// UsageOfTeam is UsageOfApp for all apps of a team.
func (d *DB) UsageOfTeam(ctx context.Context, teamID string, since time.Time) ([]Usage, error) {
	return d.usage(ctx, since, `team_id = $1`, teamID, func() ([]Usage, error) {
		return all(ctx, &d.Reader, "UsageOfTeam", scanUsage,
			usageQuery+` AND u.client_id IN (SELECT client_id FROM apps WHERE team_id = $1)`, teamID, unix(since))
	})
}

// usage reads usage and adds what this process hasn't written yet, of the apps that match a
// condition.
func (d *DB) usage(ctx context.Context, since time.Time, condition, arg string, read func() ([]Usage, error)) ([]Usage, error) {
	list, pending, err := usesOf(ctx, d.uses, read)
	if err != nil || len(pending) == 0 {
		return list, err
	}
	apps, err := d.appIDs(ctx, condition, arg)
	for _, p := range pending {
		if apps[p.clientID] {
			list = p.addTo(list, unix(since))
		}
	}
	return list, err
}

// appIDs returns the apps that match a condition. What is pending may belong to an app that is
// gone.
func (d *DB) appIDs(ctx context.Context, condition string, args ...any) (map[string]bool, error) {
	ids, err := all(ctx, &d.Reader, "appIDs", value[string],
		`SELECT client_id FROM apps WHERE `+condition, args...)
	set := map[string]bool{}
	for _, id := range ids {
		set[id] = true
	}
	return set, err
}

// addTo adds the pending use to its secret's entry in the list, which it adds if it is missing.
func (p pendingUse) addTo(list []Usage, since int64) []Usage {
	i := slices.IndexFunc(list, func(u Usage) bool { return u.ClientID == p.clientID && u.SecretID == p.secretID })
	if i < 0 {
		i, list = len(list), append(list, Usage{ClientID: p.clientID, SecretID: p.secretID})
	}
	u := &list[i]
	for hour, s := range p.hours {
		if hour > since {
			u.Tokens += s.tokens
		}
		if s.last >= unix(u.LastAt) {
			u.LastAt, u.Address, u.UserAgent = at(s.last), s.caller.Address, s.caller.UserAgent
		}
	}
	return list
}

// TokensByHour counts the tokens that were issued to a team's apps, or only to the app with this
// clientID. It returns an entry for each hour after since that had any.
func (d *DB) TokensByHour(ctx context.Context, teamID, clientID string, since time.Time) ([]HourCount, error) {
	scan := func(s scanner) (h HourCount, err error) {
		var hour int64
		err = s.Scan(&hour, &h.Tokens)
		h.Hour = at(hour)
		return h, err
	}
	list, pending, err := usesOf(ctx, d.uses, func() ([]HourCount, error) {
		return all(ctx, &d.Reader, "TokensByHour", scan,
			`SELECT hour, SUM(tokens)
			FROM secret_usage
			WHERE hour > $2 AND tokens > 0
				AND client_id IN (SELECT client_id FROM apps WHERE team_id = $1 AND ($3 = '' OR client_id = $3))
			GROUP BY hour
			ORDER BY hour`, teamID, unix(since), clientID)
	})
	if err != nil || len(pending) == 0 {
		return list, err
	}
	apps, err := d.appIDs(ctx, ofTeam, teamID, clientID)
	hours := map[int64]int{}
	for _, h := range list {
		hours[h.Hour.Unix()] += h.Tokens
	}
	for _, p := range pending {
		for hour, s := range p.hours {
			if apps[p.clientID] && hour > unix(since) && s.tokens > 0 {
				hours[hour] += s.tokens
			}
		}
	}
	list = list[:0]
	for _, hour := range slices.Sorted(maps.Keys(hours)) {
		list = append(list, HourCount{at(hour), hours[hour]})
	}
	return list, err
}

// ofTeam matches the apps of the team $1, or only the app $2 of them.
const ofTeam = `team_id = $1 AND ($2 = '' OR client_id = $2)`

// addUses stores what a secret was used for. The last use never moves back, and the use of an
// app that is gone is dropped.
func (t *Tx) addUses(ctx context.Context, key useKey, u uses) error {
	for _, hour := range slices.Sorted(maps.Keys(u.hours)) {
		s := u.hours[hour]
		if _, err := t.exec(ctx, "addUses", addUsage,
			key.clientID, key.secretID, hour, s.tokens, s.last, s.caller.Address, s.caller.UserAgent); err != nil {
			return err
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(u.callers), callerDay.compare) {
		s := u.callers[k]
		if _, err := t.exec(ctx, "addUses", addCaller,
			key.clientID, key.secretID, k.day, k.caller.Address, k.caller.UserAgent, s.uses, s.last); err != nil {
			return err
		}
	}
	return nil
}

const addUsage = `INSERT INTO secret_usage (client_id, secret_id, hour, tokens, last_at, address, user_agent)
	SELECT $1, $2, CAST($3 AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS BIGINT), $6, $7
	WHERE EXISTS (SELECT 1 FROM apps WHERE client_id = $1)
	ON CONFLICT (client_id, secret_id, hour) DO UPDATE SET
		tokens = secret_usage.tokens + excluded.tokens,
		address = CASE WHEN excluded.last_at >= secret_usage.last_at THEN excluded.address ELSE secret_usage.address END,
		user_agent = CASE WHEN excluded.last_at >= secret_usage.last_at THEN excluded.user_agent ELSE secret_usage.user_agent END,
		last_at = CASE WHEN excluded.last_at >= secret_usage.last_at THEN excluded.last_at ELSE secret_usage.last_at END`

const addCaller = `INSERT INTO secret_callers (client_id, secret_id, day, address, user_agent, uses, last_at)
	SELECT $1, $2, CAST($3 AS BIGINT), $4, $5, CAST($6 AS BIGINT), CAST($7 AS BIGINT)
	WHERE EXISTS (SELECT 1 FROM apps WHERE client_id = $1)
	ON CONFLICT (client_id, secret_id, day, address, user_agent) DO UPDATE SET
		uses = secret_callers.uses + excluded.uses,
		last_at = CASE WHEN excluded.last_at > secret_callers.last_at THEN excluded.last_at ELSE secret_callers.last_at END`
