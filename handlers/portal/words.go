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
)

// endsSoon is how long before its end a secret is called so.
const endsSoon = 14 * 24 * time.Hour

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

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
			Secrets: plural(len(f.Live), "live secret", "live secrets"), LastUsed: f.LastUse.LastAt,
			Uses24h: plural(f.Tokens24h, "token", "tokens"),
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

// ellipsis writes the hints in a text of hub as pages do: …k3f9.
func ellipsis(text string) string { return strings.ReplaceAll(text, " ..", " …") }

// lastUse says in words when and from where something was used last.
func lastUse(u db.Usage, now time.Time) string {
	if u.LastAt.IsZero() {
		return "never used"
	}
	text := "last used " + ui.Relative(u.LastAt, now)
	if u.Address != "" {
		text += " from " + u.Address
	}
	if name := agentName(u.UserAgent); name != "" {
		text += " (" + name + ")"
	}
	return text
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
	return out, fmt.Sprint(sum), fmt.Sprintf("%s in 24 h, most in the hour from %s UTC with %d.", plural(sum, "token", "tokens"), most.Hour.Format("15:04"), most.Tokens)
}

// actions are the words for audit events: what the actor did.
var actions = map[string]struct{ words, tone string }{
	"sign_in":                     {"signed in", ""},
	"sign_in.failed":              {"failed to sign in", "warn"},
	"profile.changed":             {"changed the own fields", ""},
	"password.changed":            {"changed the password", "warn"},
	"password.reset_asked":        {"asked for a password reset", "warn"},
	"password.reset":              {"reset the password", "warn"},
	"session.ended":               {"ended a session", ""},
	"session.ended_others":        {"ended the other sessions", ""},
	"person.invited":              {"invited", ""},
	"person.added":                {"added the account", ""},
	"invitation.cancelled":        {"cancelled the invitation of", "warn"},
	"account.activated":           {"activated the account", ""},
	"team.joined":                 {"joined the team", ""},
	"team.left":                   {"left the team:", "warn"},
	"member.role_changed":         {"changed the role of", "warn"},
	"member.removed":              {"removed", "bad"},
	"app.transferred":             {"transferred the app", "warn"},
	"app.received":                {"brought in the app", ""},
	"account.disabled":            {"disabled the account of", "bad"},
	"account.enabled":             {"enabled the account of", "warn"},
	"account.link_made":           {"made a link to activate the account of", ""},
	"owner.made":                  {"made an owner of the portal of", "warn"},
	"owner.removed":               {"took owner of the portal from", "warn"},
	"email.change_asked":          {"asked for another address for", "warn"},
	"email.confirmed":             {"confirmed one side of the new address of", ""},
	"email.changed":               {"changed the address of", "warn"},
	"email.change_stopped":        {"stopped the change of address of", ""},
	"team.created":                {"made the team", ""},
	"team.renamed":                {"renamed the team", ""},
	"app.created":                 {"made the app", ""},
	"app.changed":                 {"changed the app", ""},
	"app.deleted":                 {"deleted the app", "bad"},
	"secret.added":                {"added a secret to", ""},
	"secret.added_for_playground": {"made a playground secret for", ""},
	"secret.rotated":              {"rotated the secret of", ""},
	"secret.revoked":              {"revoked a secret of", "bad"},
	"secret.retiring":             {"set the end of a secret of", ""},
	"secret.end_changed":          {"changed the end of a secret of", ""},
	"secret.drill_started":        {"started a brownout drill of", "warn"},
	"secret.drill_ended":          {"ended a brownout drill of", ""},
	"secret.saved":                {"proved that a secret is saved, of", ""},
	"secret.handed_over":          {"handed over a secret of", "warn"},
	"secret.handover_opened":      {"opened what was handed over of", "warn"},
	"secret.handover_cancelled":   {"cancelled a hand-over of", ""},
	"team.rules_changed":          {"changed the rules of", ""},
	"calendar.made":               {"made a calendar address of", ""},
	"calendar.revoked":            {"revoked a calendar address of", ""},
	"app.redirect_added":          {"added a redirect URI to", ""},
	"consent.given":               {"allowed the app", ""},
	"consent.denied":              {"turned the app away", ""},
	"authorization.revoked":       {"took back what was allowed to", "warn"},
	"code.reused":                 {"a code was used twice, its tokens ended, for", "bad"},
	"refresh.reused":              {"an old refresh token was used, its tokens ended, for", "bad"},
	"device.approved":             {"connected a device to", ""},
	"device.denied":               {"turned a device away from", ""},
	"token.revoked":               {"revoked a token of", "bad"},
	"tokens.revoked":              {"revoked all tokens of", "bad"},
	"personal_token.created":      {"made the API token", ""},
	"personal_token.revoked":      {"revoked the API token", "bad"},
	"key.rotated":                 {"rotated the signing key", "warn"},
	"api.added":                   {"added the API", ""},
	"api.documented":              {"added a document to the API", ""},
	"api.changed":                 {"changed how calls reach the API", "warn"},
	"api.removed":                 {"removed the API", "bad"},
	"scope.added":                 {"added the scope", ""},
	"identity.confirmed":          {"confirmed who they are", ""},
	"identity.refused":            {"failed to confirm who they are", "warn"},
	"passkey.added":               {"added the passkey", "warn"},
	"passkey.removed":             {"removed the passkey", "warn"},
	"passkey.renamed":             {"renamed the passkey", ""},
	"totp.added":                  {"set up an authenticator app", "warn"},
	"totp.replaced":               {"replaced the authenticator app", "warn"},
	"totp.removed":                {"removed the authenticator app", "warn"},
	"recovery_codes.made":         {"made recovery codes", "warn"},
	"recovery_code.used":          {"used a recovery code", "warn"},
	"second_factor.reset":         {"removed all second factors of", "bad"},
	"secret.labelled":             {"renamed a secret of", ""},
	"sign_in.first_step":          {"gave the right password, second factor to come", ""},
	"sign_in.new_browser":         {"signed in with a new browser", "warn"},
	"team.changed":                {"changed the rules of the team", ""},
	"mail.tested":                 {"sent a test mail to", ""},
	"mail.retried":                {"sent a mail again to", ""},
	"portal.changed":              {"changed the portal's settings", ""},
	"portal.revoked":              {"ended all sessions and tokens of the portal", "bad"},
	"audit.exported":              {"exported the audit log", "warn"},
	"device.added":                {"added the device", ""},
	"device.changed":              {"changed the device", ""},
	"device.removed":              {"removed the device", "bad"},
	"device.shared":               {"changed who sees the device", ""},
	"devices.grouped":             {"grouped the devices", ""},
	"devices.shared":              {"changed who sees the devices", ""},
	"devices.import_started":      {"started to import devices from", ""},
	"devices.imported":            {"imported devices from", ""},
}

func actionWords(action string) (words, tone string) {
	if a, ok := actions[action]; ok {
		return a.words, a.tone
	}
	return action, ""
}
