package grant

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// How long what a person allowed can be used (RFC 9700 section 4.14.2).
const (
	// RefreshIdle is how long a refresh token waits for its use.
	RefreshIdle = 30 * 24 * time.Hour
	// RefreshAbsolute is how long after the authorization its tokens can be refreshed.
	RefreshAbsolute = 180 * 24 * time.Hour
)

var (
	// errReused says that a code or token was consumed before.
	errReused = errors.New("grant: used a second time")

	errFamilyEnded = badGrant("The authorization was revoked or has come to its end: ask the person again.").because(db.ReasonGrantEnded, "what the person allowed was revoked, or has come to its end")
)

// fromFamily is what an authorization gives: its scopes, without those that the app has
// lost since.
func (f *flow) resolveFamily(family db.Family) (resolvedGrant, error) {
	if !family.RevokedAt.IsZero() || !f.now.Before(family.ExpiresAt) || family.ClientID != f.client.ClientID {
		return resolvedGrant{}, errFamilyEnded
	}
	granted := strings.Fields(family.Scope)
	g := resolvedGrant{
		subject: family.PersonID, personID: family.PersonID, scopes: intersect(granted, f.client.Scopes),
		audiences: strings.Fields(family.Audience), authTime: family.AuthTime, family: family,
	}
	if len(g.scopes) == 0 && len(granted) > 0 {
		return resolvedGrant{}, badGrant("The app has none of the scopes any more that the person allowed.").because(db.ReasonScopeNotGranted, "the app has none of the scopes any more that the person allowed")
	}
	return g, nil
}

// redeem uses up what the request brought, and records the token and its refresh token, in
// one transaction: of several requests at once one gets tokens, and after a crash there is
// either all of it or nothing. The family's row is taken first, as whoever revokes it does:
// so the two wait for each other instead of blocking each other.
func (s *Server) redeem(ctx context.Context, f *flow, record db.AccessToken) (refresh string, err error) {
	next := db.RefreshToken{
		FamilyID: f.resolved.family.ID, ClientID: f.client.ClientID, SecretID: f.client.Secret.ID,
		IssuedAt: f.now, ExpiresAt: f.now.Add(RefreshIdle),
	}
	if end := f.resolved.family.ExpiresAt; end.Before(next.ExpiresAt) {
		next.ExpiresAt = end
	}
	if slices.Contains(f.client.Grants, RefreshToken) {
		refresh, next.Hash = secret.NewChecked(secret.RefreshToken)
	}
	var reused bool
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		reused = false // the transaction may run again
		if _, err := tx.UseFamily(ctx, f.resolved.family.ID); err != nil {
			return notFoundAs(err, errFamilyEnded)
		}
		if err := checkPersonActive(ctx, tx, f.resolved.personID); err != nil {
			return err
		}
		err := f.resolved.consume(ctx, tx)
		if errors.Is(err, errReused) {
			reused = true
			return s.revokeFamily(ctx, tx, f, f.resolved.family)
		}
		if err != nil {
			return err
		}
		if refresh != "" {
			if err := tx.InsertRefreshToken(ctx, next); err != nil {
				return err
			}
		}
		return tx.RecordToken(ctx, record, f.Caller)
	})
	switch {
	case err != nil:
		return "", err
	case reused:
		return "", reusedError(f.GrantType)
	}
	return refresh, nil
}

// mayStill refuses for a person who is gone or disabled.
func checkPersonActive(ctx context.Context, tx *db.Tx, personID string) error {
	person, err := tx.Person(ctx, personID)
	switch {
	case err != nil:
		return notFoundAs(err, errFamilyEnded)
	case !person.DisabledAt.IsZero():
		return errFamilyEnded
	}
	return nil
}

// orElse is refusal for a row that is not there, and any other error itself.
func notFoundAs(err error, refusal *Error) error {
	if errors.Is(err, db.ErrNotFound) {
		return refusal
	}
	return err
}

// refuseReuse ends the family of a code or token that comes a second time: one of the two
// who hold it has stolen it, and nobody can tell which (RFC 6749 section 10.5, RFC 9700
// section 4.14.2). A family that is over already is left alone.
func (s *Server) refuseReused(ctx context.Context, f *flow, familyID string) error {
	family, err := s.DB.Family(ctx, familyID)
	switch {
	case err != nil:
		return notFoundAs(err, errFamilyEnded)
	case !family.RevokedAt.IsZero():
		return errFamilyEnded // which uses up its codes and tokens too
	}
	if err := s.DB.Tx(ctx, func(tx *db.Tx) error { return s.revokeFamily(ctx, tx, f, family) }); err != nil {
		return err
	}
	return reusedError(f.GrantType)
}

// endFamily revokes a family, and writes the audit event with it.
func (s *Server) revokeFamily(ctx context.Context, tx *db.Tx, f *flow, family db.Family) error {
	live, err := tx.RevokeFamily(ctx, family.ID)
	if err != nil || !live {
		return err
	}
	app, err := tx.App(ctx, family.ClientID)
	if err != nil {
		return err
	}
	action, what := "code.reused", "An authorization code"
	switch f.GrantType {
	case RefreshToken:
		action, what = "refresh.reused", "A refresh token"
	case DeviceCode:
		what = "A device code"
	}
	return tx.InsertAudit(ctx, auditEvent(app, app.ClientID, app.Name, action,
		what+" was used a second time: all tokens of its authorization were revoked.", f.Caller))
}

func reusedError(grantType string) *Error {
	if grantType == RefreshToken {
		return badGrant("The refresh token was used before. Since one of its two users has no right to it, all tokens of this authorization were revoked.").
			because(db.ReasonRefreshReused, "the refresh token was used before: all tokens of its authorization were revoked")
	}
	return badGrant("The code was used before. Since one of its two users has no right to it, all that it gave was revoked.").
		because(db.ReasonCodeUsed, "the code was used before: all that it gave was revoked")
}
