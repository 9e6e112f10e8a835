package app

import (
	"context"
	"slices"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/secret"
)

// CalendarEntry is an event in a team's calendar.
type CalendarEntry struct {
	SecretID, ClientID string
	App, Hint, Label   string
	At                 time.Time
	Rule               bool // the secret reaches the age limit of the team's rules; otherwise it expires
}

// Calendar is the content of a feed. It holds no secret and nothing that grants access.
type Calendar struct {
	Team    db.Team
	Entries []CalendarEntry
}

// CalendarOf returns when the actor's feed of a team was created, or the zero time if they have none.
func (as *Apps) CalendarOf(ctx context.Context, a hub.Actor, teamID string) (time.Time, error) {
	if _, err := as.hub.MayDevelop(ctx, a, teamID, "see the team's calendar"); err != nil {
		return time.Time{}, err
	}
	f, err := as.hub.DB.CalendarFeed(ctx, teamID, a.ID)
	if hub.IsMissing(err) {
		return time.Time{}, nil
	}
	return f.CreatedAt, err
}

// MakeCalendar creates a private address of a team's calendar for the actor and returns it, the only
// time that it can be read. It replaces an earlier address of theirs, which stops working.
func (as *Apps) MakeCalendar(ctx context.Context, a hub.Actor, teamID string) (address string, err error) {
	if _, err := as.hub.MayDevelop(ctx, a, teamID, "subscribe to the team's calendar"); err != nil {
		return "", err
	}
	plain, hash := secret.NewToken(secret.CalendarAddress)
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.PutCalendarFeed(ctx, db.CalendarFeed{TokenHash: hash, TeamID: teamID, PersonID: a.ID, CreatedAt: tx.Now}); err != nil {
			return err
		}
		return recordTeam(ctx, tx, a, hub.ActionCalendarMade, teamID)
	})
	return as.hub.Issuer + "/calendar/" + plain, err
}

// RevokeCalendar deletes the actor's address of a team's calendar.
func (as *Apps) RevokeCalendar(ctx context.Context, a hub.Actor, teamID string) error {
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.DeleteCalendarFeed(ctx, teamID, a.ID); err != nil {
			return err
		}
		return recordTeam(ctx, tx, a, hub.ActionCalendarRevoked, teamID)
	})
}

// recordTeam records an audit event about a team.
func recordTeam(ctx context.Context, tx *db.Tx, a hub.Actor, action hub.Action, teamID string) error {
	team, err := tx.Team(ctx, teamID)
	if err != nil {
		return err
	}
	return a.Record(ctx, tx, hub.Event{Action: action, TeamID: teamID, Target: hub.OfTeam(teamID, team.Name)})
}

// Calendar returns the calendar at an address. It returns db.ErrNotFound if the address was revoked,
// or if its person is disabled, lacks a required second factor, or no longer works with the team's apps.
func (as *Apps) Calendar(ctx context.Context, token string) (Calendar, error) {
	f, err := as.hub.DB.CalendarFeedByTokenHash(ctx, secret.HashToken(token))
	if err != nil {
		return Calendar{}, err
	}
	p, err := as.hub.DB.Person(ctx, f.PersonID)
	if err != nil {
		return Calendar{}, err
	}
	r, err := as.hub.Rights(ctx, hub.Actor{Kind: hub.Person, ID: p.ID, Owner: p.Owner}, f.TeamID)
	if err != nil {
		return Calendar{}, err
	}
	lacks, err := as.hub.DB.LacksSecondFactor(ctx, p.ID)
	if err != nil {
		return Calendar{}, err
	}
	if !p.DisabledAt.IsZero() || !r.Develop || lacks {
		return Calendar{}, db.ErrNotFound
	}
	return as.calendar(ctx, f.TeamID)
}

func (as *Apps) calendar(ctx context.Context, teamID string) (out Calendar, err error) {
	if out.Team, err = as.hub.DB.Team(ctx, teamID); err != nil {
		return out, err
	}
	apps, err := as.hub.DB.Apps(ctx, teamID)
	if err != nil {
		return out, err
	}
	names := map[string]string{}
	for _, app := range apps {
		names[app.ClientID] = app.Name
	}
	secrets, err := as.hub.DB.SecretsOfTeam(ctx, teamID)
	if err != nil {
		return out, err
	}
	rules, err := as.hub.DB.TeamRules(ctx, teamID)
	if err != nil {
		return out, err
	}
	now := as.hub.Now()
	for _, s := range secrets {
		if s.Playground || !s.Live(now) {
			continue
		}
		e := CalendarEntry{SecretID: s.ID, ClientID: s.ClientID, App: names[s.ClientID], Hint: s.Hint, Label: s.Label, At: s.ExpiresAt}
		if !s.ExpiresAt.IsZero() {
			out.Entries = append(out.Entries, e)
		}
		if e.At, e.Rule = team.DueAt(s, rules), true; !e.At.IsZero() {
			out.Entries = append(out.Entries, e)
		}
	}
	slices.SortStableFunc(out.Entries, func(x, y CalendarEntry) int { return x.At.Compare(y.At) })
	return out, nil
}
