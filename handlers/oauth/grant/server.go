package grant

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/singleflight"

	"gatepost/db"
	"gatepost/handlers/keys"
	"gatepost/handlers/secret"
)

// TokenType is the type of every access token (RFC 6750).
const TokenType = "Bearer"

// Options are what a Server works with; all but Now and FetchKeys are required.
type Options struct {
	DB       *db.DB
	Keys     *keys.Ring
	Minter   *secret.Minter
	Hasher   *secret.Hasher
	Verified *secret.Verified
	Issuer   string // the portal's URL, without a slash at the end
	Now      func() time.Time
	// FetchKeys gets the JWK set at a client's jwks_uri. Nil: clients that have only a
	// jwks_uri can't authenticate.
	FetchKeys func(ctx context.Context, uri string) ([]byte, error)
}

// Server issues access tokens and says what they stand for. It is safe for concurrent use.
type Server struct {
	Options
	rules        map[string]rule
	secretChecks singleflight.Group // first checks of a secret
	jwks         jwksCache
}

// New makes a Server.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Server{Options: o, rules: rules()}
}

// Request is what a client asks of the portal, whatever its dialect: a token, or, of the
// endpoints beside that one, only who it is. An empty field was not sent.
type Request struct {
	GrantType              string
	ClientID, ClientSecret string
	AssertionType          string // client_assertion_type (RFC 7521 section 4.2)
	Assertion              string // client_assertion
	Scope                  string // as it was sent
	Resources              []string
	Code                   string
	RedirectURI            string
	CodeVerifier           string
	RefreshToken           string
	DeviceCode             string
	Dialect                string
	InQuery                bool // some of it came in the address (the netrex dialect)
	Caller                 db.Caller
}

// Response is an issued access token, with a refresh token if there is one.
type Response struct {
	AccessToken  string
	RefreshToken string
	TokenType    string
	ExpiresIn    time.Duration // whole seconds
	Scopes       []string
	// SecretExpires is when the client's secret stops to work, if that is so near that the client
	// has to be told; zero: it is not, or none was shown.
	SecretExpires time.Time
}

// tellEnd is how long before its end a client is told that its secret is retiring.
const secretExpiryNotice = 90 * 24 * time.Hour

// flow is one request on its way through the phases.
type flow struct {
	Request
	now       time.Time
	client    db.Credential // zero Secret: nobody showed one
	resolved  resolvedGrant
	scopes    []string
	audiences []string
}

// given is what a grant gives, before the request narrows it.
type resolvedGrant struct {
	subject        string // the token's sub
	personID       string // empty when the app acts for itself
	scopes         []string
	requestedScope string    // the scope parameter of a grant that has one
	audiences      []string  // nil: any that the portal knows
	authTime       time.Time // when the person signed in; zero: now
	// family is the authorization that the request redeems; zero when there is none.
	family db.Family
	// consume uses up what the request brought. It runs in the transaction that records the
	// token, and gives errReused when another request was faster. Nil: there is nothing.
	consume func(context.Context, *db.Tx) error
}

// Token answers a token request. This order holds for all grants.
func (s *Server) Token(ctx context.Context, req Request) (Response, error) {
	if err := s.checkQueryAllowed(ctx, req); err != nil {
		return Response{}, err
	}
	if req.GrantType == "" {
		return Response{}, Invalid("The parameter grant_type is missing.")
	}
	rule, ok := s.rules[req.GrantType]
	if !ok {
		return Response{}, unsupportedGrant(s.GrantTypes())
	}
	f := &flow{Request: req, now: s.Now().Truncate(time.Second)}
	var err error
	if f.client, err = s.authenticateClient(ctx, req, f.now, rule.public); err != nil {
		return Response{}, err
	}
	res, err := s.proceed(ctx, rule, f)
	return res, withCredential(err, f.client)
}

// proceed is what comes after the client is known.
func (s *Server) proceed(ctx context.Context, rule rule, f *flow) (Response, error) {
	if !slices.Contains(f.client.Grants, f.GrantType) {
		return Response{}, notForClient(f.GrantType)
	}
	var err error
	if f.resolved, err = rule.resolve(ctx, s, f); err != nil {
		return Response{}, err
	}
	if f.scopes, err = s.resolveScopes(ctx, f.resolved.requestedScope, f.resolved.scopes); err != nil {
		return Response{}, err
	}
	if f.audiences, err = s.chooseAudience(ctx, f.Resources, f.resolved.audiences); err != nil {
		return Response{}, err
	}
	return s.issue(ctx, f, f.client.TokenLifetime)
}

// ForPerson issues a token of an app to a signed-in person, who has shown no client secret.
// It is for one audience (empty: the portal's own API). Whether the person may have it is the caller's to check before.
func (s *Server) ForPerson(ctx context.Context, app db.App, personID string, scopes []string, audience string, lifetime time.Duration, caller db.Caller) (Response, error) {
	if audience == "" {
		audience = s.Issuer
	}
	for _, scope := range scopes {
		if !slices.Contains(app.Scopes, scope) {
			return Response{}, notGranted(app.Scopes)
		}
	}
	f := &flow{
		Request: Request{ClientID: app.ClientID, Dialect: "portal", Caller: caller},
		now:     s.Now().Truncate(time.Second), client: db.Credential{ClientID: app.ClientID},
		resolved: resolvedGrant{subject: personID, personID: personID}, scopes: scopes, audiences: []string{audience},
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
	res := Response{AccessToken: token, TokenType: TokenType, ExpiresIn: record.ExpiresAt.Sub(record.IssuedAt), Scopes: f.scopes}
	if end := f.client.Secret.ExpiresAt; end.Sub(f.now) <= secretExpiryNotice {
		res.SecretExpires = end
	}
	if f.resolved.consume != nil {
		res.RefreshToken, err = s.redeem(ctx, f, record)
	} else {
		err = s.DB.RecordToken(ctx, record, f.Caller)
	}
	switch {
	case errors.Is(err, db.ErrNotFound):
		return Response{}, badClient(Reason{Kind: db.ReasonSecretRevoked, Detail: "the secret or its app has ended at this moment"})
	case err != nil:
		return Response{}, err
	}
	return res, nil
}
