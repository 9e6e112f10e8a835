package grant

import (
	"context"
	"errors"
	"slices"
	"strings"

	"gatepost/db"
)

// maxScope bounds the scope parameter, in bytes.
const maxScope = 4096

// chooseScopes gives the scopes of a token: those asked for, in their order and without
// repeats, or all that the client has when it asked for none (RFC 6749 section 3.3). They
// are separated by spaces or, as in Netrex's document, by commas.
func chooseScopes(asked string, granted []string) ([]string, error) {
	if asked == "" {
		return granted, nil
	}
	if !wellFormedScope(asked) {
		return nil, badScope("The scope has characters that no scope can have.")
	}
	var chosen []string
	for _, scope := range splitScope(asked) {
		if !slices.Contains(granted, scope) {
			return nil, notGranted(granted)
		}
		if !slices.Contains(chosen, scope) {
			chosen = append(chosen, scope)
		}
	}
	if len(chosen) == 0 {
		return nil, badScope("The scope names nothing: leave the parameter out, or name one.")
	}
	return chosen, nil
}

// narrow is chooseScopes with the true reason of a refusal. It names those scopes only that
// the portal has: the others may be anything.
func (s *Server) resolveScopes(ctx context.Context, asked string, granted []string) ([]string, error) {
	chosen, err := chooseScopes(asked, granted)
	var e *Error
	if !errors.As(err, &e) || !wellFormedScope(asked) {
		return chosen, err
	}
	known, listErr := s.Scopes(ctx)
	if listErr != nil {
		return nil, listErr
	}
	var lacks []string
	strange := false
	for _, scope := range splitScope(asked) {
		switch {
		case slices.Contains(granted, scope) || slices.Contains(lacks, scope):
		case slices.Contains(known, scope):
			lacks = append(lacks, scope)
		default:
			strange = true
		}
	}
	detail := "scope not granted to this app: " + strings.Join(lacks, " ")
	switch {
	case strange && len(lacks) > 0:
		detail += ", and one that this portal does not have"
	case strange:
		detail = "scope not granted to this app: one that this portal does not have"
	}
	return nil, e.because(db.ReasonScopeNotGranted, detail)
}

func splitScope(asked string) []string {
	return strings.FieldsFunc(asked, func(c rune) bool { return c == ' ' || c == ',' })
}

// notGranted names what the client has, and not what it asked for: nothing is echoed.
func notGranted(granted []string) *Error {
	if len(granted) == 0 {
		return badScope("This client has no scopes.")
	}
	return badScope("A scope that was asked for is not granted to this client. Granted: " + strings.Join(granted, " ") + ".")
}

// wellFormedScope takes the characters of RFC 6749 section 3.3: %x21 / %x23-5B / %x5D-7E,
// and spaces between.
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

// Scopes lists the names of the portal's catalogue of scopes, in its order.
func (s *Server) Scopes(ctx context.Context) ([]string, error) {
	catalogue, err := s.DB.Scopes(ctx)
	names := make([]string, 0, len(catalogue))
	for _, scope := range catalogue {
		names = append(names, scope.Name)
	}
	return names, err
}
