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

// WriteError is the ErrorWriter of the OAuth endpoints: RFC 6749 section 5.2.
func (h *Handlers) WriteError(w http.ResponseWriter, r *http.Request, err error) {
	d := h.nxtsoft
	if r.URL.Path == tokenPath && r.URL.RawQuery != "" {
		d = h.netrex
	}
	h.writeFailure(w, r, err, d, "Basic")
}

// WriteAppsAuthError is the ErrorWriter of POST /apps/auth, which knows no HTTP
// authentication scheme: the challenge that a 401 must carry (RFC 9110 section 15.5.2) says so.
func (h *Handlers) WriteAppsAuthError(w http.ResponseWriter, r *http.Request, err error) {
	h.writeFailure(w, r, err, h.nextome, nonBasicScheme)
}

// bodyScheme is a scheme that no browser knows. A 401 that names Basic makes a browser open
// its own sign-in box over the page that called fetch, and that page never sees the error.
const nonBasicScheme = "ClientCredentials"

func (h *Handlers) writeFailure(w http.ResponseWriter, r *http.Request, err error, d dialect.Dialect, scheme string) {
	var failure *grant.Error
	if !errors.As(err, &failure) {
		e := web.Classify(err)
		web.SetErrorHeaders(w.Header(), e)
		failure = &grant.Error{Code: oauthCode(e), Description: e.Message, Status: e.Status}
	}
	if shouldRecord(r, failure) {
		told := *failure
		told.ID = h.recordFailure(r, err, failure, d.Name)
		failure = &told
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
func isBrowserScript(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Dest") != "" || r.Header.Get("Origin") != ""
}

const (
	tokenPath       = "/oauth2/token"
	vendorLoginPath = "/api/v2/Auth/login"
)

// desk are the endpoints whose refusals are kept.
var recordedEndpoints = map[string]bool{
	tokenPath: true, "/oauth2/revoke": true, "/oauth2/introspect": true, "/oauth2/device_authorization": true, "/apps/auth": true,
	vendorLoginPath: true, "/api/v2/Auth/refresh-token": true,
}

// keeps says whether a failure is a refusal that a team may want to know the reason of: not
// the portal's own fault, nor a device's question to which there is no answer yet.
func shouldRecord(r *http.Request, e *grant.Error) bool {
	return recordedEndpoints[r.URL.Path] && (e.Status < 500 || e.Status == http.StatusServiceUnavailable) && e.Code != grant.AuthorizationPending
}

// keep keeps a refusal with its true reason for the team of the app, and gives its error_id.
// It looks nothing up: an answer costs the same whether or not there is such an app.
func (h *Handlers) recordFailure(r *http.Request, err error, e *grant.Error, dialectName string) string {
	why := e.Reason
	came := inspect(r, err)
	if kind, detail := came.mismatch(r); kind != "" && e.Status <= http.StatusUnsupportedMediaType && (why.Kind == "" || why.Kind == db.ReasonNoCredentials) {
		why.Kind, why.Detail = kind, detail
	}
	if why.Kind == "" {
		why.Kind, why.Detail = reasonForError(err, e)
	}
	f := db.AuthFailure{
		ID: secret.ErrorID(), At: h.now(), ClientID: came.subject(r, why.ClientID), Proven: why.Proven,
		SecretID: why.SecretID, Hint: why.Hint, Status: e.Status, Code: e.Code, Description: e.Description, Reason: why.Kind, Detail: why.Detail,
		Endpoint: r.URL.Path, Dialect: dialectName, Address: web.ClientAddress(r), UserAgent: web.UserAgent(r),
	}
	clues := db.FailureClues{MadeFor: why.MadeFor}
	if keys := r.Header.Values("Solution-Key"); r.URL.Path == vendorLoginPath && len(keys) == 1 {
		clues.SolutionKey = keys[0]
	}
	h.DB.NoteFailure(f, clues)
	web.NoteErrorID(r, f.ID)
	if f.ClientID != "" {
		web.NoteClient(r, f.ClientID)
	}
	return f.ID
}

// clock is the server's time with parts of a second, by which failures have an order.
func (h *Handlers) now() time.Time { return h.Grant.Now() }

// reasonOf is the reason of a refusal that came with none: the words that the client saw.
func reasonForError(err error, e *grant.Error) (kind, detail string) {
	switch {
	case errors.Is(err, web.ErrTwice):
		return db.ReasonDuplicate, "a parameter came more than once"
	case errors.Is(err, hub.ErrVendorLoginSecondFactor):
		return db.ReasonSecondFactor, "the person signs in with two factors, which this login can't ask for"
	case errors.Is(err, hub.ErrWrongPassword), errors.Is(err, errWrongCredentials):
		return db.ReasonWrongLogin, "the username or the password is wrong, or the person is in another team than the solution key's"
	case errors.Is(err, errBasicToken):
		return db.ReasonNoCredentials, "no basic token came, or one that is older than five minutes"
	case errors.Is(err, errVendorLoginOff):
		return db.ReasonGrantNotAllowed, "an owner of the portal has switched the login by password off"
	case e.Status == http.StatusTooManyRequests:
		return db.ReasonThrottled, "too many tries from this address"
	case e.Status == http.StatusServiceUnavailable:
		return db.ReasonThrottled, "the portal had too much to do at this moment"
	}
	return db.ReasonOther, e.Description
}

// vendorAttempt is attempt for IoTConnect's document, whose errors another package writes.
func (h *Handlers) recordVendorFailure(w http.ResponseWriter, r *http.Request, f web.HandlerFunc) error {
	err := recordBody(w, r, f)
	if err == nil {
		return nil
	}
	seen := web.Classify(err)
	failure := &grant.Error{Code: seen.Code, Description: seen.Message, Status: seen.Status}
	var refused *grant.Error
	if errors.As(err, &refused) {
		failure.Reason = refused.Reason
	}
	var invalid *hub.Invalid
	if errors.As(err, &invalid) {
		failure.Status = http.StatusBadRequest // IoTConnect has no 422
	}
	if !shouldRecord(r, failure) {
		return err
	}
	out := *seen
	out.ErrorID = h.recordFailure(r, err, failure, grant.VendorLoginDialect)
	return &out
}
