package handlers

import (
	"net/http"
	"strings"

	"gatepost/db"
	"gatepost/handlers/api"
	"gatepost/handlers/oauth"
	"gatepost/handlers/portal"
	"gatepost/handlers/web"
)

// group says whom an address answers: it decides what stands around its handler and which
// shape its errors have.
type group int

const (
	public     group = iota // a page that anyone may open
	signedIn                // a page for signed-in people
	crossSite               // an address for people to which other sites send forms: without a session
	pageScript              // JSON for the script of a page, by the page's session
	clients                 // OAuth clients: RFC 6749 section 5.2 errors
	nextome                 // POST /apps/auth: the vendor's errors
	vendor                  // /api/v1.1 and /api/v2, the iotconnect dialect: the vendor's errors
	programs                // programs with an access token: problem+json
	files                   // static files and documents that anyone may read
)

// router is the server's mux with our own 404, 405 and OPTIONS.
type router struct {
	edge   *web.Edge
	portal *portal.Portal
	oauth  *oauth.Handlers
	api    *api.Handlers
	mux    *http.ServeMux
	groups map[string]group // by pattern
	kept   map[string]bool  // patterns that only keep a method out
}

// register is the ONE table of routes. A nil handler keeps a method of an address out.
func (rt *router) register(d *db.DB) {
	p, o, a, e := rt.portal, rt.oauth, rt.api, rt.edge
	rt.add(public, map[string]web.HandlerFunc{
		"GET /{$}":                p.Start,
		"GET /login":              p.LoginForm,
		"POST /login":             p.Login,
		"POST /logout":            p.Logout,
		"GET /activate/{token}":   p.ActivateForm,
		"POST /activate/{token}":  p.Activate,
		"GET /forgot":             p.ForgotForm,
		"POST /forgot":            p.Forgot,
		"GET /reset/{token}":      p.ResetForm,
		"POST /reset/{token}":     p.Reset,
		"POST /preferences/theme": p.SetTheme,
		"GET /docs":               p.DocsIndex,
		"GET /docs/{page}":        p.Docs,
	})
	rt.add(public, map[string]web.HandlerFunc{
		"GET /swagger-ui/{$}":                  p.SwaggerStart,
		"GET /swagger-ui/index.html":           p.Swagger,
		"GET /swagger-ui/oauth2-redirect.html": p.SwaggerRedirect,
		// Anyone: a way by /login would put the code that comes here into one more address.
		"GET /playground/callback": p.PlaygroundCallback,
	})
	rt.add(public, map[string]web.HandlerFunc{
		"GET /oauth2/auth":      o.Authorize,
		"GET /oauth2/auth/{$}":  o.Authorize,
		"HEAD /oauth2/auth":     nil, // it would give a code to nobody
		"HEAD /oauth2/auth/{$}": nil,
	})
	rt.add(crossSite, map[string]web.HandlerFunc{
		"POST /oauth2/auth":     o.StartAuthorize,
		"POST /oauth2/auth/{$}": o.StartAuthorize,
	})
	rt.add(signedIn, map[string]web.HandlerFunc{
		"POST /oauth2/consent":                       o.Consent,
		"GET /device":                                o.Device,
		"POST /device":                               o.DeviceCode,
		"GET /dashboard":                             p.Dashboard,
		"GET /account":                               p.Account,
		"POST /account":                              p.SaveAccount,
		"GET /account/security":                      p.Security,
		"POST /account/security":                     p.ChangePassword,
		"GET /account/sessions":                      p.Sessions,
		"POST /account/sessions/{id}/end":            p.EndSession,
		"POST /account/sessions/end-others":          p.EndOtherSessions,
		"GET /account/tokens":                        p.PersonalTokens,
		"POST /account/tokens":                       p.CreatePersonalToken,
		"GET /account/tokens/{id}/revoke":            p.RevokePersonalTokenForm,
		"POST /account/tokens/{id}/revoke":           p.RevokePersonalToken,
		"GET /account/authorizations":                p.Authorizations,
		"GET /account/authorizations/{id}/revoke":    p.RevokeAuthorizationForm,
		"POST /account/authorizations/{id}/revoke":   p.RevokeAuthorization,
		"GET /apps":                                  p.Apps,
		"POST /apps":                                 p.CreateApp,
		"GET /apps/new":                              p.NewApp,
		"GET /apps/{client_id}":                      p.App,
		"POST /apps/{client_id}":                     p.SaveApp,
		"GET /apps/{client_id}/secrets":              p.Secrets,
		"POST /apps/{client_id}/secrets":             p.AddSecret,
		"GET /apps/{client_id}/secrets/{id}/revoke":  p.RevokeSecretForm,
		"POST /apps/{client_id}/secrets/{id}/revoke": p.RevokeSecret,
		"POST /apps/{client_id}/redirect-uris":       p.AddRedirectURI,
		"GET /apps/{client_id}/tokens":               p.AppTokens,
		"GET /apps/{client_id}/tokens/{jti}/revoke":  p.RevokeTokenForm,
		"POST /apps/{client_id}/tokens/{jti}/revoke": p.RevokeToken,
		"GET /apps/{client_id}/tokens/revoke-all":    p.RevokeTokensForm,
		"POST /apps/{client_id}/tokens/revoke-all":   p.RevokeTokens,
		"GET /apps/{client_id}/activity":             p.AppActivity,
		"GET /apps/{client_id}/delete":               p.DeleteAppForm,
		"POST /apps/{client_id}/delete":              p.DeleteApp,
		"GET /team":                                  p.Team,
		"POST /team/switch":                          p.SwitchTeam,
		"GET /team/members":                          p.Members,
		"POST /team/invitations":                     p.Invite,
		"POST /team/invitations/{id}/resend":         p.Resend,
		"POST /team/invitations/{id}/cancel":         p.CancelInvitation,
		"GET /team/devices":                          p.Devices,
		"POST /team/devices":                         p.AddDevice,
		"POST /team/devices/selected":                p.ChangeDevices,
		"GET /team/device-imports":                   p.Imports,
		"POST /team/device-imports":                  p.StartImport,
		"GET /team/device-imports/template.csv":      p.ImportTemplate,
		"GET /team/device-imports/{id}":              p.Import,
		"GET /team/device-imports/{id}/report.csv":   p.ImportReport,
		"GET /team/devices/{guid}":                   p.Device,
		"POST /team/devices/{guid}":                  p.SaveDevice,
		"GET /team/devices/{guid}/remove":            p.RemoveDeviceForm,
		"POST /team/devices/{guid}/remove":           p.RemoveDevice,
		"GET /team/audit":                            p.Audit,
		"GET /team/settings":                         p.TeamSettings,
		"POST /team/settings":                        p.SaveTeam,
		"GET /owner/teams":                           p.OwnerTeams,
		"POST /owner/teams":                          p.AddTeam,
		"GET /owner/apis":                            p.OwnerAPIs,
		"POST /owner/apis":                           p.AddAPI,
		"GET /owner/apis/{id}":                       p.OwnerAPI,
		"POST /owner/apis/{id}/document":             p.SaveDocument,
		"POST /owner/apis/{id}/fetch":                p.FetchDocument,
		"POST /owner/apis/{id}/calls":                p.SaveAPICalls,
		"POST /owner/apis/{id}/scopes":               p.AddAPIScopes,
		"GET /owner/apis/{id}/remove":                p.RemoveAPIForm,
		"POST /owner/apis/{id}/remove":               p.RemoveAPI,
		"GET /owner/settings":                        p.OwnerSettings,
		"POST /owner/settings":                       p.SaveOwnerSettings,
		"GET /owner/keys":                            p.SigningKeys,
		"GET /owner/keys/rotate":                     p.RotateKeyForm,
		"POST /owner/keys/rotate":                    p.RotateKey,
		"GET /owner/components":                      p.Components,
		"GET /apis":                                  p.APIs,
		"GET /apis/{slug}":                           p.APIReference,
		"GET /playground":                            p.PlaygroundStart,
		"GET /playground/{flow}":                     p.Playground,
	})
	rt.add(pageScript, map[string]web.HandlerFunc{
		"POST /apps/{client_id}/playground-secret":     p.PlaygroundSecret,
		"POST /apps/{client_id}/try-token":             p.TryToken,
		"GET /apis/{slug}/openapi.json":                p.APIDocument,
		"GET /apis/{slug}/proxy/{server}/{path...}":    p.ProxyAPI,
		"POST /apis/{slug}/proxy/{server}/{path...}":   p.ProxyAPI,
		"PUT /apis/{slug}/proxy/{server}/{path...}":    p.ProxyAPI,
		"PATCH /apis/{slug}/proxy/{server}/{path...}":  p.ProxyAPI,
		"DELETE /apis/{slug}/proxy/{server}/{path...}": p.ProxyAPI,
	})
	rt.add(clients, map[string]web.HandlerFunc{
		"POST /oauth2/token":                          o.Token,
		"POST /oauth2/revoke":                         o.Revoke,
		"POST /oauth2/introspect":                     o.Introspect,
		"POST /oauth2/device_authorization":           o.DeviceAuthorization,
		"GET /.well-known/oauth-authorization-server": o.Metadata,
		"GET /.well-known/openid-configuration":       o.Metadata,
		"GET /.well-known/jwks.json":                  o.JWKS,
	})
	rt.add(nextome, map[string]web.HandlerFunc{
		"POST /apps/auth": o.AppsAuth,
		// Without this line GET /apps/auth would be the page of an app named auth.
		"GET /apps/auth": nil,
	})
	rt.add(vendor, map[string]web.HandlerFunc{
		"GET /api/v2/Auth/basic-token":             o.BasicToken,
		"POST /api/v2/Auth/basic-token":            o.BasicToken,
		"POST /api/v2/Auth/login":                  o.Login,
		"POST /api/v2/Auth/refresh-token":          o.RefreshLogin,
		"GET /api/v1.1/Device":                     a.VendorDevices,
		"POST /api/v1.1/Device":                    a.AddVendorDevice,
		"GET /api/v1.1/Device/count":               a.VendorCount,
		"GET /api/v1.1/Device/uniqueId/{uniqueId}": a.VendorDeviceByUniqueID,
		"GET /api/v1.1/Device/{guid}":              a.VendorDevice,
		"PUT /api/v1.1/Device/{guid}":              a.SaveVendorDevice,
		"DELETE /api/v1.1/Device/{guid}":           a.DeleteVendorDevice,
		"GET /api/v2/Device":                       a.VendorDevices,
		"POST /api/v2/Device":                      a.AddVendorDevice,
		"GET /api/v2/Device/count":                 a.VendorCount,
		"GET /api/v2/Device/uniqueId/{uniqueId}":   a.VendorDeviceByUniqueID,
		"GET /api/v2/Device/{guid}":                a.VendorDevice,
		"PUT /api/v2/Device/{guid}":                a.SaveVendorDevice,
		"DELETE /api/v2/Device/{guid}":             a.DeleteVendorDevice,
		// Without these lines count would be the guid of a device.
		"PUT /api/v1.1/Device/count":    nil,
		"DELETE /api/v1.1/Device/count": nil,
		"PUT /api/v2/Device/count":      nil,
		"DELETE /api/v2/Device/count":   nil,
	})
	rt.add(programs, map[string]web.HandlerFunc{
		"GET /api/v1/me":                               a.Me,
		"GET /api/v1/apps":                             a.Apps,
		"POST /api/v1/apps":                            a.CreateApp,
		"GET /api/v1/apps/{client_id}":                 a.App,
		"PATCH /api/v1/apps/{client_id}":               a.ChangeApp,
		"DELETE /api/v1/apps/{client_id}":              a.DeleteApp,
		"GET /api/v1/apps/{client_id}/events":          a.AppEvents,
		"GET /api/v1/apps/{client_id}/secrets":         a.Secrets,
		"POST /api/v1/apps/{client_id}/secrets":        a.AddSecret,
		"POST /api/v1/apps/{client_id}/secrets/rotate": a.RotateSecret,
		"GET /api/v1/apps/{client_id}/secrets/{id}":    a.Secret,
		"DELETE /api/v1/apps/{client_id}/secrets/{id}": a.RevokeSecret,
		"GET /api/v1/apps/{client_id}/tokens":          a.Tokens,
		"DELETE /api/v1/apps/{client_id}/tokens":       a.RevokeTokens,
		"GET /api/v1/apps/{client_id}/tokens/{jti}":    a.Token,
		"DELETE /api/v1/apps/{client_id}/tokens/{jti}": a.RevokeToken,
		"GET /api/v1/devices":                          a.Devices,
		"POST /api/v1/devices":                         a.AddDevice,
		"GET /api/v1/devices/{guid}":                   a.Device,
		"PATCH /api/v1/devices/{guid}":                 a.ChangeDevice,
		"DELETE /api/v1/devices/{guid}":                a.DeleteDevice,
		"GET /api/v1/devices/{guid}/viewers":           a.DeviceViewers,
		"PUT /api/v1/devices/{guid}/viewers":           a.ShareDevice,
		"GET /api/v1/teams":                            a.Teams,
		"POST /api/v1/teams":                           a.AddTeam,
		"GET /api/v1/teams/{id}":                       a.Team,
		"PATCH /api/v1/teams/{id}":                     a.ChangeTeam,
		"GET /api/v1/members":                          a.Members,
		"GET /api/v1/invitations":                      a.Invitations,
		"POST /api/v1/invitations":                     a.Invite,
		"GET /api/v1/invitations/{id}":                 a.Invitation,
		"DELETE /api/v1/invitations/{id}":              a.CancelInvitation,
		"POST /api/v1/invitations/{id}/resend":         a.ResendInvitation,
		"GET /api/v1/audit-events":                     a.AuditEvents,
		"GET /api/v1/scopes":                           a.Scopes,
		"POST /transactions/mock":                      a.MockTransaction,
		"GET /openapi.json":                            a.OpenAPI,
		"GET /healthz":                                 healthy,
		"GET /readyz":                                  ready(d),
	})
	rt.add(files, map[string]web.HandlerFunc{
		"GET /static/{hash}/{file...}": e.ServeAsset,
		"GET /swagger-ui/{file}":       a.SwaggerAsset,
		"GET /favicon.ico":             e.ServeIcon,
	})
}

