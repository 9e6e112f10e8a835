package account

import (
	"context"
	"slices"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/views/mail"
)

// People lists the portal's people to an owner, and says whether there are more.
func (as *Accounts) People(ctx context.Context, a hub.Actor, q db.PeopleQuery) (people []db.PersonRow, more bool, err error) {
	if err := as.hub.MayOwn(ctx, a, "see all people"); err != nil {
		return nil, false, err
	}
	limit := q.Limit
	q.Limit++
	people, err = as.hub.DB.People(ctx, q)
	if len(people) > limit {
		return people[:limit], true, err
	}
	return people, false, err
}

// PeopleCounts counts the portal's people for an owner.
func (as *Accounts) PeopleCounts(ctx context.Context, a hub.Actor) (db.PeopleCounts, error) {
	if err := as.hub.MayOwn(ctx, a, "see all people"); err != nil {
		return db.PeopleCounts{}, err
	}
	return as.hub.DB.CountPeople(ctx)
}

// PersonFacts is a person with everything that an owner needs to know before changing the account.
type PersonFacts struct {
	db.Person
	Memberships []db.Member // their names are the teams'
	Reach       db.Reach
	Sessions    []db.Session
	OnlyAdmin   []string // names of teams without another active admin
	LastOwner   bool     // there is no other active owner
}

// PersonFacts returns one person to an owner.
func (as *Accounts) PersonFacts(ctx context.Context, a hub.Actor, id string) (f PersonFacts, err error) {
	if err := as.hub.MayOwn(ctx, a, "see all people"); err != nil {
		return f, err
	}
	if f.Person, err = as.hub.DB.Person(ctx, id); err != nil {
		return f, err
	}
	if f.Memberships, err = as.hub.DB.MembershipsOf(ctx, id); err != nil {
		return f, err
	}
	for _, m := range f.Memberships {
		if m.Role != hub.Admin || !f.DisabledAt.IsZero() {
			continue
		}
		others, err := as.hub.DB.CountAdmins(ctx, m.TeamID, id)
		if err != nil {
			return f, err
		}
		if others == 0 {
			f.OnlyAdmin = append(f.OnlyAdmin, m.Name)
		}
	}
	if f.Reach, err = as.hub.DB.ReachOf(ctx, "", id, as.hub.Now()); err != nil {
		return f, err
	}
	if f.Sessions, err = as.hub.DB.SessionsOf(ctx, id, as.hub.Now()); err != nil {
		return f, err
	}
	if f.Owner && f.PasswordHash != "" && f.DisabledAt.IsZero() {
		owners, err := as.hub.DB.CountOwners(ctx)
		if err != nil {
			return f, err
		}
		f.LastOwner = owners == 1
	}
	return f, nil
}

// asOwner runs a change of a person's rights in the portal. Such changes take turns, and the actor must
// still be an owner when it is theirs. owners are the ids of the active ones.
func (as *Accounts) asOwner(ctx context.Context, a hub.Actor, id, what string, change func(tx *db.Tx, p db.Person, owners []string) error) error {
	if err := as.hub.MayOwn(ctx, a, what); err != nil {
		return err
	}
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		owners, err := tx.LockOwners(ctx)
		if err != nil {
			return err
		}
		if a.Kind != hub.Operator && !slices.Contains(owners, a.ID) {
			return &hub.Forbidden{What: what, WhoCan: hub.OwnerCan}
		}
		p, err := tx.LockPerson(ctx, id)
		if err != nil {
			return err
		}
		return change(tx, p, owners)
	})
}

// isOnly says whether a person is the only active owner.
func isOnly(owners []string, id string) bool { return len(owners) == 1 && owners[0] == id }

