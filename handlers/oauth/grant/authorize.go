package grant

import (
	"context"
	"errors"
	"regexp"
	"slices"

	"gatepost/db"
	"gatepost/handlers/redirect"
)

// Codes of RFC 6749 section 4.1.2.1, and of OpenID Connect Core section 3.1.2.6 for the
// parameters of RFC 9101, which this portal doesn't accept.
const (
	UnsupportedResponseType = "unsupported_response_type"
	RequestNotSupported     = "request_not_supported"
	RequestURINotSupported  = "request_uri_not_supported"
)

// CheckedRequest is an authorization request that has passed every check, so that a person can
// be asked to consent.
type CheckedRequest struct {
	App           db.App
	RedirectURI   string
	RedirectGiven bool // the request had a redirect_uri
	Scopes        []string
	State         string // byte for byte
	CodeChallenge string // S256, or empty
	Audiences     []string
	Wish          Wish
}

// Unredirectable is the refusal of an authorization request whose client or redirect URI can't
// be trusted: the person sees it on a page and is not redirected (RFC 6749 section 4.1.2.1).
// App is nil if the client is unknown. BadRedirectURI says that the redirect URI is the
// problem: RedirectURI isn't registered for the app, or is empty where one is required.
type Unredirectable struct {
	Reason         string
	App            *db.App
	BadRedirectURI bool
	RedirectURI    string
}

func (e *Unredirectable) Error() string { return "grant: not redirected: " + e.Reason }

// RedirectError is a refusal that is sent to the client at its redirect URI.
type RedirectError struct {
	Refusal            *Error
	RedirectURI, State string
}

func (e *RedirectError) Error() string { return e.Refusal.Error() }
func (e *RedirectError) Unwrap() error { return e.Refusal }

