package contract

import (
	"errors"
	"slices"
	"testing"
	"time"

	"gatepost/db"
)

var auditPromises = []promise{
	{"audit: a failed transaction leaves no event and no gap", failedTxLeavesNoEvent},
	{"audit: text that a database may refuse doesn't prevent the record", oddEventText},
	{"audit: filters narrow the list, alone and together", auditFilters},
	{"audit: a query filters by every field and continues from any event", auditQueries},
	{"audit: events are listed from the newest, page by page", auditPages},
}

func failedTxLeavesNoEvent(t *testing.T, s store) {
	s.events(t, 1)
	failure := errors.New("no")
	err := s.Tx(t.Context(), func(tx *db.Tx) error {
		return errors.Join(tx.InsertAudit(t.Context(), db.AuditEvent{ID: fresh("event")}), failure)
	})
	wantErr(t, "Tx", err, failure)
	// If an event can't be written, the change that it records is undone.
	team, id := newTeam(), fresh("event")
	err = s.Tx(t.Context(), func(tx *db.Tx) error {
		return errors.Join(tx.InsertTeam(t.Context(), team), tx.InsertAudit(t.Context(), db.AuditEvent{ID: id}), tx.InsertAudit(t.Context(), db.AuditEvent{ID: id}))
	})
	wantErr(t, "Tx with the same event twice", err, db.ErrConflict)
	_, err = s.Team(t.Context(), team.ID)
	wantErr(t, "the team made in that transaction", err, db.ErrNotFound)
	s.events(t, 1)
	if r := s.verify(t); r.Events != 2 || len(r.Faults) != 0 {
		t.Errorf("VerifyAudit = %d events, faults %v, want 2 and none", r.Events, r.Faults)
	}
}

func oddEventText(t *testing.T, s store) {
	team := newTeam()
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.InsertTeam(t.Context(), team), tx.InsertAudit(t.Context(), db.AuditEvent{ID: fresh("event"), TeamID: "t", Detail: "a\x00b\xff\xfe", UserAgent: "\xc3("}))
	})
	if r := s.verify(t); len(r.Faults) != 0 {
		t.Errorf("faults = %v, want none", r.Faults)
	}
	must[db.Team](t)(s.Team(t.Context(), team.ID))
}

func auditFilters(t *testing.T, s store) {
	var ids []string
	s.do(t, func(tx *db.Tx) error {
		for _, e := range []db.AuditEvent{
			{TeamID: "t1", Actor: "ana", ActorName: "Ana", Action: "secret.rotated", TargetType: "app", TargetID: "c1", TargetName: "Hub"},
			{TeamID: "t1", Actor: "mario", ActorName: "Mario", Action: "secret.revoked", TargetType: "app", TargetID: "c1", TargetName: "Hub"},
			{TeamID: "t1", Actor: "c1", ActorName: "Hub", Action: "device.added", TargetType: "device", TargetID: "d1", TargetName: "Door"},
			{TeamID: "t2", Actor: "ana", ActorName: "Ana C.", Action: "app.created", TargetType: "app", TargetID: "c2", TargetName: "Other"},
			{TeamID: "", Actor: "ana", ActorName: "Ana C.", Action: "key.rotated", TargetType: "signing key", TargetID: "k1"},
		} {
			e.ID = fresh("event")
			ids = append(ids, e.ID)
			if err := tx.InsertAudit(t.Context(), e); err != nil {
				return err
			}
		}
		return nil
	})
	for name, tc := range map[string]struct {
		q    db.AuditQuery
		want []int // of the events above, newest first
	}{
		"a team":                    {db.AuditQuery{TeamID: "t1"}, []int{2, 1, 0}},
		"no team":                   {db.AuditQuery{}, []int{4}},
		"all teams":                 {db.AuditQuery{AllTeams: true}, []int{4, 3, 2, 1, 0}},
		"a person":                  {db.AuditQuery{TeamID: "t1", Actor: "ana"}, []int{0}},
		"a person of all teams":     {db.AuditQuery{AllTeams: true, Actor: "ana"}, []int{4, 3, 0}},
		"an app, as what and who":   {db.AuditQuery{TeamID: "t1", App: "c1"}, []int{2, 1, 0}},
		"an app and a person":       {db.AuditQuery{TeamID: "t1", App: "c1", Actor: "mario"}, []int{1}},
		"a kind":                    {db.AuditQuery{TeamID: "t1", Action: "secret.revoked"}, []int{1}},
		"a group of kinds":          {db.AuditQuery{AllTeams: true, Actions: []string{"secret.rotated", "secret.revoked"}}, []int{1, 0}},
		"until now":                 {db.AuditQuery{AllTeams: true, Until: time.Now().Add(-time.Hour)}, nil},
		"since an hour ago, kind":   {db.AuditQuery{AllTeams: true, Since: time.Now().Add(-time.Hour), Action: "key.rotated"}, []int{4}},
		"before the third, no team": {db.AuditQuery{AllTeams: true, Before: ids[2]}, []int{1, 0}},
	} {
		tc.q.Limit = 10
		var got []int
		for _, e := range must[[]db.AuditEvent](t)(s.AuditEvents(t.Context(), tc.q)) {
			got = append(got, slices.Index(ids, e.ID))
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("AuditEvents of %s = %v, want %v", name, got, tc.want)
		}
	}
	who := must[[]db.AuditName](t)(s.AuditActors(t.Context(), db.AuditQuery{TeamID: "t1"}, 10))
	if want := []db.AuditName{{ID: "ana", Name: "Ana"}, {ID: "c1", Name: "Hub"}, {ID: "mario", Name: "Mario"}}; !slices.Equal(who, want) {
		t.Errorf("AuditActors of t1 = %v, want %v", who, want)
	}
	all := must[[]db.AuditName](t)(s.AuditActors(t.Context(), db.AuditQuery{AllTeams: true}, 2))
	if want := []db.AuditName{{ID: "ana", Name: "Ana C."}, {ID: "c1", Name: "Hub"}}; !slices.Equal(all, want) {
		t.Errorf("the first two AuditActors of all teams = %v, want %v, by their newest names", all, want)
	}
	apps := must[[]db.AuditName](t)(s.AuditApps(t.Context(), db.AuditQuery{TeamID: "t1"}, 10))
	if want := []db.AuditName{{ID: "c1", Name: "Hub"}}; !slices.Equal(apps, want) {
		t.Errorf("AuditApps of t1 = %v, want %v", apps, want)
	}
}

