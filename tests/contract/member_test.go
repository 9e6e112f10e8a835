package contract

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/mail"
	"gatepost/handlers/secret"
)

var memberPromises = []promise{
	{"members: a removal ends everything that depends on the membership", removalEndsAll},
	{"members: only active admins are counted", onlyActiveAdminsCount},
	{"members: of two admins who demote each other at once, one wins", demoteEachOther},
	{"members: they have a role and a state", membersHaveARole},
}

// hub returns the rules on top of this store.
func (s store) hub(t *testing.T) *hub.Hub {
	t.Helper()
	issuer := &url.URL{Scheme: "https", Host: "portal.example"}
	mailer, err := mail.New(mail.Options{Issuer: issuer, Brand: "Gatepost"})
	if err != nil {
		t.Fatal(err)
	}
	h := hub.New(hub.Options{DB: s.DB, Minter: secret.NewMinter(secret.NewKeyring(secret.Key{1})), Hasher: secret.NewHasher(2, 64), Mail: mailer, Key: secret.NewKeyring(secret.Key{1}), Issuer: issuer.String(), Brand: "Gatepost"})
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
	both := []string{f.team.ID, otherTeam.ID}
	family.Teams = both
	elsewhere := family
	elsewhere.ID, elsewhere.ClientID = fresh("family"), other.ClientID
	link := db.Link{ID: fresh("link"), TokenHash: fresh("hash"), Purpose: db.LinkInvitation, Email: bob.Email, TeamID: f.team.ID, Role: "admin", CreatedAt: now(), ExpiresAt: now().Add(time.Hour)}
	sent := link
	sent.ID, sent.TokenHash, sent.Email, sent.CreatedBy = fresh("link"), fresh("hash"), fresh("friend")+"@example.com", bob.ID
	handed := db.Handover{ID: fresh("handover"), ClientID: f.app.ClientID, SecretID: "s", FromID: bob.ID, FromName: bob.Name, ToID: f.person.ID, CreatedAt: now(), ExpiresAt: now().Add(time.Hour)}
	ctx := t.Context()
	s.do(t, func(tx *db.Tx) error {
		if err := errors.Join(tx.InsertPerson(ctx, bob), tx.PutMember(ctx, f.team.ID, bob.ID, "viewer"), tx.InsertTeam(ctx, otherTeam), tx.PutMember(ctx, otherTeam.ID, bob.ID, "viewer"),
			tx.InsertApp(ctx, other), tx.InsertDevice(ctx, device), tx.SetDeviceViewers(ctx, device.GUID, []string{bob.ID}),
			tx.InsertFamily(ctx, family), tx.InsertFamily(ctx, elsewhere), tx.InsertLink(ctx, link), tx.InsertLink(ctx, sent), tx.InsertHandover(ctx, handed, "ciphertext")); err != nil {
			return err
		}
		for _, clientID := range []string{f.app.ClientID, other.ClientID} {
			a, err := tx.LockAuthorization(ctx, bob.ID, clientID, fresh("auth"))
			if err != nil {
				return err
			}
			a.Teams = both
			if err := tx.UpdateAuthorization(ctx, a); err != nil {
				return err
			}
		}
		return nil
	})
	equal(t, "ReachOf in the team", must[db.Reach](t)(s.ReachOf(ctx, f.team.ID, bob.ID, now())), db.Reach{Authorizations: 1, DeviceGrants: 1})
	equal(t, "ReachOf in all", must[db.Reach](t)(s.ReachOf(ctx, "", bob.ID, now())), db.Reach{Authorizations: 2, DeviceGrants: 1})
	s.do(t, func(tx *db.Tx) error {
		ended, err := tx.RemoveMember(ctx, f.team.ID, bob.ID)
		equal(t, "families that RemoveMember revoked", ended, 1)
		return err
	})
	_, err := s.Member(ctx, f.team.ID, bob.ID)
	wantErr(t, "Member after the removal", err, db.ErrNotFound)
	equal(t, "ReachOf in all after the removal", must[db.Reach](t)(s.ReachOf(ctx, "", bob.ID, now())), db.Reach{Authorizations: 1})
	equal(t, "the other team's family is revoked", !must[db.Family](t)(s.Family(ctx, elsewhere.ID)).RevokedAt.IsZero(), false)
	equal(t, "the team's family is revoked", !must[db.Family](t)(s.Family(ctx, family.ID)).RevokedAt.IsZero(), true)
	sameList(t, "teams of the other app's family", must[db.Family](t)(s.Family(ctx, elsewhere.ID)).Teams, []string{otherTeam.ID})
	sameList(t, "teams of the other app's authorization", must[db.Authorization](t)(s.Authorization(ctx, bob.ID, other.ClientID)).Teams, []string{otherTeam.ID})
	equal(t, "the invitation is cancelled", !must[db.Link](t)(s.Link(ctx, link.ID)).CancelledAt.IsZero(), true)
	equal(t, "the invitation that they sent is cancelled", !must[db.Link](t)(s.Link(ctx, sent.ID)).CancelledAt.IsZero(), true)
	equal(t, "the hand-over from them is cancelled", !must[db.Handover](t)(s.Handover(ctx, handed.ID)).CancelledAt.IsZero(), true)
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
			return teams.ChangeRole(context.Background(), hub.Actor{Kind: hub.Person, ID: pair[i], Proof: justNow()}, f.team.ID, pair[1-i], hub.Viewer)
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

func membersHaveARole(t *testing.T, s store) {
	f := s.fixture(t)
	invited := newPerson()
	invited.PasswordHash, invited.Owner = "", true
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.InsertPerson(t.Context(), invited), tx.PutMember(t.Context(), f.team.ID, invited.ID, "viewer"))
	})
	want := db.Member{TeamID: f.team.ID, PersonID: invited.ID, Role: "viewer", Name: invited.Name, Email: invited.Email, Owner: true}
	got := must[db.Member](t)(s.Member(t.Context(), f.team.ID, invited.ID))
	if got.CreatedAt.IsZero() {
		t.Error("Member has no time")
	}
	since := got.CreatedAt
	got.CreatedAt = time.Time{}
	equal(t, "Member", got, want)

	s.do(t, func(tx *db.Tx) error { return tx.PutMember(t.Context(), f.team.ID, invited.ID, "developer") })
	got = must[db.Member](t)(s.Member(t.Context(), f.team.ID, invited.ID))
	equal(t, "role after a second PutMember", got.Role, "developer")
	equal(t, "time after a second PutMember", got.CreatedAt, since)

	list := must[[]db.Member](t)(s.Members(t.Context(), f.team.ID))
	equal(t, "number of members", len(list), 2)
	equal(t, "the admin is active", must[db.Member](t)(s.Member(t.Context(), f.team.ID, f.person.ID)).Active, true)
	_, err := s.Member(t.Context(), f.team.ID, "nobody")
	wantErr(t, "Member(nobody)", err, db.ErrNotFound)
	for what, change := range map[string]func(tx *db.Tx) error{
		"an unknown role":   func(tx *db.Tx) error { return tx.PutMember(t.Context(), f.team.ID, invited.ID, "king") },
		"an unknown person": func(tx *db.Tx) error { return tx.PutMember(t.Context(), f.team.ID, "nobody", "viewer") },
		"an unknown team":   func(tx *db.Tx) error { return tx.PutMember(t.Context(), "none", invited.ID, "viewer") },
	} {
		if err := s.Tx(t.Context(), change); err == nil {
			t.Errorf("PutMember with %s succeeded", what)
		}
	}
}
