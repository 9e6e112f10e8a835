package grant

import (
	"errors"
	"fmt"
	"strings"
	"time"
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
)

// Error is a refusal. Code and Description are for the client; Error() adds the cause,
// which is for the log only. Status is HTTP's: 401 for invalid_client, else 400.
type Error struct {
	Code, Description string
	Status            int
	RetryAfter        time.Duration // 0: do not come again with the same
	cause             error
}

func (e *Error) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("%s: %v", e.Code, e.cause)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Description)
}

func (e *Error) Unwrap() error { return e.cause }

// Invalid is an invalid_request. The description must not quote what came in.
func Invalid(description string) *Error {
	return &Error{Code: InvalidRequest, Description: description, Status: 400}
}

// BadClient is the one answer to every way in which a client can fail to show who it is: a
// stranger learns nothing from it (BAR TOK-04). The true reason goes to the log.
func BadClient(reason string) *Error { return badClient(errors.New(reason)) }

func badClient(cause error) *Error {
	return &Error{Code: InvalidClient, Description: "The client id or the client secret is not right.", Status: 401, cause: cause}
}

// badGrant is an invalid_grant. The client that reads its description has shown who it is,
// and that it holds the code or token, so it may know what is wrong with it.
func badGrant(description string) *Error {
	return &Error{Code: InvalidGrant, Description: description, Status: 400}
}

func badTarget(description string) *Error {
	return &Error{Code: InvalidTarget, Description: description, Status: 400}
}

func badScope(description string) *Error {
	return &Error{Code: InvalidScope, Description: description, Status: 400}
}

func notForClient(grantType string) *Error {
	return &Error{
		Code: UnauthorizedClient, Description: "This client is not registered for this grant type.", Status: 400,
		cause: fmt.Errorf("the app's grants lack %s", grantType),
	}
}

func unsupportedGrant(supported []string) *Error {
	return &Error{
		Code: UnsupportedGrantType, Status: 400,
		Description: "This grant type is not supported. Supported: " + strings.Join(supported, " ") + ".",
	}
}

// ErrInvalidToken says that a bearer token is not, or no longer, good. It wraps the reason,
// which is for the log only.
var ErrInvalidToken = errors.New("grant: the access token is not valid")

func invalidToken(reason string) error { return fmt.Errorf("%w: %s", ErrInvalidToken, reason) }
