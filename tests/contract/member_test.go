package contract

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/mail"
	"gatepost/handlers/secret"
)

var memberPromises = []promise{
	{"members: a removal ends all that hangs on it", removalEndsAll},
	{"members: only active admins count", onlyActiveAdminsCount},
	{"members: two admins demote each other at once, one wins", demoteEachOther},
	{"people: two owners unmake each other at once, one wins", unmakeEachOther},
	{"people: are listed by address, found and counted", peopleAreListed},
	{"people: who is disabled has nothing left", disabledHasNothing},
	{"apps: one goes to another team", appMoves},
	{"tries: are counted, leak and are forgotten", triesAreCounted},
	{"tries: at once none is lost", triesAtOnce},
	{"email: a change needs both addresses", changeNeedsBoth},
	{"email: both confirm at once, the later sees it done", confirmAtOnce},
}

// hub is the rules on this store.
func (s store) hub(t *testing.T) *hub.Hub {
	t.Helper()
	issuer := &url.URL{Scheme: "https", Host: "portal.example"}
	mailer, err := mail.New(mail.Options{Issuer: issuer, Brand: "Gatepost"})
	if err != nil {
		t.Fatal(err)
	}
	h := hub.New(hub.Options{DB: s.DB, Minter: secret.NewMinter(secret.Key{1}), Hasher: secret.NewHasher(2, 64), Mail: mailer, Key: secret.Key{1}, Issuer: issuer.String(), Brand: "Gatepost"})
	t.Cleanup(h.Close)
	return h
}

func removalEndsAll(t *testing.T, s store) {
	f := s.fixture(t)
	bob := newPerson()
	device := newDevice(f.team.ID, "Door")
	family := db.Family{ID: fresh("family"), ClientID: f.app.ClientID, PersonID: bob.ID, CreatedAt: now(), AuthTime: now(), ExpiresAt: now().Add(time.Hour)}
	other := newApp("")
	otherTeam := newTeam()
	other.TeamID = otherTeam.ID
	elsewhere := family
	elsewhere.ID, elsewhere.ClientID = fresh("family"), other.ClientID
	link := db.Link{ID: fresh("link"), TokenHash: fresh("hash"), Purpose: db.LinkInvitation, Email: bob.Email, TeamID: f.team.ID, Role: "admin", CreatedAt: now(), ExpiresAt: now().Add(time.Hour)}
	ctx := t.Context()
	s.do(t, func(tx *db.Tx) error {
		if err := errors.Join(tx.InsertPerson(ctx, bob), tx.PutMember(ctx, f.team.ID, bob.ID, "viewer"), tx.InsertTeam(ctx, otherTeam), tx.PutMember(ctx, otherTeam.ID, bob.ID, "viewer"),
			tx.InsertApp(ctx, other), tx.InsertDevice(ctx, device), tx.SetDeviceViewers(ctx, device.GUID, []string{bob.ID}),
			tx.InsertFamily(ctx, family), tx.InsertFamily(ctx, elsewhere), tx.InsertLink(ctx, link)); err != nil {
			return err
		}
		for _, clientID := range []string{f.app.ClientID, other.ClientID} {
			if _, err := tx.KeepAuthorization(ctx, bob.ID, clientID, []string{"read"}, fresh("auth")); err != nil {
				return err
			}
		}
		return nil
	})
	equal(t, "ReachOf in the team", must[db.Reach](t)(s.ReachOf(ctx, f.team.ID, bob.ID, now())), db.Reach{Authorizations: 1, DeviceGrants: 1})
	equal(t, "ReachOf in all", must[db.Reach](t)(s.ReachOf(ctx, "", bob.ID, now())), db.Reach{Authorizations: 2, DeviceGrants: 1})
	s.do(t, func(tx *db.Tx) error {
		ended, err := tx.RemoveMember(ctx, f.team.ID, bob.ID)
		equal(t, "families that RemoveMember ended", ended, 1)
		return err
	})
	_, err := s.Member(ctx, f.team.ID, bob.ID)
	wantErr(t, "Member after the removal", err, db.ErrNotFound)
	equal(t, "ReachOf in all after the removal", must[db.Reach](t)(s.ReachOf(ctx, "", bob.ID, now())), db.Reach{Authorizations: 1})
	equal(t, "the other team's family is revoked", !must[db.Family](t)(s.Family(ctx, elsewhere.ID)).RevokedAt.IsZero(), false)
	equal(t, "the team's family is revoked", !must[db.Family](t)(s.Family(ctx, family.ID)).RevokedAt.IsZero(), true)
	equal(t, "the invitation is cancelled", !must[db.Link](t)(s.Link(ctx, link.ID)).CancelledAt.IsZero(), true)
	mine := must[[]db.Member](t)(s.MembershipsOf(ctx, bob.ID))
	if len(mine) != 1 || mine[0].TeamID != otherTeam.ID || mine[0].Name != otherTeam.Name || mine[0].Role != "viewer" {
		t.Errorf("MembershipsOf = %+v, want the other team alone", mine)
	}
	wantErr(t, "RemoveMember again", s.Tx(ctx, func(tx *db.Tx) error { _, err := tx.RemoveMember(ctx, f.team.ID, bob.ID); return err }), db.ErrNotFound)
	wantErr(t, "SetRole of nobody", s.Tx(ctx, func(tx *db.Tx) error { return tx.SetRole(ctx, f.team.ID, bob.ID, "admin") }), db.ErrNotFound)
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.JoinTeam(ctx, otherTeam.ID, bob.ID, "admin"), tx.JoinTeam(ctx, f.team.ID, bob.ID, "developer"))
	})
	equal(t, "role after JoinTeam of a member", must[db.Member](t)(s.Member(ctx, otherTeam.ID, bob.ID)).Role, "viewer")
	equal(t, "role after JoinTeam", must[db.Member](t)(s.Member(ctx, f.team.ID, bob.ID)).Role, "developer")
}

