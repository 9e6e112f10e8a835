package account

import (
	"context"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/team"
)

// Accounts holds the rules of people's accounts. It is safe for concurrent use.
type Accounts struct {
	hub     *hub.Hub
	teams   *team.Teams
	blocked map[string]bool // common passwords and parts of passwords, in lower case
}

// New returns the rules of accounts. blocklist are passwords, and parts of passwords, that are too
// common to choose, in lower case.
func New(h *hub.Hub, teams *team.Teams, blocklist []string) *Accounts {
	as := &Accounts{hub: h, teams: teams, blocked: map[string]bool{}}
	for _, p := range blocklist {
		as.blocked[p] = true
	}
	return as
}

// Profile holds the fields that people change themselves.
type Profile struct{ Name, Phone, City string }

// ChangeProfile changes the actor's own fields. Concurrent changes take turns, so that neither undoes
// what the other changed.
func (as *Accounts) ChangeProfile(ctx context.Context, a hub.Actor, change func(*Profile)) error {
	return as.changeProfile(ctx, a, func(p *Profile) error {
		change(p)
		return nil
	})
}

// SaveProfile stores the actor's own fields. If they are no longer as in seen, it returns *hub.Changed.
func (as *Accounts) SaveProfile(ctx context.Context, a hub.Actor, seen, in Profile) error {
	return as.changeProfile(ctx, a, func(p *Profile) error {
		err := hub.CheckSeen(&seen, *p, hub.ErrChanged)
		*p = in
		return err
	})
}

func (as *Accounts) changeProfile(ctx context.Context, a hub.Actor, change func(*Profile) error) error {
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err := tx.LockPerson(ctx, a.ID)
		if err != nil {
			return err
		}
		in, bad := Profile{p.Name, p.Phone, p.City}, &hub.Invalid{}
		if err := change(&in); err != nil {
			return err
		}
		in.Name = hub.CleanName(bad, "name", "your name", in.Name, 100)
		in.Phone = hub.CleanLine(bad, "phone", in.Phone, 40)
		in.City = hub.CleanLine(bad, "city", in.City, 100)
		if err := bad.OrNil(); err != nil {
			return err
		}
		if err := tx.UpdatePersonFields(ctx, a.ID, in.Name, in.Phone, in.City); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionProfileChanged, Target: hub.OfPerson(a.ID, in.Name)})
	})
}
