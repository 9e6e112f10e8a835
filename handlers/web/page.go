package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gatepost/db"
	"gatepost/views/layout"
	"gatepost/views/pages"
)

// PageCSP is the content security policy of pages: nothing inline, and nothing from other sites.
const PageCSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Access says who can open a page.
type Access int

// A page for Anyone needs no sign-in; SignedIn sends others to /login and back.
const (
	Anyone Access = iota
	SignedIn
)

// Page wraps the handler of a page: session, visitor, cross-origin check, headers.
func (e *Edge) Page(access Access, h HandlerFunc) http.Handler {
	return e.adapt(e.forPeople(access, e.asking(h)), e.WritePage)
}

// PageJSON is Page for a route that a page's script calls: the same checks, errors as problem+json, and
// a 401 instead of a redirect to /login.
func (e *Edge) PageJSON(access Access, h HandlerFunc) http.Handler {
	return e.adapt(e.forPeople(access, h), WriteProblem)
}

// PageFor is Page with errors for programs, which sometimes call a page.
func (e *Edge) PageFor(h HandlerFunc, onError ErrorWriter) http.Handler {
	return e.adapt(e.forPeople(Anyone, h), onError)
}

func (e *Edge) forPeople(access Access, h HandlerFunc) HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		setPageHeaders(w.Header(), r)
		if err := errors.Join(e.origins.Check(r), e.checkOrigin(r)); err != nil {
			return &Error{Status: http.StatusForbidden, Code: "cross_origin", Message: "This request came from another site. Open the page here and try again.", Cause: err}
		}
		if err := e.findVisitor(r); err != nil {
			return err
		}
		v := VisitorOf(r)
		if access == SignedIn && v == nil {
			return errSignIn
		}
		if redirected, err := e.demandSecondFactor(w, r, access); redirected || err != nil {
			return err
		}
		if v != nil && r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Dest") != "empty" && !IsFramed(r) {
			if err := e.takeFlashes(w, r, v); err != nil {
				return err
			}
		}
		return h(w, r)
	}
}

// checkOrigin refuses a request of any method that says it comes from another origin, with another scheme or port too. The
// library takes a browser's fetch metadata for the whole truth and lets every GET pass, also the proxy's. An opaque origin is
// what a form of ours sends without a referrer: the metadata tells it from one of a foreign frame.
func (e *Edge) checkOrigin(r *http.Request) error {
	origin, site := r.Header.Get("Origin"), r.Header.Get("Sec-Fetch-Site")
	switch origin {
	case "", e.Issuer.Scheme + "://" + e.Issuer.Host, e.Issuer.Scheme + "://" + r.Host:
		return nil
	case "null":
		if site == "same-origin" {
			return nil
		}
	}
	return fmt.Errorf("web: the origin %q is foreign", origin)
}

// Open wraps a page to which other sites may post forms. It ignores the session, so that an attacker
// gains nothing by sending a form.
func (e *Edge) Open(h HandlerFunc) http.Handler {
	return e.adapt(func(w http.ResponseWriter, r *http.Request) error {
		setPageHeaders(w.Header(), r)
		return h(w, r)
	}, e.WritePage)
}

// authorizePaths are the pages from an authorization request to its response. A client that opened the
// first in a popup must keep its handle on that window until the end: same-origin on any response of the
// chain, even a redirect, would cut it. On the last one Swagger UI, itself a client, gets its response.
var authorizePaths = []string{
	signInPath, "/login/second", "/login/passkey/finish", authorizePath, authorizePath + "/", consentPath, "/swagger-ui/oauth2-redirect.html",
}

// Pages of ours on the way between a person and a client, and where they go otherwise.
const (
	signInPath    = "/login"
	authorizePath = "/oauth2/auth"
	consentPath   = "/oauth2/consent"
	userCodePath  = "/device"
	startPath     = "/dashboard"
)

// Swagger UI opens such a popup itself, on its page for the portal's API and on those of other APIs
// below apisFolder.
const swaggerPage, apisFolder = "/swagger-ui/index.html", "/apis/"

func setPageHeaders(h http.Header, r *http.Request) {
	h.Set("Content-Security-Policy", PageCSP)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", openerPolicy(r.URL.Path))
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
}

func openerPolicy(path string) string {
	switch {
	case slices.Contains(authorizePaths, path):
		return "unsafe-none"
	case path == swaggerPage, strings.HasPrefix(path, apisFolder):
		return "same-origin-allow-popups"
	}
	return "same-origin"
}

// errSignIn makes WritePage lead to the sign-in page and back.
var errSignIn = &Error{Status: http.StatusUnauthorized, Code: "sign_in", Message: "You are signed out. Sign in in another tab, then try again here."}

// findVisitor stores who is signed in, and the team that they work in, in the request's info.
func (e *Edge) findVisitor(r *http.Request) error {
	session, err := e.store.Get(r, e.store.cookieName())
	if err != nil {
		return err
	}
	row, ok := session.Values[valueRow].(db.Session)
	if !ok {
		return nil
	}
	ctx := r.Context()
	person, err := e.DB.Person(ctx, row.PersonID)
	if err != nil || !person.DisabledAt.IsZero() {
		if errors.Is(err, db.ErrNotFound) {
			return nil
		}
		return err
	}
	v := &Visitor{Person: person, Session: row}
	infoOf(r).visitor = v
	if err := e.store.touch(r, row); err != nil {
		return err
	}
	return e.findTeam(ctx, r, v, session.Values[valueTeam])
}

