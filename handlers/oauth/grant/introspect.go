package grant

import (
	"context"
	"errors"
	"strings"
	"time"

	"gatepost/db"
)

// The values of db.App.Introspection: whose tokens an app may introspect.
const (
	introspectTeam   = "team"
	introspectPortal = "portal"
)

// TokenUseRefresh is the TokenUse of a refresh token, which isn't a bearer token.
const TokenUseRefresh = "refresh"

// Introspection is the response of RFC 7662 section 2.2 for an active token.
type Introspection struct {
	TokenUse            string // access, refresh or personal
	Scope, ClientID     string // ClientID is empty for a personal token
	Subject, ID         string
	Audience            []string
	Teams               []Team    // that an app's token for a person reaches; nil for other tokens
	IssuedAt, ExpiresAt time.Time // ExpiresAt is zero for a token that doesn't expire
}

// Introspect returns the metadata of an active token to a client that may introspect. It
// returns nil if the token is unknown, no longer active, or not one that this client may
// introspect, so that nobody can tell these apart (RFC 7662 sections 2.2 and 4). A refresh
// token is active only for its own client, so that a resource server that accepts any active
// token doesn't accept one as an access token.
func (s *Server) Introspect(ctx context.Context, req Request, token string) (*Introspection, error) {
	c, err := s.authenticateClient(ctx, req, s.Now(), false)
	if err != nil {
		return nil, err
	}
	client, err := s.findApp(ctx, c.ClientID)
	if err != nil {
		return nil, err
	}
	if client.Introspection == "" {
		return nil, withCredential(&Error{Code: UnauthorizedClient, Description: "This client may not introspect tokens. The app's settings can allow it.", Status: 403,
			Reason: Reason{Kind: db.ReasonGrantNotAllowed, Detail: "the app's settings don't allow introspection"}}, c)
	}
	if token == "" {
		return nil, withCredential(Invalid("The parameter token is missing."), c)
	}
	record, err := s.findToken(ctx, token)
	if err != nil {
		return nil, err
	}
	switch {
	case record.access != nil:
		return s.introspectAccess(ctx, client, *record.access)
	case record.refresh != nil:
		return s.introspectRefresh(ctx, client, *record.refresh)
	case record.personal != nil:
		return s.introspectPersonal(ctx, client, *record.personal, req.Caller)
	}
	return nil, nil
}

func (s *Server) introspectAccess(ctx context.Context, client db.App, t db.AccessToken) (*Introspection, error) {
	app, _, err := s.checkAccessRecord(ctx, t)
	if err != nil || !mayIntrospect(client, app.TeamID) {
		return nil, ignoreInvalidToken(err)
	}
	scopes, teams, err := s.limits(ctx, t, app)
	if err != nil {
		return nil, ignoreInvalidToken(err)
	}
	s.recordUse(ctx, t.LastSeenAt, func(tx *db.Tx) error { return tx.SeeToken(ctx, t.JTI) })
	subject := t.PersonID
	if subject == "" {
		subject = t.ClientID
	}
	return &Introspection{
		TokenUse: tokenUse, Scope: strings.Join(scopes, " "), Teams: teams, ClientID: t.ClientID, Subject: subject, ID: t.JTI,
		Audience: strings.Fields(t.Audience), IssuedAt: t.IssuedAt, ExpiresAt: t.ExpiresAt,
	}, nil
}

func (s *Server) introspectRefresh(ctx context.Context, client db.App, t db.RefreshToken) (*Introspection, error) {
	now := s.Now()
	if client.ClientID != t.ClientID || !t.ConsumedAt.IsZero() || !now.Before(t.ExpiresAt) {
		return nil, nil
	}
	family, err := s.DB.Family(ctx, t.FamilyID)
	if err != nil || !family.RevokedAt.IsZero() || !now.Before(family.ExpiresAt) {
		return nil, ignoreNotFound(err)
	}
	if _, err := s.activePerson(ctx, family.PersonID); err != nil {
		return nil, ignoreInvalidToken(err)
	}
	scopes, teams, err := s.withinPerson(ctx, intersect(strings.Fields(family.Scope), client.Scopes), family.PersonID, family.Teams)
	if err != nil {
		return nil, err
	}
	return &Introspection{
		TokenUse: TokenUseRefresh, Scope: strings.Join(scopes, " "), Teams: teams, ClientID: t.ClientID, Subject: family.PersonID,
		Audience: strings.Fields(family.Audience), IssuedAt: t.IssuedAt, ExpiresAt: t.ExpiresAt,
	}, nil
}

// introspectPersonal introspects a personal token for an app that may ask about the whole
// portal, or an app of a team that the person is in.
func (s *Server) introspectPersonal(ctx context.Context, client db.App, t db.PersonalToken, caller db.Caller) (*Introspection, error) {
	if !t.Live(s.Now()) {
		return nil, nil
	}
	if _, err := s.activePerson(ctx, t.PersonID); err != nil {
		return nil, ignoreInvalidToken(err)
	}
	if client.Introspection != introspectPortal {
		if _, err := s.DB.Member(ctx, client.TeamID, t.PersonID); err != nil {
			return nil, ignoreNotFound(err)
		}
	}
	s.recordUse(ctx, t.LastUsedAt, func(tx *db.Tx) error { return tx.TouchPersonalToken(ctx, t.ID, caller) })
	return &Introspection{
		TokenUse: "personal", Scope: strings.Join(t.Scopes, " "), Subject: t.PersonID, ID: t.ID,
		Audience: []string{s.Issuer}, IssuedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt,
	}, nil
}

// mayIntrospect says whether an app may introspect the tokens of a team's apps.
func mayIntrospect(client db.App, teamID string) bool {
	switch client.Introspection {
	case introspectPortal:
		return true
	case introspectTeam:
		return client.TeamID == teamID
	}
	return false
}

// ignoreInvalidToken returns nil for ErrInvalidToken, and any other error unchanged.
func ignoreInvalidToken(err error) error {
	if errors.Is(err, ErrInvalidToken) {
		return nil
	}
	return err
}
