package contract

import (
	"slices"
	"sync"
	"testing"
	"time"

	"gatepost/db"
)

var managePromises = []promise{
	{"audit: a query narrows by every field and goes on from any event", auditQueries},
	{"tokens: a list goes on from any place in it while others come", tokensFromAPlace},
	{"devices: a query goes on by name from any place in it", devicesFromAPlace},
	{"apps: of changes of an app, made at once, each sees the one before it", heldApps},
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

func tokensFromAPlace(t *testing.T, s store) {
	f := s.fixture(t)
	ctx := t.Context()
	y := s.yes(t, f)
	want := []string{y.access.JTI, y.family.ID}
	record := func(issued time.Time) string {
		token := newToken(f.secret)
		token.IssuedAt = issued
		if err := s.RecordToken(ctx, token, db.Caller{}); err != nil {
			t.Fatal(err)
		}
		return token.JTI
	}
	for range 3 {
		want = append(want, record(y.access.IssuedAt)) // all of one second
	}
	var got []string
	var after db.TokenKey
	for range 20 {
		page := must[[]db.LiveToken](t)(s.LiveTokensFrom(ctx, f.app.ClientID, now(), after, 2))
		if len(page) == 0 {
			break
		}
		for _, x := range page {
			got = append(got, x.JTI)
		}
		last := page[len(page)-1]
		after = db.TokenKey{IssuedAt: last.IssuedAt, ID: last.JTI}
		record(y.access.IssuedAt.Add(time.Minute)) // a newer one moves no place
	}
	slices.Sort(got)
	slices.Sort(want)
	sameList(t, "LiveTokensFrom, page by page", got, want)
}

func devicesFromAPlace(t *testing.T, s store) {
	f, other := s.fixture(t), s.fixture(t)
	for _, name := range []string{"Lamp", "Bed", "Bed", "Door", "Étage"} {
		s.add(t, db.Device{GUID: fresh("device"), TeamID: f.team.ID, UniqueID: fresh("unique"), DisplayName: name, GroupName: "in", CreatedAt: now(), UpdatedAt: now()})
	}
	s.add(t, db.Device{GUID: fresh("device"), TeamID: f.team.ID, UniqueID: fresh("unique"), DisplayName: "Out", CreatedAt: now(), UpdatedAt: now()})
	s.add(t, db.Device{GUID: fresh("device"), TeamID: other.team.ID, UniqueID: fresh("unique"), DisplayName: "Other", GroupName: "in", CreatedAt: now(), UpdatedAt: now()})
	q := db.DeviceQuery{Filter: db.DeviceFilter{TeamID: f.team.ID}, GroupName: "in", Limit: 2}
	var names []string
	var after db.DeviceKey
	for range 4 {
		page := must[[]db.Device](t)(s.DevicesFrom(t.Context(), q, after))
		for _, d := range page {
			names = append(names, d.DisplayName)
		}
		if len(page) > 0 {
			after = db.DeviceKey{DisplayName: names[len(names)-1], GUID: page[len(page)-1].GUID}
		}
	}
	slices.Sort(names) // engines differ in the order of letters with accents
	sameList(t, "DevicesFrom, page by page", names, []string{"Bed", "Bed", "Door", "Lamp", "Étage"})
}

func heldApps(t *testing.T, s store) {
	f := s.fixture(t)
	const writers = 8
	var done sync.WaitGroup
	for range writers {
		done.Go(func() {
			err := s.Tx(t.Context(), func(tx *db.Tx) error {
				app, err := tx.LockApp(t.Context(), f.app.ClientID)
				if err != nil {
					return err
				}
				app.Description += "x"
				return tx.UpdateApp(t.Context(), app)
			})
			if err != nil {
				t.Errorf("Tx: %v", err)
			}
		})
	}
	done.Wait()
	app := must[db.App](t)(s.App(t.Context(), f.app.ClientID))
	equal(t, "changes that were kept", len(app.Description)-len(f.app.Description), writers)
	err := s.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := tx.LockApp(t.Context(), "nothing")
		return err
	})
	wantErr(t, "LockApp of none", err, db.ErrNotFound)
}
