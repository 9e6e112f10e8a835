package grant

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/singleflight"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/limit"
	"gatepost/handlers/keys"
	"gatepost/handlers/secret"
)

// TokenType is the type of every access token (RFC 6750).
const TokenType = "Bearer"

// Options are the dependencies of a Server; all but Now, Ring, FetchKeys and OnHeld are required.
type Options struct {
	DB       *db.DB
	Keys     *keys.Ring
	Minter   *secret.Minter
	Hasher   *secret.Hasher
	Verified *secret.Verified
	Issuer   string // the portal's URL, without a slash at the end
	Now      func() time.Time
	// Ring is the portal's key, for stamps of sign-ins. If nil, one is made that lasts as long as the Server.
	Ring *secret.Keyring
	// FetchKeys fetches the JWK set at a client's jwks_uri. If nil, clients that have only a
	// jwks_uri can't authenticate.
	FetchKeys func(ctx context.Context, uri string) ([]byte, error)
	// OnHeld is called in the transaction that revokes a token or code of an app for somebody who
	// merely held it, to tell the app's team. If nil, nobody is told.
	OnHeld func(ctx context.Context, tx *db.Tx, app db.App, caller db.Caller) error
}

// Server issues, checks and revokes tokens. It is safe for concurrent use.
type Server struct {
	Options
	rules        map[string]rule
	secretChecks singleflight.Group // argon2id verifications in progress
	jwks         jwksCache
	minted       *limit.Buckets // by client id
}

// New makes a Server.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Ring == nil {
		o.Ring = secret.NewKeyring(secret.NewKey())
	}
	return &Server{Options: o, rules: rules(), minted: limit.NewBuckets(limit.Tokens, o.Now)}
}

// Request is a request to the token endpoint, whatever its dialect. The other endpoints for
// clients use only its credentials, scope, resources and caller. An empty field was not sent.
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
	InQuery                bool // some parameters were in the query (Netrex's document)
	Live                   bool // in the live shape of the iotconnect dialect
	Caller                 db.Caller
}

// Response is an issued access token, with its refresh token if there is one.
type Response struct {
	AccessToken  string
	RefreshToken string
	TokenType    string
	ExpiresIn    time.Duration // whole seconds
	Scopes       []string
	// SecretExpires is when the client's secret expires, if that is soon enough to warn the
	// client; zero if it isn't, or if no secret was used.
	SecretExpires time.Time
}

// secretExpiryNotice is how long before its secret expires a client is warned.
const secretExpiryNotice = 90 * 24 * time.Hour

// flow is one token request on its way through the phases.
type flow struct {
	Request
	now       time.Time // in whole seconds
	arrived   time.Time
	client    db.Credential // its Secret is zero if none was used
	resolved  resolvedGrant
	scopes    []string
	audiences []string
	user      *VendorUser // of a token in the live shape of the iotconnect dialect
}

// resolvedGrant is what the request's authorization grant allows, before the request narrows it.
type resolvedGrant struct {
	subject        string // the token's sub
	personID       string // empty if the app acts on its own behalf
	scopes         []string
	requestedScope string    // the scope parameter, if the grant takes one
	audiences      []string  // nil: any audience that is open to the client
	authTime       time.Time // when the person signed in; zero: now
	// family is the token family that the request belongs to; zero if there is none.
	family db.Family
	// consume consumes the request's code or refresh token. It runs in the transaction that
	// records the token, and returns errReused if another request was faster, unless that is
	// allowed for: see refreshToken and retryWindow. Nil if there is nothing to consume.
	consume func(context.Context, *db.Tx) error
}

// Token answers a token request. All grants go through these phases in this order.
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
	arrived := s.Now()
	f := &flow{Request: req, now: arrived.Truncate(time.Second), arrived: arrived}
	var err error
	if f.client, err = s.authenticateClient(ctx, req, f.now, rule.public); err != nil {
		return Response{}, err
	}
	res, err := s.proceed(ctx, rule, f)
	return res, withCredential(err, f.client)
}

// proceed runs the phases after client authentication.
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
	if f.audiences, err = s.chooseAudience(ctx, f.client, f.Resources, f.resolved.audiences); err != nil {
		return Response{}, err
	}
	lifetime, err := s.shape(ctx, f)
	if err != nil {
		return Response{}, err
	}
	return s.issue(ctx, f, lifetime)
}

// ForPerson issues a token of an app to a signed-in person, without client authentication. It is
// for one audience (empty: the portal's own API), which must be open to the app, and reaches only
// the app's team. The caller must check first that the person may have it. With a scope for admins
// it demands a fresh proof, and returns *hub.StepUpRequired.
func (s *Server) ForPerson(ctx context.Context, app db.App, a hub.Actor, scopes []string, audience string, lifetime time.Duration, caller db.Caller) (Response, error) {
	resources := []string{audience}
	if audience == "" {
		resources = nil
	}
	audiences, err := s.chooseAudience(ctx, credentialOf(app), resources, nil)
	if err != nil {
		return Response{}, err
	}
	for _, scope := range scopes {
		if !slices.Contains(app.Scopes, scope) {
			return Response{}, notGranted(app.Scopes)
		}
	}
	if err := proveAdminScopes(ctx, &s.DB.Reader, a, scopes, hub.EffectAdminToken); err != nil {
		return Response{}, err
	}
	f := &flow{
		Request: Request{ClientID: app.ClientID, Dialect: "portal", Caller: caller},
		now:     s.Now().Truncate(time.Second), client: credentialOf(app),
		resolved: resolvedGrant{subject: a.ID, personID: a.ID}, scopes: scopes, audiences: audiences,
	}
	return s.issue(ctx, f, lifetime)
}

// issue mints the token and records it: it is on disk before it is returned, so that every
// issued token can be listed and revoked. Only what would have been issued counts under the app's
// limit, so that nobody else can use it up, and nothing is consumed beyond it.
func (s *Server) issue(ctx context.Context, f *flow, lifetime time.Duration) (Response, error) {
	if err := s.minted.TakeOf(ctx, f.client.ClientID, f.client.MintBurst, f.client.MintRate); err != nil {
		return Response{}, mintsTooMuch(err)
	}
	token, record, err := s.mint(f, lifetime)
	if err != nil {
		return Response{}, err
	}
	res := Response{AccessToken: token, TokenType: TokenType, ExpiresIn: record.ExpiresAt.Sub(record.IssuedAt), Scopes: f.scopes}
	if expires := f.client.Secret.ExpiresAt; expires.Sub(f.now) <= secretExpiryNotice {
		res.SecretExpires = expires
	}
	if f.resolved.consume != nil {
		res.RefreshToken, err = s.redeem(ctx, f, record)
	} else {
		err = s.DB.RecordToken(ctx, record, f.Caller)
	}
	switch {
	case errors.Is(err, db.ErrNotFound):
		return Response{}, badClient(Reason{Kind: db.ReasonSecretRevoked, Detail: "the secret or its app was revoked during the request"})
	case err != nil:
		return Response{}, err
	}
	return res, nil
}
