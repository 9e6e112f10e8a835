package team

import (
	"context"
	"fmt"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/limit"
	"gatepost/handlers/secret"
	"gatepost/views/mail"
)

// Invited is a new invitation. URL is its link. Mailed reports whether a mail with the link is in the
// outbox; if not, Why says why.
type Invited struct {
	Link   db.Link
	URL    string
	Mailed bool
	Why    string
}

// Invite invites a person to a team by email. It cancels an earlier pending invitation of the same
// address to the team. The result doesn't reveal whether the address has an account. Too many
// invitations, or emails to the address, are *hub.Throttled.
func (ts *Teams) Invite(ctx context.Context, a hub.Actor, teamID, email, role string) (Invited, error) {
	return ts.InviteOnce(ctx, a, teamID, email, role, "")
}

// InviteOnce is Invite with a one-time key. A repeated key returns *hub.AlreadyDone with the id of the
// invitation that the first call created.
func (ts *Teams) InviteOnce(ctx context.Context, a hub.Actor, teamID, email, role, once string) (Invited, error) {
	if err := ts.hub.MayManageTeam(ctx, a, teamID, "invite people"); err != nil {
		return Invited{}, err
	}
	bad := &hub.Invalid{}
	email = hub.CleanEmail(bad, email)
	hub.CheckRole(bad, role)
	if err := bad.OrNil(); err != nil {
		return Invited{}, err
	}
	if err := ts.hub.CheckOnce(ctx, a, once); err != nil {
		return Invited{}, err
	}
	return ts.invite(ctx, a, db.Link{Email: email, TeamID: teamID, Role: role}, once)
}

// invite creates the invitation that want describes, and mails it.
func (ts *Teams) invite(ctx context.Context, a hub.Actor, want db.Link, once string) (Invited, error) {
	if err := ts.withinToken(ctx, a, want.Role); err != nil {
		return Invited{}, err
	}
	team, err := ts.hub.DB.Team(ctx, want.TeamID)
	if err != nil {
		return Invited{}, err
	}
	members, err := ts.hub.DB.Members(ctx, want.TeamID)
	if err != nil {
		return Invited{}, err
	}
	for _, m := range members {
		if m.Email != want.Email {
			continue
		}
		if m.Active {
			return Invited{}, hub.BadField("email", "%s is already a member of %s, as %s.", m.Email, team.Name, m.Role)
		}
		if m.Owner {
			if err := ts.hub.MayOwn(ctx, a, "invite an owner of the portal"); err != nil {
				return Invited{}, err
			}
		}
		want.PersonID = m.PersonID // their account has no password yet
	}
	plain, hash := secret.NewToken(secret.InvitationLink)
	err = ts.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.CancelLinksFor(ctx, db.LinkInvitation, want.Email, want.TeamID); err != nil {
			return err
		}
		want.ID, want.TokenHash, want.Purpose, want.CreatedBy = secret.JTI(), hash, db.LinkInvitation, a.ID
		want.CreatedAt, want.ExpiresAt = tx.Now, tx.Now.Add(hub.InvitationLife)
		if err := hub.UseOnce(ctx, tx, a, once, want.ID); err != nil {
			return err
		}
		if err := tx.InsertLink(ctx, want); err != nil {
			return err
		}
		if err := ts.hub.CountMail(ctx, tx, a, want.Email, limit.Use{ID: limit.Invitations, Key: team.ID}); err != nil {
			return err
		}
		if err := ts.hub.PostOnce(ctx, tx, db.OfLink(hash), want.Email, mail.Invitation{
			InvitedBy: a.Name, Team: team.Name, Role: want.Role, Link: ts.hub.Issuer + "/activate/" + plain, Expires: want.ExpiresAt,
		}); err != nil {
			return err
		}
		if want.Role == hub.Admin {
			if err := ts.MailAdminAdded(ctx, tx, a, team, want.Email, ""); err != nil {
				return err
			}
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionPersonInvited, TeamID: team.ID, Target: hub.Target{Type: hub.TargetInvitation, ID: want.ID, Name: want.Email}, Detail: "as " + want.Role})
	})
	if err != nil {
		return Invited{}, ts.hub.ResolveOnce(ctx, a, once, err)
	}
	out := Invited{Link: want, URL: ts.hub.Issuer + "/activate/" + plain, Mailed: ts.hub.Mail.Enabled()}
	if !out.Mailed {
		out.Why = "No mail server is set up (GATEPOST_SMTP_URL), so no email was sent. Copy the link and send it yourself."
	}
	return out, nil
}

