package grant

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"gatepost/db"
	"gatepost/handlers/keys"
	"gatepost/handlers/secret"
)

// found is the record of a token that somebody presented, in whatever state it is: one of
// the three is set, or none when this portal has made no such token. A token's form says
// which it can be, so that a wrong token_type_hint is no hindrance (RFC 7009 section 2.1).
type tokenRecord struct {
	access   *db.AccessToken
	refresh  *db.RefreshToken
	personal *db.PersonalToken
}

// find looks a token up. Opaque ones that are not well-formed, and what this portal's keys
// did not sign, cost no query. Of an access token only the signature, the issuer and the id
// are looked at: one that has expired is found too.
func (s *Server) findToken(ctx context.Context, token string) (tokenRecord, error) {
	switch {
	case secret.WellFormed(secret.RefreshToken, token):
		row, err := s.DB.RefreshToken(ctx, secret.HashToken(token))
		return recordOrNone(tokenRecord{refresh: &row}, err)
	case secret.WellFormed(secret.PersonalToken, token):
		row, err := s.DB.PersonalTokenByHash(ctx, secret.HashToken(token))
		return recordOrNone(tokenRecord{personal: &row}, err)
	}
	payload, err := s.Keys.Verify(token)
	if errors.Is(err, keys.ErrToken) {
		return tokenRecord{}, nil
	} else if err != nil {
		return tokenRecord{}, err
	}
	var c claims
	if json.Unmarshal(payload, &c) != nil || c.Issuer != s.Issuer || c.TokenUse != tokenUse {
		return tokenRecord{}, nil
	}
	row, err := s.DB.AccessToken(ctx, c.ID)
	if err == nil && row.ClientID != c.ClientID {
		return tokenRecord{}, nil
	}
	return recordOrNone(tokenRecord{access: &row}, err)
}

// oneOf is nothing found for a row that is not there.
func recordOrNone(f tokenRecord, err error) (tokenRecord, error) {
	if errors.Is(err, db.ErrNotFound) {
		return tokenRecord{}, nil
	}
	return f, err
}

// clientID is the client that the token was issued to; empty for a personal token.
func (f tokenRecord) clientID() string {
	switch {
	case f.access != nil:
		return f.access.ClientID
	case f.refresh != nil:
		return f.refresh.ClientID
	}
	return ""
}

// familyID is the family that the token belongs to; empty for one that no person allowed.
func (f tokenRecord) familyID() string {
	switch {
	case f.access != nil:
		return f.access.FamilyID
	case f.refresh != nil:
		return f.refresh.FamilyID
	}
	return ""
}

// note runs a write that is no reason to fail a read: the next request tries again.
func (s *Server) recordUse(ctx context.Context, last time.Time, write func(*db.Tx) error) {
	if s.Now().Sub(last) >= db.SeenEvery {
		_ = s.DB.Tx(ctx, write)
	}
}
