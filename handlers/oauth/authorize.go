package oauth

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"gatepost/db"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/redirect"
	"gatepost/handlers/web"
	"gatepost/views/pages"
)

const authorizePath = "/oauth2/auth"

// Authorize answers GET /oauth2/auth (RFC 6749 section 3.1): with a page if the client or the
// redirect URI can't be trusted; else, once the person has signed in (RFC 9700 section 4.11.2:
// also before an error is redirected), with an error, a code or the consent page. With prompt=none
// it redirects immediately, whoever is signed in, as that section allows.
func (h *Handlers) Authorize(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	req, err := grant.ParseAuthorizationRequest(r.URL.RawQuery)
	var checked grant.CheckedRequest
	if err == nil {
		checked, err = h.Grant.CheckAuthorizationRequest(ctx, req)
	}
	var untrusted *grant.Unredirectable
	var refused *grant.RedirectError
	switch {
	case errors.As(err, &untrusted):
		return h.showUntrusted(w, r, untrusted)
	case err != nil && !errors.As(err, &refused):
		return err
	}
	web.NoteClient(r, req.ClientID) // the client exists, so its id may be logged
	person, silent := session(r), req.IsSilent()
	if web.VisitorOf(r) == nil && !silent {
		return h.askToSignIn(w, r, req, person)
	}
	if refused != nil {
		return redirectToClient(w, h.Grant.ErrorResponseURI(refused))
	}
	if h.Grant.AsksToSignIn(req, person) != (grant.SignInAsk{}) {
		return h.askToSignIn(w, r, req, person)
	}
	location, prompt, err := h.Grant.Authorize(ctx, checked, person)
	switch {
	case errors.As(err, &refused):
		return redirectToClient(w, h.Grant.ErrorResponseURI(refused))
	case err != nil:
		return err
	case location != "":
		return redirectToClient(w, location)
	}
	return h.showConsent(w, r, prompt, authorizePath+"?"+canonical(r.URL.RawQuery), nil)
}

// askToSignIn leads to the sign-in page, and from there back to the request.
func (h *Handlers) askToSignIn(w http.ResponseWriter, r *http.Request, req grant.AuthorizationRequest, person grant.Session) error {
	next := authorizePath + "?" + h.Grant.SignInQuery(canonical(r.URL.RawQuery), req, person.ID)
	return web.SeeOther(w, r, "/login?next="+url.QueryEscape(next))
}

// StartAuthorize answers POST /oauth2/auth, as Netrex's document sends it: with parameters in
// the query, in a form, or both. Pages of other sites send it, so it ignores the session and
// only redirects to the GET.
func (h *Handlers) StartAuthorize(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.RawQuery
	empty, err := web.EmptyBody(r)
	if err != nil {
		return err
	}
	if !empty {
		form, err := web.PageForm(w, r)
		if err != nil {
			return err
		}
		query = strings.Trim(query+"&"+form.Encode(), "&")
	}
	if _, err := grant.ParseAuthorizationRequest(query); err != nil {
		var untrusted *grant.Unredirectable
		if errors.As(err, &untrusted) {
			return h.showUntrusted(w, r, untrusted)
		}
		return err
	}
	return web.SeeOther(w, r, authorizePath+"?"+canonical(query))
}

// canonical returns a query that ParseAuthorizationRequest has accepted, in its order, with
// every character escaped that must be. Browsers leave some unescaped.
func canonical(query string) string {
	var pairs []string
	for pair := range strings.SplitSeq(query, "&") {
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err1 := url.QueryUnescape(rawName)
		value, err2 := url.QueryUnescape(rawValue)
		if pair != "" && err1 == nil && err2 == nil {
			pairs = append(pairs, url.QueryEscape(name)+"="+url.QueryEscape(value))
		}
	}
	return strings.Join(pairs, "&")
}

// redirectToClient sends the browser to the client: with 303, so that no browser resends a form
// (RFC 9700 section 4.12), and without a body, which would repeat the code. It answers only a GET:
// browsers apply the form-action of a page to every redirect behind its form.
func redirectToClient(w http.ResponseWriter, location string) error {
	w.Header().Set("Location", location)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// session returns the signed-in person's session in the terms of package grant; it is empty if nobody is
// signed in.
func session(r *http.Request) grant.Session {
	v := web.VisitorOf(r)
	if v == nil {
		return grant.Session{Caller: web.Caller(r)}
	}
	return grant.Session{
		Person: v.Person, ID: v.Session.ID, AuthTime: v.Session.CreatedAt, Proof: web.Actor(r).Proof, Caller: web.Caller(r),
		OwesFactor: web.OwesSecondFactor(r), Framed: web.IsFramed(r),
	}
}

// showUntrusted writes the page for a request that must not be redirected.
func (h *Handlers) showUntrusted(w http.ResponseWriter, r *http.Request, e *grant.Unredirectable) error {
	if !e.BadRedirectURI {
		return web.Render(w, r, http.StatusBadRequest, pages.AuthorizeProblem{
			Page: h.Edge.PageModel(r), What: e.Reason, Fix: "Go back to the app that sent you here, and tell its developers. You were not redirected, and nothing was allowed.",
		})
	}
	page := pages.RedirectProblem{
		Page: h.Edge.PageModel(r), Reason: e.Reason, App: e.App.Name, ClientID: e.App.ClientID, Received: e.RedirectURI,
		Registered: pages.DiffRedirects(e.RedirectURI, e.App.RedirectURIs),
		WhoCan:     "The app's developer or an admin of its team can change its redirect URIs.",
	}
	if web.VisitorOf(r) != nil {
		facts, _, err := h.Apps.Facts(r.Context(), web.Actor(r), e.App.ClientID)
		if web.IsFault(err) {
			return err
		}
		page.CanAdd = err == nil && facts.Manage
	}
	if page.CanAdd {
		page.WhoCan, page.Next = "", authorizePath+"?"+canonical(r.URL.RawQuery)
		page.AddRefused = redirectURIProblem(*e.App, e.RedirectURI)
	}
	return web.Render(w, r, http.StatusBadRequest, page)
}

// redirectURIProblem says why a redirect URI can't be registered for an app; empty if it can.
func redirectURIProblem(app db.App, uri string) string {
	if len(app.RedirectURIs) >= redirect.Max {
		return "The app already has the maximum number of redirect URIs. Remove one first."
	}
	if err := redirect.Check(app.Kind, uri); err != nil {
		return err.Error()
	}
	return ""
}
