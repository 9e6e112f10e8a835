package web

import (
	"net/http"
	"net/url"
	"path"

	"gatepost/views/pages"
)

// GoOn redirects the browser after a form, as SeeOther does, unless the way may lead to a client: browsers
// apply the form-action of a page to every redirect behind its form, also those of the client's own site. Then
// it answers with a page that moves on as soon as it is there, which no longer counts as the form.
func (e *Edge) GoOn(w http.ResponseWriter, r *http.Request, next string) error {
	if r.Method == http.MethodGet || !mayLeadToClient(next) {
		return SeeOther(w, r, next)
	}
	return Render(w, r, http.StatusOK, pages.Onward{Page: e.PageModel(r), To: next})
}

// ToClient answers the form of a consent page with the page that moves on to the client. location is a
// registered redirect URI of the request that was answered, with the response in its query: it appears only
// on this page, which nothing stores.
func (e *Edge) ToClient(w http.ResponseWriter, r *http.Request, location, app string, allowed bool) error {
	return Render(w, r, http.StatusOK, pages.Onward{Page: e.PageModel(r), To: location, App: app, Allowed: allowed})
}

// mayLeadToClient says whether a path of ours may answer with a redirect to a client. The sign-in page passes
// whoever is signed in on to such a path.
func mayLeadToClient(next string) bool {
	u, err := url.Parse(next)
	if err != nil {
		return true
	}
	switch path.Clean(u.Path) {
	case authorizePath:
		return true
	case signInPath:
		return u.Query().Has("next") && mayLeadToClient(u.Query().Get("next"))
	}
	return false
}

// keepOpener lets a client that opened the authorization request in a popup keep its handle on that window
// while the person steps up on the way.
func keepOpener(h http.Header, next string) {
	if mayLeadToClient(next) {
		h.Set("Cross-Origin-Opener-Policy", "unsafe-none")
	}
}