func auditQueries(t *testing.T, s store) {
	var ids []string
	s.do(t, func(tx *db.Tx) error {
		for _, e := range []db.AuditEvent{
			{TeamID: "team1", Actor: "ana", Action: "app.created", TargetID: "app1"},
			{TeamID: "team1", Actor: "bruno", Action: "app.created", TargetID: "app2"},
			{TeamID: "team1", Actor: "ana", Action: "app.deleted", TargetID: "app1"},
			{TeamID: "team2", Actor: "ana", Action: "app.created", TargetID: "app1"},
		} {
			e.ID = fresh("event")
			ids = append(ids, e.ID)
			if err := tx.InsertAudit(t.Context(), e); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range []struct {
		what string
		q    db.AuditQuery
		want []string
	}{
		{"of a team", db.AuditQuery{}, []string{ids[2], ids[1], ids[0]}},
		{"of an action", db.AuditQuery{Action: "app.created"}, []string{ids[1], ids[0]}},
		{"of an actor and a target", db.AuditQuery{Actor: "ana", TargetID: "app1"}, []string{ids[2], ids[0]}},
		{"before one", db.AuditQuery{Before: ids[1]}, []string{ids[0]}},
		{"at most one", db.AuditQuery{Limit: 1}, []string{ids[2]}},
		{"since long ago", db.AuditQuery{Since: now().Add(-time.Hour)}, []string{ids[2], ids[1], ids[0]}},
		{"since later", db.AuditQuery{Since: now().Add(time.Hour)}, nil},
		{"until long ago", db.AuditQuery{Until: now().Add(-time.Hour)}, nil},
		{"of nobody", db.AuditQuery{Actor: "%"}, nil},
	} {
		c.q.TeamID = "team1"
		if c.q.Limit == 0 {
			c.q.Limit = 10
		}
		var got []string
		for _, e := range must[[]db.AuditEvent](t)(s.AuditEvents(t.Context(), c.q)) {
			got = append(got, e.ID)
		}
		sameList(t, "AuditEvents "+c.what, got, c.want)
	}
}

func auditPages(t *testing.T, s store) {
	want := db.AuditEvent{Actor: "person1", ActorName: "Ana", TeamID: "team1", Action: "secret.revoked", TargetType: "app", TargetID: "app1",
		TargetName: "App", Detail: "..k3f9\nsecond line", Address: "192.0.2.1", UserAgent: "curl"}
	var ids []string
	s.do(t, func(tx *db.Tx) error {
		want.At = tx.Now.UTC()
		for range 5 {
			e := want
			e.ID, e.At = fresh("event"), now().Add(-time.Hour) // the transaction's time counts, not this one
			ids = append(ids, e.ID)
			if err := tx.InsertAudit(t.Context(), e); err != nil {
				return err
			}
		}
		other := want
		other.ID, other.TeamID, other.TargetID = fresh("event"), "team2", "app2"
		return tx.InsertAudit(t.Context(), other)
	})
	first := must[[]db.AuditEvent](t)(s.AuditEvents(t.Context(), db.AuditQuery{TeamID: "team1", Limit: 2}))
	if len(first) != 2 {
		t.Fatalf("AuditEvents = %d events, want 2", len(first))
	}
	want.ID, want.Seq, want.Hash = ids[4], first[0].Seq, first[0].Hash
	equal(t, "newest event", first[0], want)
	next := must[[]db.AuditEvent](t)(s.AuditEvents(t.Context(), db.AuditQuery{TeamID: "team1", Before: first[1].ID, Limit: 10}))
	var got []string
	for _, e := range append(first, next...) {
		got = append(got, e.ID)
	}
	sameList(t, "events of both pages", got, []string{ids[4], ids[3], ids[2], ids[1], ids[0]})
	target := must[[]db.AuditEvent](t)(s.TargetAudit(t.Context(), "app1", 3))
	if len(target) != 3 || target[0] != want {
		t.Errorf("TargetAudit = %+v, want the three newest", target)
	}
}
