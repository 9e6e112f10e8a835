package app

import (
	"context"
	"slices"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/keys"
	"gatepost/views/mail"
	"gatepost/views/words"
)

// introspections are whose tokens an app may introspect, the narrowest first.
var introspections = []string{"", "team", "portal"}

// widens says whether a change lets the app's credentials reach more, or lets others use them: a scope, grant or
// redirect URI was added, the way to authenticate or the keys changed, introspection covers more tokens, parameters may
// come in the query string, tokens live longer, or used refresh tokens answer longer.
func widens(before, after db.App) bool {
	adds := func(was, is []string) bool {
		return slices.ContainsFunc(is, func(s string) bool { return !slices.Contains(was, s) })
	}
	return adds(before.Scopes, after.Scopes) || adds(before.Grants, after.Grants) || adds(before.RedirectURIs, after.RedirectURIs) ||
		before.AuthMethod != after.AuthMethod || before.JWKS != after.JWKS || before.JWKSURI != after.JWKSURI ||
		slices.Index(introspections, after.Introspection) > slices.Index(introspections, before.Introspection) ||
		after.QueryParameters && !before.QueryParameters || after.TokenLifetime > before.TokenLifetime ||
		after.RefreshGrace > before.RefreshGrace
}

// reachChanges lists in words what a change does to what the app's credentials reach: everything that it changes except
// name and description.
func reachChanges(before, after db.App) (out []mail.Change) {
	add := func(what, was, is string) {
		if was != is {
			out = append(out, mail.Change{What: what, Before: was, After: is})
		}
	}
	add("Scopes", listed(before.Scopes), listed(after.Scopes))
	add("Grants", listed(before.Grants), listed(after.Grants))
	add("Redirect URIs", listed(before.RedirectURIs), listed(after.RedirectURIs))
	add("Authenticates with", methodText(before.AuthMethod), methodText(after.AuthMethod))
	add("Public keys (thumbprints)", listed(keys.Thumbprints(before.JWKS)), listed(keys.Thumbprints(after.JWKS)))
	add("Address of its public keys", listed(strings.Fields(before.JWKSURI)), listed(strings.Fields(after.JWKSURI)))
	add("Can introspect", introspectionText(before.Introspection), introspectionText(after.Introspection))
	add("Parameters in the query string", allowed(before.QueryParameters), allowed(after.QueryParameters))
	add("Its tokens live", words.Lifetime(before.TokenLifetime), words.Lifetime(after.TokenLifetime))
	add("Refresh grace", words.Grace(before.RefreshGrace), words.Grace(after.RefreshGrace))
	return out
}

// listed joins names in one order, so that the same names in another order are no change.
func listed(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(slices.Values(names)), ", ")
}

func methodText(method string) string {
	switch method {
	case db.AuthJWT:
		return "its own keys (private_key_jwt)"
	case db.AuthNone:
		return "nothing"
	}
	return "a client secret"
}

func introspectionText(whose string) string {
	switch whose {
	case "team":
		return "the team's tokens"
	case "portal":
		return "all tokens of the portal"
	}
	return "no tokens"
}

func allowed(on bool) string {
	if on {
		return "allowed"
	}
	return "not allowed"
}

// mailReach mails the team's admins what changed in what an app's credentials reach. An admin who made the change gets
// the mail as well: it may be the first they hear of what somebody else did in their session.
func (as *Apps) mailReach(ctx context.Context, tx *db.Tx, a hub.Actor, before, after db.App) error {
	changes := reachChanges(before, after)
	if len(changes) == 0 {
		return nil
	}
	return as.hub.PostAdmins(ctx, tx, after.TeamID, func(name string) mail.Letter {
		return mail.ReachChanged{Notice: as.hub.Notice(a, name, "/apps/"+after.ClientID), App: after.Name, Changes: changes, Wider: widens(before, after)}
	})
}
