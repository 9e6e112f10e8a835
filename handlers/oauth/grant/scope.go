package grant

import (
	"context"
	"errors"
	"slices"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// maxScope bounds the scope parameter, in bytes.
const maxScope = 4096

// chooseScopes returns the scopes of a token: those requested, in their order and without
// repeats, or all that the client has if it requested none (RFC 6749 section 3.3).
func chooseScopes(requested string, granted []string) ([]string, error) {
	if requested == "" {
		return granted, nil
	}
	if !wellFormedScope(requested) {
		return nil, badScope("The scope has characters that are not allowed in a scope.")
	}
	var chosen []string
	for _, scope := range splitScope(requested) {
		if !slices.Contains(granted, scope) {
			return nil, notGranted(granted)
		}
		if !slices.Contains(chosen, scope) {
			chosen = append(chosen, scope)
		}
	}
	if len(chosen) == 0 {
		return nil, badScope("The scope is blank: name a scope, or leave the parameter out.")
	}
	return chosen, nil
}

// resolveScopes is chooseScopes with the true reason for a refusal. It names only scopes that
// the portal has: any others could be anything that the client made up.
func (s *Server) resolveScopes(ctx context.Context, requested string, granted []string) ([]string, error) {
	chosen, err := chooseScopes(requested, granted)
	var e *Error
	if !errors.As(err, &e) || !wellFormedScope(requested) {
		return chosen, err
	}
	known, listErr := s.Scopes(ctx)
	if listErr != nil {
		return nil, listErr
	}
	var missing []string
	unknown := false
	for _, scope := range splitScope(requested) {
		switch {
		case slices.Contains(granted, scope) || slices.Contains(missing, scope):
		case slices.Contains(known, scope):
			missing = append(missing, scope)
		default:
			unknown = true
		}
	}
	detail := "scope not granted to this app: " + strings.Join(missing, " ")
	switch {
	case unknown && len(missing) > 0:
		detail += ", and one that this portal does not have"
	case unknown:
		detail = "scope not granted to this app: one that this portal does not have"
	}
	return nil, e.because(Reason{Kind: db.ReasonScopeNotGranted, Detail: detail})
}

// splitScope splits at spaces or, as in Netrex's document, commas.
func splitScope(scope string) []string {
	return strings.FieldsFunc(scope, func(c rune) bool { return c == ' ' || c == ',' })
}

// notGranted names what the client has and not what it requested: nothing is echoed.
func notGranted(granted []string) *Error {
	if len(granted) == 0 {
		return badScope("This client has no scopes.")
	}
	return badScope("A requested scope is not granted to this client. Granted: " + strings.Join(granted, " ") + ".")
}

// wellFormedScope checks for the characters of RFC 6749 section 3.3: %x21 / %x23-5B / %x5D-7E,
// separated by spaces.
func wellFormedScope(s string) bool {
	if len(s) > maxScope {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// Scopes lists the names of the portal's scopes, in the order of its catalogue.
func (s *Server) Scopes(ctx context.Context) ([]string, error) {
	catalogue, err := s.DB.Scopes(ctx)
	names := make([]string, 0, len(catalogue))
	for _, scope := range catalogue {
		names = append(names, scope.Name)
	}
	return names, err
}

// proveAdminScopes returns *hub.StepUpRequired if a person has to prove first that they are there,
// as one of the scopes is one that only admins give.
func proveAdminScopes(ctx context.Context, r *db.Reader, a hub.Actor, scopes []string, effect hub.Effect) error {
	catalogue, err := r.Scopes(ctx)
	if err != nil {
		return err
	}
	for _, scope := range catalogue {
		if scope.AdminOnly && slices.Contains(scopes, scope.Name) {
			return a.Prove(ctx, r, effect)
		}
	}
	return nil
}
