package grant

import (
	"context"
	"maps"
	"slices"

	"gatepost/db"
)

// rule is what one grant adds to the phases of Server.Token.
type rule struct {
	// public says whether public clients may use the grant (RFC 6749 section 2.1).
	public bool
	// resolve finds what the request redeems and returns what that grants. It consumes nothing:
	// that belongs in the transaction that records the token.
	resolve func(ctx context.Context, s *Server, f *flow) (resolvedGrant, error)
}

// The grant types, by the names that RFC 6749 and RFC 8628 give them.
const (
	ClientCredentials = db.GrantClient
	AuthorizationCode = db.GrantCode
	RefreshToken      = db.GrantRefresh
	DeviceCode        = db.GrantDeviceCode
)

// rules is the table of grants.
func rules() map[string]rule {
	return map[string]rule{
		ClientCredentials: {resolve: clientCredentials},
		AuthorizationCode: {resolve: authorizationCode, public: true},
		RefreshToken:      {resolve: refreshToken, public: true},
		DeviceCode:        {resolve: deviceCode, public: true},
	}
}

// clientCredentials is RFC 6749 section 4.4: the client acts on its own behalf, and is the
// subject of the token (RFC 9068 section 2.2).
func clientCredentials(_ context.Context, _ *Server, f *flow) (resolvedGrant, error) {
	return resolvedGrant{subject: f.client.ClientID, scopes: f.client.Scopes, requestedScope: f.Scope}, nil
}

// GrantTypes lists the grant types of the table, sorted.
func (s *Server) GrantTypes() []string { return slices.Sorted(maps.Keys(s.rules)) }