// Invitations returns a team's pending invitations, including expired ones.
func (ts *Teams) Invitations(ctx context.Context, a hub.Actor, teamID string) ([]db.Link, error) {
	if err := ts.hub.MayManageTeam(ctx, a, teamID, "see invitations"); err != nil {
		return nil, err
	}
	return ts.hub.DB.PendingInvitations(ctx, teamID)
}

// Invitation returns a pending invitation of a team that the actor manages, or db.ErrNotFound.
func (ts *Teams) Invitation(ctx context.Context, a hub.Actor, id string) (db.Link, error) {
	l, err := ts.hub.DB.Link(ctx, id)
	if err != nil {
		return db.Link{}, err
	}
	if l.Purpose != db.LinkInvitation || hub.IsSpent(l) {
		return db.Link{}, db.ErrNotFound
	}
	return l, ts.hub.MayManageTeam(ctx, a, l.TeamID, "see invitations")
}

// Resend creates a new link for a pending invitation, and mails it. The old link stops working.
func (ts *Teams) Resend(ctx context.Context, a hub.Actor, teamID, id string) (Invited, error) {
	if err := ts.hub.MayManageTeam(ctx, a, teamID, "invite people"); err != nil {
		return Invited{}, err
	}
	l, err := ts.hub.DB.Link(ctx, id)
	if err != nil {
		return Invited{}, err
	}
	if l.TeamID != teamID || l.Purpose != db.LinkInvitation {
		return Invited{}, db.ErrNotFound
	}
	if hub.IsSpent(l) {
		return Invited{}, hub.ErrLinkDead
	}
	return ts.invite(ctx, a, db.Link{Email: l.Email, TeamID: teamID, Role: l.Role}, "")
}

// CancelInvitation cancels a pending invitation. It returns hub.ErrLinkDead if it was already used.
func (ts *Teams) CancelInvitation(ctx context.Context, a hub.Actor, teamID, id string) error {
	if err := ts.hub.MayManageTeam(ctx, a, teamID, "cancel invitations"); err != nil {
		return err
	}
	l, err := ts.hub.DB.Link(ctx, id)
	if err == nil && l.TeamID != teamID {
		err = db.ErrNotFound
	}
	if err != nil {
		return err
	}
	return ts.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.CancelLink(ctx, id, teamID); hub.IsMissing(err) {
			return hub.ErrLinkDead
		} else if err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionInvitationCancelled, TeamID: teamID, Target: hub.Target{Type: hub.TargetInvitation, ID: id, Name: l.Email}})
	})
}

// ActivationLink creates the invitation link of a person whom the operator added, and returns it.
func (ts *Teams) ActivationLink(ctx context.Context, tx *db.Tx, a hub.Actor, p db.Person, teamID, role string) (string, error) {
	plain, hash := secret.NewToken(secret.InvitationLink)
	err := tx.InsertLink(ctx, db.Link{
		ID: secret.JTI(), TokenHash: hash, Purpose: db.LinkInvitation, Email: p.Email, PersonID: p.ID,
		TeamID: teamID, Role: role, CreatedBy: a.ID, CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(hub.InvitationLife),
	})
	if err != nil {
		return "", fmt.Errorf("hub: activation link: %w", err)
	}
	return ts.hub.Issuer + "/activate/" + plain, nil
}
