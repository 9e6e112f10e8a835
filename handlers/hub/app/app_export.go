package app

import (
	"context"
	"strconv"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/sheet"
)

// ExportApps writes the apps of a team as a file, by name. It first records the export.
func (as *Apps) ExportApps(ctx context.Context, a hub.Actor, teamID string, w *sheet.Writer) error {
	apps, err := as.ListFacts(ctx, a, teamID)
	if err != nil {
		return err
	}
	members, err := as.hub.DB.Members(ctx, teamID)
	if err != nil {
		return err
	}
	operator := hub.OperatorActor()
	names := map[string]string{operator.ID: operator.Name}
	for _, m := range members {
		names[m.PersonID] = m.Name
	}
	for _, f := range apps {
		names[f.ClientID] = f.Name
	}
	if err := as.hub.RecordExport(ctx, a, teamID, "apps"); err != nil {
		return err
	}
	if err := w.Write("client_id", "name", "description", "kind", "auth_method", "grants", "scopes", "redirect_uris",
		"token_lifetime", "live_secrets", "created_by", "created_at", "last_used_at", "tokens_24h"); err != nil {
		return err
	}
	for _, f := range apps {
		if err := w.Write(f.ClientID, f.Name, f.Description, f.Kind, f.AuthMethod, strings.Join(f.Grants, " "), strings.Join(f.Scopes, " "),
			strings.Join(f.RedirectURIs, " "), strconv.Itoa(int(f.TokenLifetime/time.Second)), strconv.Itoa(len(f.Live)), names[f.CreatedBy],
			sheet.Time(f.CreatedAt), sheet.Time(f.LastUse.LastAt), strconv.Itoa(f.Tokens24h)); err != nil {
			return err
		}
	}
	return w.Flush()
}

// ExportSecrets writes what is known about the secrets of an app, or of all apps of a team if clientID is empty, as a
// file: live ones and others, but never a secret. It first records the export.
func (as *Apps) ExportSecrets(ctx context.Context, a hub.Actor, teamID, clientID string, w *sheet.Writer) error {
	list := "secrets"
	var apps []db.App
	if clientID != "" {
		app, err := as.App(ctx, a, clientID)
		if err != nil {
			return err
		}
		teamID, apps, list = app.TeamID, []db.App{app}, "secrets of "+app.Name
	} else if _, err := as.hub.MayDevelop(ctx, a, teamID, "see the team's secrets"); err != nil {
		return err
	} else if apps, err = as.hub.DB.Apps(ctx, teamID); err != nil {
		return err
	}
	secrets, err := as.hub.DB.SecretsOfTeam(ctx, teamID)
	if err != nil {
		return err
	}
	now := as.hub.Now()
	usage, err := as.hub.DB.UsageOfTeam(ctx, teamID, now.Add(-24*time.Hour))
	if err != nil {
		return err
	}
	byApp := map[string][]SecretFacts{}
	for _, s := range withUsage(secrets, usage) {
		byApp[s.ClientID] = append(byApp[s.ClientID], s)
	}
	if err := as.hub.RecordExport(ctx, a, teamID, list); err != nil {
		return err
	}
	if err := w.Write("app", "client_id", "hint", "label", "state", "created_by", "created_at", "expires_at", "revoked_by", "revoked_at",
		"last_used_at", "last_used_from", "last_used_by", "uses_24h"); err != nil {
		return err
	}
	for _, app := range apps {
		for _, s := range byApp[app.ClientID] {
			if err := w.Write(app.Name, app.ClientID, s.Hint, s.Label, stateOf(s.ClientSecret, now), s.CreatedByName, sheet.Time(s.CreatedAt), sheet.Time(s.ExpiresAt),
				s.RevokedByName, sheet.Time(s.RevokedAt), sheet.Time(s.Usage.LastAt), s.Usage.Address, s.Usage.UserAgent, strconv.Itoa(s.Usage.Tokens)); err != nil {
				return err
			}
		}
	}
	return w.Flush()
}

// stateOf returns the state of a secret as the API has it.
func stateOf(s db.ClientSecret, now time.Time) string {
	switch {
	case !s.RevokedAt.IsZero():
		return "revoked"
	case s.Expired(now):
		return "expired"
	}
	return "live"
}
