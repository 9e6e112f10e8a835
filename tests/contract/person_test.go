package contract

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/hub/team"
)

var personPromises = []promise{
	{"people: of two owners who remove each other at once, one wins", unmakeEachOther},
	{"people: they are listed by address, found and counted", peopleAreListed},
	{"people: a disabled person has nothing left", disabledHasNothing},
	{"people: what is named ends, and what was pending", expelEndsWhatItNames},
	{"people: a required factor ends what works without one", requiredFactorEndsWhatWorksWithoutOne},
	{"apps: a way that is off ends its tokens", switchedOffWaysEndTheirTokens},
	{"people: what is inserted is read", personRoundTrip},
	{"people: an address is unique", addressIsUnique},
	{"people: a rehash doesn't undo a new password", rehashKeepsNewPassword},
	{"people: only active owners are counted", onlyActiveOwnersCount},
}

func personRoundTrip(t *testing.T, s store) {
	want := newPerson()
	want.Owner, want.DisabledAt = true, now()
	s.do(t, func(tx *db.Tx) error { return tx.InsertPerson(t.Context(), want) })
	equal(t, "Person", must[db.Person](t)(s.Person(t.Context(), want.ID)), want)
	equal(t, "PersonByEmail", must[db.Person](t)(s.PersonByEmail(t.Context(), want.Email)), want)

	s.do(t, func(tx *db.Tx) error {
		want.PasswordChangedAt = tx.Now.UTC()
		return errors.Join(tx.UpdatePersonFields(t.Context(), want.ID, "New", "1", "Roma"), tx.SetPassword(t.Context(), want.ID, "$argon2id$new"),
			tx.SetOwner(t.Context(), want.ID, true))
	})
	want.Name, want.Phone, want.City, want.PasswordHash = "New", "1", "Roma", "$argon2id$new"
	equal(t, "Person after the change", must[db.Person](t)(s.Person(t.Context(), want.ID)), want)

	_, err := s.Person(t.Context(), "nobody")
	wantErr(t, "Person(nobody)", err, db.ErrNotFound)
	_, err = s.PersonByEmail(t.Context(), "nobody@example.com")
	wantErr(t, "PersonByEmail(nobody)", err, db.ErrNotFound)
	for what, change := range map[string]func(tx *db.Tx) error{
		"UpdatePersonFields": func(tx *db.Tx) error { return tx.UpdatePersonFields(t.Context(), "nobody", "n", "", "") },
		"SetPassword":        func(tx *db.Tx) error { return tx.SetPassword(t.Context(), "nobody", "h") },
		"SetOwner":           func(tx *db.Tx) error { return tx.SetOwner(t.Context(), "nobody", true) },
	} {
		wantErr(t, what+"(nobody)", s.Tx(t.Context(), change), db.ErrNotFound)
	}
}

func addressIsUnique(t *testing.T, s store) {
	first, second := newPerson(), newPerson()
	second.Email = first.Email
	s.do(t, func(tx *db.Tx) error { return tx.InsertPerson(t.Context(), first) })
	err := s.Tx(t.Context(), func(tx *db.Tx) error { return tx.InsertPerson(t.Context(), second) })
	wantErr(t, "InsertPerson with a taken address", err, db.ErrConflict)
}

func rehashKeepsNewPassword(t *testing.T, s store) {
	p := newPerson()
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.InsertPerson(t.Context(), p), tx.SetPassword(t.Context(), p.ID, "new"), tx.RehashPassword(t.Context(), p.ID, "old", "stale"))
	})
	equal(t, "hash after a late rehash", must[db.Person](t)(s.Person(t.Context(), p.ID)).PasswordHash, "new")
	s.do(t, func(tx *db.Tx) error { return tx.RehashPassword(t.Context(), p.ID, "new", "costlier") })
	equal(t, "hash after a rehash", must[db.Person](t)(s.Person(t.Context(), p.ID)).PasswordHash, "costlier")
}

func onlyActiveOwnersCount(t *testing.T, s store) {
	active, disabled, invited, plain := newPerson(), newPerson(), newPerson(), newPerson()
	active.Owner, disabled.Owner, invited.Owner = true, true, true
	disabled.DisabledAt, invited.PasswordHash = now(), ""
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.InsertPerson(t.Context(), active), tx.InsertPerson(t.Context(), disabled),
			tx.InsertPerson(t.Context(), invited), tx.InsertPerson(t.Context(), plain))
	})
	equal(t, "CountOwners", must[int](t)(s.CountOwners(t.Context())), 1)
}

// justNow is the proof of a session that has just begun.
func justNow() hub.Proof { return hub.Proof{Now: now(), At: now()} }

