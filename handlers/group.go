package handlers

import (
	"net/http"
	"strings"

	"gatepost/handlers/web"
)

// Group says who can use a route. It decides which checks run before the handler and which
// shape errors have.
type Group int

const (
	// Public is a page for anyone.
	Public Group = iota
	// SignedIn is a page for people who have signed in. What else it takes, such as a proof within
	// the last two hours, the rules of package hub say.
	SignedIn
	// StepUpEachTime is a form that asks each time who sends it: for a second factor, or for the
	// password of somebody who has none.
	StepUpEachTime
	// CrossSiteForm is an address for people to which other sites may post forms; it reads no
	// session.
	CrossSiteForm
	// PublicScript answers JSON to the script of a page for anyone.
	PublicScript
	// SignedInScript answers JSON to the script of a page, by the page's session.
	SignedInScript
	// Clients is for OAuth clients: errors as in RFC 6749 section 5.2.
	Clients
	// Nextome is for clients of the Nextome dialect, with that vendor's errors.
	Nextome
	// Iotconnect is for clients of the iotconnect dialect, with that vendor's errors.
	Iotconnect
	// Programs is for programs with an access token: errors are problem+json.
	Programs
	// Files is for static files and documents that anyone may read.
	Files
	// MethodNotAllowed is for a method that must get 405 although http.ServeMux would match it
	// to another line: HEAD to a GET, or a fixed path to a wildcard.
	MethodNotAllowed
)

// wrap adds the checks of a group to a handler, and the shape of its errors.
func (rt *router) wrap(g Group, h web.HandlerFunc) http.Handler {
	switch g {
	case Public:
		return rt.edge.Page(web.Anyone, h)
	case SignedIn:
		return rt.edge.Page(web.SignedIn, h)
	case StepUpEachTime:
		return rt.edge.PageStepUpAlways(h)
	case CrossSiteForm:
		return rt.edge.Open(h)
	case SignedInScript:
		return rt.edge.PageJSON(web.SignedIn, h)
	case PublicScript:
		return rt.edge.PageJSON(web.Anyone, h)
	case Clients:
		return rt.edge.Machine(h, rt.oauth.WriteError)
	case Nextome:
		return rt.edge.Machine(h, rt.oauth.WriteAppsAuthError)
	case Iotconnect:
		return rt.edge.Machine(h, rt.api.WriteVendorError)
	case Programs:
		return rt.edge.Machine(h, rt.api.WriteError)
	}
	return rt.edge.File(h)
}

// machine reports whether a group answers programs, which may call from a browser of any origin.
func (g Group) machine() bool {
	return g == Clients || g == Nextome || g == Iotconnect || g == Programs
}

// groupOf returns the group whose 404 answers a path that is not in the table. Only pages get a page.
// The case of letters doesn't matter: a path that is misspelled so is a program's all the same.
func groupOf(path string) Group {
	switch path = strings.ToLower(path); {
	case ofVendor(path):
		return Iotconnect
	case under(path, "/api"), under(path, "/transactions"):
		return Programs
	case under(path, "/oauth2"), under(path, "/.well-known"):
		return Clients
	case under(path, appsAuth):
		return Nextome
	case strings.HasPrefix(path, "/static/"), strings.HasPrefix(path, "/swagger-ui/"):
		return Files
	}
	return Public
}

// appsAuth is the address of the Nextome dialect. It lies among those of apps, and so would what is
// below it.
const appsAuth = "/apps/auth"

// under reports whether path is folder or lies below it.
func under(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }
