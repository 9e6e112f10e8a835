package team

import (
	"context"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/views/mail"
	"gatepost/views/words"
)

// Membership is a member with what depends on the membership.
type Membership struct {
	db.Member
	Team       db.Team
	Reach      db.Reach
	OtherTeams int  // number of other teams that the person is in
	LastAdmin  bool // the team has no other active admin
}

// Membership returns a member of a team. It is for those who may end the membership: the member, and
// those who manage the team. A person who isn't in the team is db.ErrNotFound.
func (ts *Teams) Membership(ctx context.Context, a hub.Actor, teamID, personID string) (Membership, error) {
	if personID != a.ID || a.Kind != hub.Person || !a.Reaches(teamID) {
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

// changeMember runs change in a transaction, after checking that the actor is the person or manages the
// team. Changes of a team's members take turns, and the rights are checked within the turn: if two
// admins demote each other at the same time, one of them is too late.
func (ts *Teams) changeMember(ctx context.Context, a hub.Actor, teamID, personID, what string, change func(*db.Tx, db.Team, db.Member) error) error {
	return ts.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.LockTeam(ctx, teamID); err != nil {
			return err
		}
		if personID != a.ID || a.Kind != hub.Person || !a.Reaches(teamID) {
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

// keepLastAdmin returns hub.ErrLastAdmin if m is the last active admin of their team.
func keepLastAdmin(ctx context.Context, tx *db.Tx, m db.Member) error {
	if m.Role != hub.Admin {
		return nil
	}
	others, err := tx.CountAdmins(ctx, m.TeamID, m.PersonID)
	if err == nil && others == 0 {
		err = hub.ErrLastAdmin
	}
	return err
}

// ChangeRole changes the role of a member, with effect on their next request. It returns
// hub.ErrLastAdmin rather than leave the team without an admin.
func (ts *Teams) ChangeRole(ctx context.Context, a hub.Actor, teamID, personID, role string) error {
	return ts.ChangeRoleFrom(ctx, a, teamID, personID, nil, role)
}

// ChangeRoleFrom is ChangeRole for a caller who saw a role: if the member has another one by now, it
// returns *hub.Changed.
func (ts *Teams) ChangeRoleFrom(ctx context.Context, a hub.Actor, teamID, personID string, seen *string, role string) error {
	if err := ts.hub.MayManageTeam(ctx, a, teamID, "change roles"); err != nil {
		return err
	}
	bad := &hub.Invalid{}
	if hub.CheckRole(bad, role); bad.OrNil() != nil {
		return bad
	}
	if err := ts.withinToken(ctx, a, role); err != nil {
		return err
	}
	return ts.changeMember(ctx, a, teamID, personID, "change roles", func(tx *db.Tx, team db.Team, m db.Member) error {
		if r, err := hub.RightsIn(ctx, &tx.Reader, a, teamID); err != nil {
			return err
		} else if !r.Manage {
			return &hub.Forbidden{What: "change roles", WhoCan: "An admin of the team can do it."} // the actor was demoted a moment ago
		}
		if m.Role == role {
			return nil
		}
		if err := hub.CheckSeen(seen, m.Role, hub.ErrChanged); err != nil {
			return err
		}
		if err := keepLastAdmin(ctx, tx, m); err != nil {
			return err
		}
		if role == hub.Admin { // before the change: a new admin gets a mail of their own
			if err := ts.MailAdminAdded(ctx, tx, a, team, m.Name, m.Role); err != nil {
				return err
			}
		}
		if err := tx.SetRole(ctx, teamID, personID, role); err != nil {
			return err
		}
		if role == hub.Viewer { // viewers have no calendar; a later role doesn't bring the old address back
			if err := tx.DeleteCalendarFeed(ctx, teamID, personID); err != nil && !hub.IsMissing(err) {
				return err
			}
		}
		if m.Active && personID != a.ID {
			if err := ts.hub.Post(ctx, tx, m.Email, mail.RoleChanged{Notice: ts.hub.Notice(a, m.Name, "/team"), Team: team.Name, Role: role, Was: m.Role}); err != nil {
				return err
			}
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionMemberRoleChanged, TeamID: teamID, Target: hub.OfPerson(personID, m.Name), Detail: "from " + m.Role + " to " + role})
	})
}

// MailAdminAdded mails a team's admins that somebody was invited as an admin (was is empty), or made one: was is the
// role until now. An admin who did it gets the mail as well: it may be the first they hear of what somebody else did in
// their session.
func (ts *Teams) MailAdminAdded(ctx context.Context, tx *db.Tx, a hub.Actor, team db.Team, person, was string) error {
	return ts.hub.PostAdmins(ctx, tx, team.ID, func(name string) mail.Letter {
		return mail.AdminAdded{Notice: ts.hub.Notice(a, name, "/team/members"), Team: team.Name, Person: person, Was: was}
	})
}

// withinToken refuses a token that would give somebody the role of an admin without having, itself, the scopes of what
// admins can do.
func (ts *Teams) withinToken(ctx context.Context, a hub.Actor, role string) error {
	if role != hub.Admin || !a.ByToken() {
		return nil
	}
	scopes, err := hub.ScopesOfAdmins(ctx, &ts.hub.DB.Reader)
	if err != nil {
		return err
	}
	return hub.WithinToken(a, scopes)
}

// Removed is what was revoked with a membership.
type Removed struct {
	Person         db.Member
	Authorizations int64 // families of tokens for the person
	PersonalTokens int64
}

// RemoveMember removes a person from a team, immediately. The apps that they created stay with the
// team. What they authorized the team's apps to do ends, with the tokens and vendor logins; so do their
// calendar address, their grants of devices, and pending hand-overs and invitations of theirs. If it
// was their last team, everything that acts for them is revoked. Secrets that they have seen keep working:
// app.Apps.Exposed lists those.
func (ts *Teams) RemoveMember(ctx context.Context, a hub.Actor, teamID, personID string) (Removed, error) {
	return ts.leave(ctx, a, teamID, personID, hub.ActionMemberRemoved, func(tx *db.Tx, team db.Team, m db.Member) error {
		if !m.Active || personID == a.ID {
			return nil
		}
		return ts.hub.Post(ctx, tx, m.Email, mail.PersonRemoved{Notice: ts.hub.Notice(a, m.Name, "/dashboard"), Team: team.Name})
	})
}

// Leave removes the actor from a team, as RemoveMember does.
func (ts *Teams) Leave(ctx context.Context, a hub.Actor, teamID string) (Removed, error) {
	if a.Kind != hub.Person {
		return Removed{}, &hub.Forbidden{What: "leave a team", WhoCan: "Only people can be members of a team."}
	}
	out, err := ts.leave(ctx, a, teamID, a.ID, hub.ActionTeamLeft, func(*db.Tx, db.Team, db.Member) error { return nil })
	if hub.IsMissing(err) {
		err = NotAMember()
	}
	return out, err
}

// NotAMember returns the refusal for an owner who sees a team without being in it.
func NotAMember() error {
	return &hub.Forbidden{What: "leave this team", WhoCan: "You aren't a member. Owners of the portal see every team."}
}

func (ts *Teams) leave(ctx context.Context, a hub.Actor, teamID, personID string, action hub.Action, notify func(*db.Tx, db.Team, db.Member) error) (out Removed, err error) {
	err = ts.changeMember(ctx, a, teamID, personID, "remove people", func(tx *db.Tx, team db.Team, m db.Member) error {
		if err := keepLastAdmin(ctx, tx, m); err != nil {
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
		if err := notify(tx, team, m); err != nil {
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
			detail += ", tokens of " + words.Count(int(out.Authorizations), "authorization", "authorizations") + " revoked"
		}
		if out.PersonalTokens > 0 {
			detail += ", " + words.Count(int(out.PersonalTokens), "personal token", "personal tokens") + " revoked"
		}
		return a.Record(ctx, tx, hub.Event{Action: action, TeamID: teamID, Target: hub.OfPerson(personID, m.Name), Detail: detail})
	})
	return out, err
}
