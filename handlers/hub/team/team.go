package team

import (
	"context"
	"errors"
	"slices"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
)

// Teams applies the rules of teams. It is safe for concurrent use.
type Teams struct{ hub *hub.Hub }

// New returns the rules of teams.
func New(h *hub.Hub) *Teams { return &Teams{hub: h} }

// Of returns the teams that the actor may work in: an owner in all, others in their own, and an app that
// acts for a person in those of them that the person let it reach.
func (ts *Teams) Of(ctx context.Context, a hub.Actor) ([]db.Team, error) {
	if a.Kind == hub.Person && !a.Owns() {
		return ts.Joined(ctx, a)
	}
	sizes, err := ts.hub.DB.Teams(ctx)
	teams := make([]db.Team, len(sizes))
	for i, t := range sizes {
		teams[i] = t.Team
	}
	return teams, err
}

// Joined returns the teams of Of that the actor is a member of: an owner is rarely a member of all.
func (ts *Teams) Joined(ctx context.Context, a hub.Actor) ([]db.Team, error) {
	if a.Kind != hub.Person {
		return ts.Of(ctx, a)
	}
	teams, err := ts.hub.DB.TeamsOf(ctx, a.ID)
	return slices.DeleteFunc(teams, func(t db.Team) bool { return !a.Reaches(t.ID) }), err
}

// First returns the id of the team that the actor joined first, where they work until they choose
// another one, so that joining or creating a team doesn't change their pages. It is empty if they are
// in no team.
func (ts *Teams) First(ctx context.Context, a hub.Actor) (id string, err error) {
	members, err := ts.hub.DB.MembershipsOf(ctx, a.ID)
	var first db.Member
	for _, m := range members {
		if first.TeamID == "" || m.CreatedAt.Before(first.CreatedAt) {
			first = m
		}
	}
	return first.TeamID, err
}

// All returns all teams of the portal. It is for owners.
func (ts *Teams) All(ctx context.Context, a hub.Actor) ([]db.TeamSize, error) {
	if err := ts.hub.MayOwn(ctx, a, "see all teams"); err != nil {
		return nil, err
	}
	return ts.hub.DB.Teams(ctx)
}

// Add creates a team. A person who creates one becomes its first admin.
func (ts *Teams) Add(ctx context.Context, a hub.Actor, name string) (db.Team, error) {
	return ts.AddWith(ctx, a, Change{Name: &name})
}

// AddWith is Add with the team's other settings.
func (ts *Teams) AddWith(ctx context.Context, a hub.Actor, c Change) (db.Team, error) {
	if err := ts.hub.MayOwn(ctx, a, "create teams"); err != nil {
		return db.Team{}, err
	}
	bad := &hub.Invalid{}
	team := db.Team{ID: secret.ID(), SolutionKey: secret.ID(), CreatedAt: ts.hub.Now()}
	if c.Name == nil {
		c.Name = new("")
	}
	team.Name = hub.CleanName(bad, "name", "a name for the team", *c.Name, 100)
	if err := bad.OrNil(); err != nil {
		return team, err
	}
	return team, ts.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.InsertTeam(ctx, team); err != nil {
			return teamNameTaken(err)
		}
		if a.Kind == hub.Person {
			if err := tx.PutMember(ctx, team.ID, a.ID, hub.Admin); err != nil {
				return err
			}
		}
		if err := a.Record(ctx, tx, hub.Event{Action: hub.ActionTeamCreated, TeamID: team.ID, Target: hub.OfTeam(team.ID, team.Name)}); err != nil {
			return err
		}
		if c.SecondFactor == nil || !*c.SecondFactor {
			return nil
		}
		team.SecondFactor = true
		return setSecondFactorRule(ctx, tx, a, team, true)
	})
}

// Change holds what changes about a team's settings. A nil field stays as it is.
type Change struct {
	Name         *string
	SecondFactor *bool // members need a second factor
	Seen         *Settings
}

// Settings are what Change changes. A caller who read them before sends them as Change.Seen.
type Settings struct {
	Name         string
	SecondFactor bool
}

// SettingsOf returns the settings of a team.
func SettingsOf(t db.Team) Settings { return Settings{t.Name, t.SecondFactor} }

