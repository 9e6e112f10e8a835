package web

import (
	"net/http"
	"path"
	"slices"
	"strings"
)

// demandSecondFactor sends a person from whom a second factor is required, and who has none,
// to the page on which they set it up. Until then only that page and signing out are open.
func (e *Edge) demandSecondFactor(w http.ResponseWriter, r *http.Request, access Access) (sent bool, err error) {
	v := VisitorOf(r)
	if v == nil || access != SignedIn && !strings.HasPrefix(r.URL.Path, "/oauth2/") || openWithout(r.URL.Path) {
		return false, nil
	}
	f, err := e.DB.SecondFactor(r.Context(), v.Person.ID)
	if err != nil || f.Has || !f.Demanded() {
		return false, err
	}
	if r.Method == http.MethodGet && path.Clean(r.URL.Path) == authorizePath && slices.Contains(strings.Fields(r.URL.Query().Get("prompt")), "none") {
		infoOf(r).owesFactor = true // the answer to the client says so, not a page
		return false, nil
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead || r.Header.Get("Sec-Fetch-Dest") == "empty" {
		return false, errSecondFactor
	}
	if err := e.keepWanted(w, r); err != nil {
		return false, err
	}
	http.Redirect(w, r, "/account/security", http.StatusSeeOther)
	return true, nil
}

// keepWanted keeps in the session which page was asked for, while they set up a second factor.
func (e *Edge) keepWanted(w http.ResponseWriter, r *http.Request) error {
	session, err := e.store.Get(r, e.store.cookieName())
	if err != nil {
		return err
	}
	session.Values[valueWanted] = r.URL.RequestURI()
	return e.store.Save(r, w, session)
}

// TakeWanted returns, once, the page that the visitor asked for before they were sent to set up
// a second factor; without one, fallback.
func (e *Edge) TakeWanted(w http.ResponseWriter, r *http.Request, fallback string) (string, error) {
	session, err := e.store.Get(r, e.store.cookieName())
	if err != nil {
		return fallback, err
	}
	wanted, ok := session.Values[valueWanted].(string)
	if !ok {
		return fallback, nil
	}
	delete(session.Values, valueWanted)
	return LocalPath(wanted, fallback), e.store.Save(r, w, session)
}

var errSecondFactor = &Error{Status: http.StatusForbidden, Code: "second_factor_needed", Message: "Your team or the portal asks for a second factor. Set one up under User section, Security, then do this again."}

func openWithout(path string) bool {
	return path == "/confirm" || strings.HasPrefix(path, "/confirm/") || path == "/account/security" || strings.HasPrefix(path, "/account/security/")
}

// OwesSecondFactor says whether the visitor must set up a second factor, for an authorization request that
// may not show them the page for it.
func OwesSecondFactor(r *http.Request) bool { return infoOf(r).owesFactor }
