package hub_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/hubtest"
)

// What strangers cause becomes one event per place, account and hour, which owners see before that.
func TestRefusedSignInsBecomeOneEventAnHour(t *testing.T) {
	f := hubtest.New(t)
	ctx := t.Context()
	ana := f.Join(t, "Ana", hub.Admin)
	f.Clock.Add(f.Clock.Now().Truncate(time.Hour).Add(time.Hour).Sub(f.Clock.Now())) // to the full hour
	refuse := func(email string) {
		t.Helper()
		if _, err := f.Accounts.SignIn(ctx, hub.Actor{Address: "192.0.2.1"}, email, "wrong wrong wrong"); err == nil {
			t.Fatalf("SignIn(%s) with a wrong password = nil", email)
		}
	}
	for n := range 37 {
		refuse(fmt.Sprintf("nobody%d@example.com", n))
	}
	refuse("ana@example.com")
	events := func() (out []string) {
		t.Helper()
		list, err := f.DB.AuditEvents(ctx, db.AuditQuery{AllTeams: true, Actions: []string{"sign_in.refused", "sign_in.failed"}, Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			out = append(out, e.TargetID+" "+e.TargetName+": "+e.Detail)
		}
		return out
	}
	if err := f.CloseRefusals(ctx); err != nil {
		t.Fatal(err)
	}
	if got := events(); len(got) != 0 {
		t.Errorf("events before the hour is over = %v, want none", got)
	}
	open, err := f.OpenRefusals(ctx, hub.Actor{Kind: hub.Person, Owner: true})
	if err != nil || len(open) != 2 || !strings.HasPrefix(open[0].Detail+open[1].Detail, "once from 192.0.2.1") && !strings.HasPrefix(open[0].Detail+open[1].Detail, "37 times from 192.0.2.1") {
		t.Errorf("OpenRefusals = %+v, %v, want both counts of the hour", open, err)
	}
	if _, err := f.OpenRefusals(ctx, ana); err == nil {
		t.Error("OpenRefusals for somebody who isn't an owner = nil, want an error")
	}
	day := f.Clock.Now().UTC().Format("2 January 2006")
	from, to := f.Clock.Now().UTC().Format("15:04"), f.Clock.Now().UTC().Add(time.Hour).Format("15:04")
	f.Clock.Add(time.Hour)
	for range 2 {
		if err := f.CloseRefusals(ctx); err != nil {
			t.Fatal(err)
		}
	}
	got := strings.Join(events(), "\n")
	for _, want := range []string{
		" unknown accounts: 37 times from 192.0.2.1 on " + day + " between " + from + " and " + to + " UTC",
		ana.ID + " Ana: once from 192.0.2.1 on " + day + " between " + from + " and " + to + " UTC",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("events = %s, want %q", got, want)
		}
	}
	if n := strings.Count(got, "\n") + 1; n != 2 {
		t.Errorf("%d events of 38 refusals = %s, want 2", n, got)
	}
}
