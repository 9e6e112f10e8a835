// Package oauth answers OAuth clients:
//
//	POST /oauth2/token                               RFC 6749 sections 3.2 and 4.4, seed 002
//	POST /apps/auth                                  seeds 000 and 001
//	GET  /.well-known/oauth-authorization-server     RFC 8414
//	GET  /.well-known/openid-configuration           the same document
//	GET  /.well-known/jwks.json                      RFC 7517
//
// It reads and writes HTTP; what the bytes mean is package dialect's, who gets a token is
// package grant's.
package oauth

import (
	"net/http"
	"net/url"
	"regexp"

	"gatepost/handlers/oauth/dialect"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/oauth/keys"
	"gatepost/handlers/web"
)

// Options are what the endpoints work with.
type Options struct {
	Grant  *grant.Server
	Keys   *keys.Ring
	Issuer string // the portal's URL, without a slash at the end
}

// Handlers are the endpoints.
type Handlers struct {
	Options
	nextome, nxtsoft dialect.Dialect
}

// New makes the endpoints.
func New(o Options) *Handlers {
	table := dialect.Table()
	return &Handlers{Options: o, nextome: table[dialect.Nextome], nxtsoft: table[dialect.Nxtsoft]}
}

// Token answers POST /oauth2/token.
func (h *Handlers) Token(w http.ResponseWriter, r *http.Request) error {
	return h.issue(w, r, h.nxtsoft)
}

// AppsAuth answers POST /apps/auth.
func (h *Handlers) AppsAuth(w http.ResponseWriter, r *http.Request) error {
	return h.issue(w, r, h.nextome)
}

var idForm = regexp.MustCompile(`^[a-z0-9]{26}$`)

// issue answers a token request of one dialect.
func (h *Handlers) issue(w http.ResponseWriter, r *http.Request, d dialect.Dialect) error {
	if r.URL.RawQuery != "" {
		// A query ends up in logs and histories: what came that way is burnt.
		return web.BadRequest("Send the parameters in the body, not in the address.")
	}
	req, err := d.Request(dialect.Input{
		Authorization: r.Header.Values("Authorization"),
		Form:          func() (url.Values, error) { return web.ReadForm(w, r) },
		JSON:          func(v any) error { return web.ReadJSON(w, r, v) },
	})
	if err != nil {
		return err
	}
	req.Caller = web.Caller(r)
	if idForm.MatchString(req.ClientID) { // nothing else gets into the log
		web.NoteClient(r, req.ClientID)
	}
	res, err := h.Grant.Token(r.Context(), req)
	if err != nil {
		return err
	}
	noStore(w.Header())
	return web.WriteJSON(w, http.StatusOK, d.Response(res))
}

// noStore is for every answer that has to do with credentials (RFC 6749 section 5.1).
func noStore(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
}
