package grant

import (
	"context"
	"errors"
	"strings"
	"time"

	"gatepost/db"
)

// Whose tokens an app may introspect: db.App.Introspection.
const (
	introspectTeam   = "team"
	introspectPortal = "portal"
)

// TokenUseRefresh is the TokenUse of a refresh token, which is no bearer token.
const TokenUseRefresh = "refresh"

// Introspection is what RFC 7662 section 2.2 says of a live token.
type Introspection struct {
	TokenUse            string // access, refresh or personal
	Scope, ClientID     string // ClientID is empty for a personal token
	Subject, ID         string
	Audience            []string
	IssuedAt, ExpiresAt time.Time // ExpiresAt is zero for a token without an end
}

// Introspect says what a token is worth to a client that is allowed to ask; nil says that
// it is worth nothing: unknown, ended, or none of those that the client may ask for, which
// nobody can tell apart (RFC 7662 sections 2.2 and 4). A refresh token is told to its own
// client only: a server that takes whatever is active must not take one for access.
func (s *Server) Introspect(ctx context.Context, req Request, token string) (*Introspection, error) {
	c, err := s.authenticateClient(ctx, req, s.Now(), false)
	if err != nil {
		return nil, err
	}
	asker, err := s.findApp(ctx, c.ClientID)
	if err != nil {
		return nil, err
	}
	if asker.Introspection == "" {
		return nil, withCredential(&Error{Code: UnauthorizedClient, Description: "This client may not introspect tokens: its settings can allow it.", Status: 403,
			Reason: Reason{Kind: db.ReasonGrantNotAllowed, Detail: "the app's settings do not let it introspect"}}, c)
	}
	if token == "" {
		return nil, withCredential(Invalid("The parameter token is missing."), c)
	}
	f, err := s.findToken(ctx, token)
	if err != nil {
		return nil, err
	}
	switch {
	case f.access != nil:
		return s.introspectAccess(ctx, asker, *f.access)
	case f.refresh != nil:
		return s.introspectRefresh(ctx, asker, *f.refresh)
	case f.personal != nil:
		return s.introspectPersonal(ctx, asker, *f.personal, req.Caller)
	}
	return nil, nil
}

func (s *Server) introspectAccess(ctx context.Context, asker db.App, t db.AccessToken) (*Introspection, error) {
	app, _, err := s.checkAccessRecord(ctx, t)
	if err != nil || !mayIntrospect(asker, app.TeamID) {
		return nil, ignoreInvalidToken(err)
	}
	s.recordUse(ctx, t.LastSeenAt, func(tx *db.Tx) error { return tx.SeeToken(ctx, t.JTI) })
	subject := t.PersonID
	if subject == "" {
		subject = t.ClientID
	}
	return &Introspection{
		TokenUse: tokenUse, Scope: t.Scope, ClientID: t.ClientID, Subject: subject, ID: t.JTI,
		Audience: strings.Fields(t.Audience), IssuedAt: t.IssuedAt, ExpiresAt: t.ExpiresAt,
	}, nil
}

func (s *Server) introspectRefresh(ctx context.Context, asker db.App, t db.RefreshToken) (*Introspection, error) {
	now := s.Now()
	if asker.ClientID != t.ClientID || !t.ConsumedAt.IsZero() || !now.Before(t.ExpiresAt) {
		return nil, nil
	}
	family, err := s.DB.Family(ctx, t.FamilyID)
	if err != nil || !family.RevokedAt.IsZero() || !now.Before(family.ExpiresAt) {
		return nil, ignoreNotFound(err)
	}
	if _, err := s.activePerson(ctx, family.PersonID); err != nil {
		return nil, ignoreInvalidToken(err)
	}
	return &Introspection{
		TokenUse: TokenUseRefresh, Scope: family.Scope, ClientID: t.ClientID, Subject: family.PersonID,
		Audience: strings.Fields(family.Audience), IssuedAt: t.IssuedAt, ExpiresAt: t.ExpiresAt,
	}, nil
}

// introspectPersonal answers for a personal token: to the whole portal's app, or to that of
// a team in which its person is.
func (s *Server) introspectPersonal(ctx context.Context, asker db.App, t db.PersonalToken, caller db.Caller) (*Introspection, error) {
	if !t.Live(s.Now()) {
		return nil, nil
	}
	if _, err := s.activePerson(ctx, t.PersonID); err != nil {
		return nil, ignoreInvalidToken(err)
	}
	if asker.Introspection != introspectPortal {
		if _, err := s.DB.Member(ctx, asker.TeamID, t.PersonID); err != nil {
			return nil, ignoreNotFound(err)
		}
	}
	s.recordUse(ctx, t.LastUsedAt, func(tx *db.Tx) error { return tx.TouchPersonalToken(ctx, t.ID, caller) })
	return &Introspection{
		TokenUse: "personal", Scope: strings.Join(t.Scopes, " "), Subject: t.PersonID, ID: t.ID,
		Audience: []string{s.Issuer}, IssuedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt,
	}, nil
}

// mayAsk says whether an app may ask for the tokens of a team's apps.
func mayIntrospect(asker db.App, teamID string) bool {
	switch asker.Introspection {
	case introspectPortal:
		return true
	case introspectTeam:
		return asker.TeamID == teamID
	}
	return false
}

// notInvalid is nil for a token that is not good, and any other error itself.
func ignoreInvalidToken(err error) error {
	if errors.Is(err, ErrInvalidToken) {
		return nil
	}
	return err
}
