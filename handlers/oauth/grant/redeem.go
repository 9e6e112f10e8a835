package grant

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
)

// How long an authorization can be used (RFC 9700 section 4.14.2).
const (
	// RefreshIdle is how long a refresh token can stay unused before it expires.
	RefreshIdle = 30 * 24 * time.Hour
	// RefreshAbsolute is how long after the authorization its tokens can be refreshed.
	RefreshAbsolute = 180 * 24 * time.Hour
)

var (
	// errReused says that a code or token was already consumed.
	errReused = errors.New("grant: used a second time")

	errFamilyEnded = badGrant("The authorization was revoked or has expired: ask the person again.").
			because(Reason{Kind: db.ReasonGrantEnded, Detail: "the person's authorization was revoked or has expired"})
	errFactorRequired = badGrant("A second factor is required of the person, and they have none yet: ask them to set one up in the portal.").
				because(Reason{Kind: db.ReasonGrantEnded, Detail: "the person lacks the second factor that is required of them"})
	errNoScopeLeft = badGrant("The app has lost all the scopes that the person authorized.").
			because(Reason{Kind: db.ReasonScopeNotGranted, Detail: "the app has lost all the scopes that the person authorized"})
	errNotAdmin = badGrant("All scopes that the person authorized are for admins, and the person is not an admin of a team that the app may reach.").
			because(Reason{Kind: db.ReasonScopeNotGranted, Detail: "the person is not an admin of a team that they let the app reach, as its scopes require"})
	errCodeRepeated = badGrant("The code was already used by this client a moment ago. Use the tokens of that answer.").
			because(Reason{Kind: db.ReasonCodeRepeated, Detail: "the app sent the code again within 2 s of its use: taken for a retry, and nothing was revoked"})
	errCodeReused = badGrant("The code was already used. One of its two users must have stolen it, so everything issued for it was revoked.").
			because(Reason{Kind: db.ReasonCodeUsed, Detail: "the code was already used: everything issued for it was revoked"})
	errRefreshReused = badGrant("The refresh token was already used. One of its two users must have stolen it, so all tokens of this authorization were revoked.").
				because(Reason{Kind: db.ReasonRefreshReused, Detail: "the refresh token was already used: all tokens of its authorization were revoked"})
)

// resolveFamily returns what an authorization grants: its scopes, minus those that the app or the
// person has lost since.
func (s *Server) resolveFamily(ctx context.Context, f *flow, family db.Family) (resolvedGrant, error) {
	if !family.RevokedAt.IsZero() || !f.now.Before(family.ExpiresAt) || family.ClientID != f.client.ClientID {
		return resolvedGrant{}, errFamilyEnded
	}
	authorized := strings.Fields(family.Scope)
	g := resolvedGrant{
		subject: family.PersonID, personID: family.PersonID, scopes: intersect(authorized, f.client.Scopes),
		audiences: strings.Fields(family.Audience), authTime: family.AuthTime, family: family,
	}
	if len(g.scopes) == 0 && len(authorized) > 0 {
		return resolvedGrant{}, errNoScopeLeft
	}
	ofApp := len(g.scopes)
	var err error
	if g.scopes, _, err = s.withinPerson(ctx, g.scopes, family.PersonID, family.Teams); err != nil {
		return resolvedGrant{}, err
	}
	if len(g.scopes) == 0 && ofApp > 0 {
		return resolvedGrant{}, errNotAdmin
	}
	return g, nil
}

// redeem consumes the code or token of the request, and records the new access token and
// refresh token, in one transaction: of several concurrent requests only one gets tokens, and
// after a crash either all of it happened or nothing. It locks the family's row first, as a
// revocation does, so that the two wait for each other instead of deadlocking.
func (s *Server) redeem(ctx context.Context, f *flow, record db.AccessToken) (refresh string, err error) {
	next := db.RefreshToken{
		FamilyID: f.resolved.family.ID, ClientID: f.client.ClientID, SecretID: f.client.Secret.ID,
		IssuedAt: f.now, ExpiresAt: f.now.Add(RefreshIdle),
	}
	if expires := f.resolved.family.ExpiresAt; expires.Before(next.ExpiresAt) {
		next.ExpiresAt = expires
	}
	if slices.Contains(f.client.Grants, RefreshToken) {
		refresh, next.Hash = secret.NewChecked(secret.RefreshToken)
	}
	var reused bool
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		reused = false // the transaction may run again
		family, err := tx.UseFamily(ctx, f.resolved.family.ID)
		if err != nil {
			return notFoundAs(err, errFamilyEnded)
		}
		if err := checkDialectOn(ctx, tx, family); err != nil {
			return err
		}
		if err := checkPersonActive(ctx, tx, f.resolved.personID); err != nil {
			return err
		}
		err = f.resolved.consume(ctx, tx)
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

// checkDialectOn refuses tokens of the vendor login while that is switched off.
func checkDialectOn(ctx context.Context, tx *db.Tx, family db.Family) error {
	if family.Dialect != VendorLoginDialect {
		return nil
	}
	off, err := hub.IsOn(ctx, &tx.Reader, hub.SettingVendorLoginOff)
	if err == nil && off {
		err = errFamilyEnded
	}
	return err
}

// checkPersonActive refuses a person who was deleted or disabled, or who lacks a second factor that is
// required of them.
func checkPersonActive(ctx context.Context, tx *db.Tx, personID string) error {
	person, err := tx.Person(ctx, personID)
	switch {
	case err != nil:
		return notFoundAs(err, errFamilyEnded)
	case !person.DisabledAt.IsZero():
		return errFamilyEnded
	}
	lacks, err := tx.LacksSecondFactor(ctx, personID)
	if err == nil && lacks {
		err = errFactorRequired
	}
	return err
}

// refuseReused revokes the family of a code or token that is presented a second time: one of
// its two holders stole it, and nobody can tell which (RFC 6749 section 10.5, RFC 9700 section
// 4.14.2). A family that is already revoked is left alone.
func (s *Server) refuseReused(ctx context.Context, f *flow, familyID string) error {
	family, err := s.DB.Family(ctx, familyID)
	switch {
	case err != nil:
		return notFoundAs(err, errFamilyEnded)
	case !family.RevokedAt.IsZero():
		return errFamilyEnded // revoking a family marks its codes and tokens as used
	}
	if err := s.DB.Tx(ctx, func(tx *db.Tx) error { return s.revokeFamily(ctx, tx, f, family) }); err != nil {
		return err
	}
	return reusedError(f.GrantType)
}

// revokeFamily revokes a family because of a reuse, with its audit event.
func (s *Server) revokeFamily(ctx context.Context, tx *db.Tx, f *flow, family db.Family) error {
	live, err := tx.RevokeFamily(ctx, family.ID)
	if err != nil || !live {
		return err
	}
	app, err := tx.App(ctx, family.ClientID)
	if err != nil {
		return err
	}
	action, what := auditCodeReused, "An authorization code"
	switch f.GrantType {
	case RefreshToken:
		action, what = auditRefreshReused, "A refresh token"
	case DeviceCode:
		what = "A device code"
	}
	return audit(ctx, tx, auditRecord{
		action: action, actor: clientActor(app), target: appTarget(app), caller: f.Caller,
		detail: what + " was used a second time: all tokens of its authorization were revoked.",
	})
}

func reusedError(grantType string) *Error {
	if grantType == RefreshToken {
		return errRefreshReused
	}
	return errCodeReused
}
