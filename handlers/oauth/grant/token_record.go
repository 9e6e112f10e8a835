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
type found struct {
	access   *db.AccessToken
	refresh  *db.RefreshToken
	personal *db.PersonalToken
}

// find looks a token up. Opaque ones that are not well-formed, and what this portal's keys
// did not sign, cost no query. Of an access token only the signature, the issuer and the id
// are looked at: one that has expired is found too.
func (s *Server) find(ctx context.Context, token string) (found, error) {
	switch {
	case secret.WellFormed(secret.RefreshToken, token):
		row, err := s.DB.RefreshToken(ctx, secret.HashToken(token))
		return oneOf(found{refresh: &row}, err)
	case secret.WellFormed(secret.PersonalToken, token):
		row, err := s.DB.PersonalTokenByHash(ctx, secret.HashToken(token))
		return oneOf(found{personal: &row}, err)
	}
	payload, err := s.Keys.Verify(token)
	if errors.Is(err, keys.ErrToken) {
		return found{}, nil
	} else if err != nil {
		return found{}, err
	}
	var c claims
	if json.Unmarshal(payload, &c) != nil || c.Issuer != s.Issuer || c.TokenUse != tokenUse {
		return found{}, nil
	}
	row, err := s.DB.AccessToken(ctx, c.ID)
	if err == nil && row.ClientID != c.ClientID {
		return found{}, nil
	}
	return oneOf(found{access: &row}, err)
}

// oneOf is nothing found for a row that is not there.
func oneOf(f found, err error) (found, error) {
	if errors.Is(err, db.ErrNotFound) {
		return found{}, nil
	}
	return f, err
}

// clientID is the client that the token was issued to; empty for a personal token.
func (f found) clientID() string {
	switch {
	case f.access != nil:
		return f.access.ClientID
	case f.refresh != nil:
		return f.refresh.ClientID
	}
	return ""
}

// familyID is the family that the token belongs to; empty for one that no person allowed.
func (f found) familyID() string {
	switch {
	case f.access != nil:
		return f.access.FamilyID
	case f.refresh != nil:
		return f.refresh.FamilyID
	}
	return ""
}

// note runs a write that is no reason to fail a read: the next request tries again.
func (s *Server) note(ctx context.Context, last time.Time, write func(*db.Tx) error) {
	if s.Now().Sub(last) >= db.SeenEvery {
		_ = s.DB.Tx(ctx, write)
	}
}