func onlyActiveAdminsCount(t *testing.T, s store) {
	f, ctx := s.fixture(t), t.Context()
	invited, disabled := newPerson(), newPerson()
	invited.PasswordHash, disabled.DisabledAt = "", now()
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.InsertPerson(ctx, invited), tx.InsertPerson(ctx, disabled), tx.PutMember(ctx, f.team.ID, invited.ID, "admin"), tx.PutMember(ctx, f.team.ID, disabled.ID, "admin"))
	})
	equal(t, "CountAdmins", must[int](t)(s.CountAdmins(ctx, f.team.ID, "")), 1)
	equal(t, "CountAdmins but the one", must[int](t)(s.CountAdmins(ctx, f.team.ID, f.person.ID)), 0)
}

func demoteEachOther(t *testing.T, s store) {
	teams := team.New(s.hub(t))
	for range 5 {
		f := s.fixture(t)
		second, third := newPerson(), newPerson()
		s.do(t, func(tx *db.Tx) error {
			return errors.Join(tx.InsertPerson(t.Context(), second), tx.InsertPerson(t.Context(), third), tx.PutMember(t.Context(), f.team.ID, second.ID, "admin"), tx.PutMember(t.Context(), f.team.ID, third.ID, "admin"))
		})
		pair := []string{f.person.ID, second.ID}
		errs := atOnce(2, func(i int) error {
			return teams.ChangeRole(context.Background(), hub.Actor{Kind: hub.Person, ID: pair[i]}, f.team.ID, pair[1-i], hub.Viewer)
		})
		oneOfTwo(t, "ChangeRole of each other", errs)
		equal(t, "admins that are left", must[int](t)(s.CountAdmins(t.Context(), f.team.ID, "")), 2)
	}
}

func oneOfTwo(t *testing.T, what string, errs []error) {
	t.Helper()
	var forbidden *hub.Forbidden
	lost := slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	if len(lost) != 1 || !errors.As(lost[0], &forbidden) {
		t.Errorf("%s at once: those that failed = %v, want one *hub.Forbidden", what, lost)
	}
}

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
			a := hub.Actor{Kind: hub.Person, ID: pair[i], Owner: true}
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
		sessions, families, err := tx.DisablePerson(ctx, f.person.ID)
		equal(t, "sessions and families that ended", [2]int64{sessions, families}, [2]int64{1, 1})
		return err
	})
	wantErr(t, "DisablePerson again", s.Tx(ctx, func(tx *db.Tx) error { _, _, err := tx.DisablePerson(ctx, f.person.ID); return err }), db.ErrNotFound)
	equal(t, "the reset link is cancelled", !must[db.Link](t)(s.Link(ctx, reset.ID)).CancelledAt.IsZero(), true)
	_, err := s.EmailChangeOf(ctx, f.person.ID)
	wantErr(t, "EmailChangeOf a disabled person", err, db.ErrNotFound)
	s.do(t, func(tx *db.Tx) error { return tx.EnablePerson(ctx, f.person.ID) })
	wantErr(t, "EnablePerson again", s.Tx(ctx, func(tx *db.Tx) error { return tx.EnablePerson(ctx, f.person.ID) }), db.ErrNotFound)
}

