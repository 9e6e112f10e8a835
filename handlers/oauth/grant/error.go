package grant

import (
	"errors"
	"fmt"
	"strings"

	"gatepost/db"
)

// Codes of RFC 6749 sections 4.1.2.1 and 5.2, RFC 8628 section 3.5 and RFC 8707 section 2.
const (
	InvalidRequest       = "invalid_request"
	InvalidClient        = "invalid_client"
	InvalidGrant         = "invalid_grant"
	InvalidScope         = "invalid_scope"
	InvalidTarget        = "invalid_target"
	AccessDenied         = "access_denied"
	AuthorizationPending = "authorization_pending"
	SlowDown             = "slow_down"
	ExpiredToken         = "expired_token"
	UnauthorizedClient   = "unauthorized_client"
	UnsupportedGrantType = "unsupported_grant_type"

	temporarilyUnavailable = "temporarily_unavailable"
)

// Error is a refusal. Code and Description are for the client; Reason is for the log and for
// the team of the app. Status is HTTP's: 401 for invalid_client, 403 for a client that may not
// introspect, else 400.
type Error struct {
	Code, Description string
	Status            int
	ID                string // error_id under which the Reason is recorded; empty: it isn't
	Reason            Reason
	cause             error
}

func (e *Error) Error() string {
	switch {
	case e.Reason.Detail != "" && e.cause != nil:
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Reason.Detail, e.cause)
	case e.Reason.Detail != "":
		return fmt.Sprintf("%s: %s", e.Code, e.Reason.Detail)
	case e.cause != nil:
		return fmt.Sprintf("%s: %v", e.Code, e.cause)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Description)
}

// Unwrap returns the cause, which is for the log only.
func (e *Error) Unwrap() error { return e.cause }

// Invalid returns an invalid_request. The description must not quote the request.
func Invalid(description string) *Error {
	return &Error{Code: InvalidRequest, Description: description, Status: 400}
}

// BadAuth returns the invalid_request for a client that authenticates in a way the RFC forbids,
// such as two ways in one request.
func BadAuth(description string) *Error {
	return Invalid(description).because(Reason{Kind: db.ReasonAuthMethod, Detail: description})
}

// BadClient returns the invalid_client for a way to authenticate that no client is registered
// for. Every failure to authenticate gets the same answer, so that a stranger learns nothing
// from it (TOK-04); detail is the true reason.
func BadClient(detail string) *Error {
	return badClient(Reason{Kind: db.ReasonAuthMethod, Detail: detail})
}

func badClient(r Reason) *Error {
	return &Error{Code: InvalidClient, Description: "The client id or the client secret is not right.", Status: 401, Reason: r}
}

// badGrant returns an invalid_grant. The client that reads its description has authenticated
// and holds the code or token, so it may know what is wrong with it.
func badGrant(description string) *Error {
	return &Error{Code: InvalidGrant, Description: description, Status: 400}
}

func badTarget(description string) *Error {
	return &Error{Code: InvalidTarget, Description: description, Status: 400, Reason: Reason{Kind: db.ReasonResourceUnknown, Detail: description}}
}

func badScope(description string) *Error {
	return &Error{Code: InvalidScope, Description: description, Status: 400, Reason: Reason{Kind: db.ReasonScopeNotGranted, Detail: description}}
}

func notForClient(grantType string) *Error {
	return &Error{
		Code: UnauthorizedClient, Description: "This client is not registered for this grant type.", Status: 400,
		Reason: Reason{Kind: db.ReasonGrantNotAllowed, Detail: "the app is not registered for the grant type " + grantType},
	}
}

func unsupportedGrant(supported []string) *Error {
	return &Error{
		Code: UnsupportedGrantType, Status: 400, Reason: Reason{Kind: db.ReasonGrantNotAllowed, Detail: "a grant_type that this portal does not have"},
		Description: "This grant type is not supported. Supported: " + strings.Join(supported, " ") + ".",
	}
}

// notFoundAs returns the refusal for a missing row, and any other error unchanged.
func notFoundAs(err error, refusal *Error) error {
	if errors.Is(err, db.ErrNotFound) {
		return refusal
	}
	return err
}

// ignoreNotFound returns nil for a missing row, and any other error unchanged.
func ignoreNotFound(err error) error {
	if errors.Is(err, db.ErrNotFound) {
		return nil
	}
	return err
}

// ErrInvalidToken says that a bearer token isn't valid, or no longer. It wraps the reason,
// which is for the log only.
var ErrInvalidToken = errors.New("grant: the access token is not valid")

func invalidToken(reason string) error { return fmt.Errorf("%w: %s", ErrInvalidToken, reason) }

// mintsTooMuch returns the 429 for an app beyond its limit of tokens. RFC 6749 section 5.2 has no code
// for it; this is the one of section 4.1.2.1 that the endpoints also use when they are busy.
func mintsTooMuch(err error) *Error {
	return &Error{
		Code: temporarilyUnavailable, Status: 429, Description: "This app gets tokens faster than its limit allows. Keep each token until it expires, and wait for the time in Retry-After.",
		Reason: Reason{Kind: db.ReasonThrottled, Detail: "the app got tokens faster than its limit allows"}, cause: err,
	}
}