func (rt *router) add(g group, routes map[string]web.HandlerFunc) {
	for pattern, h := range routes {
		rt.groups[pattern] = g
		if h == nil {
			rt.kept[pattern] = true
			rt.mux.HandleFunc(pattern, rt.refuse)
			continue
		}
		rt.mux.Handle(pattern, rt.wrap(g, h))
	}
}

// wrap puts around a handler what its group asks for.
func (rt *router) wrap(g group, h web.HandlerFunc) http.Handler {
	switch g {
	case public:
		return rt.edge.Page(web.Anyone, h)
	case signedIn:
		return rt.edge.Page(web.SignedIn, h)
	case crossSite:
		return rt.edge.Open(h)
	case pageScript:
		return rt.edge.PageJSON(h)
	case clients:
		return rt.edge.Machine(h, rt.oauth.WriteError)
	case nextome:
		return rt.edge.Machine(h, rt.oauth.WriteAppsAuthError)
	case vendor:
		return rt.edge.Machine(h, rt.api.WriteVendorError)
	case programs:
		return rt.edge.Machine(h, rt.api.WriteError)
	}
	return rt.edge.File(h)
}

// machine says whether an address answers programs, whose browsers may ask from any origin.
func (g group) machine() bool { return g == clients || g == nextome || g == vendor || g == programs }

