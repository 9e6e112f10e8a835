package hub

import (
	"context"
	"slices"
	"strings"

	"gatepost/db"
)

// changing are the last words of scopes that let a program change things: write, apps:write, recordings_delete.
var changing = []string{"write", "post", "delete", "manage", "admin"}

// IsWriteScope says whether a scope lets a program change things, by the last word of its name. The catalogue says no
// more about that than names do.
func IsWriteScope(name string) bool {
	return slices.Contains(changing, name[strings.LastIndexAny(name, ":/._-")+1:])
}

// AdminScopes are the scopes of the catalogue that only an admin can give to an app.
func AdminScopes(ctx context.Context, r *db.Reader) (names []string, err error) {
	catalogue, err := r.Scopes(ctx)
	for _, s := range catalogue {
		if s.AdminOnly {
			names = append(names, s.Name)
		}
	}
	return names, err
}

// ScopesOfAdmins are the scopes that stand for what an admin of a team can do there, or let an app do: the whole
// catalogue, without those about a person's own account and about the portal.
func ScopesOfAdmins(ctx context.Context, r *db.Reader) (names []string, err error) {
	catalogue, err := r.Scopes(ctx)
	for _, s := range catalogue {
		if !strings.HasPrefix(s.Name, "account:") && !strings.HasPrefix(s.Name, "portal:") {
			names = append(names, s.Name)
		}
	}
	return names, err
}

// InsufficientScope is the refusal of a token that would create something stronger than itself. Missing are the scopes
// that it lacks.
type InsufficientScope struct{ Missing []string }

// Error returns a sentence that names the missing scopes.
func (e *InsufficientScope) Error() string {
	return "A token can only create or widen what can do no more than the token itself. It lacks " + strings.Join(e.Missing, ", ") + "."
}

// WithinToken returns *InsufficientScope if the actor uses a token without all of the scopes. Every rule that creates or
// widens a credential asks it, with the scopes of that credential: otherwise a token that can change an app would get
// whatever the app can do, by a new secret or key of the app.
func WithinToken(a Actor, scopes []string) error {
	if !a.ByToken() {
		return nil
	}
	missing := slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return slices.Contains(a.Scopes, s) })
	if len(missing) > 0 {
		return &InsufficientScope{missing}
	}
	return nil
}