func appMoves(t *testing.T, s store) {
	f, other, ctx := s.fixture(t), s.fixture(t), t.Context()
	s.do(t, func(tx *db.Tx) error { return tx.MoveApp(ctx, f.app.ClientID, other.team.ID) })
	equal(t, "team of the moved app", must[db.App](t)(s.App(ctx, f.app.ClientID)).TeamID, other.team.ID)
	same := newApp(f.team.ID)
	same.Name = f.app.Name
	s.do(t, func(tx *db.Tx) error { return tx.InsertApp(ctx, same) })
	wantErr(t, "MoveApp to a team with that name", s.Tx(ctx, func(tx *db.Tx) error { return tx.MoveApp(ctx, same.ClientID, other.team.ID) }), db.ErrConflict)
	wantErr(t, "MoveApp(none)", s.Tx(ctx, func(tx *db.Tx) error { return tx.MoveApp(ctx, "none", other.team.ID) }), db.ErrNotFound)
}

func triesAreCounted(t *testing.T, s store) {
	ctx, start := t.Context(), now()
	add := func(at time.Time) (n int) {
		t.Helper()
		s.do(t, func(tx *db.Tx) (err error) {
			n, err = tx.AddTry(ctx, "key", at, time.Minute)
			return err
		})
		return n
	}
	for want := range 4 {
		equal(t, "AddTry", add(start), want+1)
	}
	equal(t, "AddTry after two and a half minutes", add(start.Add(150*time.Second)), 3)
	equal(t, "AddTry after an hour", add(start.Add(time.Hour)), 1)
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.DelayTries(ctx, "key", start.Add(2*time.Hour)), tx.DelayTries(ctx, "key", start.Add(time.Hour)), tx.KnowPlace(ctx, "place", start))
	})
	got := must[[]db.Tries](t)(s.SignInTries(ctx, "key", "place", "none"))
	slices.SortFunc(got, func(a, b db.Tries) int { return b.Tries - a.Tries })
	want := []db.Tries{{Key: "key", Tries: 1, LastAt: start.Add(time.Hour), Until: start.Add(2 * time.Hour)}, {Key: "place", LastAt: start}}
	if !slices.Equal(got, want) {
		t.Errorf("SignInTries = %+v, want %+v", got, want)
	}
	s.do(t, func(tx *db.Tx) error { return tx.ForgetTries(ctx, "key", "none") })
	if got := must[[]db.Tries](t)(s.SignInTries(ctx, "key")); len(got) != 0 {
		t.Errorf("SignInTries after ForgetTries = %+v, want none", got)
	}
	old := now().Add(-91 * 24 * time.Hour)
	s.do(t, func(tx *db.Tx) error {
		_, err := tx.AddTry(ctx, "old", now().Add(-49*time.Hour), time.Minute)
		return errors.Join(err, tx.KnowPlace(ctx, "old place", old))
	})
	must[int64](t)(s.Purge(ctx, 100))
	if got := must[[]db.Tries](t)(s.SignInTries(ctx, "old", "old place", "place")); len(got) != 1 || got[0].Key != "place" {
		t.Errorf("SignInTries after Purge = %+v, want the place that is known still", got)
	}
}

func triesAtOnce(t *testing.T, s store) {
	for _, err := range atOnce(20, func(int) error {
		return s.Tx(context.Background(), func(tx *db.Tx) error {
			for _, key := range []string{"own", "account", "address"} {
				if _, err := tx.AddTry(context.Background(), key, now(), time.Hour); err != nil {
					return err
				}
			}
			return nil
		})
	}) {
		if err != nil {
			t.Errorf("AddTry at once = %v, want nil", err)
		}
	}
	for _, got := range must[[]db.Tries](t)(s.SignInTries(t.Context(), "own", "account", "address")) {
		equal(t, "tries of "+got.Key, got.Tries, 20)
	}
}

