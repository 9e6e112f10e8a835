package hub

import (
	"context"
	"time"

	"gatepost/db"
)

// SecretFacts is a secret with its evidence. Usage is the zero value when it was never used.
type SecretFacts struct {
	db.ClientSecret
	Usage db.Usage
}

// AppFacts is an app with what a list of apps shows of it.
type AppFacts struct {
	db.App
	Live      []SecretFacts // its live secrets, newest first
	LastUse   db.Usage      // of any of its secrets; the zero value: never
	Tokens24h int
	// LiveTokens counts access and refresh tokens; a list of apps leaves it at zero.
	LiveTokens int
	Manage     bool // the actor may change it
}

// App gives an app of a team in which the actor may develop.
func (h *Hub) App(ctx context.Context, a Actor, clientID string) (db.App, error) {
	app, err := h.DB.App(ctx, clientID)
	if err != nil {
		return app, err
	}
	_, err = h.mayDevelop(ctx, a, app.TeamID, "see this app")
	return app, err
}

// AppFacts is App with its evidence.
func (h *Hub) AppFacts(ctx context.Context, a Actor, clientID string) (AppFacts, []SecretFacts, error) {
	app, err := h.App(ctx, a, clientID)
	if err != nil {
		return AppFacts{}, nil, err
	}
	rights, err := h.Rights(ctx, a, app.TeamID)
	if err != nil {
		return AppFacts{}, nil, err
	}
	now := h.Now()
	secrets, err := h.DB.Secrets(ctx, clientID)
	if err != nil {
		return AppFacts{}, nil, err
	}
	usage, err := h.DB.UsageOfApp(ctx, clientID, now.Add(-24*time.Hour))
	if err != nil {
		return AppFacts{}, nil, err
	}
	facts := assemble([]db.App{app}, secrets, usage, now)[0]
	facts.Manage = rights.Manage || app.CreatedBy == a.ID
	if facts.LiveTokens, err = h.DB.CountLiveTokens(ctx, clientID, "", now); err != nil {
		return AppFacts{}, nil, err
	}
	return facts, withUsage(secrets, usage), nil
}

// Apps lists the apps of a team with their evidence.
func (h *Hub) Apps(ctx context.Context, a Actor, teamID string) ([]AppFacts, error) {
	rights, err := h.mayDevelop(ctx, a, teamID, "see the team's apps")
	if err != nil {
		return nil, err
	}
	now := h.Now()
	apps, err := h.DB.Apps(ctx, teamID)
	if err != nil {
		return nil, err
	}
	secrets, err := h.DB.SecretsOfTeam(ctx, teamID)
	if err != nil {
		return nil, err
	}
	usage, err := h.DB.UsageOfTeam(ctx, teamID, now.Add(-24*time.Hour))
	if err != nil {
		return nil, err
	}
	list := assemble(apps, secrets, usage, now)
	for i := range list {
		list[i].Manage = rights.Manage || list[i].CreatedBy == a.ID
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

func assemble(apps []db.App, secrets []db.ClientSecret, usage []db.Usage, now time.Time) []AppFacts {
	live := map[string][]SecretFacts{}
	for _, s := range withUsage(secrets, usage) {
		if s.Live(now) {
			live[s.ClientID] = append(live[s.ClientID], s)
		}
	}
	out := make([]AppFacts, len(apps))
	index := map[string]*AppFacts{}
	for i, app := range apps {
		out[i] = AppFacts{App: app, Live: live[app.ClientID]}
		index[app.ClientID] = &out[i]
	}
	for _, u := range usage {
		f := index[u.ClientID]
		if f == nil {
			continue
		}
		f.Tokens24h += u.Tokens
		// Without a secret are the tokens that the portal gave a signed-in person, and all of an
		// app that shows none.
		if (u.SecretID != "" || f.AuthMethod != db.AuthSecret) && u.LastAt.After(f.LastUse.LastAt) {
			f.LastUse = u
		}
	}
	return out
}

// TokensByHour counts the tokens of a team's apps, or of one of them, in each of the last 24
// hours, oldest first, the running hour last.
func (h *Hub) TokensByHour(ctx context.Context, a Actor, teamID, clientID string) ([]db.HourCount, error) {
	if _, err := h.mayDevelop(ctx, a, teamID, "see the team's apps"); err != nil {
		return nil, err
	}
	first := h.Now().Truncate(time.Hour).Add(-23 * time.Hour)
	counts, err := h.DB.TokensByHour(ctx, teamID, clientID, first.Add(-time.Second))
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

// AppEvents is AuditEvents of one app, for everyone who may see the app.
func (h *Hub) AppEvents(ctx context.Context, a Actor, clientID string, q db.AuditQuery) (events []db.AuditEvent, more bool, err error) {
	app, err := h.App(ctx, a, clientID)
	if err != nil {
		return nil, false, err
	}
	q.TeamID, q.TargetID = app.TeamID, clientID
	return h.auditEvents(ctx, q)
}

// AppActivity gives the newest audit events of an app.
func (h *Hub) AppActivity(ctx context.Context, a Actor, clientID string) ([]db.AuditEvent, error) {
	if _, err := h.App(ctx, a, clientID); err != nil {
		return nil, err
	}
	return h.DB.TargetAudit(ctx, clientID, AuditPage)
}