// Change changes the settings of a team, all of those given or none, if they still are as in c.Seen. If it requires a second factor,
// it ends what acts for members who have none; their sessions lead to the page that sets one up.
func (ts *Teams) Change(ctx context.Context, a hub.Actor, teamID string, c Change) error {
	if err := ts.hub.MayManageTeam(ctx, a, teamID, "change the team's settings"); err != nil {
		return err
	}
	return ts.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.LockTeam(ctx, teamID); err != nil {
			return err
		}
		team, err := tx.Team(ctx, teamID)
		if err != nil {
			return err
		}
		if err := hub.CheckSeen(c.Seen, SettingsOf(team), hub.ErrChanged); err != nil {
			return err
		}
		if c.SecondFactor != nil && *c.SecondFactor != team.SecondFactor {
			if err := setSecondFactorRule(ctx, tx, a, team, *c.SecondFactor); err != nil {
				return err
			}
		}
		if c.Name != nil {
			return renameTeam(ctx, tx, a, team, *c.Name)
		}
		return nil
	})
}

func renameTeam(ctx context.Context, tx *db.Tx, a hub.Actor, team db.Team, name string) error {
	bad := &hub.Invalid{}
	name = hub.CleanName(bad, "name", "a name for the team", name, 100)
	if err := bad.OrNil(); err != nil || name == team.Name {
		return err
	}
	if err := tx.RenameTeam(ctx, team.ID, name); err != nil {
		return teamNameTaken(err)
	}
	return a.Record(ctx, tx, hub.Event{Action: hub.ActionTeamRenamed, TeamID: team.ID, Target: hub.OfTeam(team.ID, name)})
}

func setSecondFactorRule(ctx context.Context, tx *db.Tx, a hub.Actor, team db.Team, required bool) error {
	detail := "a second factor is not required of members"
	if required {
		f, err := tx.SecondFactor(ctx, a.ID)
		if err != nil {
			return err
		}
		if err := hub.CheckOwnSecondFactor(a, f); err != nil {
			return err
		}
		detail = "a second factor is required of members"
	}
	if err := tx.RequireSecondFactor(ctx, team.ID, required); err != nil {
		return err
	}
	if required {
		ended, err := tx.ExpelWithoutFactor(ctx, team.ID)
		if err != nil {
			return err
		}
		detail += hub.EndedWithoutFactor(ended)
	}
	return a.Record(ctx, tx, hub.Event{Action: hub.ActionTeamChanged, TeamID: team.ID, Target: hub.OfTeam(team.ID, ""), Detail: detail})
}

// Members returns the members of a team. It needs the role developer or admin.
func (ts *Teams) Members(ctx context.Context, a hub.Actor, teamID string) ([]db.Member, error) {
	if _, err := ts.hub.MayDevelop(ctx, a, teamID, "see the team's members"); err != nil {
		return nil, err
	}
	return ts.hub.DB.Members(ctx, teamID)
}

// Find returns the team with this id or, if there is none, the one with this name.
func (ts *Teams) Find(ctx context.Context, nameOrID string) (db.Team, error) {
	team, err := ts.hub.DB.Team(ctx, nameOrID)
	if hub.IsMissing(err) {
		return ts.hub.DB.TeamByName(ctx, nameOrID)
	}
	return team, err
}

func teamNameTaken(err error) error {
	if errors.Is(err, db.ErrConflict) {
		return hub.BadField("name", "A team with this name already exists. Choose another name.")
	}
	return err
}

// Managed returns the teams that the actor manages: for a client its own, for a person those where they
// are an admin, for an owner all.
func (ts *Teams) Managed(ctx context.Context, a hub.Actor) ([]db.Team, error) {
	if a.Kind == hub.Client {
		t, err := ts.hub.DB.Team(ctx, a.TeamID)
		return []db.Team{t}, err
	}
	teams, err := ts.Of(ctx, a)
	if err != nil {
		return nil, err
	}
	var managed []db.Team
	for _, t := range teams {
		r, err := ts.hub.Rights(ctx, a, t.ID)
		if err != nil {
			return nil, err
		}
		if r.Manage {
			managed = append(managed, t)
		}
	}
	return managed, nil
}

// ManagedTeam returns a team that the actor manages.
func (ts *Teams) ManagedTeam(ctx context.Context, a hub.Actor, teamID string) (db.Team, error) {
	if err := ts.hub.MayManageTeam(ctx, a, teamID, "see the team's settings"); err != nil {
		return db.Team{}, err
	}
	return ts.hub.DB.Team(ctx, teamID)
}
