package oauth

import (
	"errors"
	"net/http"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/oauth/dialect"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/secret"
	"gatepost/handlers/web"
)

// WriteError writes the errors of the OAuth endpoints as RFC 6749 section 5.2. It is a
// web.ErrorWriter.
func (h *Handlers) WriteError(w http.ResponseWriter, r *http.Request, err error) {
	d := h.nxtsoft
	if r.URL.Path == tokenPath && r.URL.RawQuery != "" {
		d = h.netrex
	}
	h.writeFailure(w, r, err, d, "Basic")
}

// WriteAppsAuthError writes the errors of POST /apps/auth, which supports no HTTP authentication
// scheme: the challenge that a 401 must carry (RFC 9110 section 15.5.2) says so. It is a
// web.ErrorWriter.
func (h *Handlers) WriteAppsAuthError(w http.ResponseWriter, r *http.Request, err error) {
	h.writeFailure(w, r, err, h.nextome, nonBasicScheme)
}

// nonBasicScheme is a scheme that no browser knows. A 401 with Basic makes a browser open its
// own password dialog over the page that called fetch, and that page never sees the error.
const nonBasicScheme = "ClientCredentials"

func (h *Handlers) writeFailure(w http.ResponseWriter, r *http.Request, err error, d dialect.Dialect, scheme string) {
	var failure *grant.Error
	if !errors.As(err, &failure) {
		e := web.Classify(err)
		web.SetErrorHeaders(w.Header(), e)
		failure = &grant.Error{Code: oauthCode(e), Description: e.Message, Status: e.Status}
	}
	if shouldRecord(r, failure) && !web.Gone(r, err) {
		out := *failure
		out.ID = h.recordFailure(r, err, failure, d.Name)
		failure = &out
	}
	if failure.Status == http.StatusUnauthorized {
		if isBrowserScript(r) {
			scheme = nonBasicScheme
		}
		w.Header().Set("WWW-Authenticate", scheme+` realm="`+h.Issuer+`"`)
	}
	setNoStore(w.Header())
	_ = web.WriteJSON(w, failure.Status, d.Failure(failure)) // two strings always marshal
}

// oauthCode returns a code of RFC 6749 for an error that has none of its own.
func oauthCode(e *web.Error) string {
	switch {
	case e.Status == http.StatusServiceUnavailable || e.Status == http.StatusTooManyRequests:
		return "temporarily_unavailable"
	case e.Status >= 500:
		return "server_error"
	}
	return grant.InvalidRequest
}

// isBrowserScript says whether a script on a page made the request. Browsers send
// Sec-Fetch-Dest, but over plain http (other than localhost) only Origin; other programs send
// neither.
func isBrowserScript(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Dest") != "" || r.Header.Get("Origin") != ""
}

const (
	tokenPath       = "/oauth2/token"
	vendorLoginPath = "/api/v2/Auth/login"
	liveLoginPath   = liveFolder + "Auth/login"
)

// recordedEndpoints are the endpoints whose refusals are recorded.
var recordedEndpoints = map[string]bool{
	tokenPath: true, "/oauth2/revoke": true, "/oauth2/introspect": true, "/oauth2/device_authorization": true, "/apps/auth": true,
	vendorLoginPath: true, "/api/v2/Auth/refresh-token": true, liveLoginPath: true, liveFolder + "Auth/refresh-token": true,
}

// shouldRecord says whether a failure is a refusal whose reason a team may want to know. The
// portal's own faults aren't, nor are a device's polls before the person has answered.
func shouldRecord(r *http.Request, e *grant.Error) bool {
	return recordedEndpoints[r.URL.Path] && (e.Status < 500 || e.Status == http.StatusServiceUnavailable) && e.Code != grant.AuthorizationPending
}

