package portal

import (
	"fmt"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/hub/app"
	"gatepost/views/pages"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// endsSoon is how long before its end a secret is called so.
const endsSoon = 14 * 24 * time.Hour

// kindNames are the words for the kinds of app.
var kindNames = map[string]string{"server": "Server-to-server", "web": "Web", "native": "Native or single-page"}

func appState(f app.Facts) (state, text string) {
	switch {
	case len(f.Live) == 0 && f.AuthMethod == db.AuthSecret:
		return "expired", "No live secret"
	case f.LastUse.LastAt.IsZero() && f.Tokens24h == 0:
		return "none", "Never used"
	}
	return "live", "Live"
}

func appHead(f app.Facts) pages.AppHead {
	h := pages.AppHead{
		Name: f.Name, ClientID: f.ClientID, Kind: kindNames[f.Kind], HasSecrets: f.AuthMethod != db.AuthNone, LiveSecrets: len(f.Live), LiveTokens: f.LiveTokens, CanPlay: true,
	}
	if f.Kind != "server" {
		h.Flow = "authorization-code"
	}
	h.State, h.StateText = appState(f)
	return h
}

// appCards takes the names of the team's members; what they did not make, another app of the team made by the API.
func appCards(apps []app.Facts, names map[string]string) (out []pages.AppCard) {
	for _, f := range apps {
		names[f.ClientID] = f.Name + ", an app"
	}
	for _, f := range apps {
		c := pages.AppCard{
			Name: f.Name, Description: f.Description, ClientID: f.ClientID, MadeBy: names[f.CreatedBy],
			Secrets: words.Count(len(f.Live), "live secret", "live secrets"), LastUsed: f.LastUse.LastAt,
			Uses24h: words.Count(f.Tokens24h, "token", "tokens"),
		}
		if f.AuthMethod == db.AuthNone {
			c.Secrets = "needs no secret"
		}
		if c.MadeBy == "" {
			c.MadeBy = "not in the team any more"
		}
		c.State, c.StateText = appState(f)
		out = append(out, c)
	}
	return out
}

func secretRow(s app.SecretFacts, manage bool, now time.Time) pages.SecretRow {
	row := pages.SecretRow{
		ID: s.ID, Prefix: "gps_", Hint: s.Hint, Label: s.Label, MadeBy: s.CreatedByName, MadeAt: s.CreatedAt,
		LastUsed: s.Usage.LastAt, LastFrom: s.Usage.Address, LastAgent: agentName(s.Usage.UserAgent), Uses24h: s.Usage.Tokens,
		Ends: s.ExpiresAt, RevokedBy: s.RevokedByName, RevokedAt: s.RevokedAt,
	}
	switch {
	case !s.RevokedAt.IsZero():
		row.State = "revoked"
	case s.Expired(now):
		row.State = "expired"
	case !s.ExpiresAt.IsZero() && s.ExpiresAt.Sub(now) < endsSoon:
		row.State = "retiring"
	default:
		row.State = "live"
	}
	row.CanRevoke = manage && s.Live(now)
	return row
}

// agentName cuts a User-Agent to what tells programs apart: the browser on its system, the
// first word, such as curl/8.5.0, or the start of what has no version there.
func agentName(agent string) string {
	const most = 40
	if strings.HasPrefix(agent, "Mozilla/") {
		return account.Browser(agent)
	}
	if first, _, _ := strings.Cut(agent, " "); strings.Contains(first, "/") {
		return first
	}
	name, _, _ := strings.Cut(agent, " (")
	if r := []rune(name); len(r) > most {
		return string(r[:most]) + "…"
	}
	return name
}

// lastUse says in words when and from where something was used last.
func lastUse(u db.Usage, now time.Time) string {
	return words.LastUse(u.LastAt, u.Address, agentName(u.UserAgent), now)
}

func bars(hours []db.HourCount) (out []ui.Bar, total, text string) {
	sum, most := 0, db.HourCount{}
	for _, h := range hours {
		sum += h.Tokens
		if h.Tokens > most.Tokens {
			most = h
		}
		out = append(out, ui.Bar{Label: h.Hour.Format("15:04"), Value: h.Tokens})
	}
	if sum == 0 {
		return out, "0", "No token in 24 h."
	}
	return out, fmt.Sprint(sum), fmt.Sprintf("%s in 24 h, most in the hour from %s UTC with %d.", words.Count(sum, "token", "tokens"), most.Hour.Format("15:04"), most.Tokens)
}
