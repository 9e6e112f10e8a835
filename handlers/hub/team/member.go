package team

import (
	"context"
	"fmt"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/views/mail"
)

// Membership is a member with what hangs on their being in the team.
type Membership struct {
	db.Member
	Team       db.Team
	Reach      db.Reach
	OtherTeams int  // that the person is in
	LastAdmin  bool // no other active admin is left without them
}

// Membership gives a member of a team to those who may end the membership: who manages the
// team, and the member. A person who is not in the team gives db.ErrNotFound.
func (ts *Teams) Membership(ctx context.Context, a hub.Actor, teamID, personID string) (Membership, error) {
	if personID != a.ID || a.Kind != hub.Person {
		if err := ts.hub.MayManageTeam(ctx, a, teamID, "remove people"); err != nil {
			return Membership{}, err
		}
	}
	m, err := ts.hub.DB.Member(ctx, teamID, personID)
	if err != nil {
		return Membership{}, err
	}
	out := Membership{Member: m}
	if out.Team, err = ts.hub.DB.Team(ctx, teamID); err != nil {
		return out, err
	}
	if out.Reach, err = ts.hub.DB.ReachOf(ctx, teamID, personID, ts.hub.Now()); err != nil {
		return out, err
	}
	teams, err := ts.hub.DB.TeamsOf(ctx, personID)
	if err != nil {
		return out, err
	}
	out.OtherTeams = len(teams) - 1
	if m.Role == hub.Admin {
		others, err := ts.hub.DB.CountAdmins(ctx, teamID, personID)
		if err != nil {
			return out, err
		}
		out.LastAdmin = others == 0
	}
	return out, nil
}

// inTeam runs a change of a team's people. Changes of one team take turns, and the actor's
// rights are looked at when theirs has come: of two admins who demote each other at once, one
// is too late.
func (ts *Teams) inTeam(ctx context.Context, a hub.Actor, teamID, personID, what string, change func(*db.Tx, db.Team, db.Member) error) error {
	return ts.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.LockTeam(ctx, teamID); err != nil {
			return err
		}
		if personID != a.ID || a.Kind != hub.Person {
			r, err := hub.RightsIn(ctx, &tx.Reader, a, teamID)
			if err == nil && !r.Manage {
				err = &hub.Forbidden{What: what, WhoCan: hub.AdminCan}
			}
			if err != nil {
				return err
			}
		}
		m, err := tx.Member(ctx, teamID, personID)
		if err != nil {
			return err
		}
		team, err := tx.Team(ctx, teamID)
		if err != nil {
			return err
		}
		return change(tx, team, m)
	})
}

// keepAdmin refuses to take the role admin from the last active one of a team.
func keepAdmin(ctx context.Context, tx *db.Tx, m db.Member) error {
	if m.Role != hub.Admin {
		return nil
	}
	others, err := tx.CountAdmins(ctx, m.TeamID, m.PersonID)
	if err == nil && others == 0 {
		err = hub.ErrLastAdmin
	}
	return err
}

// ChangeRole gives a member another role, with effect on their next request.
func (ts *Teams) ChangeRole(ctx context.Context, a hub.Actor, teamID, personID, role string) error {
	if err := ts.hub.MayManageTeam(ctx, a, teamID, "change roles"); err != nil {
		return err
	}
	bad := &hub.Invalid{}
	if hub.CheckRole(bad, role); bad.OrNil() != nil {
		return bad
	}
	return ts.inTeam(ctx, a, teamID, personID, "change roles", func(tx *db.Tx, team db.Team, m db.Member) error {
		if r, err := hub.RightsIn(ctx, &tx.Reader, a, teamID); err != nil || !r.Manage {
			return &hub.Forbidden{What: "change roles", WhoCan: "An admin of the team can do it."} // demoted a moment ago
		}
		if m.Role == role {
			return nil
		}
		if err := keepAdmin(ctx, tx, m); err != nil {
			return err
		}
		if err := tx.SetRole(ctx, teamID, personID, role); err != nil {
			return err
		}
		if m.Active && personID != a.ID {
			if err := ts.hub.Post(ctx, tx, m.Email, mail.RoleChanged{Notice: ts.hub.Notice(a, m.Name, "/team"), Team: team.Name, Role: role, Was: m.Role}); err != nil {
				return err
			}
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionMemberRoleChanged, TeamID: teamID, Target: hub.OfPerson(personID, m.Name), Detail: "from " + m.Role + " to " + role})
	})
}