// ServeHTTP answers by the table; what is not in it gets the 404, 405 or OPTIONS answer of
// the group that it would belong to.
func (rt *router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, pattern := rt.mux.Handler(r); pattern != "" {
		rt.mux.ServeHTTP(w, r)
		return
	}
	rt.refuse(w, r)
}

// refuse answers a request for which the table has no handler.
func (rt *router) refuse(w http.ResponseWriter, r *http.Request) {
	methods, pattern := rt.methods(r)
	if len(methods) == 0 {
		rt.wrap(groupOf(r.URL.Path), func(http.ResponseWriter, *http.Request) error { return web.NotFound() }).ServeHTTP(w, r)
		return
	}
	g := rt.groups[pattern]
	if g == signedIn || g == pageScript {
		g = public // a wrong method is told without signing in
	}
	if r.Method == http.MethodOptions && g.machine() {
		preflight(w, methods)
		return
	}
	rt.wrap(g, methodNotAllowed(methods...)).ServeHTTP(w, r)
}

// methods gives the methods that the table has at the request's address, and a pattern of
// that address.
func (rt *router) methods(r *http.Request) (methods []string, pattern string) {
	for _, m := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		try := r.Clone(r.Context())
		try.Method = m
		if _, p := rt.mux.Handler(try); p != "" && !rt.kept[p] {
			methods, pattern = append(methods, m), p
		}
	}
	return methods, pattern
}

