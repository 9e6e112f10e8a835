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

// admit is access within the limit on the number of calls.
func (h *Handlers) admit(w http.ResponseWriter, r *http.Request, scope string) (grant.Access, error) {
	a, err := h.access(r, scope)
	if err != nil {
		return a, err
	}
	return a, h.calls.take(w.Header(), a)
}

// caller gives who calls with a token that carries scope, within the limit on the number of
// calls.
func (h *Handlers) caller(w http.ResponseWriter, r *http.Request, scope string) (hub.Actor, error) {
	a, err := h.admit(w, r, scope)
	return actor(r, a), err
}

var idForm = regexp.MustCompile(`^[0-9a-z-]{1,64}$`)

// pathID is an id in the address. What can't be one is not looked up: not every database takes any bytes for text.
func pathID(r *http.Request, name string) (string, error) {
	id := r.PathValue(name)
	if !idForm.MatchString(id) {
		return "", web.NotFound()
	}
	return id, nil
}

// callerAt is caller with the id that the address has under a name.
func (h *Handlers) callerAt(w http.ResponseWriter, r *http.Request, scope, name string) (by hub.Actor, id string, err error) {
	if by, err = h.caller(w, r, scope); err != nil {
		return by, "", err
	}
	id, err = pathID(r, name)
	return by, id, err
}

// callerOfApp is caller with the app that the address names. One of a team that the caller is
// no part of is not found, as one that does not exist.
func (h *Handlers) callerOfApp(w http.ResponseWriter, r *http.Request, scope string) (by hub.Actor, app db.App, err error) {
	by, id, err := h.callerAt(w, r, scope, "client_id")
	if err != nil {
		return by, app, err
	}
	app, err = h.Apps.App(r.Context(), by, id)
	return by, app, err
}

// teamFor gives the team in which a call makes something: the one that it names, or the only one that the caller has.
// what is it that the call does.
func (h *Handlers) teamFor(ctx context.Context, by hub.Actor, asked, what string) (string, error) {
	if asked != "" {
		_, err := h.Hub.Rights(ctx, by, asked)
		if errors.Is(err, db.ErrNotFound) {
			return "", fault("team", "This token reaches no team with this id.")
		}
		return asked, err
	}
	if by.Kind == hub.Client {
		return by.TeamID, nil
	}
	teams, err := h.Teams.Of(ctx, by)
	if err != nil {
		return "", err
	}
	switch len(teams) {
	case 0:
		return "", &hub.Forbidden{What: what, WhoCan: hub.InvitationByAdmin}
	case 1:
		return teams[0].ID, nil
	}
	return "", fault("team", "You are in several teams: write the id of the one that is meant.")
}

// mayDevelop tells who may not change things of a team so before their request is read: hub
// holds to it anyway.
func (h *Handlers) mayDevelop(ctx context.Context, by hub.Actor, team, what string) error {
	rights, err := h.Hub.Rights(ctx, by, team)
	if err == nil && !rights.Develop {
		err = &hub.Forbidden{What: what, WhoCan: hub.DeveloperByAdmin}
	}
	return err
}

// queryTeam is the team that the query names, or the only one that the caller has.
func (h *Handlers) queryTeam(r *http.Request, by hub.Actor, what string) (string, error) {
	id, err := queryID(r, "team")
	if err != nil || id != "" {
		return id, err
	}
	return h.teamFor(r.Context(), by, "", what)
}

// person is caller for what belongs to a person. A token of an app for itself has none of it.
func (h *Handlers) person(w http.ResponseWriter, r *http.Request, scope string) (hub.Actor, error) {
	by, err := h.caller(w, r, scope)
	if err == nil && by.Kind != hub.Person {
		err = &hub.Forbidden{What: "use this address by an app's own token", WhoCan: "A token that stands for a person can: a personal token, or one of the authorization code grant."}
	}
	return by, err
}

// personAt is person with the id in the address.
func (h *Handlers) personAt(w http.ResponseWriter, r *http.Request, scope string) (by hub.Actor, id string, err error) {
	if by, err = h.person(w, r, scope); err != nil {
		return by, "", err
	}
	id, err = pathID(r, "id")
	return by, id, err
}