func unmakeEachOther(t *testing.T, s store) {
	h := s.hub(t)
	accounts := account.New(h, team.New(h), nil)
	first, second, third := newPerson(), newPerson(), newPerson()
	first.Owner, second.Owner, third.Owner = true, true, true
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.InsertPerson(t.Context(), first), tx.InsertPerson(t.Context(), second), tx.InsertPerson(t.Context(), third))
	})
	pair := []string{first.ID, second.ID}
	for round := range 4 {
		errs := atOnce(2, func(i int) error {
			a := hub.Actor{Kind: hub.Person, ID: pair[i], Owner: true, Proof: justNow()}
			if round%2 == 0 {
				return accounts.SetOwner(context.Background(), a, pair[1-i], false)
			}
			return accounts.DisablePerson(context.Background(), a, pair[1-i])
		})
		oneOfTwo(t, "owners", errs)
		equal(t, "owners that are left", must[int](t)(s.CountOwners(t.Context())), 2)
		for _, id := range pair {
			if err := accounts.EnablePerson(t.Context(), hub.OperatorActor(), id); err != nil {
				t.Fatal(err)
			}
			if err := accounts.SetOwner(t.Context(), hub.OperatorActor(), id, true); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func peopleAreListed(t *testing.T, s store) {
	ctx := t.Context()
	ana, bob, carla, dino := newPerson(), newPerson(), newPerson(), newPerson()
	ana.Email, ana.Name, ana.Owner = "ana@example.com", "Ana Ünal", true
	bob.Email, bob.Name, bob.PasswordHash = "bob@example.com", "Bob", ""
	carla.Email, carla.Name, carla.DisabledAt = "carla_100%@example.com", "Carla", now()
	dino.Email, dino.Name = "dino@example.org", "Dino"
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.InsertPerson(ctx, dino), tx.InsertPerson(ctx, carla), tx.InsertPerson(ctx, bob), tx.InsertPerson(ctx, ana))
	})
	for _, c := range []struct {
		q    db.PeopleQuery
		want string
	}{
		{db.PeopleQuery{Limit: 10}, "Ana Ünal,Bob,Carla,Dino"},
		{db.PeopleQuery{Limit: 2, After: "ana@example.com"}, "Bob,Carla"},
		{db.PeopleQuery{Limit: 10, Search: "EXAMPLE.COM"}, "Ana Ünal,Bob,Carla"},
		{db.PeopleQuery{Limit: 10, Search: "Ünal"}, "Ana Ünal"},
		{db.PeopleQuery{Limit: 10, Search: "a ÜNAL"}, "Ana Ünal"},
		{db.PeopleQuery{Limit: 10, Search: "ünal"}, "Ana Ünal"},
		{db.PeopleQuery{Limit: 10, Search: "%"}, "Carla"},
		{db.PeopleQuery{Limit: 10, Search: "_100"}, "Carla"},
		{db.PeopleQuery{Limit: 10, State: "active"}, "Ana Ünal,Dino"},
		{db.PeopleQuery{Limit: 10, State: "invited"}, "Bob"},
		{db.PeopleQuery{Limit: 10, State: "disabled"}, "Carla"},
		{db.PeopleQuery{Limit: 10, State: "owner"}, "Ana Ünal"},
		{db.PeopleQuery{Limit: 10, Search: "nobody"}, ""},
	} {
		got := ""
		for i, p := range must[[]db.PersonRow](t)(s.People(ctx, c.q)) {
			if i > 0 {
				got += ","
			}
			got += p.Name
		}
		if got != c.want {
			t.Errorf("People(%+v) = %s, want %s", c.q, got, c.want)
		}
	}
	s.do(t, func(tx *db.Tx) error { return tx.UpdatePersonFields(ctx, bob.ID, "Боб", "", "") })
	for search, want := range map[string]int{"БОБ": 1, "bob": 1, "Bob Bob": 0} { // the second by the address
		equal(t, fmt.Sprintf("people found by %q after a change of name", search), len(must[[]db.PersonRow](t)(s.People(ctx, db.PeopleQuery{Limit: 10, Search: search}))), want)
	}
	equal(t, "CountPeople", must[db.PeopleCounts](t)(s.CountPeople(ctx)), db.PeopleCounts{All: 4, Active: 2, Disabled: 1, Invited: 1, Owners: 1})
}

func disabledHasNothing(t *testing.T, s store) {
	f, ctx := s.fixture(t), t.Context()
	reset := db.Link{ID: fresh("link"), TokenHash: fresh("hash"), Purpose: db.LinkReset, Email: f.person.Email, PersonID: f.person.ID, CreatedAt: now(), ExpiresAt: now().Add(time.Hour)}
	family := db.Family{ID: fresh("family"), ClientID: f.app.ClientID, PersonID: f.person.ID, CreatedAt: now(), AuthTime: now(), ExpiresAt: now().Add(time.Hour)}
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(insertSession(t, tx, newSession(f.person.ID)), tx.InsertLink(ctx, reset), tx.InsertFamily(ctx, family), tx.PutEmailChange(ctx, newEmailChange(f.person)))
	})
	s.do(t, func(tx *db.Tx) error {
		ended, err := tx.DisablePerson(ctx, f.person.ID)
		equal(t, "what ended", ended, db.Expelled{Sessions: 1, Apps: 1, EmailChange: true})
		return err
	})
	wantErr(t, "DisablePerson again", s.Tx(ctx, func(tx *db.Tx) error { _, err := tx.DisablePerson(ctx, f.person.ID); return err }), db.ErrNotFound)
	equal(t, "the reset link is cancelled", !must[db.Link](t)(s.Link(ctx, reset.ID)).CancelledAt.IsZero(), true)
	_, err := s.EmailChangeOf(ctx, f.person.ID)
	wantErr(t, "EmailChangeOf a disabled person", err, db.ErrNotFound)
	s.do(t, func(tx *db.Tx) error { return tx.EnablePerson(ctx, f.person.ID) })
	wantErr(t, "EnablePerson again", s.Tx(ctx, func(tx *db.Tx) error { return tx.EnablePerson(ctx, f.person.ID) }), db.ErrNotFound)
}
