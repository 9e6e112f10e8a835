package team

import (
	"context"
	"errors"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
)

// Teams lists the teams that the actor may work in: an owner all, others their own.
func (ts *Teams) Of(ctx context.Context, a hub.Actor) ([]db.Team, error) {
	if !a.Owner && a.Kind == hub.Person {
		return ts.hub.DB.TeamsOf(ctx, a.ID)
	}
	sizes, err := ts.hub.DB.Teams(ctx)
	teams := make([]db.Team, len(sizes))
	for i, t := range sizes {
		teams[i] = t.Team
	}
	return teams, err
}

// FirstTeam gives the id of the team that the actor has been in for longest, where they work
// until they choose another: a team that is made or joined later changes no page. It is empty
// for who is in none.
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

// AllTeams lists all teams of the portal, for its owners.
func (ts *Teams) All(ctx context.Context, a hub.Actor) ([]db.TeamSize, error) {
	if err := hub.OwnersOnly(a, "see all teams"); err != nil {
		return nil, err
	}
	return ts.hub.DB.Teams(ctx)
}

// AddTeam makes a team; the person who makes it becomes its first admin.
func (ts *Teams) Add(ctx context.Context, a hub.Actor, name string) (db.Team, error) {
	if err := hub.OwnersOnly(a, "make teams"); err != nil {
		return db.Team{}, err
	}
	bad := &hub.Invalid{}
	team := db.Team{ID: secret.ID(), SolutionKey: secret.ID(), CreatedAt: ts.hub.Now()}
	team.Name = hub.CleanName(bad, "name", "a name for the team", name, 100)
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
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionTeamCreated, TeamID: team.ID, Target: hub.OfTeam(team.ID, team.Name)})
	})
}

// TeamChange is what changes of a team's settings; nil stays as it is.
type Change struct {
	Name         *string
	SecondFactor *bool // its members need one
}

// ChangeTeam changes a team's settings, all that are told or none.
func (ts *Teams) Change(ctx context.Context, a hub.Actor, teamID string, c Change) error {
	if err := ts.hub.MayManageTeam(ctx, a, teamID, "change the team's settings"); err != nil {
		return err
	}
	return ts.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		team, err := tx.Team(ctx, teamID)
		if err != nil {
			return err
		}
		if c.SecondFactor != nil && *c.SecondFactor != team.SecondFactor {
			if err := requireOfTeam(ctx, tx, a, team, *c.SecondFactor); err != nil {
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

func requireOfTeam(ctx context.Context, tx *db.Tx, a hub.Actor, team db.Team, required bool) error {
	detail := "a second factor is not required of members"
	if required {
		f, err := tx.SecondFactor(ctx, a.ID)
		if err != nil {
			return err
		}
		if err := hub.HasOwn(a, f); err != nil {
			return err
		}
		detail = "a second factor is required of members"
	}
	if err := tx.RequireSecondFactor(ctx, team.ID, required); err != nil {
		return err
	}
	return a.Record(ctx, tx, hub.Event{Action: hub.ActionTeamChanged, TeamID: team.ID, Target: hub.OfTeam(team.ID, ""), Detail: detail})
}

// Members lists a team's members, for everyone in it with full access.
func (ts *Teams) Members(ctx context.Context, a hub.Actor, teamID string) ([]db.Member, error) {
	if _, err := ts.hub.MayDevelop(ctx, a, teamID, "see the team's members"); err != nil {
		return nil, err
	}
	return ts.hub.DB.Members(ctx, teamID)
}

// FindTeam gives the team with this id or, if there is none, with this name.
func (ts *Teams) Find(ctx context.Context, nameOrID string) (db.Team, error) {
	team, err := ts.hub.DB.Team(ctx, nameOrID)
	if hub.IsMissing(err) {
		return ts.hub.DB.TeamByName(ctx, nameOrID)
	}
	return team, err
}

func teamNameTaken(err error) error {
	if errors.Is(err, db.ErrConflict) {
		return hub.BadField("name", "There is a team with this name already. Choose another name.")
	}
	return err
}

// ManagedTeams lists the teams that the actor manages: a client its own, a person those where
// they are admin, an owner all.
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

// ManagedTeam gives a team that the actor manages.
func (ts *Teams) ManagedTeam(ctx context.Context, a hub.Actor, teamID string) (db.Team, error) {
	if err := ts.hub.MayManageTeam(ctx, a, teamID, "see the team's settings"); err != nil {
		return db.Team{}, err
	}
	return ts.hub.DB.Team(ctx, teamID)
}
