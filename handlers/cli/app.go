package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
)

func appAdd(flags *flag.FlagSet) func(context.Context, *call) error {
	var grants, scopes, redirects list
	team := flags.String("team", "", "name or id of the `team` that owns the app (required)")
	name := flags.String("name", "", "`name` of the app (required)")
	description := flags.String("description", "", "what the app is for")
	kind := flags.String("kind", "server", "kind of app: `server, web or native`")
	flags.Var(&grants, "grant", "`grant` type, repeatable (default: those of the kind, and refresh_token)")
	flags.Var(&scopes, "scope", "`scope` that the app can use, repeatable (default read)")
	grace := flags.Int("refresh-grace", int(hub.DefaultRefreshGrace/time.Second), "`seconds` for which a used refresh token still answers: 0 to 60")
	flags.Var(&redirects, "redirect-uri", "`address` that people return to, repeatable; not for server apps")
	query := flags.Bool("query-parameters", false, "also accept its token requests in the query string, for clients of Netrex; not for native apps")
	return func(ctx context.Context, c *call) error {
		t, err := c.findTeam(ctx, *team)
		if err != nil {
			return err
		}
		if len(scopes) == 0 {
			scopes = list{"read"}
		}
		window := time.Duration(min(max(*grace, -1), 1<<31)) * time.Second // the rules refuse what is beyond their bounds
		created, err := c.portal.Apps.Create(ctx, hub.OperatorActor(), app.NewApp{
			TeamID: t.ID, Name: *name, Description: *description, Kind: *kind, Scopes: scopes,
			Grants: grants, Refresh: len(grants) == 0, RedirectURIs: redirects, RefreshGrace: &window, QueryParameters: *query,
		})
		if err != nil {
			return err
		}
		lines := []string{"client id     " + created.App.ClientID, "client secret " + created.Secret.Plain, "The secret is shown once. Save it now."}
		if created.Secret.Plain == "" {
			lines = append(lines[:1], "Native apps have no secret. They use PKCE instead.")
		}
		return c.print(struct {
			ClientID     string   `json:"client_id"`
			ClientSecret string   `json:"client_secret,omitempty"`
			Name         string   `json:"name"`
			Team         string   `json:"team"`
			Kind         string   `json:"kind"`
			Grants       []string `json:"grant_types"`
			Scopes       []string `json:"scopes"`
			RedirectURIs []string `json:"redirect_uris,omitempty"`
			RefreshGrace int      `json:"refresh_grace"` // seconds
			Query        bool     `json:"query_parameters,omitempty"`
		}{created.App.ClientID, created.Secret.Plain, created.App.Name, t.Name, created.App.Kind, created.App.Grants, created.App.Scopes, created.App.RedirectURIs, *grace, created.App.QueryParameters}, lines...)
	}
}

func appLimit(flags *flag.FlagSet) func(context.Context, *call) error {
	burst := flags.Int("burst", 0, "`number` of tokens in a burst (0: the portal's default)")
	rate := flags.Int("rate", 0, "`number` of further tokens per second (0: the portal's default)")
	return func(ctx context.Context, c *call) error {
		changed, err := c.portal.Apps.SetMintLimit(ctx, hub.OperatorActor(), c.args[0], *burst, *rate)
		if err != nil {
			return appFailure(err, c.args[0])
		}
		out := struct {
			ClientID string `json:"client_id"`
			Burst    int    `json:"mint_burst"`
			Rate     int    `json:"mint_rate"`
		}{ClientID: changed.ClientID}
		out.Burst, out.Rate = app.MintLimit(changed)
		return c.print(out, fmt.Sprintf("%s gets %d tokens in a burst, and %d more per second.", changed.Name, out.Burst, out.Rate))
	}
}

// listedApp is one app of "app list".
type listedApp struct {
	ClientID string         `json:"client_id"`
	Name     string         `json:"name"`
	Team     string         `json:"team"`
	Kind     string         `json:"kind"`
	Scopes   []string       `json:"scopes"`
	Secrets  []listedSecret `json:"secrets"`
}

type listedSecret struct {
	Hint       string `json:"hint"`
	Label      string `json:"label,omitempty"`
	CreatedAt  string `json:"created_at"`
	ExpiresAt  string `json:"expires_at,omitempty"`
	LastUsedAt string `json:"last_used_at,omitempty"`
}

