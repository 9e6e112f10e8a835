package oauth

import (
	"net/http"

	"gatepost/handlers/keys"
	"gatepost/handlers/oauth/dialect"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/web"
)

// introspectionResponse is the response of RFC 7662 section 2.2. Times are unix seconds.
type introspectionResponse struct {
	Active    bool          `json:"active"`
	Scope     string        `json:"scope,omitempty"`
	ClientID  string        `json:"client_id,omitempty"`
	TokenType string        `json:"token_type,omitempty"` // not for a refresh token
	TokenUse  string        `json:"token_use,omitempty"`  // access, refresh or personal
	Expires   int64         `json:"exp,omitempty"`
	IssuedAt  int64         `json:"iat,omitempty"`
	Subject   string        `json:"sub,omitempty"`
	Audience  keys.Audience `json:"aud,omitempty"`
	Teams     []tokenTeam   `json:"teams,omitempty"` // that an app's token for a person reaches
	Issuer    string        `json:"iss,omitempty"`
	ID        string        `json:"jti,omitempty"`
}

type tokenTeam struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Introspect answers POST /oauth2/introspect (RFC 7662). For a token that isn't active it
// returns {"active":false} and nothing more, whatever the reason.
func (h *Handlers) Introspect(w http.ResponseWriter, r *http.Request) error {
	return recordBody(w, r, h.introspect)
}

func (h *Handlers) introspect(w http.ResponseWriter, r *http.Request) error {
	if err := rejectQuery(r); err != nil {
		return err
	}
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	req, err := dialect.Credentials(r.Header.Values("Authorization"), form)
	logClient(r, req.ClientID)
	if err != nil {
		return err
	}
	req.Caller = web.Caller(r)
	t, err := h.Grant.Introspect(r.Context(), req, form.Get("token"))
	if err != nil {
		return err
	}
	setNoStore(w.Header())
	if t == nil {
		return web.WriteJSON(w, http.StatusOK, introspectionResponse{})
	}
	out := introspectionResponse{
		Active: true, Scope: t.Scope, ClientID: t.ClientID, TokenUse: t.TokenUse, IssuedAt: t.IssuedAt.Unix(),
		Subject: t.Subject, Audience: t.Audience, Issuer: h.Issuer, ID: t.ID,
	}
	for _, team := range t.Teams {
		out.Teams = append(out.Teams, tokenTeam{team.ID, team.Name})
	}
	if t.TokenUse != grant.TokenUseRefresh {
		out.TokenType = grant.TokenType
	}
	if !t.ExpiresAt.IsZero() {
		out.Expires = t.ExpiresAt.Unix()
	}
	return web.WriteJSON(w, http.StatusOK, out)
}
