package app

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// expose records that a person knows a secret, or was handed it. how is one of db's Exposure
// constants.
func expose(ctx context.Context, tx *db.Tx, s db.ClientSecret, personID, personName, how string) error {
	return tx.Expose(ctx, db.Exposure{SecretID: s.ID, ClientID: s.ClientID, PersonID: personID, PersonName: hub.OneLine(personName), How: how})
}

// ExposedSecret is a live secret that a person knows, or could know.
type ExposedSecret struct {
	App        db.App
	TeamName   string
	Secret     db.ClientSecret
	PersonName string    // as the person was called then
	How        []string  // made, proved, handed, opened
	At, LastAt time.Time // of the first and of the last exposure
	Only       bool      // the only live secret of its app
	Lost       bool      // the person's role, or what is left of it, no longer lets them know it
}

// Lost returns the secrets of a list that their person may no longer know.
func Lost(list []ExposedSecret) []ExposedSecret {
	return slices.DeleteFunc(list, func(e ExposedSecret) bool { return !e.Lost })
}

// ExposedPerson is a person who knows live secrets of a team. Member reports whether they are in the
// team now.
type ExposedPerson struct {
	ID, Name string
	Member   bool
	Secrets  int
	LastAt   time.Time
}

// mayManageExposure checks that the actor is an admin of the team or, if teamID is empty, an owner of
// the portal.
func (as *Apps) mayManageExposure(ctx context.Context, a hub.Actor, teamID, what string) error {
	if teamID == "" {
		return as.hub.MayOwn(ctx, a, what)
	}
	return as.hub.MayManageTeam(ctx, a, teamID, what)
}

// Exposed returns the live secrets of a team's apps that a person created, saw or was handed, even if
// they have left since. An empty teamID means all teams, and is for owners. A person who was never
// connected with the team is db.ErrNotFound, whether they exist or not.
func (as *Apps) Exposed(ctx context.Context, a hub.Actor, teamID, personID string) ([]ExposedSecret, error) {
	if err := as.mayManageExposure(ctx, a, teamID, "see who knows which secret"); err != nil {
		return nil, err
	}
	return exposed(ctx, &as.hub.DB.Reader, teamID, personID, as.hub.Now())
}

func exposed(ctx context.Context, r *db.Reader, teamID, personID string, now time.Time) ([]ExposedSecret, error) {
	if teamID != "" {
		if known, err := r.KnownToTeam(ctx, teamID, personID); err != nil || !known {
			return nil, cmp.Or(err, db.ErrNotFound)
		}
	}
	exposures, err := r.ExposuresOfTeam(ctx, teamID, now)
	if err != nil {
		return nil, err
	}
	byApp := map[string][]db.Exposure{} // those of the person
	for _, e := range exposures {
		if e.PersonID == personID {
			byApp[e.ClientID] = append(byApp[e.ClientID], e)
		}
	}
	var out []ExposedSecret
	keeps, err := rightToKnow(ctx, r, personID)
	if err != nil {
		return nil, err
	}
	for clientID, exposures := range byApp {
		list, err := exposedOf(ctx, r, clientID, exposures, now)
		if err != nil {
			return nil, err
		}
		for i := range list {
			kept, err := keeps(list[i])
			if err != nil {
				return nil, err
			}
			list[i].Lost = !kept
		}
		out = append(out, list...)
	}
	slices.SortFunc(out, func(x, y ExposedSecret) int {
		return cmp.Or(cmp.Compare(x.TeamName, y.TeamName), cmp.Compare(x.App.Name, y.App.Name), y.Secret.CreatedAt.Compare(x.Secret.CreatedAt), cmp.Compare(x.Secret.ID, y.Secret.ID))
	})
	return out, nil
}

// rightToKnow returns a function that says whether a person may still know a secret: as an owner or an
// admin of its team; as a developer of that team, if they were handed it or manage its app, which with an
// admin-only scope only admins do. For apps that made secrets over the API it says yes.
func rightToKnow(ctx context.Context, r *db.Reader, personID string) (func(ExposedSecret) (bool, error), error) {
	person, err := r.Person(ctx, personID)
	if hub.IsMissing(err) {
		return func(ExposedSecret) (bool, error) { return true, nil }, nil
	}
	if err != nil {
		return nil, err
	}
	catalogue, err := r.Scopes(ctx)
	if err != nil {
		return nil, err
	}
	forAdmins := func(app db.App) bool {
		return slices.ContainsFunc(catalogue, func(s db.Scope) bool { return s.AdminOnly && slices.Contains(app.Scopes, s.Name) })
	}
	return func(e ExposedSecret) (bool, error) {
		if !person.DisabledAt.IsZero() || person.Owner {
			return person.DisabledAt.IsZero(), nil
		}
		m, err := r.Member(ctx, e.App.TeamID, personID)
		if hub.IsMissing(err) {
			return false, nil
		}
		handed := slices.Contains(e.How, db.ExposureHanded) || slices.Contains(e.How, db.ExposureOpened)
		return m.Role == hub.Admin || m.Role == hub.Developer && (handed || e.App.CreatedBy == personID && !forAdmins(e.App)), err
	}, nil
}

