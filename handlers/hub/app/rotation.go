package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/team"
)

// EvidenceDays is how many days back the callers of a secret are shown.
const EvidenceDays = 30

// DayCount is how often a secret was used on a day (UTC).
type DayCount struct {
	Day  time.Time
	Uses int
}

// Evidence is what is known about the use of a live secret.
type Evidence struct {
	Secret             db.ClientSecret
	LastAt             time.Time // zero: never used
	Address, UserAgent string    // of the last use
	Uses24h            int       // tokens issued for it in the last 24 h
	Callers            []Caller  // of the last EvidenceDays, the most recent first
	Days               []DayCount
	LiveTokens         int
	DueAt              time.Time // when it reaches the age limit of the team's rules; zero: no limit
	WarnDays           int       // the team's warning that it has reached, in days before its expiry; 0: none
	Verdict            Verdict
	Exposed            []db.Exposure // who knows it, the earliest first
	Drill              *db.Drill     // running now; nil: none
}

// RotationApp is an app on the rotation board.
type RotationApp struct {
	App        db.App
	Manage     bool       // the actor may change it
	Secrets    []Evidence // live ones, newest first
	Drills     []db.Drill // the most recent first
	Violations []team.Violation
}

// Rotation returns the live secrets of an app with their evidence.
func (as *Apps) Rotation(ctx context.Context, a hub.Actor, clientID string) (RotationApp, error) {
	app, err := as.App(ctx, a, clientID)
	if err != nil {
		return RotationApp{}, err
	}
	list, err := as.rotation(ctx, a, app.TeamID, []db.App{app}, clientID)
	if err != nil {
		return RotationApp{}, err
	}
	return list[0], nil
}

// TeamRotation is Rotation for all apps of a team that have secrets, by name.
func (as *Apps) TeamRotation(ctx context.Context, a hub.Actor, teamID string) ([]RotationApp, error) {
	if _, err := as.hub.MayDevelop(ctx, a, teamID, "see the team's secrets"); err != nil {
		return nil, err
	}
	apps, err := as.hub.DB.Apps(ctx, teamID)
	if err != nil {
		return nil, err
	}
	apps = slices.DeleteFunc(apps, func(app db.App) bool { return app.AuthMethod == db.AuthNone })
	return as.rotation(ctx, a, teamID, apps, "")
}

// facts are the rows that the evidence of a team's secrets, or of one app's, is computed from.
type facts struct {
	now     time.Time
	rules   db.TeamRules
	secrets []db.ClientSecret
	usage   map[string]db.Usage // by secret
	callers map[string][]db.CallerDay
	tokens  map[string]int
	exposed map[string][]db.Exposure
	drills  map[string][]db.Drill // by app
}

func (as *Apps) facts(ctx context.Context, teamID, clientID string) (f facts, err error) {
	f = facts{now: as.hub.Now(), usage: map[string]db.Usage{}, callers: map[string][]db.CallerDay{}, exposed: map[string][]db.Exposure{}, drills: map[string][]db.Drill{}}
	if f.rules, err = as.hub.DB.TeamRules(ctx, teamID); err != nil {
		return f, err
	}
	var usage []db.Usage
	var usageErr error
	if since := f.now.Add(-24 * time.Hour); clientID == "" {
		f.secrets, err = as.hub.DB.SecretsOfTeam(ctx, teamID)
		usage, usageErr = as.hub.DB.UsageOfTeam(ctx, teamID, since)
	} else {
		f.secrets, err = as.hub.DB.Secrets(ctx, clientID)
		usage, usageErr = as.hub.DB.UsageOfApp(ctx, clientID, since)
	}
	if err := errors.Join(err, usageErr); err != nil {
		return f, err
	}
	for _, u := range usage {
		f.usage[u.SecretID] = u
	}
	callers, err := as.hub.DB.Callers(ctx, teamID, clientID, firstDay(f.now))
	if err != nil {
		return f, err
	}
	for _, c := range callers {
		f.callers[c.SecretID] = append(f.callers[c.SecretID], c)
	}
	if f.tokens, err = as.hub.DB.LiveTokensBySecret(ctx, teamID, clientID, f.now); err != nil {
		return f, err
	}
	exposures, err := as.hub.DB.ExposuresOfTeam(ctx, teamID, f.now)
	if err != nil {
		return f, err
	}
	for _, e := range exposures {
		f.exposed[e.SecretID] = append(f.exposed[e.SecretID], e)
	}
	drills, err := as.hub.DB.DrillsOfTeam(ctx, teamID, f.now.AddDate(0, 0, -EvidenceDays))
	for _, d := range drills {
		f.drills[d.ClientID] = append(f.drills[d.ClientID], d)
	}
	return f, err
}

// firstDay is the first of the days that the evidence covers (UTC).
func firstDay(now time.Time) time.Time {
	return now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1-EvidenceDays)
}

func (as *Apps) rotation(ctx context.Context, a hub.Actor, teamID string, apps []db.App, clientID string) ([]RotationApp, error) {
	rights, err := as.hub.Rights(ctx, a, teamID)
	if err != nil {
		return nil, err
	}
	adminScopes, err := hub.AdminScopes(ctx, &as.hub.DB.Reader)
	if err != nil {
		return nil, err
	}
	f, err := as.facts(ctx, teamID, clientID)
	if err != nil {
		return nil, err
	}
	out := make([]RotationApp, len(apps))
	for i, app := range apps {
		out[i] = f.app(app)
		out[i].Manage = hub.ManagesApp(a, rights, app, adminScopes)
	}
	return out, nil
}

func (f facts) app(app db.App) RotationApp {
	out := RotationApp{App: app, Drills: f.drills[app.ClientID]}
	for _, s := range f.secrets {
		if s.ClientID == app.ClientID && s.Live(f.now) {
			out.Secrets = append(out.Secrets, f.evidence(s, out.Drills))
			if v, ok := team.TooOld(app, s, f.rules, f.now); ok {
				out.Violations = append(out.Violations, v)
			}
		}
	}
	markMoved(out.Secrets)
	for i := range out.Secrets {
		out.Secrets[i].Verdict = judge(app, out.Secrets, i, f.now)
		out.Secrets[i].Callers = sumUp(out.Secrets[i].Callers, maxCallers)
	}
	return out
}

func (f facts) evidence(s db.ClientSecret, drills []db.Drill) Evidence {
	u := f.usage[s.ID]
	e := Evidence{
		Secret: s, LastAt: u.LastAt, Address: u.Address, UserAgent: u.UserAgent, Uses24h: u.Tokens, LiveTokens: f.tokens[s.ID],
		Exposed: f.exposed[s.ID], WarnDays: warnStep(f.rules.WarnDays, s, f.now), DueAt: team.DueAt(s, f.rules),
		Days: make([]DayCount, EvidenceDays),
	}
	first := firstDay(f.now)
	for i := range e.Days {
		e.Days[i].Day = first.AddDate(0, 0, i)
	}
	e.Callers = callersOf(f.callers[s.ID], first)
	for _, c := range e.Callers {
		for i, n := range c.Days {
			e.Days[i].Uses += n
		}
	}
	e.Callers = callersOrLast(e)
	for i := range drills {
		if drills[i].SecretID == s.ID && drills[i].Running(f.now) {
			e.Drill = &drills[i]
		}
	}
	return e
}
