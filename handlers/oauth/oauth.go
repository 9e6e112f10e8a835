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
	"gatepost/handlers/hub/limit"
	"gatepost/handlers/keys"
	"gatepost/handlers/oauth/dialect"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/secret"
	"gatepost/handlers/web"
)

// Options are the dependencies of the endpoints.
type Options struct {
	Grant    *grant.Server
	Keys     *keys.Ring
	Edge     *web.Edge
	Hub      *hub.Hub
	Accounts *account.Accounts
	Apps     *app.Apps
	Devices  *device.Devices
	DB       *db.DB
	Issuer   string          // the portal's URL, without a slash at the end
	Key      *secret.Keyring // authenticates the basic tokens of IoTConnect's document
}

// Handlers are the endpoints.
type Handlers struct {
	Options
	nextome, nxtsoft, netrex dialect.Dialect
	discoveries              *limit.Buckets // by address
}

// New returns the endpoints.
func New(o Options) *Handlers {
	table := dialect.Table()
	return &Handlers{
		Options: o, nextome: table[dialect.Nextome], nxtsoft: table[dialect.Nxtsoft], netrex: table[dialect.Netrex],
		discoveries: limit.NewBuckets(limit.Discoveries, o.Grant.Now),
	}
}

// Token answers POST /oauth2/token. Parameters in the query mean Netrex's dialect.
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

// rejectQuery refuses parameters in the query: it ends up in logs and histories, so that a secret
// in it is compromised.
func rejectQuery(r *http.Request) error {
	if r.URL.RawQuery != "" {
		return queryNotAllowed("Send the parameters in the body, not in the address.")
	}
	return nil
}

func queryNotAllowed(description string) *grant.Error {
	e := grant.Invalid(description)
	e.Reason = grant.Reason{Kind: db.ReasonQueryNotAllowed, Detail: "the parameters were sent in the address"}
	return e
}

var clientIDPattern = regexp.MustCompile(`^[a-z0-9]{26}$`)

// issue answers a token request in one dialect.
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

// logClient adds a client id to the log event, unless it doesn't have the form of one.
func logClient(r *http.Request, clientID string) {
	if clientIDPattern.MatchString(clientID) {
		web.NoteClient(r, clientID)
	}
}

// setNoStore marks a response with tokens or credentials as not cacheable (RFC 6749 section 5.1).
func setNoStore(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
}
