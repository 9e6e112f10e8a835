package oauth

import (
	"net/http"

	"gatepost/handlers/hub"
	"gatepost/handlers/hub/limit"
	"gatepost/handlers/oauth/dialect"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/secret"
	"gatepost/handlers/web"
)

// vendorRevocation is the response of Netrex's document.
type vendorRevocation struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
}

// Revoke answers POST /oauth2/revoke in two ways. With token it is RFC 7009: the client
// authenticates, and the response is 200 {}, since some clients can't read an empty body. With
// access_token, in the query or the body, it is Netrex's document: whoever holds the token, or any
// other credential of secret.Kinds, may revoke it.
func (h *Handlers) Revoke(w http.ResponseWriter, r *http.Request) error {
	return recordBody(w, r, h.revoke)
}

func (h *Handlers) revoke(w http.ResponseWriter, r *http.Request) error {
	form, byQuery, err := web.ReadQueryAndForm(w, r)
	if err != nil {
		return err
	}
	setNoStore(w.Header())
	token, accessToken := form.Get("token"), form.Get("access_token")
	switch {
	case token != "" && accessToken != "":
		return grant.Invalid("Send token (RFC 7009) or access_token, not both.")
	case accessToken != "":
		return h.revokeHeld(w, r, accessToken)
	case byQuery:
		return queryNotAllowed("Send the parameters in the body, not in the address. Only access_token may be in the address.")
	}
	req, err := dialect.Credentials(r.Header.Values("Authorization"), form)
	logClient(r, req.ClientID)
	if err != nil {
		return err
	}
	req.Caller = web.Caller(r)
	if err := h.Grant.Revoke(r.Context(), req, token); err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, struct{}{})
}

// revokeHeld revokes a credential for whoever holds it, and answers as Netrex's document says. Access and
// refresh tokens aren't counted: programs sign people out with them.
func (h *Handlers) revokeHeld(w http.ResponseWriter, r *http.Request, held string) error {
	by := hub.HolderActor(web.ClientAddress(r), web.UserAgent(r))
	kind, ok := secret.KindOf(held)
	if ok && kind.Prefix != secret.RefreshToken {
		if err := h.Hub.CountAlone(r.Context(), limit.Use{ID: limit.Reports, Key: hub.Place(by.Address)}); err != nil {
			return err
		}
	}
	ctx := r.Context()
	message := "The token and everything issued with it are revoked."
	var known bool
	var err error
	switch kind.Prefix {
	case secret.Prefix:
		known, err = h.Apps.RevokeHeldSecret(ctx, by, held)
		message = "The client secret and every token issued for it are revoked."
	case secret.CalendarAddress:
		known, err = h.Apps.RevokeHeldCalendar(ctx, by, held)
		message = "The calendar address is revoked."
	case secret.PersonalToken:
		known, err = h.Accounts.RevokeHeldToken(ctx, by, held)
	case secret.InvitationLink, secret.ResetLink, secret.EmailLink:
		known, err = h.Accounts.RevokeHeldLink(ctx, by, held)
		message = "The link is revoked."
	default: // a code, a refresh token, or a JWT, which has no prefix
		known, err = h.Grant.RevokeByBearer(ctx, held, web.Caller(r))
	}
	if err != nil {
		return err
	}
	if !known {
		message = "The token was not valid, or no longer."
	}
	return web.WriteJSON(w, http.StatusOK, vendorRevocation{true, message})
}
