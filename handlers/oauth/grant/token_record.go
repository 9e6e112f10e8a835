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

// tokenRecord is the stored record of a presented token, whatever its state: one of the three
// fields is set, or none if this portal never issued such a token. The form of a token tells
// which kind it can be, so a wrong token_type_hint does no harm (RFC 7009 section 2.1).
type tokenRecord struct {
	access   *db.AccessToken
	refresh  *db.RefreshToken
	personal *db.PersonalToken
}

// findToken looks a token up. Malformed opaque tokens, and JWTs that this portal's keys didn't
// sign, cost no query. Of an access token it checks only the signature, the issuer and the id,
// so it also finds expired ones.
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

// recordOrNone returns the empty record for a missing row.
func recordOrNone(t tokenRecord, err error) (tokenRecord, error) {
	if err != nil {
		return tokenRecord{}, ignoreNotFound(err)
	}
	return t, nil
}

// clientID returns the client that the token was issued to; empty for a personal token.
func (t tokenRecord) clientID() string {
	switch {
	case t.access != nil:
		return t.access.ClientID
	case t.refresh != nil:
		return t.refresh.ClientID
	}
	return ""
}

// familyID returns the family that the token belongs to; empty if no person authorized it.
func (t tokenRecord) familyID() string {
	switch {
	case t.access != nil:
		return t.access.FamilyID
	case t.refresh != nil:
		return t.refresh.FamilyID
	}
	return ""
}

// recordUse runs a write that records when a token was last used, at most once a minute. Its
// failure doesn't fail the request: the next one tries again.
func (s *Server) recordUse(ctx context.Context, last time.Time, write func(*db.Tx) error) {
	if s.Now().Sub(last) >= db.SeenEvery {
		_ = s.DB.Tx(ctx, write)
	}
}
