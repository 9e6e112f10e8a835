package grant

import (
	"context"
	"errors"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/oauth/keys"
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
func (s *Server) byAssertion(ctx context.Context, req Request, now time.Time) (db.Credential, error) {
	switch {
	case req.ClientSecret != "":
		return db.Credential{}, Invalid("The client sent a secret and an assertion: use one of them.")
	case req.AssertionType != assertionType:
		return db.Credential{}, Invalid("The client_assertion_type must be " + assertionType + ".")
	case req.Assertion == "":
		return db.Credential{}, Invalid("The parameter client_assertion is missing.")
	}
	assertion, err := keys.ReadAssertion(req.Assertion)
	if err != nil {
		return db.Credential{}, badAssertion(err)
	}
	if err := s.checkAssertion(assertion, req.ClientID, now); err != nil {
		return db.Credential{}, badAssertion(err)
	}
	app, err := s.DB.App(ctx, assertion.Subject)
	switch {
	case errors.Is(err, db.ErrNotFound):
		return db.Credential{}, badAssertion(err)
	case err != nil:
		return db.Credential{}, err
	case app.AuthMethod != db.AuthJWT:
		return db.Credential{}, badAssertion(errors.New("the app is registered for another way to authenticate"))
	}
	if err := s.verifyAssertion(ctx, assertion, app, now); err != nil {
		return db.Credential{}, badAssertion(err)
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		// Its hash has one length and one alphabet, whatever the client wrote.
		return tx.UseAssertion(ctx, app.ClientID, secret.HashToken(assertion.ID), assertion.Expires.Add(leeway))
	})
	switch {
	case errors.Is(err, db.ErrConflict):
		return db.Credential{}, badAssertion(errors.New("its jti was used before"))
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
		return errors.New("iss and sub are not both the client_id")
	case clientID != "" && clientID != a.Subject:
		return errors.New("it is another client's than client_id")
	case a.ID == "":
		return errors.New("no jti")
	case a.Expires.IsZero():
		return errors.New("no exp")
	case !now.Before(a.Expires.Add(leeway)):
		return errors.New("expired")
	case a.Expires.After(now.Add(maxAssertionLife + leeway)):
		return errors.New("exp is more than 10 minutes ahead")
	case a.IssuedAt.After(now.Add(leeway)) || a.NotBefore.After(now.Add(leeway)):
		return errors.New("from the future")
	}
	named := false
	for _, aud := range a.Audience {
		named = named || aud == s.Issuer || aud == s.Issuer+"/oauth2/token"
		if aud != s.Issuer && !strings.HasPrefix(aud, s.Issuer+"/oauth2/") {
			return errors.New("its audience is not this portal alone")
		}
	}
	if !named {
		return errors.New("its audience is not this portal")
	}
	return nil
}

// verifyAssertion checks the signature by the app's own keys or those at its jwks_uri.
func (s *Server) verifyAssertion(ctx context.Context, a *keys.Assertion, app db.App, now time.Time) error {
	if app.JWKS != "" {
		return a.Verify([]byte(app.JWKS))
	}
	if app.JWKSURI == "" || s.FetchKeys == nil {
		return errors.New("the app has no keys")
	}
	var err error
	for _, fresh := range []bool{false, true} { // the client may have newer keys than we know
		set, fetchErr := s.clientKeys.get(ctx, app.JWKSURI, fresh, now, s.FetchKeys)
		if fetchErr != nil {
			return fetchErr
		}
		if err = a.Verify(set); !errors.Is(err, keys.ErrUnknownKey) {
			return err
		}
	}
	return err
}

// badAssertion is BadClient for a client that showed an assertion.
func badAssertion(cause error) *Error {
	return &Error{Code: InvalidClient, Description: "The client assertion is not right, or not one of a client of this portal.", Status: 401, cause: cause}
}
