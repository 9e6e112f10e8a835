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
	// assertionType is the only client_assertion_type (RFC 7523 section 2.2).
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	// maxAssertionLife is how far ahead an assertion may expire: its jti is stored until then. An
	// hour is what libraries set unless they are told otherwise (authlib).
	maxAssertionLife = time.Hour
)

// authenticateByAssertion is the method private_key_jwt (RFC 7523 sections 2.2 and 3).
//
// A client whose key signed the assertion has proved itself, and is told what is wrong with it; all
// others get the same answer. The jti is consumed last, so that a stranger can't consume a client's.
func (s *Server) authenticateByAssertion(ctx context.Context, req Request, now time.Time) (db.Credential, error) {
	switch {
	case req.ClientSecret != "":
		return db.Credential{}, BadAuth("The client sent a secret and an assertion: use one of them.")
	case req.AssertionType != assertionType:
		return db.Credential{}, errAssertionType
	case req.Assertion == "":
		return db.Credential{}, errAssertionMissing
	}
	assertion, err := keys.ReadAssertion(req.Assertion)
	if err != nil {
		return db.Credential{}, badAssertion(Reason{Detail: "the assertion is not a JWT signed with a supported algorithm", ClientID: req.ClientID}, err)
	}
	fault := s.checkAssertion(assertion, req.ClientID, now)
	app, err := s.DB.App(ctx, assertion.Subject)
	switch {
	case err != nil && !errors.Is(err, db.ErrNotFound):
		return db.Credential{}, err
	case fault != nil && (err != nil || app.AuthMethod != db.AuthJWT):
		return db.Credential{}, badAssertion(reasonForAssertion(fault, assertion), nil)
	case err != nil:
		return db.Credential{}, badAssertion(Reason{Kind: db.ReasonUnknownClient, Detail: "no app of this portal has this client id", ClientID: assertion.Subject}, nil)
	case app.AuthMethod != db.AuthJWT:
		return db.Credential{}, badAssertion(Reason{Kind: db.ReasonAuthMethod, Detail: "a signed assertion was sent, but the app is registered for another authentication method", ClientID: app.ClientID}, nil)
	}
	err = s.verifyAssertion(ctx, assertion, app, now)
	switch {
	case err != nil && ctx.Err() != nil:
		return db.Credential{}, err
	case err != nil && fault == nil:
		return db.Credential{}, badAssertion(reasonForAssertion(err, assertion), err)
	case err != nil:
		return db.Credential{}, badAssertion(reasonForAssertion(fault, assertion), err)
	case fault != nil:
		return db.Credential{}, provenBadAssertion(reasonForAssertion(fault, assertion))
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		// A hash, since the client may write a jti of any length and characters.
		return tx.UseAssertion(ctx, app.ClientID, secret.HashToken(assertion.ID), assertion.Expires.Add(leeway))
	})
	switch {
	case errors.Is(err, db.ErrConflict):
		return db.Credential{}, provenBadAssertion(Reason{Detail: "the assertion was sent before: each needs a new jti", ClientID: app.ClientID})
	case err != nil:
		return db.Credential{}, err
	}
	return credentialOf(app), nil
}

// checkAssertion checks the claims of an assertion (RFC 7523 section 3). Its audience must be
// the portal's issuer or token endpoint, and nobody else, who could replay it here.
func (s *Server) checkAssertion(a *keys.Assertion, clientID string, now time.Time) error {
	switch {
	case a.Malformed:
		return errors.New("a claim of the assertion has the wrong type: exp, iat and nbf are numbers, and iss, sub and jti are text")
	case a.Subject == "" || a.Issuer != a.Subject:
		return errors.New("the assertion's iss and sub are not both the client_id")
	case clientID != "" && clientID != a.Subject:
		return errors.New("the assertion is from another client than the client_id")
	case a.ID == "":
		return errors.New("the assertion has no jti")
	case a.Expires.IsZero():
		return errors.New("the assertion has no exp")
	case !now.Before(a.Expires.Add(leeway)):
		return assertionFault{db.ReasonAssertionClock, "the assertion expired " + exactDuration(now.Sub(a.Expires)) + " ago: it was sent too late, or the caller's clock is slow"}
	case a.IssuedAt.After(now.Add(leeway)) || a.NotBefore.After(now.Add(leeway)):
		return assertionFault{db.ReasonAssertionClock, "the caller's clock is " + exactDuration(latest(a.IssuedAt, a.NotBefore).Sub(now)) + " fast, judging by the assertion's iat or nbf"}
	case a.Expires.After(now.Add(maxAssertionLife + leeway)):
		return errors.New("the assertion's exp is " + exactDuration(a.Expires.Sub(now)) + " ahead: at most 1 h is accepted")
	}
	named := false
	for _, aud := range a.Audience {
		named = named || aud == s.Issuer || aud == s.Issuer+"/oauth2/token"
		if aud != s.Issuer && !strings.HasPrefix(aud, s.Issuer+"/oauth2/") {
			return errors.New("the assertion's aud is not this portal, or not only this portal: write " + s.Issuer)
		}
	}
	if !named {
		return errors.New("the assertion's aud is not this portal: write " + s.Issuer)
	}
	return nil
}

