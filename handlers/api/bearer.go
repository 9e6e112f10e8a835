package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/web"
)

// denied is an error with a challenge (RFC 6750 section 3).
type denied struct {
	cause     *web.Error
	challenge string
}

func (e *denied) Error() string { return e.cause.Error() }
func (e *denied) Unwrap() error { return e.cause }

// access returns the access that the request's token grants. The token must have the scope, unless
// that is empty. The first call of an app that gets this far is recorded.
func (h *Handlers) access(r *http.Request, scope string) (grant.Access, error) {
	token, err := bearer(r)
	if err != nil {
		return grant.Access{}, err
	}
	a, err := h.Grant.Access(r.Context(), token, web.Caller(r))
	if errors.Is(err, grant.ErrInvalidToken) {
		return a, &denied{&web.Error{
			Status: http.StatusUnauthorized, Code: "invalid_token",
			Message: "The access token is wrong, expired or revoked. Get a new one.", Cause: err,
		}, `Bearer error="invalid_token"`}
	}
	if err != nil {
		return a, err
	}
	web.NoteClient(r, a.ClientID) // empty for a personal token
	if scope != "" && !slices.Contains(a.Scopes, scope) {
		return a, &denied{&web.Error{
			Status: http.StatusForbidden, Code: "insufficient_scope",
			Message: fmt.Sprintf("This call needs a token with the scope %s.", scope),
		}, insufficientScope(scope)}
	}
	if a.ClientID != "" {
		h.recordFirstCall(r.Context(), a.App)
	}
	return a, nil
}

// bearer reads the token from the Authorization header. The scheme is case-insensitive, and any number
// of spaces can follow it: Nextome's document prints six.
func bearer(r *http.Request) (string, error) {
	headers := r.Header.Values("Authorization")
	if len(headers) > 1 {
		return "", &denied{web.BadRequest("Send the Authorization header only once."), `Bearer error="invalid_request"`}
	}
	if len(headers) == 1 {
		scheme, token, _ := strings.Cut(headers[0], " ")
		if token = strings.Trim(token, " "); strings.EqualFold(scheme, "Bearer") && token != "" {
			return token, nil
		}
	}
	return "", &denied{&web.Error{
		Status: http.StatusUnauthorized, Code: "unauthorized",
		Message: "Send an access token in the Authorization header, as Bearer TOKEN.",
	}, "Bearer"}
}

// recordFirstCall records the time of the app's first call. If that fails the call still succeeds, and
// the next one tries again.
func (h *Handlers) recordFirstCall(ctx context.Context, app db.App) {
	if !app.FirstCallAt.IsZero() {
		return
	}
	if _, done := h.called.LoadOrStore(app.ClientID, true); done {
		return
	}
	err := h.DB.Tx(ctx, func(tx *db.Tx) error { return tx.NoteFirstCall(ctx, app.ClientID) })
	if err != nil {
		h.called.Delete(app.ClientID)
		h.Log.WarnContext(ctx, "first call not recorded", "client_id", app.ClientID, "error", err)
	}
}

// actor returns who acts with a token, for the rules of package hub: the token's person with their
// rights at this moment, limited to the token's scopes, or else the app. An app that acts for a person
// reaches only the teams that they chose, and never has the rights of an owner.
func actor(r *http.Request, a grant.Access) hub.Actor {
	by := hub.Actor{Kind: hub.Client, ID: a.ClientID, Name: a.App.Name, TeamID: a.App.TeamID}
	if a.PersonID != "" {
		by = hub.Actor{Kind: hub.Person, ID: a.PersonID, Name: a.Person.Name, Owner: a.Person.Owner && a.Personal, Teams: a.Teams}
	}
	by.Personal, by.TokenEnds, by.Token = a.Personal, a.ExpiresAt, a.JTI
	by.Scopes = list(a.Scopes) // never nil, which means a person on a page, whom no scope limits
	by.Address, by.UserAgent = web.ClientAddress(r), web.UserAgent(r)
	return by
}
