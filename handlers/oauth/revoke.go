package oauth

import (
	"net/http"

	"gatepost/handlers/oauth/dialect"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/web"
)

// vendorRevocation is the response of Netrex's document.
type vendorRevocation struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
}

// Revoke answers POST /oauth2/revoke in two ways. With token it is RFC 7009: the client
// authenticates, and the response is 200 {}, since some clients can't read an empty body. With
// access_token, in the query or the body, it is Netrex's document: whoever holds the token may
// revoke it.
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
		message := "The token was not valid, or no longer."
		known, err := h.Grant.RevokeByBearer(r.Context(), accessToken, web.Caller(r))
		if err != nil {
			return err
		}
		if known {
			message = "The token and everything issued with it are revoked."
		}
		return web.WriteJSON(w, http.StatusOK, vendorRevocation{true, message})
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
