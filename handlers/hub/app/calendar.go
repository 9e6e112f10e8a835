package hub

import (
	"context"
	"slices"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// calendarPrefix starts the token in a calendar's address, so that scanners can find leaked ones.
const calendarPrefix = "gpc_"

// CalendarEntry is one moment in a team's calendar.
type CalendarEntry struct {
	SecretID, ClientID string
	App, Hint, Label   string
	At                 time.Time
	Rule               bool // the team's rule for the age of a secret; otherwise the secret ends
}

// Calendar is what a feed gives: no secret, and nothing to get in with.
type Calendar struct {
	Team    db.Team
	Entries []CalendarEntry
}

// CalendarOf gives when the actor's feed of a team was made; the zero time: they have none.
func (h *Hub) CalendarOf(ctx context.Context, a Actor, teamID string) (time.Time, error) {
	if _, err := h.mayDevelop(ctx, a, teamID, "see the team's calendar"); err != nil {
		return time.Time{}, err
	}
	f, err := h.DB.CalendarFeed(ctx, teamID, a.ID)
	if isMissing(err) {
		return time.Time{}, nil
	}
	return f.CreatedAt, err
}

// MakeCalendar gives the actor a private address of a team's calendar, which is told once. An
// earlier one of theirs ends.
func (h *Hub) MakeCalendar(ctx context.Context, a Actor, teamID string) (address string, err error) {
	if _, err := h.mayDevelop(ctx, a, teamID, "subscribe to the team's calendar"); err != nil {
		return "", err
	}
	plain, hash := secret.NewToken(calendarPrefix)
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.PutCalendarFeed(ctx, db.CalendarFeed{TokenHash: hash, TeamID: teamID, PersonID: a.ID, CreatedAt: tx.Now}); err != nil {
			return err
		}
		return recordTeam(ctx, tx, a, ActionCalendarMade, teamID)
	})
	return h.Issuer + "/calendar/" + plain, err
}

// RevokeCalendar ends the actor's address of a team's calendar.
func (h *Hub) RevokeCalendar(ctx context.Context, a Actor, teamID string) error {
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.DeleteCalendarFeed(ctx, teamID, a.ID); err != nil {
			return err
		}
		return recordTeam(ctx, tx, a, ActionCalendarRevoked, teamID)
	})
}

// recordTeam is record about a team.
func recordTeam(ctx context.Context, tx *db.Tx, a Actor, action Action, teamID string) error {
	team, err := tx.Team(ctx, teamID)
	if err != nil {
		return err
	}
	return a.record(ctx, tx, Event{Action: action, TeamID: teamID, Target: ofTeam(teamID, team.Name)})
}

// Calendar gives the calendar at an address. One that was revoked, or whose person was
// disabled or has no full access to the team any more, gives db.ErrNotFound.
func (h *Hub) Calendar(ctx context.Context, token string) (Calendar, error) {
	f, err := h.DB.CalendarFeedByTokenHash(ctx, secret.HashToken(token))
	if err != nil {
		return Calendar{}, err
	}
	p, err := h.DB.Person(ctx, f.PersonID)
	if err != nil {
		return Calendar{}, err
	}
	r, err := h.Rights(ctx, Actor{Kind: Person, ID: p.ID, Owner: p.Owner}, f.TeamID)
	if err != nil {
		return Calendar{}, err
	}
	if !p.DisabledAt.IsZero() || !r.Develop {
		return Calendar{}, db.ErrNotFound
	}
	return h.calendar(ctx, f.TeamID)
}

func (h *Hub) calendar(ctx context.Context, teamID string) (out Calendar, err error) {
	if out.Team, err = h.DB.Team(ctx, teamID); err != nil {
		return out, err
	}
	apps, err := h.DB.Apps(ctx, teamID)
	if err != nil {
		return out, err
	}
	names := map[string]string{}
	for _, app := range apps {
		names[app.ClientID] = app.Name
	}
	secrets, err := h.DB.SecretsOfTeam(ctx, teamID)
	if err != nil {
		return out, err
	}
	rules, err := h.DB.TeamRules(ctx, teamID)
	if err != nil {
		return out, err
	}
	now := h.Now()
	for _, s := range secrets {
		if s.Playground || !s.Live(now) {
			continue
		}
		e := CalendarEntry{SecretID: s.ID, ClientID: s.ClientID, App: names[s.ClientID], Hint: s.Hint, Label: s.Label, At: s.ExpiresAt}
		if !s.ExpiresAt.IsZero() {
			out.Entries = append(out.Entries, e)
		}
		if e.At, e.Rule = dueAt(s, rules), true; !e.At.IsZero() {
			out.Entries = append(out.Entries, e)
		}
	}
	slices.SortStableFunc(out.Entries, func(x, y CalendarEntry) int { return x.At.Compare(y.At) })
	return out, nil
}
