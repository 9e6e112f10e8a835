package grant

import (
	"context"
	"errors"

	"gatepost/db"
	"gatepost/handlers/secret"
)

var (
	errUnknownRefresh = badGrant("The refresh token is unknown here, or was given to another client.").because(db.ReasonRefreshUnknown, "no refresh token that this portal keeps")
	errRefreshExpired = badGrant("The refresh token has expired: it waits 30 days for its use. Ask the person again.").because(db.ReasonRefreshExpired, "the refresh token has expired: it waits 30 days for its use")
)

// refreshToken is RFC 6749 section 6. A refresh token is used once and gives the next one
// (RFC 9700 section 4.14.2); there is no grace for a second use. A scope that is asked for
// narrows this access token only: the next refresh token has all of the family's.
func refreshToken(ctx context.Context, s *Server, f *flow) (resolvedGrant, error) {
	if f.Request.RefreshToken == "" {
		return resolvedGrant{}, Invalid("The parameter refresh_token is missing.")
	}
	if !secret.WellFormed(secret.RefreshToken, f.Request.RefreshToken) {
		return resolvedGrant{}, errUnknownRefresh
	}
	token, err := s.DB.RefreshToken(ctx, secret.HashToken(f.Request.RefreshToken))
	switch {
	case err != nil:
		return resolvedGrant{}, notFoundAs(err, errUnknownRefresh)
	case token.ClientID != f.client.ClientID:
		return resolvedGrant{}, errUnknownRefresh.because(db.ReasonRefreshUnknown, "the refresh token was given to another app")
	case !token.ConsumedAt.IsZero():
		return resolvedGrant{}, s.refuseReused(ctx, f, token.FamilyID)
	case !f.now.Before(token.ExpiresAt):
		return resolvedGrant{}, errRefreshExpired
	}
	family, err := s.DB.Family(ctx, token.FamilyID)
	if err != nil {
		return resolvedGrant{}, notFoundAs(err, errUnknownRefresh)
	}
	g, err := f.resolveFamily(family)
	g.requestedScope = f.Scope
	g.consume = func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ConsumeRefreshToken(ctx, token.Hash)
		if !errors.Is(err, db.ErrNotFound) {
			return err
		}
		now, err := tx.RefreshToken(ctx, token.Hash)
		switch {
		case err != nil:
			return err
		case now.ConsumedAt.IsZero():
			return errRefreshExpired
		}
		return errReused
	}
	return g, err
}
