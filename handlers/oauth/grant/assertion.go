package grant

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/keys"
	"gatepost/handlers/secret"
)

const (
	// assertionType is the one client_assertion_type (RFC 7523 section 2.2).
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	// maxAssertionLife is how far ahead an assertion may expire: until then its jti is kept.
	maxAssertionLife = 10 * time.Minute
)

// byAssertion is the method private_key_jwt (RFC 7523 sections 2.2 and 3).
//
// What the assertion says of itself is checked before its signature, so that only one which
// would be good makes the portal fetch a client's keys; and its jti is used up after that,
// so that a stranger can't use up anybody's.
func (s *Server) authenticateByAssertion(ctx context.Context, req Request, now time.Time) (db.Credential, error) {
	switch {
	case req.ClientSecret != "":
		return db.Credential{}, BadAuth("The client sent a secret and an assertion: use one of them.")
	case req.AssertionType != assertionType:
		return db.Credential{}, Invalid("The client_assertion_type must be "+assertionType+".").because(db.ReasonAssertionBad, "another client_assertion_type than jwt-bearer")
	case req.Assertion == "":
		return db.Credential{}, Invalid("The parameter client_assertion is missing.").because(db.ReasonAssertionBad, "client_assertion_type came without a client_assertion")
	}
	assertion, err := keys.ReadAssertion(req.Assertion)
	if err != nil {
		return db.Credential{}, badAssertion(Reason{Detail: "the assertion is no JWT that a client can sign", ClientID: req.ClientID}, err)
	}
	if err := s.checkAssertion(assertion, req.ClientID, now); err != nil {
		return db.Credential{}, badAssertion(assertionReason(err, assertion), nil)
	}
	app, err := s.DB.App(ctx, assertion.Subject)
	switch {
	case errors.Is(err, db.ErrNotFound):
		return db.Credential{}, badAssertion(Reason{Kind: db.ReasonUnknownClient, Detail: "no app of this portal has this client id", ClientID: assertion.Subject}, nil)
	case err != nil:
		return db.Credential{}, err
	case app.AuthMethod != db.AuthJWT:
		return db.Credential{}, badAssertion(Reason{Kind: db.ReasonAuthMethod, Detail: "a signed assertion came, but the app is registered for another way to authenticate", ClientID: app.ClientID}, nil)
	}
	if err := s.verifyAssertion(ctx, assertion, app, now); err != nil {
		return db.Credential{}, badAssertion(assertionReason(err, assertion), err)
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		// Its hash has one length and one alphabet, whatever the client wrote.
		return tx.UseAssertion(ctx, app.ClientID, secret.HashToken(assertion.ID), assertion.Expires.Add(leeway))
	})
	switch {
	case errors.Is(err, db.ErrConflict):
		return db.Credential{}, badAssertion(Reason{Detail: "the assertion was sent before: its jti was used", Proven: true, ClientID: app.ClientID}, nil)
	case err != nil:
		return db.Credential{}, err
	}
	return credentialOf(app), nil
}

// checkAssertion checks what an assertion says of itself (RFC 7523 section 3). Its audience
// is the portal: the issuer or the token endpoint, and nobody beside them to whom it could
// be shown too.
func (s *Server) checkAssertion(a *keys.Assertion, clientID string, now time.Time) error {
	switch {
	case a.Subject == "" || a.Issuer != a.Subject:
		return errors.New("the assertion's iss and sub are not both the client_id")
	case clientID != "" && clientID != a.Subject:
		return errors.New("the assertion is another client's than client_id")
	case a.ID == "":
		return errors.New("the assertion has no jti")
	case a.Expires.IsZero():
		return errors.New("the assertion has no exp")
	case !now.Before(a.Expires.Add(leeway)):
		return assertionFault{db.ReasonAssertionClock, "the assertion expired " + approximateDuration(now.Sub(a.Expires)) + " ago: it was kept too long, or the caller's clock is behind"}
	case a.IssuedAt.After(now.Add(leeway)) || a.NotBefore.After(now.Add(leeway)):
		return assertionFault{db.ReasonAssertionClock, "clock " + approximateDuration(latest(a.IssuedAt, a.NotBefore).Sub(now)) + " ahead, by the assertion's iat or nbf"}
	case a.Expires.After(now.Add(maxAssertionLife + leeway)):
		return errors.New("the assertion's exp is more than 10 minutes ahead")
	}
	named := false
	for _, aud := range a.Audience {
		named = named || aud == s.Issuer || aud == s.Issuer+"/oauth2/token"
		if aud != s.Issuer && !strings.HasPrefix(aud, s.Issuer+"/oauth2/") {
			return errors.New("the assertion's aud is not this portal alone")
		}
	}
	if !named {
		return errors.New("the assertion's aud is not this portal")
	}
	return nil
}

// verifyAssertion checks the signature by the app's own keys or those at its jwks_uri.
func (s *Server) verifyAssertion(ctx context.Context, a *keys.Assertion, app db.App, now time.Time) error {
	if app.JWKS != "" {
		return a.Verify([]byte(app.JWKS))
	}
	if app.JWKSURI == "" || s.FetchKeys == nil {
		return assertionFault{db.ReasonAssertionBad, "the app has no keys to check an assertion with"}
	}
	var err error
	for _, fresh := range []bool{false, true} { // the client may have newer keys than we know
		set, fetchErr := s.jwks.get(ctx, app.JWKSURI, fresh, now, s.FetchKeys)
		if fetchErr != nil {
			return fmt.Errorf("%w: %w", errJWKSFetch, fetchErr)
		}
		if err = a.Verify(set); !errors.Is(err, keys.ErrUnknownKey) {
			return err
		}
	}
	return err
}

// fault is what is wrong with an assertion, of another kind than most.
type assertionFault struct{ kind, text string }

func (f assertionFault) Error() string { return f.text }

var errJWKSFetch = errors.New("the keys at the app's jwks_uri could not be fetched")

// whyNot puts what is wrong with an assertion into words for the app's team: nothing of what
// somebody's server has answered.
func assertionReason(err error, a *keys.Assertion) Reason {
	r := Reason{Detail: err.Error(), ClientID: a.Subject}
	var f assertionFault
	switch {
	case errors.As(err, &f):
		r.Kind, r.Detail = f.kind, f.text
	case errors.Is(err, errJWKSFetch):
		r.Detail = errJWKSFetch.Error()
	case errors.Is(err, keys.ErrUnknownKey):
		r.Detail = "none of the app's public keys fits the assertion"
	case errors.Is(err, keys.ErrAssertion):
		r.Detail = "the assertion's signature is wrong"
	}
	return r
}

// roughly is a length of time in words: "4 min".
func approximateDuration(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d/time.Second))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d/time.Minute))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d/time.Hour))
	}
	return fmt.Sprintf("%d d", int(d/(24*time.Hour)))
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// badAssertion is BadClient for a client that showed an assertion.
func badAssertion(r Reason, cause error) *Error {
	if r.Kind == "" {
		r.Kind = db.ReasonAssertionBad
	}
	return &Error{Code: InvalidClient, Description: "The client assertion is not right, or not one of a client of this portal.", Status: 401, Reason: r, cause: cause}
}
