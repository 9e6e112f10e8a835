// Package oauth answers OAuth clients:
//
//	POST /oauth2/token                               RFC 6749 section 3.2, RFC 8628 section 3.4; the nxtsoft and netrex dialects
//	GET  /oauth2/auth                                RFC 6749 section 3.1, RFC 7636, RFC 8707, RFC 9207
//	POST /oauth2/auth                                the same, as Netrex's clients send it
//	POST /oauth2/consent                             the person's answer
//	POST /oauth2/revoke                              RFC 7009; the netrex dialect
//	POST /oauth2/introspect                          RFC 7662
//	POST /oauth2/device_authorization                RFC 8628 section 3.1
//	GET  /device                                     RFC 8628 section 3.3
//	POST /apps/auth                                  the nextome dialect
//	GET, POST /api/v2/Auth/basic-token               the iotconnect dialect
//	POST /api/v2/Auth/login, /refresh-token          the same
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

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/hub/device"
	"gatepost/handlers/keys"
	"gatepost/handlers/oauth/dialect"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/web"
)

// Options are what the endpoints work with.
type Options struct {
	Grant    *grant.Server
	Keys     *keys.Ring
	Edge     *web.Edge
	Hub      *hub.Hub
	Accounts *account.Accounts
	Apps     *app.Apps
	Devices  *device.Devices
	DB       *db.DB
	Issuer   string // the portal's URL, without a slash at the end
	// BasicKey tags the basic tokens of the iotconnect dialect.
	BasicKey []byte
}

// Handlers are the endpoints.
type Handlers struct {
	Options
	nextome, nxtsoft, netrex dialect.Dialect
}

// New makes the endpoints.
func New(o Options) *Handlers {
	table := dialect.Table()
	return &Handlers{Options: o, nextome: table[dialect.Nextome], nxtsoft: table[dialect.Nxtsoft], netrex: table[dialect.Netrex]}
}

// Token answers POST /oauth2/token. Parameters in the address are another dialect's.
func (h *Handlers) Token(w http.ResponseWriter, r *http.Request) error {
	d := h.nxtsoft
	if r.URL.RawQuery != "" {
		d = h.netrex
	}
	return recordBody(w, r, func(w http.ResponseWriter, r *http.Request) error { return h.issue(w, r, d) })
}

// AppsAuth answers POST /apps/auth.
func (h *Handlers) AppsAuth(w http.ResponseWriter, r *http.Request) error {
	return recordBody(w, r, func(w http.ResponseWriter, r *http.Request) error {
		if err := rejectQuery(r); err != nil {
			return err
		}
		return h.issue(w, r, h.nextome)
	})
}

// noQuery refuses parameters in the address: a query ends up in logs and histories, and
// what came that way is burnt.
func rejectQuery(r *http.Request) error {
	if r.URL.RawQuery != "" {
		return queryNotAllowed("Send the parameters in the body, not in the address.")
	}
	return nil
}

func queryNotAllowed(description string) *grant.Error {
	e := grant.Invalid(description)
	e.Reason = grant.Reason{Kind: db.ReasonQueryNotAllowed, Detail: "the parameters came in the address"}
	return e
}

var clientIDPattern = regexp.MustCompile(`^[a-z0-9]{26}$`)

// issue answers a token request of one dialect.
func (h *Handlers) issue(w http.ResponseWriter, r *http.Request, d dialect.Dialect) error {
	req, err := d.Request(dialect.Input{
		Authorization: r.Header.Values("Authorization"),
		Form:          func() (url.Values, error) { return web.ReadForm(w, r, dialect.Resource) },
		QueryAndForm: func() (url.Values, error) {
			form, _, err := web.ReadQueryAndForm(w, r, dialect.Resource)
			return form, err
		},
		JSON: func(v any) error { return web.ReadJSON(w, r, v) },
	})
	logClient(r, req.ClientID)
	if err != nil {
		return err
	}
	req.Caller = web.Caller(r)
	res, err := h.Grant.Token(r.Context(), req)
	if err != nil {
		return err
	}
	setNoStore(w.Header())
	if !res.SecretExpires.IsZero() {
		w.Header().Set(web.SecretExpires, res.SecretExpires.UTC().Format(http.TimeFormat))
	}
	return web.WriteJSON(w, http.StatusOK, d.Response(res))
}

// noteClient puts a client id into the log event, and nothing that is none.
func logClient(r *http.Request, clientID string) {
	if clientIDPattern.MatchString(clientID) {
		web.NoteClient(r, clientID)
	}
}

// noStore is for every answer that has to do with credentials (RFC 6749 section 5.1).
func setNoStore(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
}