// groupOf is the group of an address that is not in the table.
func groupOf(path string) group {
	switch {
	case under(path, "/api/v1.1"), under(path, "/api/v2"):
		return vendor
	case strings.HasPrefix(path, "/api/"), strings.HasPrefix(path, "/transactions/"):
		return programs
	case strings.HasPrefix(path, "/oauth2/"), strings.HasPrefix(path, "/.well-known/"):
		return clients
	case strings.HasPrefix(path, "/static/"), strings.HasPrefix(path, "/swagger-ui/"):
		return files
	}
	return public
}

// under says whether an address is folder or lies below it.
func under(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

func methodNotAllowed(methods ...string) web.HandlerFunc {
	allow := strings.Join(methods, ", ")
	return func(http.ResponseWriter, *http.Request) error {
		return &web.Error{Status: http.StatusMethodNotAllowed, Code: "invalid_request", Message: "This address takes " + allow + ".", Allow: allow}
	}
}

// preflight answers what browsers ask before a request from another origin: no cookies take
// part, so any origin may.
func preflight(w http.ResponseWriter, methods []string) {
	h := w.Header()
	web.AllowAnyOrigin(h)
	h.Set("Allow", strings.Join(methods, ", ")+", OPTIONS")
	h.Set("Access-Control-Allow-Methods", strings.Join(methods, ", "))
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, If-Match, solution-key")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}

// healthy says that the process answers.
func healthy(w http.ResponseWriter, r *http.Request) error {
	return web.WriteJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// ready says that the database answers too.
func ready(d *db.DB) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := d.Ping(r.Context()); err != nil {
			return &web.Error{Status: http.StatusServiceUnavailable, Code: "temporarily_unavailable", Message: "The database does not answer.", Cause: err}
		}
		return web.WriteJSON(w, http.StatusOK, map[string]string{"status": "ready"})
	}
}
