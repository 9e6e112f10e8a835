package hub

import (
	"context"
	"fmt"
	"slices"

	"gatepost/db"
)

// Roles of a team's members.
const (
	Admin     = "admin"
	Developer = "developer"
	Viewer    = "viewer"
)

// ValidRole says whether role is one of the three.
func ValidRole(role string) bool { return role == Admin || role == Developer || role == Viewer }

// CheckRole adds an error for a role that isn't one of the three.
func CheckRole(bad *Invalid, role string) {
	if !ValidRole(role) {
		bad.Add("role", "Choose admin, developer or viewer.")
	}
}

// Rights are what an actor can do in a team.
type Rights struct {
	Role    string // admin, developer or viewer; an owner and the operator count as admin everywhere
	Manage  bool   // invite, see the audit log, change the team's settings, any app's secrets
	Develop bool   // create apps, use the playground
}

// Rights returns what the actor can do in a team. A team that the actor isn't part of is
// db.ErrNotFound, like one that doesn't exist.
func (h *Hub) Rights(ctx context.Context, a Actor, teamID string) (Rights, error) {
	return RightsIn(ctx, &h.DB.Reader, a, teamID)
}

// RightsIn is Rights within a transaction, or with another reader.
func RightsIn(ctx context.Context, r *db.Reader, a Actor, teamID string) (Rights, error) {
	switch {
	case a.Kind == Operator, a.Owns():
		if _, err := r.Team(ctx, teamID); err != nil {
			return Rights{}, err
		}
		return Rights{Role: Admin, Manage: true, Develop: true}, nil
	case a.Kind == Client:
		if a.TeamID != teamID {
			return Rights{}, fmt.Errorf("hub: rights: %w", db.ErrNotFound)
		}
		// The endpoint has checked the scope; an admin gave that scope to the app.
		return Rights{Role: Admin, Manage: true, Develop: true}, nil
	}
	if !a.Reaches(teamID) {
		return Rights{}, fmt.Errorf("hub: rights: %w", db.ErrNotFound)
	}
	m, err := r.Member(ctx, teamID, a.ID)
	if err != nil {
		return Rights{}, err
	}
	return Rights{Role: m.Role, Manage: m.Role == Admin, Develop: m.Role != Viewer}, nil
}

// MayManageTeam returns *Forbidden unless the actor manages the team. what completes "You may not".
func (h *Hub) MayManageTeam(ctx context.Context, a Actor, teamID, what string) error {
	r, err := h.Rights(ctx, a, teamID)
	if err == nil && !r.Manage {
		return &Forbidden{What: what, WhoCan: AdminCan}
	}
	return err
}

// MayDevelop returns *Forbidden unless the actor can create apps and change devices in the team. what
// completes "You may not".
func (h *Hub) MayDevelop(ctx context.Context, a Actor, teamID, what string) (Rights, error) {
	r, err := h.Rights(ctx, a, teamID)
	if err == nil && !r.Develop {
		return r, &Forbidden{What: what, WhoCan: DeveloperByAdmin}
	}
	return r, err
}

// ManagesApp says whether an actor with these rights in the app's team can change the app: an admin, or the developer
// who created it. An app with a scope that only admins can give is for admins alone: a developer who once was one, or
// whose app got the scope later, would have through its secrets what they may not have. adminScopes is from AdminScopes.
func ManagesApp(a Actor, r Rights, app db.App, adminScopes []string) bool {
	return r.Manage || r.Develop && app.CreatedBy == a.ID && !ForAdmins(app, adminScopes)
}

// ForAdmins says whether an app has a scope that only admins can give.
func ForAdmins(app db.App, adminScopes []string) bool {
	return slices.ContainsFunc(app.Scopes, func(s string) bool { return slices.Contains(adminScopes, s) })
}

// MayManageApp returns an app that the actor can change, by ManagesApp. Others who see the app get *Forbidden. what
// completes "You may not".
func (h *Hub) MayManageApp(ctx context.Context, a Actor, clientID, what string) (db.App, error) {
	return MayManageAppIn(ctx, &h.DB.Reader, a, clientID, what)
}

// MayManageAppIn is MayManageApp within a transaction, or with another reader.
func MayManageAppIn(ctx context.Context, r *db.Reader, a Actor, clientID, what string) (db.App, error) {
	app, err := r.App(ctx, clientID)
	if err != nil {
		return app, err
	}
	rights, err := RightsIn(ctx, r, a, app.TeamID)
	if err != nil {
		return app, err
	}
	adminScopes, err := AdminScopes(ctx, r)
	switch {
	case err != nil || ManagesApp(a, rights, app, adminScopes):
	case !rights.Develop:
		err = &Forbidden{What: what, WhoCan: DeveloperByAdmin}
	case ForAdmins(app, adminScopes):
		err = &Forbidden{What: what, WhoCan: AdminOfAppCan}
	default:
		err = &Forbidden{What: what, WhoCan: MakerCan}
	}
	return app, err
}

// CheckOwnSecondFactor returns *Invalid if a person who requires a second factor of others has none:
// the requirement would lock them out of the page that they are on.
func CheckOwnSecondFactor(a Actor, f db.SecondFactor) error {
	if a.Kind == Person && !f.Has {
		return BadField("requires_second_factor", "Set up two-factor sign-in for your own account first, under User section, Security.")
	}
	return nil
}

// MayOwn returns *Forbidden unless the actor is an owner or the operator, and *StepUpRequired unless an
// owner's session has proved itself lately. With a token it must be a personal one, whose scope the
// endpoint has checked: no app acts as an owner. what completes "You may not".
func (h *Hub) MayOwn(ctx context.Context, a Actor, what string) error {
	if a.Kind != Operator && !a.Owns() {
		return &Forbidden{What: what, WhoCan: "An owner of the portal can do it, signed in or with a personal token."}
	}
	return a.Prove(ctx, &h.DB.Reader, EffectOwn)
}
