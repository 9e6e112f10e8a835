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

// denied is a failure that carries a challenge (RFC 6750 section 3).
type denied struct {
	cause     *web.Error
	challenge string
}

func (e *denied) Error() string { return e.cause.Error() }
func (e *denied) Unwrap() error { return e.cause }

// access gives what the request's token stands for. The token must carry scope, unless that is empty. The first call
// of an app that gets this far is written down.
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
		}, fmt.Sprintf(`Bearer error="insufficient_scope", scope="%s"`, scope)}
	}
	if a.ClientID != "" {
		h.noteFirstCall(r.Context(), a.App)
	}
	return a, nil
}

// bearer reads the token from the header Authorization. The scheme is case-insensitive, and any number of spaces may
// follow it: Nextome's document prints six.
func bearer(r *http.Request) (string, error) {
	headers := r.Header.Values("Authorization")
	if len(headers) > 1 {
		return "", &denied{web.BadRequest("The header Authorization is there more than once."), `Bearer error="invalid_request"`}
	}
	if len(headers) == 1 {
		scheme, token, _ := strings.Cut(headers[0], " ")
		if token = strings.Trim(token, " "); strings.EqualFold(scheme, "Bearer") && token != "" {
			return token, nil
		}
	}
	return "", &denied{&web.Error{
		Status: http.StatusUnauthorized, Code: "unauthorized",
		Message: "Send an access token in the header Authorization: Bearer.",
	}, "Bearer"}
}

// noteFirstCall keeps the time of the app's first call. That it could not be written is no reason to fail the call:
// the next one tries again.
func (h *Handlers) noteFirstCall(ctx context.Context, app db.App) {
	if !app.FirstCallAt.IsZero() {
		return
	}
	if _, done := h.called.LoadOrStore(app.ClientID, true); done {
		return
	}
	err := h.DB.Tx(ctx, func(tx *db.Tx) error { return tx.NoteFirstCall(ctx, app.ClientID) })
	if err != nil {
		h.called.Delete(app.ClientID)
		h.Log.WarnContext(ctx, "first call not noted", "client_id", app.ClientID, "error", err)
	}
}

// actor is who acts by a token, as the rules of package hub see it: the person whom it stands for, as they may now and
// within the token's scopes, or else the app.
func actor(r *http.Request, a grant.Access) hub.Actor {
	by := hub.Actor{Kind: hub.Client, ID: a.ClientID, Name: a.App.Name, TeamID: a.App.TeamID}
	if a.PersonID != "" {
		by = hub.Actor{Kind: hub.Person, ID: a.PersonID, Name: a.Person.Name, Owner: a.Person.Owner}
	}
	by.Personal, by.TokenEnds = a.Personal, a.ExpiresAt
	by.Scopes = list(a.Scopes) // never nil: that would mean a person at a page, whom no scope limits
	by.Address, by.UserAgent = web.ClientAddress(r), web.UserAgent(r)
	return by
}
