package grant

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// CodeLifetime is how long an authorization code can be redeemed (RFC 6749 section 4.1.2
// allows ten minutes; the client has it at once).
const CodeLifetime = time.Minute

var (
	errUnknownCode = badGrant("The code is unknown here, or was given to another client.").because(db.ReasonCodeUnknown, "no code that this portal keeps")
	errCodeExpired = badGrant("The code has expired: it can be redeemed for 60 seconds.").because(db.ReasonCodeExpired, "the code has expired: it waits 60 s")
)

// authorizationCode is RFC 6749 section 4.1.3 with RFC 7636 section 4.6. Only who could
// redeem the code can make its second use known: a stranger who found a used code, and has
// no verifier, ends nobody's tokens.
func authorizationCode(ctx context.Context, s *Server, f *flow) (resolvedGrant, error) {
	if f.Code == "" {
		return resolvedGrant{}, Invalid("The parameter code is missing.")
	}
	if !secret.WellFormed(secret.AuthorizationCode, f.Code) {
		return resolvedGrant{}, errUnknownCode
	}
	code, err := s.DB.Code(ctx, secret.HashToken(f.Code))
	switch {
	case err != nil:
		return resolvedGrant{}, notFoundAs(err, errUnknownCode)
	case code.ClientID != f.client.ClientID:
		return resolvedGrant{}, errUnknownCode.because(db.ReasonCodeUnknown, "the code was given to another app")
	}
	if err := f.checkRedirect(code); err != nil {
		return resolvedGrant{}, err
	}
	if err := f.checkVerifier(code.Challenge); err != nil {
		return resolvedGrant{}, err
	}
	switch {
	case !code.ConsumedAt.IsZero():
		return resolvedGrant{}, s.refuseReused(ctx, f, code.FamilyID)
	case !f.now.Before(code.ExpiresAt):
		return resolvedGrant{}, errCodeExpired
	}
	family, err := s.DB.Family(ctx, code.FamilyID)
	if err != nil {
		return resolvedGrant{}, notFoundAs(err, errUnknownCode)
	}
	g, err := f.resolveFamily(family)
	g.consume = func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ConsumeCode(ctx, code.Hash)
		if !errors.Is(err, db.ErrNotFound) {
			return err
		}
		now, err := tx.Code(ctx, code.Hash)
		switch {
		case err != nil:
			return err
		case now.ConsumedAt.IsZero():
			return errCodeExpired
		}
		return errReused
	}
	return g, err
}

// checkRedirect compares the redirect_uri with the authorization request's, which must be
// named again if it was named there (RFC 6749 section 4.1.3).
func (f *flow) checkRedirect(code db.AuthorizationCode) error {
	switch {
	case f.RedirectURI == "" && !code.RedirectGiven, f.RedirectURI == code.RedirectURI:
		return nil
	case f.RedirectURI == "":
		return badGrant("The redirect_uri is missing: the authorization request named one.").because(db.ReasonRedirectMismatch, "no redirect_uri came, and the authorization request named one")
	}
	return badGrant("The redirect_uri is not the one of the authorization request.").because(db.ReasonRedirectMismatch, "another redirect_uri than in the authorization request")
}

// checkVerifier compares the code_verifier with the S256 challenge of the authorization
// request. One without a challenge to it is the mark of an attacker who has cut the
// challenge out (RFC 9700 section 2.1.1).
func (f *flow) checkVerifier(challenge string) error {
	switch {
	case challenge == "" && f.CodeVerifier != "":
		return badPKCE("There is a code_verifier, but the authorization request had no code_challenge.")
	case challenge == "" && f.client.AuthMethod == db.AuthNone:
		return badPKCE("This client has to use PKCE (RFC 7636).")
	case challenge == "":
		return nil
	case f.CodeVerifier == "":
		return badPKCE("The code_verifier is missing: the authorization request had a code_challenge.")
	}
	sum := sha256.Sum256([]byte(f.CodeVerifier))
	computed := base64.RawURLEncoding.EncodeToString(sum[:])
	if !wellFormedVerifier(f.CodeVerifier) || subtle.ConstantTimeCompare([]byte(computed), []byte(challenge)) != 1 {
		return badPKCE("The code_verifier does not fit the code_challenge of the authorization request.")
	}
	return nil
}

func badPKCE(description string) *Error {
	return badGrant(description).because(db.ReasonPKCE, description)
}

// wellFormedVerifier is RFC 7636 section 4.1: 43 to 128 unreserved characters.
func wellFormedVerifier(v string) bool {
	if len(v) < 43 || len(v) > 128 {
		return false
	}
	for i := range len(v) {
		switch c := v[i]; {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c == '-', c == '.', c == '_', c == '~':
		default:
			return false
		}
	}
	return true
}
