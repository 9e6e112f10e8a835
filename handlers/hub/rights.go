package hub

import (
	"context"
	"fmt"

	"gatepost/db"
)

// Roles of a member.
const (
	Admin     = "admin"
	Developer = "developer"
	Viewer    = "viewer"
)

// ValidRole says whether role is one of the three.
func ValidRole(role string) bool { return role == Admin || role == Developer || role == Viewer }

// CheckRole says what is wrong with a role that is none of the three.
func CheckRole(bad *Invalid, role string) {
	if !ValidRole(role) {
		bad.Add("role", "Choose admin, developer or viewer.")
	}
}

// Rights are what an actor may do in one team.
type Rights struct {
	Role    string // admin, developer or viewer; an owner and the operator count as admin everywhere
	Manage  bool   // invite, see the audit log, change the team's settings, any app's secrets
	Develop bool   // create apps, use the playground
}

// Rights gives what the actor may do in a team. A team that the actor is no part of gives
// db.ErrNotFound, as one that does not exist.
func (h *Hub) Rights(ctx context.Context, a Actor, teamID string) (Rights, error) {
	return RightsIn(ctx, &h.DB.Reader, a, teamID)
}

// RightsIn is Hub.Rights as a transaction sees them.
func RightsIn(ctx context.Context, r *db.Reader, a Actor, teamID string) (Rights, error) {
	switch {
	case a.Kind == Operator, a.Owner:
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
	m, err := r.Member(ctx, teamID, a.ID)
	if err != nil {
		return Rights{}, err
	}
	return Rights{Role: m.Role, Manage: m.Role == Admin, Develop: m.Role != Viewer}, nil
}

// MayManageTeam refuses what only a team's admins and the portal's owners may do; what says it in
// words, such as "invite people".
func (h *Hub) MayManageTeam(ctx context.Context, a Actor, teamID, what string) error {
	r, err := h.Rights(ctx, a, teamID)
	if err == nil && !r.Manage {
		return &Forbidden{What: what, WhoCan: AdminCan}
	}
	return err
}

// MayDevelop refuses what viewers of a team may not do, and returns the actor's rights there.
func (h *Hub) MayDevelop(ctx context.Context, a Actor, teamID, what string) (Rights, error) {
	r, err := h.Rights(ctx, a, teamID)
	if err == nil && !r.Develop {
		return r, &Forbidden{What: what, WhoCan: DeveloperByAdmin}
	}
	return r, err
}

// MayManageApp gives the app when the actor may change it: everyone who manages its team,
// and the developer who made it.
func (h *Hub) MayManageApp(ctx context.Context, a Actor, clientID, what string) (db.App, error) {
	app, err := h.DB.App(ctx, clientID)
	if err != nil {
		return app, err
	}
	r, err := h.MayDevelop(ctx, a, app.TeamID, what)
	if err == nil && !r.Manage && app.CreatedBy != a.ID {
		err = &Forbidden{What: what, WhoCan: MakerCan}
	}
	return app, err
}

// HasOwn keeps a person from requiring of others what they have not done themselves: they
// would be led away from the page at once.
func HasOwn(a Actor, f db.SecondFactor) error {
	if a.Kind == Person && !f.Has {
		return BadField("requires_second_factor", "Set up two-factor sign-in for your own account first, under User section, Security.")
	}
	return nil
}

// mayOwn lets owners and the operator pass; by a token only by a personal one, whose scope
// the endpoint has checked: no app owns the portal, whoever allowed it to act for them.
func MayOwn(a Actor, what string) error {
	if a.Kind == Operator || a.Kind == Person && a.Owner && (!a.ByToken() || a.Personal) {
		return nil
	}
	return &Forbidden{What: what, WhoCan: "An owner of the portal can do it, signed in or by a personal token."}
}

func OwnersOnly(a Actor, what string) error {
	if a.Owner || a.Kind == Operator {
		return nil
	}
	return &Forbidden{What: what, WhoCan: OwnerCan}
}
