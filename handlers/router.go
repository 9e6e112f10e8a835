package handlers

import (
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"gatepost/db"
	"gatepost/handlers/api"
	"gatepost/handlers/oauth"
	"gatepost/handlers/portal"
	"gatepost/handlers/web"
)

// router is the server's mux with our own 404, 405 and OPTIONS.
type router struct {
	edge   *web.Edge
	oauth  *oauth.Handlers
	api    *api.Handlers
	mux    *http.ServeMux
	groups map[string]Group // by pattern
	vendor spellings        // of the addresses of the iotconnect dialect
}

func newRouter(p *portal.Portal, o *oauth.Handlers, a *api.Handlers, e *web.Edge, d *db.DB) *router {
	rt := &router{edge: e, oauth: o, api: a, mux: http.NewServeMux(), groups: map[string]Group{}}
	for _, route := range routes(p, o, a, e, d) {
		rt.groups[route.Pattern] = route.Group
		if _, path, _ := strings.Cut(route.Pattern, " "); ofVendor(path) {
			rt.vendor.add(path)
		}
		if route.Group == MethodNotAllowed {
			rt.mux.HandleFunc(route.Pattern, rt.refuse)
			continue
		}
		rt.mux.Handle(route.Pattern, rt.wrap(route.Group, route.Handler))
	}
	e.Pages = rt.page
	return rt
}

// page returns the pattern, without its method, of the page for people at a path; empty if there is none.
func (rt *router) page(path string) string {
	_, pattern := rt.mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}})
	if g, known := rt.groups[pattern]; !known || g != Public && g != SignedIn {
		return ""
	}
	_, pattern, _ = strings.Cut(pattern, " ")
	return pattern
}

// ServeHTTP answers by the table. A request that isn't in it gets the 404, 405 or OPTIONS answer
// of the group that its path belongs to.
func (rt *router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := portal.CheckProxyPath(r); err != nil {
		rt.wrap(PublicScript, func(http.ResponseWriter, *http.Request) error { return err }).ServeHTTP(w, r)
		return
	}
	if group := groupOf(path.Clean(r.URL.Path)); group.machine() {
		if unclean(r.URL.EscapedPath()) || strings.HasPrefix(r.URL.Path, appsAuth+"/") {
			// http.ServeMux would answer with a page that redirects, or with that of an app whose id is auth.
			rt.notFound(w, r, group)
			return
		}
		r = rt.vendor.respell(r)
	}
	if _, pattern := rt.mux.Handler(r); pattern != "" {
		rt.mux.ServeHTTP(w, r)
		return
	}
	rt.refuse(w, r)
}

// unclean reports whether http.ServeMux would redirect a path to a cleaner one.
func unclean(path string) bool {
	segments := strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/"), "/")
	return slices.ContainsFunc(segments, func(s string) bool { return s == "" || s == "." || s == ".." })
}

// notFound answers a request for an address that the table doesn't have.
func (rt *router) notFound(w http.ResponseWriter, r *http.Request, g Group) {
	rt.wrap(g, func(http.ResponseWriter, *http.Request) error { return web.NotFound() }).ServeHTTP(w, r)
}

// refuse answers a request for which the table has no handler.
func (rt *router) refuse(w http.ResponseWriter, r *http.Request) {
	methods, pattern := rt.methods(r)
	if len(methods) == 0 {
		rt.notFound(w, r, groupOf(path.Clean(r.URL.Path)))
		return
	}
	g := rt.groups[pattern]
	switch g {
	case SignedIn, StepUpEachTime, SignedInScript, PublicScript:
		g = Public // a wrong method is refused without asking anyone to sign in
	}
	if r.Method == http.MethodOptions && g.machine() {
		preflight(w, r, methods)
		return
	}
	if !g.machine() && groupOf(r.URL.Path) == Clients && !strings.Contains(r.Header.Get("Accept"), "text/html") {
		// A program at an address of pages, such as /oauth2/auth.
		rt.edge.PageFor(methodNotAllowed(methods...), rt.oauth.WriteError).ServeHTTP(w, r)
		return
	}
	rt.wrap(g, methodNotAllowed(methods...)).ServeHTTP(w, r)
}

// methods returns the methods that the table has at the request's path, and a pattern of that
// path.
func (rt *router) methods(r *http.Request) (methods []string, pattern string) {
	for _, m := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		try := r.Clone(r.Context())
		try.Method = m
		if _, p := rt.mux.Handler(try); p != "" && rt.groups[p] != MethodNotAllowed {
			methods, pattern = append(methods, m), p
		}
	}
	return methods, pattern
}

func methodNotAllowed(methods ...string) web.HandlerFunc {
	allow := strings.Join(methods, ", ")
	return func(http.ResponseWriter, *http.Request) error {
		return &web.Error{Status: http.StatusMethodNotAllowed, Code: "invalid_request", Message: "This address takes " + allow + ".", Allow: allow}
	}
}

// ready reports that the database answers too.
func ready(d *db.DB) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := d.Ping(r.Context()); err != nil {
			return &web.Error{Status: http.StatusServiceUnavailable, Code: "temporarily_unavailable", Message: "The database does not answer.", Cause: err}
		}
		return web.WriteJSON(w, http.StatusOK, map[string]string{"status": "ready"})
	}
}
