package grant

import (
	"context"
	"errors"

	"gatepost/db"
	"gatepost/handlers/secret"
)

var (
	errUnknownRefresh = badGrant("The refresh token is unknown, or was issued to another client.").
				because(Reason{Kind: db.ReasonRefreshUnknown, Detail: "this portal has no such refresh token"})
	errRefreshOfOther = errUnknownRefresh.
				because(Reason{Kind: db.ReasonRefreshUnknown, Detail: "the refresh token was issued to another app"})
	errRefreshExpired = badGrant("The refresh token has expired after 30 days without use. Ask the person again.").
				because(Reason{Kind: db.ReasonRefreshExpired, Detail: "the refresh token has expired after 30 days without use"})
)

// refreshToken is RFC 6749 section 6. A refresh token works once and is replaced by the next
// one (RFC 9700 section 4.14.2); there is no grace period for a second use. A requested scope
// narrows this access token only: the next refresh token keeps all scopes of the family.
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
		return resolvedGrant{}, errRefreshOfOther
	case !token.ConsumedAt.IsZero():
		return resolvedGrant{}, s.refuseReused(ctx, f, token.FamilyID)
	case !f.now.Before(token.ExpiresAt):
		return resolvedGrant{}, errRefreshExpired
	}
	family, err := s.DB.Family(ctx, token.FamilyID)
	if err != nil {
		return resolvedGrant{}, notFoundAs(err, errUnknownRefresh)
	}
	g, err := s.resolveFamily(ctx, f, family)
	g.requestedScope = f.Scope
	g.consume = func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ConsumeRefreshToken(ctx, token.Hash)
		if !errors.Is(err, db.ErrNotFound) {
			return err
		}
		current, err := tx.RefreshToken(ctx, token.Hash)
		switch {
		case err != nil:
			return err
		case current.ConsumedAt.IsZero():
			return errRefreshExpired
		}
		return errReused
	}
	return g, err
}