func newEmailChange(p db.Person) db.EmailChange {
	return db.EmailChange{ID: fresh("change"), PersonID: p.ID, Old: p.Email, New: fresh("new") + "@example.com", OldHash: fresh("old"), NewHash: fresh("new"), CreatedAt: now(), ExpiresAt: now().Add(time.Hour)}
}

func changeNeedsBoth(t *testing.T, s store) {
	f, other, ctx := s.fixture(t), s.fixture(t), t.Context()
	first, c := newEmailChange(f.person), newEmailChange(f.person)
	s.do(t, func(tx *db.Tx) error { return errors.Join(tx.PutEmailChange(ctx, first), tx.PutEmailChange(ctx, c)) })
	equal(t, "EmailChangeOf", must[db.EmailChange](t)(s.EmailChangeOf(ctx, f.person.ID)), c)
	equal(t, "EmailChangeByHash", must[db.EmailChange](t)(s.EmailChangeByHash(ctx, c.NewHash)), c)
	_, err := s.EmailChangeByHash(ctx, first.OldHash)
	wantErr(t, "EmailChangeByHash of one that another took the place of", err, db.ErrNotFound)
	confirm := func(hash string) (got db.EmailChange, err error) {
		err = s.Tx(ctx, func(tx *db.Tx) (err error) {
			got, err = tx.ConfirmEmailChange(ctx, hash)
			return err
		})
		return got, err
	}
	got := must[db.EmailChange](t)(confirm(c.NewHash))
	equal(t, "done after one", got.Done(), false)
	_, err = confirm(c.NewHash)
	wantErr(t, "ConfirmEmailChange twice by the same address", err, db.ErrNotFound)
	equal(t, "done after both", must[db.EmailChange](t)(confirm(c.OldHash)).Done(), true)
	reset := db.Link{ID: fresh("link"), TokenHash: fresh("hash"), Purpose: db.LinkReset, Email: f.person.Email, PersonID: f.person.ID, CreatedAt: now(), ExpiresAt: now().Add(time.Hour)}
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.InsertLink(ctx, reset), tx.SetEmail(ctx, f.person.ID, f.person.Email, c.New), tx.EndEmailChange(ctx, f.person.ID))
	})
	equal(t, "address", must[db.Person](t)(s.Person(ctx, f.person.ID)).Email, c.New)
	equal(t, "the reset link is cancelled", !must[db.Link](t)(s.Link(ctx, reset.ID)).CancelledAt.IsZero(), true)
	wantErr(t, "SetEmail from an address of before", s.Tx(ctx, func(tx *db.Tx) error { return tx.SetEmail(ctx, f.person.ID, f.person.Email, "x@example.com") }), db.ErrNotFound)
	wantErr(t, "SetEmail to a taken address", s.Tx(ctx, func(tx *db.Tx) error { return tx.SetEmail(ctx, f.person.ID, c.New, other.person.Email) }), db.ErrConflict)

	over := newEmailChange(other.person)
	over.ExpiresAt = now().Add(-time.Second)
	s.do(t, func(tx *db.Tx) error { return tx.PutEmailChange(ctx, over) })
	_, err = confirm(over.OldHash)
	wantErr(t, "ConfirmEmailChange after its end", err, db.ErrNotFound)
	must[int64](t)(s.Purge(ctx, 100))
	_, err = s.EmailChangeOf(ctx, other.person.ID)
	wantErr(t, "EmailChangeOf after Purge", err, db.ErrNotFound)
}

func confirmAtOnce(t *testing.T, s store) {
	for range 5 {
		f := s.fixture(t)
		c := newEmailChange(f.person)
		s.do(t, func(tx *db.Tx) error { return tx.PutEmailChange(t.Context(), c) })
		done := make([]bool, 2)
		for _, err := range atOnce(2, func(i int) error {
			return s.Tx(context.Background(), func(tx *db.Tx) error {
				got, err := tx.ConfirmEmailChange(context.Background(), []string{c.OldHash, c.NewHash}[i])
				done[i] = got.Done()
				return err
			})
		}) {
			if err != nil {
				t.Errorf("ConfirmEmailChange at once = %v, want nil", err)
			}
		}
		if done[0] == done[1] {
			t.Errorf("done = %v, want one of the two to see it done", done)
		}
	}
}
