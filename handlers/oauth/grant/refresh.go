package grant

import (
	"context"
	"errors"
	"fmt"
	"time"

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

// maxRepeats is how often a used refresh token still answers within its app's grace: ten workers or
// tabs may share one. Whoever copied a token can't make more of it.
const maxRepeats = 10

// refreshToken is RFC 6749 section 6. A refresh token is replaced by the next one at its use (RFC
// 9700 section 4.14.2). Within the app's grace the used one answers again, for clients whose answer
// was lost and for those with several workers or tabs. Each answer is a pair of its own that works and
// is replaced like any other, since nobody can tell which of them the client keeps. Later, reuse
// revokes the family. A requested scope narrows this access token only: the next refresh token keeps
// all scopes of the family.
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
	case !token.ConsumedAt.IsZero() && !f.grace().Allows(token, f.arrived):
		return resolvedGrant{}, s.refuseReused(ctx, f, token.FamilyID)
	case token.ConsumedAt.IsZero() && !f.now.Before(token.ExpiresAt):
		return resolvedGrant{}, errRefreshExpired
	}
	family, err := s.DB.Family(ctx, token.FamilyID)
	if err != nil {
		return resolvedGrant{}, notFoundAs(err, errUnknownRefresh)
	}
	g, err := s.resolveFamily(ctx, f, family)
	g.requestedScope = f.Scope
	g.consume = func(ctx context.Context, tx *db.Tx) error {
		used, err := tx.ConsumeRefreshToken(ctx, token.Hash, f.arrived, f.grace())
		switch {
		case err == nil && used.Repeats > 0:
			return s.recordRepeat(ctx, tx, f, used)
		case !errors.Is(err, db.ErrNotFound):
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

// grace is that of the request's app.
func (f *flow) grace() db.Grace { return db.Grace{Window: f.client.RefreshGrace, Times: maxRepeats} }

// recordRepeat records that a used refresh token answered within the grace.
func (s *Server) recordRepeat(ctx context.Context, tx *db.Tx, f *flow, used db.RefreshToken) error {
	app, err := tx.App(ctx, used.ClientID)
	if err != nil {
		return err
	}
	return audit(ctx, tx, auditRecord{
		action: auditRefreshRepeated, actor: clientActor(app), target: appTarget(app), caller: f.Caller,
		detail: fmt.Sprintf("Within the grace of %d s, repeat %d of at most %d. The new tokens work.",
			int(f.client.RefreshGrace/time.Second), used.Repeats, maxRepeats),
	})
}