// verifyAssertion checks the signature with the app's registered keys or those at its jwks_uri.
func (s *Server) verifyAssertion(ctx context.Context, a *keys.Assertion, app db.App, now time.Time) error {
	if app.JWKS != "" {
		return a.Verify([]byte(app.JWKS))
	}
	if app.JWKSURI == "" || s.FetchKeys == nil {
		return assertionFault{db.ReasonAssertionBad, "the app has no keys to verify an assertion with"}
	}
	var err error
	for _, fresh := range []bool{false, true} { // the client may have newer keys than the cache
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

// assertionFault is a problem with an assertion whose kind isn't db.ReasonAssertionBad.
type assertionFault struct {
	kind   ReasonKind
	detail string
}

func (f assertionFault) Error() string { return f.detail }

var (
	errAssertionType = Invalid("The client_assertion_type must be " + assertionType + ".").
				because(Reason{Kind: db.ReasonAssertionBad, Detail: "another client_assertion_type than jwt-bearer"})
	errAssertionMissing = Invalid("The parameter client_assertion is missing.").
				because(Reason{Kind: db.ReasonAssertionBad, Detail: "client_assertion_type was sent without a client_assertion"})
)

var errJWKSFetch = errors.New("the keys at the app's jwks_uri could not be fetched")

// reasonForAssertion says what is wrong with an assertion, for the app's team. It quotes
// nothing that the server at the jwks_uri answered.
func reasonForAssertion(err error, a *keys.Assertion) Reason {
	r := Reason{Detail: err.Error(), ClientID: a.Subject}
	var f assertionFault
	switch {
	case errors.As(err, &f):
		r.Kind, r.Detail = f.kind, f.detail
	case errors.Is(err, errJWKSFetch):
		r.Detail = errJWKSFetch.Error()
	case errors.Is(err, keys.ErrUnknownKey):
		r.Detail = "none of the app's public keys matches the assertion"
	case errors.Is(err, keys.ErrAssertion):
		r.Detail = "the assertion's signature is wrong"
	}
	return r
}

// exactDuration writes a duration as "4 min 20 s", in its two largest units and rounded up, so that what is
// beyond a limit never reads as the limit itself.
func exactDuration(d time.Duration) string {
	const day = 24 * time.Hour
	if d > 365*day {
		return "more than a year"
	}
	units := []struct {
		length time.Duration
		name   string
	}{{day, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}}
	for i, u := range units {
		least := time.Second
		if i+1 < len(units) {
			least = units[i+1].length
		}
		d := (d + least - 1).Truncate(least)
		if d < u.length && u.length > time.Second {
			continue
		}
		text := fmt.Sprintf("%d %s", d/u.length, u.name)
		if rest := d % u.length / least; rest > 0 {
			text += fmt.Sprintf(" %d %s", rest, units[i+1].name)
		}
		return text
	}
	return "0 s"
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// provenBadAssertion is badAssertion for a client whose key signed the assertion: it is told the reason.
func provenBadAssertion(r Reason) *Error {
	r.Proven = true
	e := badAssertion(r, nil)
	e.Description = "The client assertion is not valid: " + r.Detail + "."
	return e
}

// badAssertion is BadClient for a client that sent an assertion.
func badAssertion(r Reason, cause error) *Error {
	if r.Kind == "" {
		r.Kind = db.ReasonAssertionBad
	}
	return &Error{Code: InvalidClient, Description: "The client assertion is not valid, or not from a client of this portal.", Status: 401, Reason: r, cause: cause}
}
