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
	public          group = iota // a page that anyone may open
	signedIn                     // a page for signed-in people
	confirmed                    // a page for signed-in people who have shown their password or a passkey in the last two hours
	proved                       // a form that asks for password or passkey each time
	crossSite                    // an address for people to which other sites send forms: without a session
	pageScript                   // JSON for the script of a page, by the page's session
	publicScript                 // JSON for the script of a page that anyone may open
	confirmedScript              // pageScript, as confirmed is to signedIn
	clients                      // OAuth clients: RFC 6749 section 5.2 errors
	nextome                      // POST /apps/auth: the vendor's errors
	vendor                       // /api/v1.1 and /api/v2, the iotconnect dialect: the vendor's errors
	programs                     // programs with an access token: problem+json
	files                        // static files and documents that anyone may read
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
	case confirmed:
		return rt.edge.PageConfirmed(h)
	case proved:
		return rt.edge.PageProved(h)
	case crossSite:
		return rt.edge.Open(h)
	case pageScript:
		return rt.edge.PageJSON(web.SignedIn, h)
	case publicScript:
		return rt.edge.PageJSON(web.Anyone, h)
	case confirmedScript:
		return rt.edge.PageJSONConfirmed(h)
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
	if g == signedIn || g == confirmed || g == proved || g == pageScript || g == publicScript || g == confirmedScript {
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
