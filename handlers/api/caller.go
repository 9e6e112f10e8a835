package api

import (
	"context"
	"errors"
	"net/http"
	"regexp"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/web"
)

// admit is access within the limit of calls, for a query that the operation has.
func (h *Handlers) admit(r *http.Request, scope string) (grant.Access, error) {
	a, err := h.access(r, scope)
	if err != nil {
		return a, err
	}
	if err := h.calls.Take(r.Context(), holder(a)); err != nil {
		return a, err
	}
	return a, h.parameters.check(r)
}

// holder returns the key under which calls are counted together: those of an app for itself, of an app
// for one person, or with one personal token.
func holder(a grant.Access) string {
	if a.Personal {
		return "token " + a.JTI
	}
	return "app " + a.ClientID + " " + a.PersonID
}

// caller returns who calls with a token that has the scope, within the rate limit.
func (h *Handlers) caller(w http.ResponseWriter, r *http.Request, scope string) (hub.Actor, error) {
	a, err := h.admit(r, scope)
	return actor(r, a), err
}

var idForm = regexp.MustCompile(`^[0-9a-z-]{1,64}$`)

// pathID returns an id in the path. Text that can't be an id gets 404 without a lookup, as not every
// database accepts any bytes as text.
func pathID(r *http.Request, name string) (string, error) {
	id := r.PathValue(name)
	if !idForm.MatchString(id) {
		return "", web.NotFound()
	}
	return id, nil
}

// callerAt is caller, with the id that the path has under a name.
func (h *Handlers) callerAt(w http.ResponseWriter, r *http.Request, scope, name string) (by hub.Actor, id string, err error) {
	if by, err = h.caller(w, r, scope); err != nil {
		return by, "", err
	}
	id, err = pathID(r, name)
	return by, id, err
}

// callerOfApp is caller, with the app that the path names. An app that the caller can't see is not
// found, like one that does not exist.
func (h *Handlers) callerOfApp(w http.ResponseWriter, r *http.Request, scope string) (by hub.Actor, app db.App, err error) {
	by, id, err := h.callerAt(w, r, scope, "client_id")
	if err != nil {
		return by, app, err
	}
	app, err = h.Apps.App(r.Context(), by, id)
	return by, app, err
}

// teamFor returns the team of a call: the one that the request names, or the caller's only one. An owner's
// is the only one that they are a member of, since they reach all. what says what the call does, for the refusal.
func (h *Handlers) teamFor(ctx context.Context, by hub.Actor, asked, what string) (string, error) {
	if asked != "" {
		_, err := h.Hub.Rights(ctx, by, asked)
		if errors.Is(err, db.ErrNotFound) {
			return "", fault("team", "This token has no access to a team with this id.")
		}
		return asked, err
	}
	if by.Kind == hub.Client {
		return by.TeamID, nil
	}
	only, of, err := h.onlyTeam(ctx, by)
	switch {
	case err != nil || only != "":
		return only, err
	case of > 0:
		return "", fault("team", "You are in several teams. Write the id of one of them.")
	case by.Owns():
		return "", fault("team", "You are in no team yourself. As an owner you reach every team, so write the id of one.")
	}
	return "", &hub.Forbidden{What: what, WhoCan: hub.InvitationByAdmin}
}

// onlyTeam returns the one team that a caller can mean without naming it, empty if there is none such, and
// how many teams they are a member of. An owner who is in none means the portal's only team.
func (h *Handlers) onlyTeam(ctx context.Context, by hub.Actor) (id string, of int, err error) {
	teams, err := h.Teams.Joined(ctx, by)
	of = len(teams)
	if err == nil && of == 0 {
		teams, err = h.Teams.Of(ctx, by)
	}
	if err == nil && len(teams) == 1 {
		id = teams[0].ID
	}
	return id, of, err
}

// mayDevelop refuses callers without full access in a team before the request is read. Package hub
// checks again.
func (h *Handlers) mayDevelop(ctx context.Context, by hub.Actor, team, what string) error {
	rights, err := h.Hub.Rights(ctx, by, team)
	if err == nil && !rights.Develop {
		err = &hub.Forbidden{What: what, WhoCan: hub.DeveloperByAdmin}
	}
	return err
}

// queryTeam returns the team that the query names, or the caller's only one.
func (h *Handlers) queryTeam(r *http.Request, by hub.Actor, what string) (string, error) {
	id, err := queryID(r, "team")
	if err != nil || id != "" {
		return id, err
	}
	return h.teamFor(r.Context(), by, "", what)
}

// person is caller for routes of a person's own account, which an app's own token can't use.
func (h *Handlers) person(w http.ResponseWriter, r *http.Request, scope string) (hub.Actor, error) {
	by, err := h.caller(w, r, scope)
	if err == nil && by.Kind != hub.Person {
		err = &hub.Forbidden{What: "use this address with an app's own token", WhoCan: "Use a token of a person: a personal token, or one from the authorization code grant."}
	}
	return by, err
}

// personAt is person, with the id in the path.
func (h *Handlers) personAt(w http.ResponseWriter, r *http.Request, scope string) (by hub.Actor, id string, err error) {
	if by, err = h.person(w, r, scope); err != nil {
		return by, "", err
	}
	id, err = pathID(r, "id")
	return by, id, err
}
