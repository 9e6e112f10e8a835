package grant

import (
	"context"
	"net/url"
	"slices"
	"strings"
)

// chooseAudience returns the audiences of a token: the requested resources, each once, all of
// them among allowed and known to the portal. Known are the issuer, which is the portal's own
// API, and the audiences of db.API. Without a resource the token is for everything allowed or,
// if allowed is nil, for the issuer (RFC 8707 section 2).
func (s *Server) chooseAudience(ctx context.Context, resources, allowed []string) ([]string, error) {
	own := []string{s.Issuer}
	if len(resources) == 0 && (allowed == nil || slices.Equal(allowed, own)) {
		return own, nil // most requests: no query needed
	}
	for _, resource := range resources {
		if err := checkResource(resource); err != nil {
			return nil, err
		}
	}
	known := own
	apis, err := s.DB.APIs(ctx)
	if err != nil {
		return nil, err
	}
	for _, api := range apis {
		known = append(known, api.Audience)
	}
	if len(resources) == 0 {
		// What was authorized, minus the APIs that the portal has removed since.
		if chosen := intersect(allowed, known); len(chosen) > 0 {
			return chosen, nil
		}
		return nil, badTarget("The API that was authorized no longer exists here.")
	}
	var chosen []string
	for _, resource := range resources {
		switch {
		case !slices.Contains(known, resource):
			return nil, badTarget("A requested resource is not known here.")
		case allowed != nil && !slices.Contains(allowed, resource):
			return nil, badTarget("A requested resource was not authorized.")
		case !slices.Contains(chosen, resource):
			chosen = append(chosen, resource)
		}
	}
	return chosen, nil
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
