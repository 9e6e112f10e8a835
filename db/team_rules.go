package db

import (
	"context"
	"strconv"
	"strings"
)

// TeamRules are a team's rules for its secrets and for the personal tokens of its members. Zero
// days mean no limit.
type TeamRules struct {
	MaxSecretDays int   // the oldest that a client secret may get
	MaxTokenDays  int   // the longest lifetime of a personal token
	WarnDays      []int // before a secret expires, most days first
}

const rulesColumns = `max_secret_days, max_token_days, warn_days`

func scanRules(s scanner) (r TeamRules, err error) {
	var days string
	err = s.Scan(&r.MaxSecretDays, &r.MaxTokenDays, &days)
	for _, text := range strings.Fields(days) {
		if n, convErr := strconv.Atoi(text); convErr == nil {
			r.WarnDays = append(r.WarnDays, n)
		}
	}
	return r, err
}

// TeamRules returns the rules of a team, or ErrNotFound.
func (r *Reader) TeamRules(ctx context.Context, teamID string) (TeamRules, error) {
	return one(ctx, r, "TeamRules", scanRules, `SELECT `+rulesColumns+` FROM teams WHERE id = $1`, teamID)
}

// RulesOf lists the rules of the teams that a person is in.
func (r *Reader) RulesOf(ctx context.Context, personID string) ([]TeamRules, error) {
	return all(ctx, r, "RulesOf", scanRules,
		`SELECT `+rulesColumns+`
		FROM teams
		WHERE id IN (SELECT team_id FROM memberships WHERE person_id = $1)`, personID)
}

// SetTeamRules stores the rules of a team.
func (t *Tx) SetTeamRules(ctx context.Context, teamID string, rules TeamRules) error {
	days := make([]string, len(rules.WarnDays))
	for i, d := range rules.WarnDays {
		days[i] = strconv.Itoa(d)
	}
	return t.mustTouch(ctx, "SetTeamRules",
		`UPDATE teams
		SET max_secret_days = $2, max_token_days = $3, warn_days = $4
		WHERE id = $1`,
		teamID, rules.MaxSecretDays, rules.MaxTokenDays, strings.Join(days, " "))
}
