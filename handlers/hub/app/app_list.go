package app

import (
	"context"
	"slices"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// SecretFacts is a secret with its usage, which is zero if the secret was never used.
type SecretFacts struct {
	db.ClientSecret
	Usage db.Usage
}

// Facts is an app with what a list of apps shows about it.
type Facts struct {
	db.App
	Live      []SecretFacts // its live secrets, newest first
	LastUse   db.Usage      // of any of its secrets; zero: never
	Tokens24h int
	// LiveTokens counts access and refresh tokens; a list of apps leaves it at zero.
	LiveTokens int
	Manage     bool // the actor may change it
	ForAdmins  bool // it has a scope that only admins can give
}

// App returns an app of a team in which the actor may work with apps.
func (as *Apps) App(ctx context.Context, a hub.Actor, clientID string) (db.App, error) {
	app, err := as.hub.DB.App(ctx, clientID)
	if err != nil {
		return app, err
	}
	_, err = as.hub.MayDevelop(ctx, a, app.TeamID, "see this app")
	return app, err
}

// Facts returns an app with its usage, and all of its secrets, newest first.
func (as *Apps) Facts(ctx context.Context, a hub.Actor, clientID string) (Facts, []SecretFacts, error) {
	app, err := as.App(ctx, a, clientID)
	if err != nil {
		return Facts{}, nil, err
	}
	rights, err := as.hub.Rights(ctx, a, app.TeamID)
	if err != nil {
		return Facts{}, nil, err
	}
	now := as.hub.Now()
	secrets, err := as.hub.DB.Secrets(ctx, clientID)
	if err != nil {
		return Facts{}, nil, err
	}
	usage, err := as.hub.DB.UsageOfApp(ctx, clientID, now.Add(-24*time.Hour))
	if err != nil {
		return Facts{}, nil, err
	}
	facts := assemble([]db.App{app}, secrets, usage, now)[0]
	adminScopes, err := hub.AdminScopes(ctx, &as.hub.DB.Reader)
	if err != nil {
		return Facts{}, nil, err
	}
	facts.Manage, facts.ForAdmins = hub.ManagesApp(a, rights, app, adminScopes), hub.ForAdmins(app, adminScopes)
	if facts.LiveTokens, err = as.hub.DB.CountLiveTokens(ctx, clientID, "", now); err != nil {
		return Facts{}, nil, err
	}
	return facts, withUsage(secrets, usage), nil
}

// ListFacts returns the apps of a team with their usage, by name.
func (as *Apps) ListFacts(ctx context.Context, a hub.Actor, teamID string) ([]Facts, error) {
	rights, err := as.hub.MayDevelop(ctx, a, teamID, "see the team's apps")
	if err != nil {
		return nil, err
	}
	now := as.hub.Now()
	apps, err := as.hub.DB.Apps(ctx, teamID)
	if err != nil {
		return nil, err
	}
	secrets, err := as.hub.DB.SecretsOfTeam(ctx, teamID)
	if err != nil {
		return nil, err
	}
	usage, err := as.hub.DB.UsageOfTeam(ctx, teamID, now.Add(-24*time.Hour))
	if err != nil {
		return nil, err
	}
	adminScopes, err := hub.AdminScopes(ctx, &as.hub.DB.Reader)
	if err != nil {
		return nil, err
	}
	list := assemble(apps, secrets, usage, now)
	for i := range list {
		list[i].Manage, list[i].ForAdmins = hub.ManagesApp(a, rights, list[i].App, adminScopes), hub.ForAdmins(list[i].App, adminScopes)
	}
	return list, nil
}

func withUsage(secrets []db.ClientSecret, usage []db.Usage) []SecretFacts {
	bySecret := map[string]db.Usage{}
	for _, u := range usage {
		bySecret[u.SecretID] = u
	}
	out := make([]SecretFacts, len(secrets))
	for i, s := range secrets {
		out[i] = SecretFacts{s, bySecret[s.ID]}
	}
	return out
}

func assemble(apps []db.App, secrets []db.ClientSecret, usage []db.Usage, now time.Time) []Facts {
	live := map[string][]SecretFacts{}
	for _, s := range withUsage(secrets, usage) {
		if s.Live(now) {
			live[s.ClientID] = append(live[s.ClientID], s)
		}
	}
	out := make([]Facts, len(apps))
	index := map[string]*Facts{}
	for i, app := range apps {
		out[i] = Facts{App: app, Live: live[app.ClientID]}
		index[app.ClientID] = &out[i]
	}
	for _, u := range usage {
		f := index[u.ClientID]
		if f == nil {
			continue
		}
		f.Tokens24h += u.Tokens
		// Uses without a secret count only for an app that has none to show: for others they are
		// the playground's, where a signed-in person gets a token without it.
		if (u.SecretID != "" || f.AuthMethod != db.AuthSecret) && u.LastAt.After(f.LastUse.LastAt) {
			f.LastUse = u
		}
	}
	return out
}

// TokensByHour counts the tokens issued to a team's apps, or to one of them, in each of the last 24
// hours, oldest first; the last is the current hour.
func (as *Apps) TokensByHour(ctx context.Context, a hub.Actor, teamID, clientID string) ([]db.HourCount, error) {
	if _, err := as.hub.MayDevelop(ctx, a, teamID, "see the team's apps"); err != nil {
		return nil, err
	}
	first := as.hub.Now().Truncate(time.Hour).Add(-23 * time.Hour)
	counts, err := as.hub.DB.TokensByHour(ctx, teamID, clientID, first.Add(-time.Second))
	if err != nil {
		return nil, err
	}
	hours := make([]db.HourCount, 24)
	for i := range hours {
		hours[i].Hour = first.Add(time.Duration(i) * time.Hour).UTC()
	}
	for _, c := range counts {
		if i := int(c.Hour.Sub(first) / time.Hour); i >= 0 && i < len(hours) {
			hours[i].Tokens += c.Tokens
		}
	}
	return hours, nil
}

// List returns the apps that the actor may see, by name: those of one team or, if teamID is empty,
// those of every team that the actor can reach.
func (as *Apps) List(ctx context.Context, a hub.Actor, teamID string) ([]db.App, error) {
	if teamID == "" && a.Kind == hub.Person {
		return as.listAll(ctx, a)
	}
	if teamID == "" {
		teamID = a.TeamID
	}
	if _, err := as.hub.MayDevelop(ctx, a, teamID, "see the team's apps"); err != nil {
		return nil, err
	}
	return as.hub.DB.Apps(ctx, teamID)
}

// listAll returns the apps of every team in which the person may work with apps, by name.
func (as *Apps) listAll(ctx context.Context, a hub.Actor) ([]db.App, error) {
	apps, err := as.hub.DB.AppsOf(ctx, a.ID)
	if err != nil || a.Teams == nil {
		return apps, err
	}
	may := map[string]bool{} // AppsOf counts an owner's apps everywhere, which an app's token doesn't
	for _, id := range a.Teams {
		switch rights, err := as.hub.Rights(ctx, a, id); {
		case err == nil:
			may[id] = rights.Develop
		case !hub.IsMissing(err):
			return nil, err
		}
	}
	return slices.DeleteFunc(apps, func(app db.App) bool { return !may[app.TeamID] }), nil
}