func appList(flags *flag.FlagSet) func(context.Context, *call) error {
	team := flags.String("team", "", "list only the apps of this `team` (name or id)")
	return func(ctx context.Context, c *call) error {
		teams, err := c.portal.Teams.Of(ctx, hub.OperatorActor())
		if *team != "" && err == nil {
			var one db.Team
			one, err = c.findTeam(ctx, *team)
			teams = []db.Team{one}
		}
		if err != nil {
			return err
		}
		apps := []listedApp{}
		var lines []string
		for _, t := range teams {
			facts, err := c.portal.Apps.ListFacts(ctx, hub.OperatorActor(), t.ID)
			if err != nil {
				return err
			}
			for _, f := range facts {
				app := listApp(f, t)
				apps = append(apps, app)
				lines = append(lines, fmt.Sprintf("%s  %s  %s  %s", app.ClientID, t.Name, app.Name, secretWords(app.Secrets)))
			}
		}
		if len(lines) == 0 {
			lines = []string{"No apps yet. To add one, run gatepost app add."}
		}
		return c.print(apps, lines...)
	}
}

func listApp(f app.Facts, t db.Team) listedApp {
	app := listedApp{ClientID: f.ClientID, Name: f.Name, Team: t.Name, Kind: f.Kind, Scopes: f.Scopes, Secrets: []listedSecret{}}
	for _, s := range f.Live {
		app.Secrets = append(app.Secrets, listedSecret{
			Hint: s.Hint, Label: s.Label, CreatedAt: timeText(s.CreatedAt), ExpiresAt: timeText(s.ExpiresAt), LastUsedAt: timeText(s.Usage.LastAt),
		})
	}
	return app
}

// secretWords lists secrets by their last characters.
func secretWords(secrets []listedSecret) string {
	if len(secrets) == 0 {
		return "no live secret"
	}
	var words []string
	for _, s := range secrets {
		words = append(words, ".."+s.Hint)
	}
	return "secrets " + strings.Join(words, " ")
}

// keepOld has the values of "app rotate --keep-old".
var keepOld = map[string]time.Duration{"0": 0, "1h": time.Hour, "24h": 24 * time.Hour, "7d": 7 * 24 * time.Hour}

func appRotate(flags *flag.FlagSet) func(context.Context, *call) error {
	keep := flags.String("keep-old", "24h", "how long the old secret keeps working: `0, 1h, 24h or 7d`")
	return func(ctx context.Context, c *call) error {
		window, ok := keepOld[*keep]
		if !ok {
			return &errUsage{"--keep-old: write 0, 1h, 24h or 7d"}
		}
		revealed, expires, err := c.portal.Apps.Rotate(ctx, hub.OperatorActor(), c.args[0], window)
		if err != nil {
			return appFailure(err, c.args[0])
		}
		out := struct {
			ClientID     string  `json:"client_id"`
			ClientSecret string  `json:"client_secret"`
			OldEndsAt    *string `json:"old_ends_at"`
		}{ClientID: revealed.ClientID, ClientSecret: revealed.Plain}
		old := "The app had no live secret before."
		if text := timeText(expires); text != "" {
			out.OldEndsAt = &text
			old = "The old secret expires at " + text + "."
		}
		return c.print(out, "client id     "+revealed.ClientID, "client secret "+revealed.Plain, old, "The secret is shown once. Save it now.")
	}
}

func appRevokeSecret(*flag.FlagSet) func(context.Context, *call) error {
	return func(ctx context.Context, c *call) error {
		clientID, hint := c.args[0], c.args[1]
		if _, err := c.portal.DB.App(ctx, clientID); err != nil {
			return appFailure(err, clientID)
		}
		revoked, err := c.portal.Apps.RevokeSecretByHint(ctx, hub.OperatorActor(), clientID, hint)
		if errors.Is(err, db.ErrNotFound) {
			return fmt.Errorf("the app has no live secret whose last characters are %q; gatepost app list shows the last four of each", hint)
		}
		if err != nil {
			return err
		}
		return c.print(struct {
			ClientID string `json:"client_id"`
			Hint     string `json:"hint"`
			Revoked  bool   `json:"revoked"`
		}{clientID, revoked.Hint, true}, "Revoked secret .."+revoked.Hint+" of "+clientID+".")
	}
}

// appFailure names the client id if the app does not exist.
func appFailure(err error, clientID string) error {
	if errors.Is(err, db.ErrNotFound) {
		return fmt.Errorf("there is no app with the client id %q; gatepost app list shows all apps", clientID)
	}
	return err
}
