package grant

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/keys"
	"gatepost/handlers/secret"
)

// leeway is how far another process's clock may be ahead of ours. Access tokens get it only at
// the start of their life: none is valid for longer because of it.
const leeway = 30 * time.Second

// Access is what a valid access token or personal token gives access to.
type Access struct {
	ClientID string // empty for a personal token
	App      db.App // zero for a personal token
	PersonID string // empty if the app acts on its own behalf
	Person   db.Person
	Personal bool
	Scopes   []string // of an access token: those that its app and its person still have
	// Teams are the ids of the teams that an app's token for a person reaches, and never nil then.
	// It is nil for an app that acts for itself and for a personal token.
	Teams     []string
	JTI       string // the id of a personal token
	IssuedAt  time.Time
	ExpiresAt time.Time // zero for a personal token that doesn't expire
}

// Access checks a bearer token. An access token needs a valid signature, type, issuer, audience
// and times, and a record that isn't revoked, with an app and person that still exist. A
// personal token must be live and its person active; its use by caller is recorded once a
// minute. A token that fails any of these gives ErrInvalidToken; other errors mean that it
// could not be checked.
func (s *Server) Access(ctx context.Context, bearer string, caller db.Caller) (Access, error) {
	if strings.HasPrefix(bearer, secret.PersonalToken) {
		return s.personalAccess(ctx, bearer, caller)
	}
	payload, err := s.Keys.Verify(bearer)
	if errors.Is(err, keys.ErrToken) {
		return Access{}, invalidToken(err.Error())
	} else if err != nil {
		return Access{}, err
	}
	c, err := s.checkClaims(payload, s.Now())
	if err != nil {
		return Access{}, err
	}
	record, err := s.DB.AccessToken(ctx, c.ID)
	if err != nil {
		return Access{}, notFoundAsInvalidToken(err, "no record of the token")
	}
	if record.ClientID != c.ClientID {
		return Access{}, invalidToken("the record belongs to another client")
	}
	app, person, err := s.checkAccessRecord(ctx, record)
	if err != nil {
		return Access{}, err
	}
	scopes, reached, err := s.limits(ctx, record, app)
	if err != nil {
		return Access{}, err
	}
	var teams []string
	if record.PersonID != "" {
		teams = make([]string, len(reached))
		for i, t := range reached {
			teams[i] = t.ID
		}
	}
	return Access{
		ClientID: record.ClientID, App: app, PersonID: record.PersonID, Person: person, Scopes: scopes, Teams: teams,
		JTI: record.JTI, IssuedAt: record.IssuedAt, ExpiresAt: record.ExpiresAt,
	}, nil
}

// checkAccessRecord checks that an access token's record is valid now, and returns its app and,
// if it has one, its person.
func (s *Server) checkAccessRecord(ctx context.Context, t db.AccessToken) (app db.App, person db.Person, err error) {
	if !t.RevokedAt.IsZero() || !s.Now().Before(t.ExpiresAt) {
		return app, person, invalidToken("revoked or expired")
	}
	if app, err = s.DB.App(ctx, t.ClientID); err != nil {
		return app, person, notFoundAsInvalidToken(err, "the app was deleted")
	}
	if t.PersonID != "" {
		person, err = s.activePerson(ctx, t.PersonID)
	}
	return app, person, err
}

// activePerson returns a person whose account isn't disabled, and who has a second factor if one is
// required of them.
func (s *Server) activePerson(ctx context.Context, id string) (db.Person, error) {
	person, err := s.DB.Person(ctx, id)
	switch {
	case err != nil:
		return person, notFoundAsInvalidToken(err, "the person was deleted")
	case !person.DisabledAt.IsZero():
		return person, invalidToken("the person is disabled")
	}
	lacks, err := s.DB.LacksSecondFactor(ctx, id)
	if err == nil && lacks {
		err = invalidToken("the person lacks the second factor that is required of them")
	}
	return person, err
}

func (s *Server) personalAccess(ctx context.Context, bearer string, caller db.Caller) (Access, error) {
	if !secret.WellFormed(secret.PersonalToken, bearer) {
		return Access{}, invalidToken("not well-formed as a personal token")
	}
	t, err := s.DB.PersonalTokenByHash(ctx, secret.HashToken(bearer))
	if err != nil {
		return Access{}, notFoundAsInvalidToken(err, "no such personal token")
	}
	if !t.Live(s.Now()) {
		return Access{}, invalidToken("the personal token was revoked or has expired")
	}
	person, err := s.activePerson(ctx, t.PersonID)
	if err != nil {
		return Access{}, err
	}
	s.recordUse(ctx, t.LastUsedAt, func(tx *db.Tx) error { return tx.TouchPersonalToken(ctx, t.ID, caller) })
	return Access{
		PersonID: person.ID, Person: person, Personal: true, Scopes: t.Scopes,
		JTI: t.ID, IssuedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt,
	}, nil
}

// notFoundAsInvalidToken returns ErrInvalidToken for a missing row, and any other error
// unchanged.
func notFoundAsInvalidToken(err error, reason string) error {
	if errors.Is(err, db.ErrNotFound) {
		return invalidToken(reason)
	}
	return err
}

// checkClaims checks the claims of a token that this portal signed.
func (s *Server) checkClaims(payload []byte, now time.Time) (claims, error) {
	var c struct {
		claims
		NotBefore int64 `json:"nbf"`
	}
	if err := json.Unmarshal(payload, &c); err != nil {
		return c.claims, invalidToken("claims that this portal doesn't write")
	}
	latest := now.Add(leeway).Unix()
	switch {
	case c.Issuer != s.Issuer:
		return c.claims, invalidToken("another issuer")
	case !slices.Equal(c.Audience, []string{s.Issuer}):
		return c.claims, invalidToken("another audience")
	case c.TokenUse != tokenUse || c.ID == "":
		return c.claims, invalidToken("not an access token")
	case now.Unix() >= c.Expires:
		return c.claims, invalidToken("expired")
	case c.IssuedAt > latest || c.NotBefore > latest:
		return c.claims, invalidToken("not valid yet")
	}
	return c.claims, nil
}
