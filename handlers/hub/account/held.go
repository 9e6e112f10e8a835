package account

import (
	"context"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
	"gatepost/views/mail"
)

// RevokeHeldToken revokes a personal token for whoever holds it, and mails its person and the admins of their teams. It
// says false if there was never such a token; one that is no longer live stays as it is.
func (as *Accounts) RevokeHeldToken(ctx context.Context, a hub.Actor, plain string) (known bool, err error) {
	t, err := as.hub.DB.PersonalTokenByHash(ctx, secret.HashToken(plain))
	if err != nil {
		return false, ignoreMissing(err)
	}
	return true, ignoreMissing(as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.RevokePersonalToken(ctx, t.ID, t.PersonID); err != nil {
			return err
		}
		return as.reported(ctx, tx, a, t.PersonID, "API token …"+t.Hint, "token .."+t.Hint+" "+t.Name, "/account/tokens")
	}))
}

// RevokeHeldLink ends the link of an invitation, a password reset or an email change for whoever holds it, and mails
// the person or, about an invitation, the team's admins. It says false if the link doesn't work anyway.
func (as *Accounts) RevokeHeldLink(ctx context.Context, a hub.Actor, plain string) (revoked bool, err error) {
	hash := secret.HashToken(plain)
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if secret.WellFormed(secret.EmailLink, plain) {
			c, err := tx.EmailChangeByHash(ctx, hash)
			if err != nil {
				return err
			}
			if err := tx.EndEmailChange(ctx, c.PersonID); err != nil {
				return err
			}
			return as.reported(ctx, tx, a, c.PersonID, "link to change the email address", "email confirmation link", "/account/email")
		}
		l, err := tx.CancelLinkByHash(ctx, hash)
		switch {
		case err != nil:
			return err
		case l.TeamID == "" && l.PersonID == "": // of the first owner, whom nobody can be told for
			return a.Record(ctx, tx, hub.Event{Action: hub.ActionCredentialReported, Target: hub.Target{Type: hub.TargetInvitation, ID: l.ID, Name: l.Email}, Detail: "activation link"})
		case l.Purpose == db.LinkInvitation && l.TeamID != "":
			return as.reportedInvitation(ctx, tx, a, l)
		}
		return as.reported(ctx, tx, a, l.PersonID, "link to reset the password", "password reset link", "/account/security")
	})
	if hub.IsMissing(err) {
		return false, nil
	}
	return err == nil, err
}

func (as *Accounts) reportedInvitation(ctx context.Context, tx *db.Tx, a hub.Actor, l db.Link) error {
	team, err := tx.Team(ctx, l.TeamID)
	if err != nil && !hub.IsMissing(err) { // the link of the first owner is for no team
		return err
	}
	err = as.hub.PostAdmins(ctx, tx, l.TeamID, func(name string) mail.Letter {
		return mail.Reported{Notice: as.hub.Notice(a, name, "/team/members"), Credential: "invitation for " + l.Email, Owner: team.Name}
	})
	if err != nil {
		return err
	}
	return a.Record(ctx, tx, hub.Event{Action: hub.ActionCredentialReported, TeamID: l.TeamID, Target: hub.Target{Type: hub.TargetInvitation, ID: l.ID, Name: l.Email}, Detail: "invitation link"})
}

// reported mails a person and the admins of their teams that a credential of the person was reported, and records it.
func (as *Accounts) reported(ctx context.Context, tx *db.Tx, a hub.Actor, personID, credential, detail, path string) error {
	p, err := tx.Person(ctx, personID)
	if err != nil {
		return err
	}
	teams, err := tx.TeamsOf(ctx, personID)
	if err != nil {
		return err
	}
	letter := func(name string) mail.Letter {
		return mail.Reported{Notice: as.hub.Notice(a, name, path), Credential: credential, Owner: p.Name}
	}
	if err := as.hub.PostToPersonAndAdmins(ctx, tx, "held "+secret.JTI(), p, teams, letter); err != nil {
		return err
	}
	return a.Record(ctx, tx, hub.Event{Action: hub.ActionCredentialReported, Target: hub.OfPerson(p.ID, p.Name), Detail: detail})
}

func ignoreMissing(err error) error {
	if hub.IsMissing(err) {
		return nil
	}
	return err
}
