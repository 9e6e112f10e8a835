package account

import (
	"context"
	"errors"
	"slices"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
)

// Activation is what a person enters to activate an account. Email is used for the first owner only.
type Activation struct{ Name, Email, Password string }

// Activate uses a link up and returns the person, who is now active. Of several concurrent calls, one
// succeeds. If the link's address already has an active account, the account joins the team with its own
// password, and nothing else about it changes.
func (as *Accounts) Activate(ctx context.Context, a hub.Actor, token string, in Activation) (db.Person, error) {
	open, err := as.hub.OpenLink(ctx, token, db.LinkOwner, db.LinkInvitation)
	if err != nil {
		return db.Person{}, err
	}
	if open.HasAccount {
		return as.join(ctx, a, token, open, in.Password)
	}
	bad := &hub.Invalid{}
	p := db.Person{ID: secret.ID(), Email: open.Link.Email, Owner: open.Link.MakesOwner}
	p.Name = hub.CleanName(bad, "name", "your name", in.Name, 100)
	if open.Link.Purpose == db.LinkOwner {
		p.Email = hub.CleanEmail(bad, in.Email)
	}
	if err := bad.Take(as.checkPassword(ctx, "password", in.Password, p.Name, p.Email)); err != nil {
		return db.Person{}, err
	}
	if err := bad.OrNil(); err != nil {
		return db.Person{}, err
	}
	if p.PasswordHash, err = as.hub.Hasher.Hash(ctx, a.ByLink(), normalPassword(in.Password)); err != nil {
		return db.Person{}, err
	}
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error { return as.activate(ctx, tx, a, token, open, &p) })
	return p, err
}

// activate consumes the link before it creates anything.
func (as *Accounts) activate(ctx context.Context, tx *db.Tx, a hub.Actor, token string, open hub.OpenLink, p *db.Person) error {
	l, err := tx.ConsumeLink(ctx, secret.HashToken(token), open.Link.Purpose)
	if hub.IsMissing(err) {
		return hub.ErrLinkDead
	}
	if err != nil {
		return err
	}
	if l.Purpose == db.LinkOwner {
		// The command line could have added an owner since the link was opened.
		if owners, err := tx.CountOwners(ctx); err != nil {
			return err
		} else if owners > 0 {
			return hub.ErrHasOwner
		}
	}
	p.CreatedAt, p.PasswordChangedAt = tx.Now, tx.Now
	known, err := tx.PersonByEmail(ctx, p.Email)
	if hub.IsMissing(err) {
		err = tx.InsertPerson(ctx, *p)
	} else if err == nil {
		err = takeOver(ctx, tx, l, known.ID, p)
	}
	if err != nil {
		return err
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
	return a.Record(ctx, tx, hub.Event{Action: hub.ActionAccountActivated, TeamID: l.TeamID, Target: hub.OfPerson(p.ID, p.Name), Detail: p.Email})
}

// takeOver gives an account that isn't active yet its name and first password, and so all its rights.
// Whoever invites somebody can hold the link of the invitation. So an account with more rights than that
// link grants is activated only by its own link.
func takeOver(ctx context.Context, tx *db.Tx, l db.Link, id string, p *db.Person) error {
	known, err := tx.LockPerson(ctx, id)
	if err != nil {
		return err
	}
	teams, err := tx.TeamsOf(ctx, id)
	switch {
	case err != nil:
		return err
	case known.PasswordHash != "" || l.Purpose == db.LinkOwner:
		return hub.ErrHasAccount // activated by another link a moment ago
	case !known.DisabledAt.IsZero():
		return hub.ErrLinkDead
	case l.PersonID != id && (known.Owner || slices.ContainsFunc(teams, func(t db.Team) bool { return t.ID != l.TeamID })):
		return hub.BadField("email", "This account has an activation link of its own. Open that one first, then use this one to join the team.")
	}
	p.ID, p.Owner = id, known.Owner
	if err := tx.UpdatePersonFields(ctx, id, p.Name, known.Phone, known.City); err != nil {
		return err
	}
	return tx.SetPassword(ctx, id, p.PasswordHash)
}

// firstTeam sets the first owner's team: the oldest, or a new one.
func firstTeam(ctx context.Context, tx *db.Tx, l *db.Link) error {
	l.Role = hub.Admin
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

// join makes the person of an active account a member, after checking the account's password.
func (as *Accounts) join(ctx context.Context, a hub.Actor, token string, open hub.OpenLink, password string) (db.Person, error) {
	p, err := as.SignIn(ctx, a, open.Link.Email, password)
	if errors.Is(err, hub.ErrWrongPassword) {
		return p, hub.BadField("password", "This isn't the password of %s.", open.Link.Email)
	}
	if err != nil {
		return p, err
	}
	a.ID, a.Name, a.Owner = p.ID, p.Name, p.Owner
	return p, as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		l, err := tx.ConsumeLink(ctx, secret.HashToken(token), db.LinkInvitation)
		if hub.IsMissing(err) {
			return hub.ErrLinkDead
		}
		if err != nil {
			return err
		}
		// Someone who has joined another way in the meantime keeps their role.
		if err := tx.JoinTeam(ctx, l.TeamID, p.ID, l.Role); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionTeamJoined, TeamID: l.TeamID, Target: hub.OfPerson(p.ID, p.Name), Detail: "as " + l.Role})
	})
}
