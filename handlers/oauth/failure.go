package oauth

import (
	"errors"
	"net/http"

	"gatepost/handlers/oauth/dialect"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/web"
)

// WriteError is the ErrorWriter of the OAuth endpoints: RFC 6749 section 5.2.
func (h *Handlers) WriteError(w http.ResponseWriter, r *http.Request, err error) {
	h.writeFailure(w, r, err, h.nxtsoft, "Basic")
}

// WriteAppsAuthError is the ErrorWriter of POST /apps/auth, which knows no HTTP
// authentication scheme: the challenge that a 401 must carry (RFC 9110 section 15.5.2) says so.
func (h *Handlers) WriteAppsAuthError(w http.ResponseWriter, r *http.Request, err error) {
	h.writeFailure(w, r, err, h.nextome, bodyScheme)
}

// bodyScheme is a scheme that no browser knows. A 401 that names Basic makes a browser open
// its own sign-in box over the page that called fetch, and that page never sees the error.
const bodyScheme = "ClientCredentials"

func (h *Handlers) writeFailure(w http.ResponseWriter, r *http.Request, err error, d dialect.Dialect, scheme string) {
	var failure *grant.Error
	if !errors.As(err, &failure) {
		e := web.Classify(err)
		web.SetErrorHeaders(w.Header(), e)
		failure = &grant.Error{Code: oauthCode(e), Description: e.Message, Status: e.Status}
	}
	if failure.Status == http.StatusUnauthorized {
		if fromPage(r) {
			scheme = bodyScheme
		}
		w.Header().Set("WWW-Authenticate", scheme+` realm="`+h.Issuer+`"`)
	}
	noStore(w.Header())
	_ = web.WriteJSON(w, failure.Status, d.Failure(failure)) // two strings always marshal
}

// oauthCode is a code of RFC 6749 for an error that has none of its own.
func oauthCode(e *web.Error) string {
	switch {
	case e.Status == http.StatusServiceUnavailable || e.Status == http.StatusTooManyRequests:
		return "temporarily_unavailable"
	case e.Status >= 500:
		return "server_error"
	}
	return grant.InvalidRequest
}

// fromPage says whether a script on a page made the request. Browsers tell by
// Sec-Fetch-Dest, but over plain http (other than localhost) by Origin only; programs that
// are not browsers send neither.
func fromPage(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Dest") != "" || r.Header.Get("Origin") != ""
}
