package hub

import (
	"context"
	"fmt"

	"gatepost/db"
	"gatepost/handlers/secret"
	"gatepost/views/mail"
)

// Invited is a new invitation. URL is the link to hand on; Mailed says whether a mail with it
// is in the outbox, and if not, Why.
type Invited struct {
	Link   db.Link
	URL    string
	Mailed bool
	Why    string
}

// Invite invites somebody by e-mail into a team. An earlier pending invitation of the same
// address into the team ends. It does not tell whether the address has an account.
func (h *Hub) Invite(ctx context.Context, a Actor, teamID, email, role string) (Invited, error) {
	return h.InviteOnce(ctx, a, teamID, email, role, "")
}

// InviteOnce is Invite; the same once again gives *AlreadyDone with the invitation's id.
func (h *Hub) InviteOnce(ctx context.Context, a Actor, teamID, email, role, once string) (Invited, error) {
	if err := h.mayManageTeam(ctx, a, teamID, "invite people"); err != nil {
		return Invited{}, err
	}
	bad := &Invalid{}
	email = cleanEmail(bad, email)
	checkRole(bad, role)
	if err := bad.orNil(); err != nil {
		return Invited{}, err
	}
	if err := h.firstTime(ctx, a, once); err != nil {
		return Invited{}, err
	}
	return h.invite(ctx, a, db.Link{Email: email, TeamID: teamID, Role: role}, once)
}

// invite makes the invitation that want describes and mails it.
func (h *Hub) invite(ctx context.Context, a Actor, want db.Link, once string) (Invited, error) {
	team, err := h.DB.Team(ctx, want.TeamID)
	if err != nil {
		return Invited{}, err
	}
	members, err := h.DB.Members(ctx, want.TeamID)
	if err != nil {
		return Invited{}, err
	}
	for _, m := range members {
		if m.Email != want.Email {
			continue
		}
		if m.Active {
			return Invited{}, badField("email", "%s is a member of %s already, as %s.", m.Email, team.Name, m.Role)
		}
		if m.Owner {
			if err := mayOwn(a, "invite an owner of the portal"); err != nil {
				return Invited{}, err
			}
		}
		want.PersonID = m.PersonID // whose account waits for its first password
	}
	plain, hash := secret.NewToken(invitationPrefix)
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.CancelLinksFor(ctx, db.LinkInvitation, want.Email, want.TeamID); err != nil {
			return err
		}
		want.ID, want.TokenHash, want.Purpose, want.CreatedBy = secret.JTI(), hash, db.LinkInvitation, a.ID
		want.CreatedAt, want.ExpiresAt = tx.Now, tx.Now.Add(InvitationLife)
		if err := useOnce(ctx, tx, a, once, want.ID); err != nil {
			return err
		}
		if err := tx.InsertLink(ctx, want); err != nil {
			return err
		}
		if err := h.postOnce(ctx, tx, db.OfLink(hash), want.Email, mail.Invitation{
			InvitedBy: a.Name, Team: team.Name, Role: want.Role, Link: h.Issuer + "/activate/" + plain, Ends: want.ExpiresAt,
		}); err != nil {
			return err
		}
		return a.record(ctx, tx, Event{Action: ActionPersonInvited, TeamID: team.ID, Target: Target{Type: TargetInvitation, ID: want.ID, Name: want.Email}, Detail: "as " + want.Role})
	})
	if err != nil {
		return Invited{}, h.doneBefore(ctx, a, once, err)
	}
	out := Invited{Link: want, URL: h.Issuer + "/activate/" + plain, Mailed: h.Mail.Enabled()}
	if !out.Mailed {
		out.Why = "No mail server is set (GATEPOST_SMTP_URL), so no mail went out. Copy the link and send it yourself."
	}
	return out, nil
}

// Invitations lists a team's pending invitations, expired ones too.
func (h *Hub) Invitations(ctx context.Context, a Actor, teamID string) ([]db.Link, error) {
	if err := h.mayManageTeam(ctx, a, teamID, "see invitations"); err != nil {
		return nil, err
	}
	return h.DB.PendingInvitations(ctx, teamID)
}

// Invitation gives a pending invitation of a team that the actor manages, or db.ErrNotFound.
func (h *Hub) Invitation(ctx context.Context, a Actor, id string) (db.Link, error) {
	l, err := h.DB.Link(ctx, id)
	if err != nil {
		return db.Link{}, err
	}
	if l.Purpose != db.LinkInvitation || isSpent(l) {
		return db.Link{}, db.ErrNotFound
	}
	return l, h.mayManageTeam(ctx, a, l.TeamID, "see invitations")
}

// Resend makes a new link for a pending invitation; the old one ends.
func (h *Hub) Resend(ctx context.Context, a Actor, teamID, id string) (Invited, error) {
	if err := h.mayManageTeam(ctx, a, teamID, "invite people"); err != nil {
		return Invited{}, err
	}
	l, err := h.DB.Link(ctx, id)
	if err != nil {
		return Invited{}, err
	}
	if l.TeamID != teamID || l.Purpose != db.LinkInvitation {
		return Invited{}, db.ErrNotFound
	}
	if isSpent(l) {
		return Invited{}, ErrLinkDead
	}
	return h.invite(ctx, a, db.Link{Email: l.Email, TeamID: teamID, Role: l.Role}, "")
}

// CancelInvitation ends a pending invitation.
func (h *Hub) CancelInvitation(ctx context.Context, a Actor, teamID, id string) error {
	if err := h.mayManageTeam(ctx, a, teamID, "cancel invitations"); err != nil {
		return err
	}
	l, err := h.DB.Link(ctx, id)
	if err == nil && l.TeamID != teamID {
		err = db.ErrNotFound
	}
	if err != nil {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.CancelLink(ctx, id, teamID); isMissing(err) {
			return ErrLinkDead
		} else if err != nil {
			return err
		}
		return a.record(ctx, tx, Event{Action: ActionInvitationCancelled, TeamID: teamID, Target: Target{Type: TargetInvitation, ID: id, Name: l.Email}})
	})
}

// activationLink makes an invitation link for a person whom the operator added.
func (h *Hub) activationLink(ctx context.Context, tx *db.Tx, a Actor, p db.Person, teamID, role string) (string, error) {
	plain, hash := secret.NewToken(invitationPrefix)
	err := tx.InsertLink(ctx, db.Link{
		ID: secret.JTI(), TokenHash: hash, Purpose: db.LinkInvitation, Email: p.Email, PersonID: p.ID,
		TeamID: teamID, Role: role, CreatedBy: a.ID, CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(InvitationLife),
	})
	if err != nil {
		return "", fmt.Errorf("hub: activation link: %w", err)
	}
	return h.Issuer + "/activate/" + plain, nil
}