// DisablePerson keeps a person out of the portal. It ends all that acts for them, for good: sessions,
// personal tokens, calendar addresses, what apps were allowed, hand-overs, and invitations that they sent.
// Secrets that they have seen keep working: app.Apps.Exposed lists those. If the person is disabled already, nothing changes. It returns ErrLastOwner for the last
// active owner, and *Forbidden for the actor's own account.
func (as *Accounts) DisablePerson(ctx context.Context, a hub.Actor, id string) error {
	return as.asOwner(ctx, a, id, "disable accounts", func(tx *db.Tx, p db.Person, owners []string) error {
		switch {
		case !p.DisabledAt.IsZero():
			return nil
		case isOnly(owners, id):
			return hub.ErrLastOwner
		case id == a.ID:
			return &hub.Forbidden{What: "disable your own account", WhoCan: "Another owner of the portal can do it."}
		}
		ended, err := tx.DisablePerson(ctx, id)
		if err != nil {
			return err
		}
		if p.PasswordHash != "" {
			if err := as.hub.Post(ctx, tx, p.Email, mail.AccountDisabled{Notice: as.hub.Notice(a, p.Name, "/login")}); err != nil {
				return err
			}
		}
		return recordInEachTeam(ctx, tx, a, hub.ActionAccountDisabled, p, endedDetail(ended))
	})
}

// EnablePerson lets a disabled person sign in again. Nothing that ended comes back.
func (as *Accounts) EnablePerson(ctx context.Context, a hub.Actor, id string) error {
	return as.asOwner(ctx, a, id, "enable accounts", func(tx *db.Tx, p db.Person, _ []string) error {
		if p.DisabledAt.IsZero() {
			return nil
		}
		if err := tx.EnablePerson(ctx, id); err != nil {
			return err
		}
		return recordInEachTeam(ctx, tx, a, hub.ActionAccountEnabled, p, "")
	})
}

// SetOwner makes a person an owner of the portal, or makes them one no longer. It returns ErrLastOwner for
// the last active owner, and ErrNotActive for a new owner whose account isn't active.
func (as *Accounts) SetOwner(ctx context.Context, a hub.Actor, id string, owner bool) error {
	return as.asOwner(ctx, a, id, "choose the portal's owners", func(tx *db.Tx, p db.Person, owners []string) error {
		switch {
		case p.Owner == owner:
			return nil
		case owner && (p.PasswordHash == "" || !p.DisabledAt.IsZero()):
			return hub.ErrNotActive
		case !owner && isOnly(owners, id):
			return hub.ErrLastOwner
		}
		if err := tx.SetOwner(ctx, id, owner); err != nil {
			return err
		}
		action := hub.ActionOwnerRemoved
		if owner {
			action = hub.ActionOwnerMade
		}
		if err := a.Record(ctx, tx, hub.Event{Action: action, Target: hub.OfPerson(id, p.Name)}); err != nil {
			return err
		}
		return as.hub.Post(ctx, tx, p.Email, mail.OwnerChanged{Notice: as.hub.Notice(a, p.Name, "/dashboard"), Owner: owner})
	})
}

// recordInEachTeam records an event about a person in each of their teams, or in the portal's log if they
// are in none.
func recordInEachTeam(ctx context.Context, tx *db.Tx, a hub.Actor, action hub.Action, p db.Person, detail string) error {
	teams, err := tx.TeamsOf(ctx, p.ID)
	if err != nil {
		return err
	}
	if len(teams) == 0 {
		teams = []db.Team{{}}
	}
	for _, t := range teams {
		if err := a.Record(ctx, tx, hub.Event{Action: action, TeamID: t.ID, Target: hub.OfPerson(p.ID, p.Name), Detail: detail}); err != nil {
			return err
		}
	}
	return nil
}

// FindPerson returns the person with this id or, if there is none, with this email address.
func (as *Accounts) FindPerson(ctx context.Context, emailOrID string) (db.Person, error) {
	p, err := as.hub.DB.Person(ctx, emailOrID)
	if hub.IsMissing(err) {
		return as.hub.DB.PersonByEmail(ctx, hub.SignInName(emailOrID))
	}
	return p, err
}
