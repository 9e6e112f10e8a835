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

// VendorLoginDialect is the dialect of the families that VendorLogin creates.
const VendorLoginDialect = "iotconnect"

// VendorLogin issues an app's tokens to a person who has just entered their password
// (IoTConnect's document). The caller must check first that the person may have them. The
// tokens have all scopes of the app, but reach only its team, and there no further than the person's
// own access. An app
// without the refresh token grant gets no refresh token. Beyond the app's limit it returns *Error with
// the status 429. live asks for the live shape.
func (s *Server) VendorLogin(ctx context.Context, app db.App, personID string, live bool, caller db.Caller) (Response, error) {
	now := s.Now().Truncate(time.Second)
	family := db.Family{
		ID: secret.ID(), ClientID: app.ClientID, PersonID: personID, Scope: strings.Join(app.Scopes, " "), Audience: s.Issuer,
		Dialect: VendorLoginDialect, Teams: []string{app.TeamID}, AuthTime: now, CreatedAt: now, ExpiresAt: now.Add(RefreshAbsolute),
	}
	f := &flow{
		Request: Request{ClientID: app.ClientID, Dialect: VendorLoginDialect, Live: live, Caller: caller}, now: now, client: credentialOf(app),
		scopes: app.Scopes, audiences: []string{s.Issuer}, resolved: resolvedGrant{subject: personID, personID: personID, family: family},
	}
	if err := s.minted.TakeOf(ctx, app.ClientID, f.client.MintBurst, f.client.MintRate); err != nil {
		return Response{}, mintsTooMuch(err)
	}
	lifetime, err := s.shape(ctx, f)
	if err != nil {
		return Response{}, err
	}
	token, record, err := s.mint(f, lifetime)
	if err != nil {
		return Response{}, err
	}
	next := db.RefreshToken{FamilyID: family.ID, ClientID: app.ClientID, IssuedAt: now, ExpiresAt: now.Add(RefreshIdle)}
	refresh := ""
	if slices.Contains(app.Grants, RefreshToken) {
		refresh, next.Hash = secret.NewChecked(secret.RefreshToken)
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := checkPersonActive(ctx, tx, personID); err != nil {
			return err
		}
		if err := checkDialectOn(ctx, tx, family); err != nil {
			return err
		}
		if _, err := tx.App(ctx, app.ClientID); err != nil {
			return err
		}
		// Recorded as an authorization, so that the person sees it and can revoke it.
		a, err := tx.LockAuthorization(ctx, personID, app.ClientID, secret.ID())
		if err != nil {
			return err
		}
		a.Scopes, a.Teams = app.Scopes, family.Teams
		if err := tx.UpdateAuthorization(ctx, a); err != nil {
			return err
		}
		if err := tx.InsertFamily(ctx, family); err != nil {
			return err
		}
		if refresh != "" {
			if err := tx.InsertRefreshToken(ctx, next); err != nil {
				return err
			}
		}
		return tx.RecordToken(ctx, record, caller)
	})
	if err != nil {
		return Response{}, notFoundAs(err, errFamilyEnded) // the app has just been deleted
	}
	return Response{AccessToken: token, RefreshToken: refresh, TokenType: TokenType, ExpiresIn: record.ExpiresAt.Sub(record.IssuedAt), Scopes: app.Scopes}, nil
}

// RefreshVendorLogin refreshes the tokens of a VendorLogin. It takes only the refresh token,
// since the vendor's client knows no client id; the rest is RFC 6749 section 6.
func (s *Server) RefreshVendorLogin(ctx context.Context, token string, live bool, caller db.Caller) (Response, error) {
	if !secret.WellFormed(secret.RefreshToken, token) {
		return Response{}, errUnknownRefresh
	}
	row, err := s.DB.RefreshToken(ctx, secret.HashToken(token))
	if err != nil {
		return Response{}, notFoundAs(err, errUnknownRefresh)
	}
	family, err := s.DB.Family(ctx, row.FamilyID)
	if err != nil {
		return Response{}, notFoundAs(err, errUnknownRefresh)
	}
	if family.Dialect != VendorLoginDialect {
		reason := Reason{Kind: db.ReasonRefreshUnknown, Detail: "the refresh token was not issued by the vendor login", ClientID: row.ClientID}
		return Response{}, errUnknownRefresh.because(reason)
	}
	res, err := s.Token(ctx, Request{GrantType: RefreshToken, ClientID: row.ClientID, RefreshToken: token, Dialect: VendorLoginDialect, Live: live, Caller: caller})
	var e *Error
	if errors.As(err, &e) { // the request itself names no client
		reason := e.Reason
		reason.ClientID, reason.Proven = row.ClientID, true
		err = e.because(reason)
	}
	return res, err
}
