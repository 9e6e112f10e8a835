package portal

import (
	"net/http"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/words"
)

// TeamRotation is the board over all apps of the team: the page of rotation day.
func (p *Portal) TeamRotation(w http.ResponseWriter, r *http.Request) error {
	t, rights, err := currentTeam(r)
	if err != nil {
		return err
	}
	ctx, actor := r.Context(), web.Actor(r)
	apps, err := p.Apps.TeamRotation(ctx, actor, t.ID)
	if err != nil {
		return err
	}
	page := pages.TeamRotation{Page: p.base(r), TeamID: t.ID, Admin: rights.Manage, Summary: summary(apps)}
	for _, client := range apps {
		page.Apps = append(page.Apps, pages.RotationApp{Name: client.App.Name, ClientID: client.App.ClientID, Secrets: board(client, p.Hub.Now()), Manage: client.Manage})
	}
	if page.Calendar, err = p.Apps.CalendarOf(ctx, actor, t.ID); err != nil {
		return err
	}
	return p.show(w, r, page)
}

// summary counts what a board has, and what on it asks for something.
func summary(apps []app.RotationApp) string {
	var secrets, safe, ending, old int
	for _, client := range apps {
		secrets += len(client.Secrets)
		old += len(client.Violations)
		for _, e := range client.Secrets {
			if e.Verdict.Kind == app.VerdictSafe {
				safe++
			}
			if e.WarnDays > 0 {
				ending++
			}
		}
	}
	if secrets == 0 {
		return "No live secrets."
	}
	text := words.Count(secrets, "live secret", "live secrets") + " in " + words.Count(len(apps), "app", "apps")
	var more []string
	if safe > 0 {
		more = append(more, words.Count(safe, "is safe to retire", "are safe to retire"))
	}
	if ending > 0 {
		more = append(more, words.Count(ending, "expires soon", "expire soon"))
	}
	if old > 0 {
		more = append(more, words.Count(old, "is older than the team's rule", "are older than the team's rule"))
	}
	if len(more) > 0 {
		text += ": " + strings.Join(more, ", ")
	}
	return text + "."
}

// board are an app's live secrets with their evidence.
func board(client app.RotationApp, now time.Time) (out []pages.LiveSecret) {
	for _, e := range client.Secrets {
		out = append(out, liveSecret(e, client.Manage, now))
	}
	return out
}

func liveSecret(e app.Evidence, manage bool, now time.Time) pages.LiveSecret {
	s := e.Secret
	usage := db.Usage{Tokens: e.Uses24h, LastAt: e.LastAt, Address: e.Address, UserAgent: e.UserAgent}
	out := pages.LiveSecret{
		SecretRow: secretRow(app.SecretFacts{ClientSecret: s, Usage: usage}, manage, now), ClientID: s.ClientID, LiveTokens: e.LiveTokens,
		SavedBy: s.SavedByName, SavedAt: s.SavedAt, Known: known(e), Due: e.DueAt, Playground: s.Playground, Manage: manage,
		Verdict: words.Capital(words.Ellipsis(words.Verdict(e.Verdict).Text())), VerdictTone: verdictTone(e),
	}
	if e.WarnDays > 0 {
		out.State = "retiring"
	}
	if e.Drill != nil {
		out.DrillID, out.State = e.Drill.ID, "pending"
	}
	out.CanDrill = e.Drill == nil && e.Verdict.Kind != app.VerdictOnlyOne && !s.Playground
	for _, c := range e.Callers {
		out.Callers = append(out.Callers, pages.SecretCaller{Address: c.Address, Agent: agentName(c.UserAgent), Uses: c.Uses, Last: c.LastAt, Days: c.Days, Moved: c.Moved})
	}
	return out
}

// verdictTone is amber if a caller would be cut off, and green if none would.
func verdictTone(e app.Evidence) string {
	switch e.Verdict.Kind {
	case app.VerdictSafe:
		return "ok"
	case app.VerdictDrilling:
		return "warn"
	case app.VerdictInUse, app.VerdictOnlyOne:
		if !e.Secret.ExpiresAt.IsZero() && e.WarnDays > 0 {
			return "warn"
		}
	}
	return "info"
}

// exposedHow says in words how someone came to know a secret.
var exposedHow = map[string]string{
	db.ExposureMade: "made it", db.ExposureProved: "checked it", db.ExposureHanded: "was handed it", db.ExposureOpened: "opened it",
}

// known names who knows a secret, apart from who made it and who checked it first: the row has
// their names already.
func known(e app.Evidence) (out []string) {
	index := map[string]int{}
	for _, x := range e.Exposed {
		if x.How == db.ExposureMade || x.How == db.ExposureProved && x.PersonName == e.Secret.SavedByName {
			continue
		}
		how := exposedHow[x.How]
		if i, ok := index[x.PersonID]; ok {
			out[i] = strings.TrimSuffix(out[i], ")") + ", " + how + ")"
			continue
		}
		index[x.PersonID] = len(out)
		out = append(out, x.PersonName+" ("+how+")")
	}
	return out
}

// drillRow is a drill as a list shows it.
func drillRow(d db.Drill, hint string, now time.Time) pages.DrillRow {
	return pages.DrillRow{ID: d.ID, Hint: hint, By: d.StartedByName, At: d.StartedAt, Ends: d.EndsAt, Running: d.Running(now)}
}

// endOf returns the expiry that the choice in a form's field means: some time from now, or the time
// in its field timeField. At is zero for never. Each error goes to the field that it is about.
func endOf(choice, until, field, timeField string, now time.Time) (at time.Time, err error) {
	keep := map[string]time.Duration{"0": 0, "1h": time.Hour, "24h": 24 * time.Hour, "7d": 7 * 24 * time.Hour}
	if d, ok := keep[choice]; ok {
		return now.Add(d), nil
	}
	switch choice {
	case "never":
		return time.Time{}, nil
	case "time":
		at, err := time.Parse("2006-01-02T15:04", until)
		if err != nil {
			at, err = time.Parse("2006-01-02T15:04:05", until)
		}
		if err != nil || !at.After(now) {
			return at, hub.BadField(timeField, "Enter a future time, in UTC.")
		}
		return at, nil
	}
	return at, hub.BadField(field, "Choose when it expires.")
}
