package grant

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/singleflight"

	"gatepost/db"
	"gatepost/handlers/oauth/keys"
	"gatepost/handlers/secret"
)

// TokenType is the type of every access token (RFC 6750).
const TokenType = "Bearer"

// Options are what a Server works with; all but Now are required.
type Options struct {
	DB       *db.DB
	Keys     *keys.Ring
	Minter   *secret.Minter
	Hasher   *secret.Hasher
	Verified *secret.Verified
	Issuer   string // the portal's URL, without a slash at the end
	Now      func() time.Time
}

// Server issues access tokens and says what they stand for. It is safe for concurrent use.
type Server struct {
	Options
	rules  map[string]rule
	checks singleflight.Group // first checks of a secret
}

// New makes a Server.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Server{Options: o, rules: rules()}
}

// Request is a token request, whatever its dialect. An empty field was not sent.
type Request struct {
	GrantType              string
	ClientID, ClientSecret string
	Scope                  string // as it was sent
	Dialect                string
	Caller                 db.Caller
}

// Response is an issued access token.
type Response struct {
	AccessToken string
	TokenType   string
	ExpiresIn   time.Duration // whole seconds
	Scopes      []string
}

// flow is one request on its way through the phases.
type flow struct {
	Request
	now      time.Time
	client   db.Credential // zero Secret: nobody showed one
	scopes   []string
	subject  string // the token's sub
	personID string // empty when the app acts for itself
}

// Token answers a token request. This order holds for all grants.
func (s *Server) Token(ctx context.Context, req Request) (Response, error) {
	if req.GrantType == "" {
		return Response{}, Invalid("The parameter grant_type is missing.")
	}
	rule, ok := s.rules[req.GrantType]
	if !ok {
		return Response{}, unsupportedGrant(s.GrantTypes())
	}
	f := &flow{Request: req, now: s.Now().Truncate(time.Second)}
	if err := s.authenticate(ctx, f); err != nil {
		return Response{}, err
	}
	if !slices.Contains(f.client.Grants, req.GrantType) {
		return Response{}, notForClient(req.GrantType)
	}
	var err error
	if f.scopes, err = chooseScopes(req.Scope, f.client.Scopes); err != nil {
		return Response{}, err
	}
	if err := rule.resolve(ctx, s, f); err != nil {
		return Response{}, err
	}
	return s.issue(ctx, f, f.client.TokenLifetime)
}

// ForPerson issues a token of an app to a signed-in person, who has shown no client secret.
// Whether the person may have it is the caller's to check before.
func (s *Server) ForPerson(ctx context.Context, app db.App, personID string, scopes []string, lifetime time.Duration, caller db.Caller) (Response, error) {
	for _, scope := range scopes {
		if !slices.Contains(app.Scopes, scope) {
			return Response{}, notGranted(app.Scopes)
		}
	}
	f := &flow{
		Request: Request{ClientID: app.ClientID, Dialect: "portal", Caller: caller},
		now:     s.Now().Truncate(time.Second), client: db.Credential{ClientID: app.ClientID}, scopes: scopes, subject: personID, personID: personID,
	}
	return s.issue(ctx, f, lifetime)
}

// issue mints the token and records it: it is on the disk before it is answered, so that
// every token that anybody has can be listed and revoked.
func (s *Server) issue(ctx context.Context, f *flow, lifetime time.Duration) (Response, error) {
	token, record, err := s.mint(f, lifetime)
	if err != nil {
		return Response{}, err
	}
	switch err := s.DB.RecordToken(ctx, record, f.Caller); {
	case errors.Is(err, db.ErrNotFound):
		return Response{}, badClient(err) // revoked, expired or deleted at this moment
	case err != nil:
		return Response{}, err
	}
	return Response{
		AccessToken: token, TokenType: TokenType, ExpiresIn: record.ExpiresAt.Sub(record.IssuedAt),
		Scopes: f.scopes,
	}, nil
}
