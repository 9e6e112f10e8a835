package db

import (
	"context"
	"errors"
	"slices"
)

// explainer finds what a refused request alone doesn't tell: which team it belongs to, and
// whether its app exists at all.
type explainer struct {
	r     *Reader
	apps  map[string]App   // by client id; the zero App if there is none
	teams map[string][]App // by team id
	tries int
}

func (x *explainer) explain(ctx context.Context, n *notedFailure) error {
	if n.ClientID == "" && n.clues.SolutionKey != "" {
		return x.bySolutionKey(ctx, n)
	}
	if n.ClientID == "" {
		return nil
	}
	app, err := x.app(ctx, n.ClientID)
	if err != nil {
		return err
	}
	n.TeamID = app.TeamID
	if n.TeamID == "" {
		if slices.Contains(ofCredentials, n.Reason) {
			n.Reason, n.Detail = ReasonUnknownClient, "no app of this portal has this client id"
		}
		return nil
	}
	if n.Reason == ReasonSecretUnknown && n.clues.MadeFor != nil {
		if err := x.otherApp(ctx, n); err != nil {
			return err
		}
	}
	if n.Reason == ReasonSecretUnknown && app.AuthMethod != AuthSecret {
		n.Reason, n.Detail = ReasonAuthMethod, "a secret was sent, but "+ownWay[app.AuthMethod]
	}
	if n.Hint != "" && n.SecretID == "" && n.Reason != ReasonSecretOfOtherApp {
		return x.secret(ctx, n)
	}
	return nil
}

// ofCredentials are the reasons that mean nothing when the app doesn't exist.
var ofCredentials = []string{
	ReasonSecretUnknown, ReasonSecretTruncated, ReasonNoCredentials, ReasonAuthMethod, ReasonAssertionBad, ReasonAssertionClock,
	ReasonQueryNotAllowed, ReasonSecretRevoked,
}

var ownWay = map[string]string{
	AuthJWT:  "this app authenticates with its private key",
	AuthNone: "this is a native app, which has none",
}

func (x *explainer) app(ctx context.Context, clientID string) (App, error) {
	if app, ok := x.apps[clientID]; ok {
		return app, nil
	}
	app, err := x.r.App(ctx, clientID)
	if errors.Is(err, ErrNotFound) {
		app, err = App{}, nil
	}
	if err == nil {
		x.apps[clientID] = app
	}
	return app, err
}

func (x *explainer) bySolutionKey(ctx context.Context, n *notedFailure) error {
	team, err := x.r.TeamBySolutionKey(ctx, n.clues.SolutionKey)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	n.TeamID = team.ID
	app, err := x.r.VendorLoginApp(ctx, team.ID)
	if errors.Is(err, ErrNotFound) {
		return nil // the team has had no vendor login yet
	}
	n.ClientID = app.ClientID
	return err
}

// otherApp looks for the app of the same team that the secret was made for. Other teams' apps
// aren't tried: this team has no business knowing about their secrets.
func (x *explainer) otherApp(ctx context.Context, n *notedFailure) error {
	apps, ok := x.teams[n.TeamID]
	if !ok {
		var err error
		if apps, err = x.r.Apps(ctx, n.TeamID); err != nil {
			return err
		}
		x.teams[n.TeamID] = apps
	}
	for _, app := range apps {
		if x.tries++; x.tries > maxTries {
			return nil
		}
		if app.ClientID != n.ClientID && n.clues.MadeFor(app.ClientID) {
			n.Reason, n.Detail, n.Proven = ReasonSecretOfOtherApp, "secret of another app: "+app.Name, true
			return nil
		}
	}
	return nil
}

// secret finds a secret by its hint, if no other secret of the app has the same.
func (x *explainer) secret(ctx context.Context, n *notedFailure) error {
	found, err := x.r.SecretsByHint(ctx, n.ClientID, n.Hint)
	if err == nil && len(found) == 1 {
		n.SecretID = found[0].ID
	}
	return err
}
