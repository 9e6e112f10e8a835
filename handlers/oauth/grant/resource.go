package grant

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"gatepost/db"
)

// chooseAudience returns the audiences of a token: the requested resources, each once, all of
// them among allowed and open to the client. Open are the issuer, which is the portal's own API,
// and the audiences of audiencesOf. Without a resource the token is for everything allowed or, if
// allowed is nil, for the issuer (RFC 8707 section 2). A token for the issuer is for nothing else:
// otherwise each API that receives it could use it here.
func (s *Server) chooseAudience(ctx context.Context, client db.Credential, resources, allowed []string) ([]string, error) {
	own := []string{s.Issuer}
	if len(resources) == 0 && (allowed == nil || slices.Equal(allowed, own)) {
		return own, nil // most requests: no query needed
	}
	for _, resource := range resources {
		if err := checkResource(resource); err != nil {
			return nil, err
		}
	}
	others, err := s.audiencesOf(ctx, client)
	if err != nil {
		return nil, err
	}
	known := append(own, others...)
	if len(resources) == 0 {
		// What was authorized, minus the APIs that are no longer here, or no longer open to the client.
		switch chosen := intersect(allowed, known); {
		case len(chosen) == 0:
			return nil, badTarget("The API that was authorized no longer exists here, or is no longer open to this client.")
		case len(chosen) > 1 && slices.Contains(chosen, s.Issuer):
			return nil, badTarget("The person authorized this portal's own API and others, and one token can't be for both: name one as resource.")
		default:
			return chosen, nil
		}
	}
	var chosen []string
	for _, resource := range resources {
		switch {
		case !slices.Contains(known, resource):
			return nil, badTarget("A requested resource is not known here, or not open to this client.")
		case allowed != nil && !slices.Contains(allowed, resource):
			return nil, badTarget("A requested resource was not authorized.")
		case !slices.Contains(chosen, resource):
			chosen = append(chosen, resource)
		}
	}
	if len(chosen) > 1 && slices.Contains(chosen, s.Issuer) {
		return nil, badTarget("A token for this portal's own API can't be for another API as well: request one token for each.")
	}
	return chosen, nil
}

// audiencesOf returns the audiences of the APIs that a client may request tokens for: those with
// one of its scopes, and those that an owner has opened to it by name.
func (s *Server) audiencesOf(ctx context.Context, client db.Credential) (audiences []string, err error) {
	apis, err := s.DB.APIs(ctx)
	if err != nil {
		return nil, err
	}
	listed, err := s.DB.APIsOfApp(ctx, client.ClientID)
	for _, api := range apis {
		if Open(api, client.Scopes, slices.Contains(listed, api.ID)) {
			audiences = append(audiences, api.Audience)
		}
	}
	return audiences, err
}

// Open says whether an app with these scopes may request tokens for an API. listed says whether an owner named it.
func Open(api db.API, scopes []string, listed bool) bool {
	if api.Access == db.AccessByApps {
		return listed
	}
	return len(intersect(api.Scopes, scopes)) > 0
}

// checkResource refuses what RFC 8707 section 2 doesn't allow as a resource.
func checkResource(resource string) error {
	if u, err := url.Parse(resource); err != nil || !u.IsAbs() || strings.Contains(resource, "#") {
		return badTarget("A resource must be an absolute URI without a fragment.")
	}
	return nil
}

// intersect returns the members of list that are also in other, in the order of list.
func intersect(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return !slices.Contains(other, s) })
}

// subtract returns the members of list that aren't in other, in the order of list.
func subtract(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(other, s) })
}