// exposedOf returns the live secrets of an app that are in exposures, which are in order of time.
func exposedOf(ctx context.Context, r *db.Reader, clientID string, exposures []db.Exposure, now time.Time) (out []ExposedSecret, err error) {
	app, err := r.App(ctx, clientID)
	if err != nil {
		return nil, err
	}
	team, err := r.Team(ctx, app.TeamID)
	if err != nil {
		return nil, err
	}
	secrets, err := r.Secrets(ctx, clientID)
	if err != nil {
		return nil, err
	}
	live := slices.DeleteFunc(secrets, func(s db.ClientSecret) bool { return !s.Live(now) })
	lasting := 0
	for _, s := range live {
		if !s.Playground {
			lasting++
		}
	}
	for _, s := range live {
		one := ExposedSecret{App: app, TeamName: team.Name, Secret: s, Only: lasting == 1 && !s.Playground}
		for _, e := range exposures {
			if e.SecretID != s.ID {
				continue
			}
			if one.At.IsZero() {
				one.At = e.At
			}
			one.PersonName, one.LastAt = e.PersonName, e.At
			one.How = append(one.How, e.How)
		}
		if one.How != nil {
			out = append(out, one)
		}
	}
	return out, nil
}

// ExposedPeople returns who knows live secrets of a team's apps: first those who have left the team,
// then by how many secrets they know. Apps that created secrets over the API are listed too.
func (as *Apps) ExposedPeople(ctx context.Context, a hub.Actor, teamID string) ([]ExposedPerson, error) {
	if err := as.hub.MayManageTeam(ctx, a, teamID, "see who knows which secret"); err != nil {
		return nil, err
	}
	exposures, err := as.hub.DB.ExposuresOfTeam(ctx, teamID, as.hub.Now())
	if err != nil {
		return nil, err
	}
	members, err := as.hub.DB.Members(ctx, teamID)
	if err != nil {
		return nil, err
	}
	secrets := map[string]map[string]bool{} // by person
	people := map[string]*ExposedPerson{}
	for _, e := range exposures {
		p := people[e.PersonID]
		if p == nil {
			p = &ExposedPerson{ID: e.PersonID, Member: slices.ContainsFunc(members, func(m db.Member) bool { return m.PersonID == e.PersonID })}
			people[e.PersonID], secrets[e.PersonID] = p, map[string]bool{}
		}
		p.Name, p.LastAt = e.PersonName, e.At
		secrets[e.PersonID][e.SecretID] = true
	}
	var out []ExposedPerson
	for id, p := range people {
		p.Secrets = len(secrets[id])
		out = append(out, *p)
	}
	slices.SortFunc(out, func(x, y ExposedPerson) int {
		if x.Member != y.Member {
			return map[bool]int{false: -1, true: 1}[x.Member]
		}
		return cmp.Or(cmp.Compare(y.Secrets, x.Secrets), cmp.Compare(x.Name, y.Name), cmp.Compare(x.ID, y.ID))
	})
	return out, nil
}

// RotateExposed starts to rotate every live secret that a person knows, or with lostOnly those that they
// may no longer know: each expires after keep (0:
// it is revoked), unless it expires sooner anyway. The secrets that replace them are created one by
// one with RotateSecret, since each is shown once. The admins of the apps' teams get a mail, even if
// they do it themselves. RotateExposed returns the secrets with their new expiry.
func (as *Apps) RotateExposed(ctx context.Context, a hub.Actor, teamID, personID string, lostOnly bool, keep time.Duration) (out []ExposedSecret, err error) {
	if err := as.mayManageExposure(ctx, a, teamID, "rotate the team's secrets"); err != nil {
		return nil, err
	}
	if err := checkKeepOld(keep); err != nil {
		return nil, err
	}
	if err := a.Prove(ctx, &as.hub.DB.Reader, hub.ActionSecretRetiring); err != nil {
		return nil, err
	}
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if out, err = exposed(ctx, &tx.Reader, teamID, personID, tx.Now); err != nil {
			return err
		}
		if lostOnly {
			out = Lost(out)
		}
		for i := range out {
			e := &out[i]
			if _, err := tx.LockApp(ctx, e.App.ClientID); err != nil {
				return err
			}
			was := e.Secret
			if e.Secret.ExpiresAt, err = as.retire(ctx, tx, a, e.App, was, tx.Now.Add(keep), "since "+e.PersonName+" knows it"); err != nil {
				return err
			}
			if err := as.mailExpiry(ctx, tx, a, e.App, was, e.Secret.ExpiresAt); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}
