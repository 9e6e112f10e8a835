package grant

import (
	"context"
	"maps"
	"slices"
)

// rule is what one grant adds to the phases of Server.Token.
type rule struct {
	// resolve says for whom the token is: it sets the flow's subject and, for a grant that
	// a person gave, personID. A grant that consumes something consumes it here, before
	// anything is minted.
	resolve func(ctx context.Context, s *Server, f *flow) error
}

// rules is the table of grants.
func rules() map[string]rule {
	return map[string]rule{
		"client_credentials": {resolve: clientCredentials},
	}
}

// clientCredentials is RFC 6749 section 4.4: the client acts for itself, and is the subject
// of its token (RFC 9068 section 2.2).
func clientCredentials(_ context.Context, _ *Server, f *flow) error {
	f.subject = f.client.ClientID
	return nil
}

// GrantTypes lists the grants of the table, sorted.
func (s *Server) GrantTypes() []string { return slices.Sorted(maps.Keys(s.rules)) }