// Removed says what ended with a membership.
type Removed struct {
	Person         db.Member
	Authorizations int64 // families of tokens that acted for them
	PersonalTokens int64
}

// RemoveMember takes a person out of a team, at once. Their apps stay with the team. What they
// allowed the team's apps ends, with its tokens; when it was their last team, everything that
// acts for them ends. Secrets that they have seen work on: see Exposed.
func (ts *Teams) RemoveMember(ctx context.Context, a hub.Actor, teamID, personID string) (Removed, error) {
	return ts.leave(ctx, a, teamID, personID, hub.ActionMemberRemoved, func(tx *db.Tx, team db.Team, m db.Member) error {
		if !m.Active || personID == a.ID {
			return nil
		}
		return ts.hub.Post(ctx, tx, m.Email, mail.PersonRemoved{Notice: ts.hub.Notice(a, m.Name, "/dashboard"), Team: team.Name})
	})
}

// Leave takes the actor out of a team.
func (ts *Teams) Leave(ctx context.Context, a hub.Actor, teamID string) (Removed, error) {
	if a.Kind != hub.Person {
		return Removed{}, &hub.Forbidden{What: "leave a team", WhoCan: "Only a person is in one."}
	}
	out, err := ts.leave(ctx, a, teamID, a.ID, hub.ActionTeamLeft, func(*db.Tx, db.Team, db.Member) error { return nil })
	if hub.IsMissing(err) {
		err = NotAMember()
	}
	return out, err
}

// NotAMember tells an owner that they see a team without being in it.
func NotAMember() error {
	return &hub.Forbidden{What: "leave this team", WhoCan: "You are not in it: an owner of the portal sees every team."}
}

func (ts *Teams) leave(ctx context.Context, a hub.Actor, teamID, personID string, action hub.Action, tell func(*db.Tx, db.Team, db.Member) error) (out Removed, err error) {
	err = ts.inTeam(ctx, a, teamID, personID, "remove people", func(tx *db.Tx, team db.Team, m db.Member) error {
		if err := keepAdmin(ctx, tx, m); err != nil {
			return err
		}
		out = Removed{Person: m}
		if out.Authorizations, err = tx.RemoveMember(ctx, teamID, personID); err != nil {
			return err
		}
		left, err := tx.TeamsOf(ctx, personID)
		if err != nil {
			return err
		}
		if len(left) == 0 && !m.Owner {
			more, err := tx.RevokeFamiliesOf(ctx, personID)
			if err != nil {
				return err
			}
			out.Authorizations += more
			if out.PersonalTokens, err = tx.RevokePersonalTokensOf(ctx, personID); err != nil {
				return err
			}
		}
		if err := tell(tx, team, m); err != nil {
			return err
		}
		err = ts.hub.PostAdmins(ctx, tx, teamID, func(name string) mail.Letter {
			return mail.PersonRemoved{Notice: ts.hub.Notice(a, name, "/team/exposure/"+personID), Team: team.Name, Person: m.Name}
		})
		if err != nil {
			return err
		}
		detail := "was " + m.Role
		if out.Authorizations > 0 {
			detail += fmt.Sprintf(", tokens of %d authorizations ended", out.Authorizations)
		}
		if out.PersonalTokens > 0 {
			detail += fmt.Sprintf(", %d personal tokens ended", out.PersonalTokens)
		}
		return a.Record(ctx, tx, hub.Event{Action: action, TeamID: teamID, Target: hub.OfPerson(personID, m.Name), Detail: detail})
	})
	return out, err
}
