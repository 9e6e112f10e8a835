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
)

// Error is a refusal. Code and Description are for the client; Reason is for the log and for
// the team of the app. Status is HTTP's: 401 for invalid_client, else 400.
type Error struct {
	Code, Description string
	Status            int
	ID                string // error_id, under which the Reason is kept; empty: it is not
	Reason            Reason
	cause             error
}

// Reason is why a request was truly refused. Nothing in it quotes what came in.
type Reason struct {
	Kind   string // one of db's Reason constants; empty: the description says it all
	Detail string // in words
	// Proven says that the caller held something of the client's that nobody can guess.
	Proven         bool
	SecretID, Hint string // of the secret that was shown, where it is one of the client's
	ClientID       string // where the request did not name it as it should
	// MadeFor says whether the secret that was shown was made for another client; nil: it has
	// not the form of one.
	MadeFor func(clientID string) bool
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

func (e *Error) Unwrap() error { return e.cause }

// Invalid is an invalid_request. The description must not quote what came in.
func Invalid(description string) *Error {
	return &Error{Code: InvalidRequest, Description: description, Status: 400}
}

// because is e with its true reason.
func (e *Error) because(kind, detail string) *Error {
	return e.reason(Reason{Kind: kind, Detail: detail})
}

func (e *Error) reason(r Reason) *Error {
	told := *e
	told.Reason = r
	return &told
}

// BadAuth is Invalid for a client that showed who it is in a way that it must not.
func BadAuth(description string) *Error {
	return Invalid(description).because(db.ReasonAuthMethod, description)
}

// BadClient is the one answer to every way in which a client can fail to show who it is: a
// stranger learns nothing from it (TOK-04). The true reason is a way to authenticate that
// no client has.
func BadClient(detail string) *Error {
	return badClient(Reason{Kind: db.ReasonAuthMethod, Detail: detail})
}

func badClient(r Reason) *Error {
	return &Error{Code: InvalidClient, Description: "The client id or the client secret is not right.", Status: 401, Reason: r}
}

// told adds to a refusal what is known of the client that was refused, once it has shown who
// it is.
func withCredential(err error, c db.Credential) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	out := *e
	if c.Secret.ID != "" && out.Reason.SecretID == "" {
		out.Reason.SecretID, out.Reason.Hint = c.Secret.ID, c.Secret.Hint
	}
	out.Reason.Proven = out.Reason.Proven || c.AuthMethod != db.AuthNone
	return &out
}

// badGrant is an invalid_grant. The client that reads its description has shown who it is,
// and that it holds the code or token, so it may know what is wrong with it.
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

// ErrInvalidToken says that a bearer token is not, or no longer, good. It wraps the reason,
// which is for the log only.
var ErrInvalidToken = errors.New("grant: the access token is not valid")

func invalidToken(reason string) error { return fmt.Errorf("%w: %s", ErrInvalidToken, reason) }
