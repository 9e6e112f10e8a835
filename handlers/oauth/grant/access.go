package grant

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/oauth/keys"
)

// leeway is how far another process's clock may be ahead of ours. It counts for the start
// of a token's life only: none lives longer for it.
const leeway = 30 * time.Second

// Access is what a good access token stands for.
type Access struct {
	ClientID  string
	PersonID  string // empty when the app acts for itself
	Scopes    []string
	JTI       string
	IssuedAt  time.Time
	ExpiresAt time.Time
	App       db.App
}

// Access checks a bearer token: signature and type, issuer, audience, times, and that its
// record stands, unrevoked, with its app. A token that fails any of these gives
// ErrInvalidToken; other errors mean that it could not be checked.
func (s *Server) Access(ctx context.Context, bearer string) (Access, error) {
	payload, err := s.Keys.Verify(bearer)
	if errors.Is(err, keys.ErrToken) {
		return Access{}, invalidToken(err.Error())
	} else if err != nil {
		return Access{}, err
	}
	now := s.Now()
	c, err := s.readClaims(payload, now)
	if err != nil {
		return Access{}, err
	}
	record, err := s.DB.AccessToken(ctx, c.ID)
	if err != nil {
		return Access{}, missing(err, "no record of the token")
	}
	if !record.RevokedAt.IsZero() || record.ClientID != c.ClientID || !now.Before(record.ExpiresAt) {
		return Access{}, invalidToken("revoked")
	}
	app, err := s.DB.App(ctx, record.ClientID)
	if err != nil {
		return Access{}, missing(err, "the app is gone")
	}
	if record.PersonID != "" {
		person, err := s.DB.Person(ctx, record.PersonID)
		if err != nil {
			return Access{}, missing(err, "the person is gone")
		}
		if !person.DisabledAt.IsZero() {
			return Access{}, invalidToken("the person is disabled")
		}
	}
	return Access{
		ClientID: record.ClientID, PersonID: record.PersonID, Scopes: strings.Fields(record.Scope), JTI: record.JTI,
		IssuedAt: record.IssuedAt, ExpiresAt: record.ExpiresAt, App: app,
	}, nil
}

// missing is ErrInvalidToken for a row that is not there, and any other error itself.
func missing(err error, reason string) error {
	if errors.Is(err, db.ErrNotFound) {
		return invalidToken(reason)
	}
	return err
}

// readClaims checks what a token says of itself.
func (s *Server) readClaims(payload []byte, now time.Time) (claims, error) {
	var c struct {
		claims
		NotBefore int64 `json:"nbf"`
	}
	if err := json.Unmarshal(payload, &c); err != nil {
		return c.claims, invalidToken("claims that this portal does not write")
	}
	latest := now.Add(leeway).Unix()
	switch {
	case c.Issuer != s.Issuer:
		return c.claims, invalidToken("another issuer")
	case c.Audience != s.Issuer:
		return c.claims, invalidToken("another audience")
	case c.TokenUse != tokenUse || c.ID == "":
		return c.claims, invalidToken("not an access token")
	case now.Unix() >= c.Expires:
		return c.claims, invalidToken("expired")
	case c.IssuedAt > latest || c.NotBefore > latest:
		return c.claims, invalidToken("from the future")
	}
	return c.claims, nil
}