// recordFailure records a refusal with its true reason for the app's team, and returns its
// error_id. It looks nothing up: a response costs the same whether or not the app exists.
func (h *Handlers) recordFailure(r *http.Request, err error, e *grant.Error, dialectName string) string {
	reason, request := e.Reason, inspect(r, err)
	if mismatch := request.mismatch(r); mismatch.Kind != "" && e.Status <= http.StatusUnsupportedMediaType && (reason.Kind == "" || reason.Kind == db.ReasonNoCredentials) {
		reason.Kind, reason.Detail = mismatch.Kind, mismatch.Detail
	}
	if reason.Kind == "" {
		inferred := inferReason(err, e)
		reason.Kind, reason.Detail = inferred.Kind, inferred.Detail
	}
	f := db.AuthFailure{
		ID: secret.ErrorID(), At: h.now(), ClientID: request.client(r, reason.ClientID), Proven: reason.Proven,
		SecretID: reason.SecretID, Hint: reason.Hint, Status: e.Status, Code: e.Code, Description: e.Description,
		Reason: string(reason.Kind), Detail: reason.Detail,
		Endpoint: r.URL.Path, Dialect: dialectName, Address: web.ClientAddress(r), UserAgent: web.UserAgent(r),
	}
	clues := db.FailureClues{MadeFor: reason.MadeFor}
	if keys := r.Header.Values("Solution-Key"); (r.URL.Path == vendorLoginPath || r.URL.Path == liveLoginPath) && len(keys) == 1 {
		clues.SolutionKey = keys[0]
	}
	h.DB.NoteFailure(f, clues)
	web.NoteErrorID(r, f.ID)
	if f.ClientID != "" {
		web.NoteClient(r, f.ClientID)
	}
	return f.ID
}

// now returns the time with fractions of a second, by which failures are sorted.
func (h *Handlers) now() time.Time { return h.Grant.Now() }

// inferReason returns the reason for a refusal without one. If nothing is known about it, that
// is the description that the client saw.
func inferReason(err error, e *grant.Error) grant.Reason {
	switch {
	case errors.Is(err, web.ErrTwice):
		return grant.Reason{Kind: db.ReasonDuplicate, Detail: "a parameter was sent more than once"}
	case errors.Is(err, hub.ErrVendorLoginSecondFactor):
		return grant.Reason{Kind: db.ReasonSecondFactor, Detail: "the person signs in with a second factor, which the vendor login can't ask for"}
	case errors.Is(err, hub.ErrWrongPassword), errors.Is(err, errWrongCredentials):
		return grant.Reason{Kind: db.ReasonWrongLogin, Detail: "the username or the password is wrong, or the person is in another team than the solution key's"}
	case errors.Is(err, errBasicToken):
		return grant.Reason{Kind: db.ReasonNoCredentials, Detail: "no basic token was sent, or one that is older than five minutes"}
	case errors.Is(err, errVendorLoginOff):
		return grant.Reason{Kind: db.ReasonGrantNotAllowed, Detail: "an owner of the portal has turned off the vendor login"}
	case e.Status == http.StatusTooManyRequests:
		return grant.Reason{Kind: db.ReasonThrottled, Detail: "too many attempts from this address"}
	case e.Status == http.StatusServiceUnavailable:
		return grant.Reason{Kind: db.ReasonThrottled, Detail: "the portal was too busy"}
	}
	return grant.Reason{Kind: db.ReasonOther, Detail: e.Description}
}

// recordVendorFailure runs a handler of IoTConnect's document and records its refusals. Their
// errors are written by another package, so it returns them with the error_id.
func (h *Handlers) recordVendorFailure(w http.ResponseWriter, r *http.Request, handler web.HandlerFunc) error {
	err := recordBody(w, r, handler)
	if err == nil {
		return nil
	}
	shown := web.Classify(err)
	failure := &grant.Error{Code: shown.Code, Description: shown.Message, Status: shown.Status}
	var refused *grant.Error
	if errors.As(err, &refused) {
		failure.Reason = refused.Reason
	}
	var invalid *hub.Invalid
	if errors.As(err, &invalid) {
		failure.Status = http.StatusBadRequest // what the document says for invalid fields
	}
	if !shouldRecord(r, failure) || web.Gone(r, err) {
		return err
	}
	out := *shown
	out.ErrorID = h.recordFailure(r, err, failure, grant.VendorLoginDialect)
	return &out
}