// findTeam sets the team that the visitor chose, or else their first.
func (e *Edge) findTeam(ctx context.Context, r *http.Request, v *Visitor, chosen any) (err error) {
	actor := Actor(r)
	if v.Teams, err = e.Teams.Of(ctx, actor); err != nil || len(v.Teams) == 0 {
		return err
	}
	v.Team = v.Teams[0]
	if chosen == nil && len(v.Teams) > 1 {
		if chosen, err = e.Teams.First(ctx, actor); err != nil {
			return err
		}
	}
	for _, t := range v.Teams {
		if t.ID == chosen {
			v.Team = t
		}
	}
	v.Rights, err = e.Hub.Rights(ctx, actor, v.Team.ID)
	return err
}

const themeCookie = "theme"

// PageModel returns what every page's model embeds, filled from the request.
func (e *Edge) PageModel(r *http.Request) layout.Page {
	p := layout.Page{Brand: e.Brand, Asset: e.Asset, Path: r.URL.RequestURI(), Now: e.Now(), Theme: "system"}
	if c, err := r.Cookie(themeCookie); err == nil && (c.Value == "light" || c.Value == "dark") {
		p.Theme = c.Value
	}
	v := VisitorOf(r)
	if v == nil {
		return p
	}
	p.Person = &layout.Person{Name: v.Person.Name, Initials: Initials(v.Person.Name), Email: v.Person.Email, Owner: v.Person.Owner}
	for _, t := range v.Teams {
		p.Teams = append(p.Teams, layout.Team{ID: t.ID, Name: t.Name, Current: t.ID == v.Team.ID})
	}
	p.Flash = v.flashes
	p.Team, p.Role, p.CanSeeTeam = v.Team.Name, v.Rights.Role, v.Rights.Develop
	if v.Person.Owner {
		p.Role = "owner"
		p.IssuerWarning = e.issuerWarning(r)
		if strings.HasPrefix(r.URL.Path, "/owner/") {
			p.Build = e.Build.String()
		}
	}
	return p
}

// SetTheme stores the visitor's theme in a cookie.
func (e *Edge) SetTheme(w http.ResponseWriter, theme string) {
	http.SetCookie(w, &http.Cookie{Name: themeCookie, Value: theme, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: e.secure, SameSite: http.SameSiteLaxMode})
}

// Initials returns the first letters of the first and the last word of a name.
func Initials(name string) string {
	words := strings.Fields(name)
	var out strings.Builder
	for i, w := range words {
		if i == 0 || i == len(words)-1 {
			out.WriteRune([]rune(w)[0])
		}
	}
	return strings.ToUpper(out.String())
}

// issuerWarning tells owners that a request arrived at another address than the portal's, in which case
// links in mails and metadata lead elsewhere.
func (e *Edge) issuerWarning(r *http.Request) string {
	if strings.EqualFold(r.Host, e.Issuer.Host) {
		return ""
	}
	return "This page was opened at " + r.Host + ", but GATEPOST_URL is " + e.Issuer.String() + ". Links, metadata and mails use GATEPOST_URL: set it to the address that people open."
}

// WritePage is the ErrorWriter of pages.
func (e *Edge) WritePage(w http.ResponseWriter, r *http.Request, err error) {
	problem := Classify(err)
	if errors.Is(err, errSignIn) {
		if err = e.signedOut(w, r); err == nil {
			return
		}
		problem = Classify(err)
	}
	setPageHeaders(w.Header(), r)
	SetErrorHeaders(w.Header(), problem)
	page := pages.Error{Page: e.PageModel(r), Status: problem.Status, Heading: heading(problem), What: problem.Message, ErrorID: RequestID(r)}
	if problem.Again != "" {
		page.Href, page.Action = problem.Again, "Start again"
	}
	switch problem.Code {
	case codeStepUp:
		page.Heading, page.Href, page.Action = "Confirm it's you", stepUpPath+"?next="+url.QueryEscape(backFrom(r)), "Confirm"
	case errSecondFactor.Code:
		page.Heading, page.Href, page.Action = "A second factor is needed", "/account/security", "Set it up"
	}
	if renderErr := Render(w, r, problem.Status, page); renderErr != nil {
		e.Log.Error("can't render the error page", "id", RequestID(r), "error", renderErr)
		http.Error(w, problem.Message, problem.Status)
	}
}

// heading returns the heading of an error page.
func heading(e *Error) string {
	switch e.Status {
	case http.StatusNotFound:
		return "Page not found"
	case http.StatusForbidden:
		return "You can't do this"
	case http.StatusMethodNotAllowed:
		return "This address doesn't accept that method"
	case http.StatusGone:
		return "This link no longer works"
	case http.StatusTooManyRequests:
		return "Too many tries"
	case http.StatusServiceUnavailable:
		return "The portal is busy"
	case http.StatusConflict:
		return "This wasn't done"
	case http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusBadRequest, http.StatusUnprocessableEntity:
		return "The request can't be read"
	}
	return "Something went wrong"
}
