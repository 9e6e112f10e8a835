package hub

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatepost/db"
	"gatepost/handlers/mail"
	"gatepost/handlers/secret"
)

// How long links live.
const (
	InvitationLife = 72 * time.Hour
	ResetLife      = time.Hour
)

// Prefixes of the links' tokens, so that scanners can find leaked ones.
const (
	invitationPrefix = "gpi_"
	resetPrefix      = "gpw_"
)

// Invited is a new invitation. URL is the link to hand on; Mailed says whether a mail with it
// is in the outbox, and if not, Why.
type Invited struct {
	Link   db.Link
	URL    string
	Mailed bool
	Why    string
}

// OwnerLink makes the link that makes the first owner; earlier ones end. When the portal
// has an owner it gives an empty string.
func (h *Hub) OwnerLink(ctx context.Context) (string, error) {
	owners, err := h.DB.CountOwners(ctx)
	if err != nil || owners > 0 {
		return "", err
	}
	plain, hash := secret.NewToken(invitationPrefix)
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.CancelOwnerLinks(ctx); err != nil {
			return err
		}
		return tx.InsertLink(ctx, db.Link{
			ID: secret.JTI(), TokenHash: hash, Purpose: db.LinkOwner, MakesOwner: true,
			CreatedBy: OperatorActor().ID, CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(InvitationLife),
		})
	})
	return h.Issuer + "/activate/" + plain, err
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
	email, err := NormalEmail("email", email)
	var e *Invalid
	if errors.As(err, &e) {
		bad.Fields = append(bad.Fields, e.Fields...)
	}
	if !ValidRole(role) {
		bad.add("role", "Choose admin, developer or viewer.")
	}
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
		if m.Email == want.Email && m.Active {
			return Invited{}, invalid("email", "%s is a member of %s already, as %s.", m.Email, team.Name, m.Role)
		}
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
		if err := h.post(ctx, tx, want.Email, mail.Invitation{
			InvitedBy: a.Name, Team: team.Name, Role: want.Role, Link: h.Issuer + "/activate/" + plain, Ends: want.ExpiresAt,
		}); err != nil {
			return err
		}
		return a.record(ctx, tx, "person.invited", team.ID, "invitation", want.ID, want.Email, "as "+want.Role)
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
	if l.Purpose != db.LinkInvitation || !l.ConsumedAt.IsZero() || !l.CancelledAt.IsZero() {
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
	if !l.ConsumedAt.IsZero() || !l.CancelledAt.IsZero() {
		return Invited{}, ErrLinkDead
	}
	return h.invite(ctx, a, db.Link{Email: l.Email, TeamID: teamID, Role: l.Role, PersonID: l.PersonID, MakesOwner: l.MakesOwner}, "")
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
		return a.record(ctx, tx, "invitation.cancelled", teamID, "invitation", id, l.Email, "")
	})
}

// OpenLink is what the page of a link shows before anything is consumed.
type OpenLink struct {
	Link       db.Link
	Team       db.Team // of an invitation
	InvitedBy  string
	HasAccount bool // the address has an active account: its password joins the team
	Name       string
}

// OpenLink looks at a link without using it up. One that is dead or unknown gives ErrLinkDead.
func (h *Hub) OpenLink(ctx context.Context, token string, purposes ...string) (OpenLink, error) {
	l, err := h.DB.LinkByTokenHash(ctx, secret.HashToken(token))
	if isMissing(err) {
		return OpenLink{}, ErrLinkDead
	}
	if err != nil {
		return OpenLink{}, err
	}
	wanted := false
	for _, p := range purposes {
		wanted = wanted || p == l.Purpose
	}
	if !wanted || !l.ConsumedAt.IsZero() || !l.CancelledAt.IsZero() || !h.Now().Before(l.ExpiresAt) {
		return OpenLink{}, ErrLinkDead
	}
	out := OpenLink{Link: l}
	if l.TeamID != "" {
		if out.Team, err = h.DB.Team(ctx, l.TeamID); isMissing(err) {
			return OpenLink{}, ErrLinkDead
		} else if err != nil {
			return OpenLink{}, err
		}
	}
	if by, err := h.DB.Person(ctx, l.CreatedBy); err == nil {
		out.InvitedBy = by.Name
	} else if !isMissing(err) {
		return OpenLink{}, err
	}
	if p, err := h.DB.PersonByEmail(ctx, l.Email); err == nil {
		out.Name, out.HasAccount = p.Name, p.PasswordHash != ""
	} else if !isMissing(err) {
		return OpenLink{}, err
	}
	return out, nil
}

// Activation is what the form of a link gives. Email counts for the first owner only.
type Activation struct{ Name, Email, Password string }