var (
	clientIDForm  = regexp.MustCompile(`^[a-z0-9]{26}$`)
	challengeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`) // 32 bytes of SHA-256 in base64url (RFC 7636 section 4.2)
)

// CheckAuthorizationRequest checks an authorization request in two steps: first the client and
// the redirect URI, whose failures are *Unredirectable; only then the rest, whose failures are
// *RedirectError. Other errors mean that it could not be checked.
func (s *Server) CheckAuthorizationRequest(ctx context.Context, req AuthorizationRequest) (CheckedRequest, error) {
	checked, err := s.checkClientAndRedirect(ctx, req)
	if err != nil {
		return CheckedRequest{}, err
	}
	refused := func(err error) error {
		var e *Error
		if !errors.As(err, &e) {
			return err
		}
		return &RedirectError{Refusal: e, RedirectURI: checked.RedirectURI, State: checked.State}
	}
	if err := checkRequest(checked.App, req); err != nil {
		return CheckedRequest{}, refused(err)
	}
	if checked.Wish, err = req.wish(); err != nil {
		return CheckedRequest{}, refused(err)
	}
	checked.CodeChallenge = req.CodeChallenge
	if checked.Scopes, err = chooseScopes(req.Scope, checked.App.Scopes); err != nil {
		return CheckedRequest{}, refused(err)
	}
	if len(checked.Scopes) == 0 {
		return CheckedRequest{}, refused(notGranted(nil))
	}
	if checked.Audiences, err = s.chooseAudience(ctx, credentialOf(checked.App), req.Resources, nil); err != nil {
		return CheckedRequest{}, refused(err)
	}
	return checked, nil
}

// checkClientAndRedirect finds the client and checks the redirect URI, which must match exactly
// (RFC 9700 section 2.1).
func (s *Server) checkClientAndRedirect(ctx context.Context, req AuthorizationRequest) (CheckedRequest, error) {
	untrusted := func(reason string) (CheckedRequest, error) { return CheckedRequest{}, &Unredirectable{Reason: reason} }
	for _, name := range []string{"client_id", "redirect_uri"} {
		if slices.Contains(req.Repeated, name) {
			return untrusted("The parameter " + name + " was sent more than once.")
		}
	}
	switch {
	case req.ClientID == "":
		return untrusted("The parameter client_id is missing.")
	case !clientIDForm.MatchString(req.ClientID):
		return untrusted(unknownClient)
	}
	app, err := s.DB.App(ctx, req.ClientID)
	if errors.Is(err, db.ErrNotFound) {
		return untrusted(unknownClient)
	} else if err != nil {
		return CheckedRequest{}, err
	}
	checked := CheckedRequest{App: app, RedirectURI: req.RedirectURI, RedirectGiven: req.RedirectURI != "", State: req.State}
	badRedirect := func(reason string) (CheckedRequest, error) {
		return CheckedRequest{}, &Unredirectable{Reason: reason, App: &app, BadRedirectURI: true, RedirectURI: req.RedirectURI}
	}
	switch {
	case len(app.RedirectURIs) == 0:
		return badRedirect("The app has no redirect URI, so it can't ask people for access.")
	case checked.RedirectGiven && !redirect.Match(app.RedirectURIs, req.RedirectURI, app.Kind):
		return badRedirect("The app asked to send you back to an address that it has not registered. You were not redirected, and nothing was allowed.")
	case !checked.RedirectGiven && len(app.RedirectURIs) > 1:
		return badRedirect("The parameter redirect_uri is missing, and the app has several redirect URIs.")
	case len(req.State) > MaxState:
		return untrusted("The parameter state is longer than 4096 bytes.")
	}
	if !checked.RedirectGiven {
		checked.RedirectURI = app.RedirectURIs[0]
	}
	if slices.Contains(req.Repeated, "state") {
		checked.State = "" // nobody can tell which of them is the client's
	}
	return checked, nil
}

const unknownClient = "There is no app with this client id."

// checkRequest checks everything that doesn't need the database.
func checkRequest(app db.App, req AuthorizationRequest) error {
	switch {
	case len(req.Repeated) > 0:
		return Invalid("A parameter was sent more than once.")
	case req.Request != "":
		return &Error{Code: RequestNotSupported, Description: "The parameter request is not supported: send the parameters themselves.", Status: 400}
	case req.RequestURI != "":
		return &Error{Code: RequestURINotSupported, Description: "The parameter request_uri is not supported: send the parameters themselves.", Status: 400}
	case req.ResponseType == "":
		return Invalid("The parameter response_type is missing: it must be code.")
	case req.ResponseType != "code":
		return &Error{Code: UnsupportedResponseType, Description: "The response type is not supported: it must be code.", Status: 400}
	case !slices.Contains(app.Grants, AuthorizationCode):
		return notForClient(AuthorizationCode)
	case req.ResponseMode != "" && req.ResponseMode != "query":
		return Invalid("The response mode is not supported: leave it out, or send query.")
	}
	return checkChallenge(app, req)
}

// checkChallenge is PKCE (RFC 7636 section 4.3, RFC 9700 section 2.1.1): a public client must
// use it, and S256 is the only method. A missing method would mean plain.
func checkChallenge(app db.App, req AuthorizationRequest) error {
	switch {
	case req.CodeChallenge == "" && req.CodeChallengeMethod != "":
		return Invalid("The parameter code_challenge_method was sent without a code_challenge.")
	case req.CodeChallenge == "" && app.AuthMethod == db.AuthNone:
		return Invalid("This client has no secret, so it must send a code_challenge with code_challenge_method S256.")
	case req.CodeChallenge == "":
		return nil
	case req.CodeChallengeMethod == "":
		return Invalid("The parameter code_challenge_method is missing: it must be S256.")
	case req.CodeChallengeMethod != "S256":
		return Invalid("The code_challenge_method is not supported: it must be S256.")
	case !challengeForm.MatchString(req.CodeChallenge):
		return Invalid("The code_challenge must be a SHA-256 in base64url: 43 characters.")
	}
	return nil
}
