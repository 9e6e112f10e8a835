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

// CodeLifetime is how long an authorization code can be redeemed. RFC 6749 section 4.1.2
// allows ten minutes, but the client receives the code immediately.
const CodeLifetime = time.Minute

// retryWindow is how long after its use a code can come again from the client that used it, without
// being taken for stolen: from a second worker, a page that was reloaded, or a client whose answer
// was lost. It gets no tokens, but those of the first answer keep working.
const retryWindow = 2 * time.Second

var (
	errUnknownCode = badGrant("The code is unknown, or was issued to another client.").
			because(Reason{Kind: db.ReasonCodeUnknown, Detail: "this portal has no such code"})
	errCodeOfOther = errUnknownCode.
			because(Reason{Kind: db.ReasonCodeUnknown, Detail: "the code was issued to another app"})
	errCodeExpired = badGrant("The code has expired: it can be redeemed for 60 seconds.").
			because(Reason{Kind: db.ReasonCodeExpired, Detail: "the code has expired: it can be redeemed for 60 s"})
	errNoRedirectURI = badGrant("The redirect_uri is missing: the authorization request had one.").
				because(Reason{Kind: db.ReasonRedirectMismatch, Detail: "no redirect_uri was sent, and the authorization request had one"})
	errOtherRedirectURI = badGrant("The redirect_uri is not the one in the authorization request.").
				because(Reason{Kind: db.ReasonRedirectMismatch, Detail: "another redirect_uri than in the authorization request"})
)

// authorizationCode is RFC 6749 section 4.1.3 with RFC 7636 section 4.6. Reuse is looked for
// only after the redirect URI and the verifier have matched: a stranger who finds a used code
// and has no verifier can't revoke anybody's tokens with it. Whoever gets that far has also proved to
// be the client: a confidential one by its credentials, a public one by the verifier, which it must
// use and which never left it. Within retryWindow that is a retry.
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
		return resolvedGrant{}, errCodeOfOther
	}
	if err := f.checkRedirectURI(code); err != nil {
		return resolvedGrant{}, err
	}
	if err := f.checkVerifier(code.Challenge); err != nil {
		return resolvedGrant{}, err
	}
	switch {
	case f.retries(code.UsedAt):
		return resolvedGrant{}, errCodeRepeated
	case !code.ConsumedAt.IsZero():
		return resolvedGrant{}, s.refuseReused(ctx, f, code.FamilyID)
	case !f.now.Before(code.ExpiresAt):
		return resolvedGrant{}, errCodeExpired
	}
	family, err := s.DB.Family(ctx, code.FamilyID)
	if err != nil {
		return resolvedGrant{}, notFoundAs(err, errUnknownCode)
	}
	g, err := s.resolveFamily(ctx, f, family)
	g.consume = func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ConsumeCode(ctx, code.Hash, f.arrived)
		if !errors.Is(err, db.ErrNotFound) {
			return err
		}
		current, err := tx.Code(ctx, code.Hash)
		switch {
		case err != nil:
			return err
		case current.ConsumedAt.IsZero():
			return errCodeExpired
		case f.retries(current.UsedAt):
			return errCodeRepeated
		}
		return errReused
	}
	return g, err
}

// retries reports whether the request came so soon after the use of its code that it is a retry.
func (f *flow) retries(usedAt time.Time) bool {
	return !usedAt.IsZero() && f.arrived.Sub(usedAt) < retryWindow
}

// checkRedirectURI compares the redirect_uri with that of the authorization request; one that
// was sent there must be sent again (RFC 6749 section 4.1.3).
func (f *flow) checkRedirectURI(code db.AuthorizationCode) error {
	switch {
	case f.RedirectURI == "" && !code.RedirectGiven, f.RedirectURI == code.RedirectURI:
		return nil
	case f.RedirectURI == "":
		return errNoRedirectURI
	}
	return errOtherRedirectURI
}

// checkVerifier compares the code_verifier with the S256 challenge of the authorization
// request. A verifier without a challenge is the sign of an attacker who stripped the
// challenge from the authorization request (RFC 9700 section 2.1.1).
func (f *flow) checkVerifier(challenge string) error {
	switch {
	case challenge == "" && f.CodeVerifier != "":
		return badPKCE("The request has a code_verifier, but the authorization request had no code_challenge.")
	case challenge == "" && f.client.AuthMethod == db.AuthNone:
		return badPKCE("This client must use PKCE (RFC 7636).")
	case challenge == "":
		return nil
	case f.CodeVerifier == "":
		return badPKCE("The code_verifier is missing: the authorization request had a code_challenge.")
	}
	sum := sha256.Sum256([]byte(f.CodeVerifier))
	computed := base64.RawURLEncoding.EncodeToString(sum[:])
	if !wellFormedVerifier(f.CodeVerifier) || subtle.ConstantTimeCompare([]byte(computed), []byte(challenge)) != 1 {
		return badPKCE("The code_verifier does not match the code_challenge of the authorization request.")
	}
	return nil
}

func badPKCE(description string) *Error {
	return badGrant(description).because(Reason{Kind: db.ReasonPKCE, Detail: description})
}

// wellFormedVerifier checks the form that RFC 7636 section 4.1 prescribes: 43 to 128
// unreserved characters.
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