// Activate uses a link up and gives the person, who is now active: of several at once, one.
// The address of an account that is active already joins the team by its own password, and
// nothing else of it changes.
func (h *Hub) Activate(ctx context.Context, a Actor, token string, in Activation) (db.Person, error) {
	open, err := h.OpenLink(ctx, token, db.LinkOwner, db.LinkInvitation)
	if err != nil {
		return db.Person{}, err
	}
	if open.HasAccount {
		return h.join(ctx, a, token, open, in.Password)
	}
	bad := &Invalid{}
	p := db.Person{ID: secret.ID(), Email: open.Link.Email, Owner: open.Link.MakesOwner}
	p.Name = cleanName(bad, "name", "your name", in.Name, 100)
	if open.Link.Purpose == db.LinkOwner {
		if p.Email, err = NormalEmail("email", in.Email); err != nil {
			bad.add("email", "Write an e-mail address such as mario@example.com.")
		}
	}
	var weak *Invalid
	if err := h.checkPassword(ctx, "password", in.Password, p.Name, p.Email); errors.As(err, &weak) {
		bad.Fields = append(bad.Fields, weak.Fields...)
	} else if err != nil {
		return db.Person{}, err
	}
	if err := bad.orNil(); err != nil {
		return db.Person{}, err
	}
	if p.PasswordHash, err = h.Hasher.Hash(ctx, normalPassword(in.Password)); err != nil {
		return db.Person{}, err
	}
	err = h.DB.Tx(ctx, func(tx *db.Tx) error { return h.activate(ctx, tx, a, token, open, &p) })
	return p, err
}

// activate consumes the link before anything is made.
func (h *Hub) activate(ctx context.Context, tx *db.Tx, a Actor, token string, open OpenLink, p *db.Person) error {
	l, err := tx.ConsumeLink(ctx, secret.HashToken(token), open.Link.Purpose)
	if isMissing(err) {
		return ErrLinkDead
	}
	if err != nil {
		return err
	}
	if l.Purpose == db.LinkOwner {
		// The command line may have made an owner since the link was printed.
		if owners, err := tx.CountOwners(ctx); err != nil {
			return err
		} else if owners > 0 {
			return ErrLinkDead
		}
	}
	p.CreatedAt, p.PasswordChangedAt = tx.Now, tx.Now
	known, err := tx.PersonByEmail(ctx, p.Email)
	switch {
	case isMissing(err):
		if err := tx.InsertPerson(ctx, *p); err != nil {
			return err
		}
	case err != nil:
		return err
	case known.PasswordHash != "" || l.Purpose == db.LinkOwner:
		return ErrHasAccount // made by another link a moment ago
	default:
		p.ID = known.ID
		p.Owner = known.Owner || l.MakesOwner
		if err := tx.UpdatePersonFields(ctx, p.ID, p.Name, known.Phone, known.City); err != nil {
			return err
		}
		if err := tx.SetPassword(ctx, p.ID, p.PasswordHash); err != nil {
			return err
		}
		if l.MakesOwner {
			if err := tx.MakeOwner(ctx, p.ID); err != nil {
				return err
			}
		}
	}
	a.ID, a.Name = p.ID, p.Name
	if l.Purpose == db.LinkOwner {
		if err := firstTeam(ctx, tx, &l); err != nil {
			return err
		}
	}
	if l.TeamID != "" {
		if err := tx.PutMember(ctx, l.TeamID, p.ID, l.Role); err != nil {
			return err
		}
	}
	return a.record(ctx, tx, "account.activated", l.TeamID, "person", p.ID, p.Name, p.Email)
}

// firstTeam gives the first owner a team to work in: the oldest, or a new one.
func firstTeam(ctx context.Context, tx *db.Tx, l *db.Link) error {
	l.Role = Admin
	teams, err := tx.Teams(ctx)
	if err != nil {
		return err
	}
	if len(teams) > 0 {
		l.TeamID = teams[0].ID
		return nil
	}
	team := db.Team{ID: secret.ID(), Name: "First team", SolutionKey: secret.ID(), CreatedAt: tx.Now}
	l.TeamID = team.ID
	return tx.InsertTeam(ctx, team)
}

// join makes the person of an existing account a member, by that account's own password.
func (h *Hub) join(ctx context.Context, a Actor, token string, open OpenLink, password string) (db.Person, error) {
	p, err := h.SignIn(ctx, a, open.Link.Email, password)
	if errors.Is(err, ErrWrongPassword) {
		return p, invalid("password", "This is not the password of %s.", open.Link.Email)
	}
	if err != nil {
		return p, err
	}
	a.ID, a.Name, a.Owner = p.ID, p.Name, p.Owner
	return p, h.DB.Tx(ctx, func(tx *db.Tx) error {
		l, err := tx.ConsumeLink(ctx, secret.HashToken(token), db.LinkInvitation)
		if isMissing(err) {
			return ErrLinkDead
		}
		if err != nil {
			return err
		}
		// Whoever came in by another way meanwhile keeps the role that they have.
		if err := tx.JoinTeam(ctx, l.TeamID, p.ID, l.Role); err != nil {
			return err
		}
		return a.record(ctx, tx, "team.joined", l.TeamID, "person", p.ID, p.Name, "as "+l.Role)
	})
}

// activationLink makes an invitation link for a person whom the operator added.
func (h *Hub) activationLink(ctx context.Context, tx *db.Tx, a Actor, p db.Person, teamID, role string) (string, error) {
	plain, hash := secret.NewToken(invitationPrefix)
	err := tx.InsertLink(ctx, db.Link{
		ID: secret.JTI(), TokenHash: hash, Purpose: db.LinkInvitation, Email: p.Email, PersonID: p.ID,
		TeamID: teamID, Role: role, MakesOwner: p.Owner, CreatedBy: a.ID, CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(InvitationLife),
	})
	if err != nil {
		return "", fmt.Errorf("hub: activation link: %w", err)
	}
	return h.Issuer + "/activate/" + plain, nil
}
