package db

import (
	"context"
	"slices"
	"time"
)

// CallerDay is how one caller used one secret on one day (UTC). An empty address and agent stand
// for all callers beyond those that are told apart.
type CallerDay struct {
	ClientID, SecretID string
	Day                time.Time
	Address, UserAgent string
	Uses               int
	LastAt             time.Time
}

// Callers lists, in no order, who used the secrets of a team's apps, or only of the app with
// this clientID, from the day first on.
func (d *DB) Callers(ctx context.Context, teamID, clientID string, first time.Time) ([]CallerDay, error) {
	scan := func(s scanner) (c CallerDay, err error) {
		var day, last int64
		err = s.Scan(&c.ClientID, &c.SecretID, &day, &c.Address, &c.UserAgent, &c.Uses, &last)
		c.Day, c.LastAt = at(day), at(last)
		return c, err
	}
	list, pending, err := usesOf(ctx, d.uses, func() ([]CallerDay, error) {
		return all(ctx, &d.Reader, "Callers", scan,
			`SELECT client_id, secret_id, day, address, user_agent, uses, last_at
			FROM secret_callers
			WHERE client_id IN (SELECT client_id FROM apps WHERE `+ofTeam+`) AND day >= $3`, teamID, clientID, unix(first))
	})
	if err != nil || len(pending) == 0 {
		return list, err
	}
	apps, err := d.appIDs(ctx, ofTeam, teamID, clientID)
	for _, p := range pending {
		if apps[p.clientID] {
			list = p.addCallers(list, unix(first))
		}
	}
	return list, err
}

func (p pendingUse) addCallers(list []CallerDay, first int64) []CallerDay {
	for key, sum := range p.callers {
		if key.day < first {
			continue
		}
		i := slices.IndexFunc(list, func(c CallerDay) bool {
			return c.ClientID == p.clientID && c.SecretID == p.secretID && c.Day.Unix() == key.day &&
				c.Address == key.caller.Address && c.UserAgent == key.caller.UserAgent
		})
		if i < 0 {
			i, list = len(list), append(list, CallerDay{
				ClientID: p.clientID, SecretID: p.secretID, Day: at(key.day),
				Address: key.caller.Address, UserAgent: key.caller.UserAgent,
			})
		}
		list[i].Uses += sum.uses
		list[i].LastAt = later(list[i].LastAt, at(sum.last))
	}
	return list
}

// Caller is who uses a secret or asks for a token.
type Caller struct {
	Address, UserAgent string
}
