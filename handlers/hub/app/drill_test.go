package app_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/hub/hubtest"
)

func TestDrillNeedsAnotherLiveSecret(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	made := f.MakeApp(t, ana, "Sync")
	id, old := made.App.ClientID, made.Secret.ID
	if _, err := f.Apps.PlaygroundSecret(ctx, ana, id); err != nil { // which doesn't count
		t.Fatal(err)
	}
	if _, err := f.Apps.StartDrill(ctx, ana, id, old, app.MinDrill); !errors.Is(err, app.ErrDrillOnly) {
		t.Errorf("StartDrill of the only secret = %v, want ErrDrillOnly", err)
	}
	fresh, _, err := f.Apps.Rotate(ctx, ana, id, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, length := range []time.Duration{0, 59 * time.Second, 301 * time.Second} {
		_, err := f.Apps.StartDrill(ctx, ana, id, old, length)
		hubtest.WantInvalid(t, "StartDrill for "+length.String(), err, "minutes")
	}
	drill, err := f.Apps.StartDrill(ctx, ana, id, old, app.MaxDrill)
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{old, fresh.ID} {
		if _, err := f.Apps.StartDrill(ctx, ana, id, other, app.MinDrill); !errors.Is(err, app.ErrDrilling) {
			t.Errorf("StartDrill during a drill = %v, want ErrDrilling", err)
		}
	}
	if board := f.Board(t, ana, id); board[old].Drill == nil || board[old].Verdict.Kind != app.VerdictDrilling || board[fresh.ID].Drill != nil {
		t.Errorf("the board says %+v of the drilled secret, want its drill", board[old].Verdict)
	}
	if err := f.Apps.EndDrill(ctx, ana, id, old); err != nil {
		t.Fatal(err)
	}
	if err := f.Apps.EndDrill(ctx, ana, id, old); !errors.Is(err, app.ErrNoDrill) {
		t.Errorf("EndDrill twice = %v, want ErrNoDrill", err)
	}
	report, err := f.Apps.DrillFailures(ctx, ana, id, drill.ID)
	if err != nil || report.Drill.EndsAt.After(time.Now()) {
		t.Errorf("a drill that was ended = %+v, %v, want it over now", report.Drill, err)
	}
	if err := f.Apps.RevokeSecret(ctx, ana, id, old, false); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Apps.StartDrill(ctx, ana, id, old, app.MinDrill); !errors.Is(err, hub.ErrSecretEnded) {
		t.Errorf("StartDrill of a revoked secret = %v, want ErrSecretEnded", err)
	}
}

// A drill ends by the clock alone, and its report lists what it refused and nothing else.
func TestDrillReport(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	viewer := f.Join(t, "Vic", hub.Viewer)
	made := f.MakeApp(t, ana, "Sync")
	id, old := made.App.ClientID, made.Secret.ID
	if _, _, err := f.Apps.Rotate(ctx, ana, id, time.Hour); err != nil {
		t.Fatal(err)
	}
	drill, err := f.Apps.StartDrill(ctx, ana, id, old, app.MinDrill)
	if err != nil {
		t.Fatal(err)
	}
	fail := func(id, secretID, reason, agent string, at time.Time) {
		f.DB.NoteFailure(db.AuthFailure{
			ID: id, At: at, ClientID: made.App.ClientID, Proven: true, SecretID: secretID, Reason: reason, Address: "203.0.113.9", UserAgent: agent,
		}, db.FailureClues{})
	}
	fail("1", old, db.ReasonDrill, "curl/8.5", drill.StartedAt.Add(time.Second))
	fail("2", old, db.ReasonDrill, "curl/8.5", drill.StartedAt.Add(2*time.Second))
	fail("3", old, db.ReasonDrill, "nightly/1", drill.StartedAt.Add(30*time.Second))
	fail("4", old, db.ReasonScopeNotGranted, "other reason", drill.StartedAt.Add(time.Second))
	fail("5", "another", db.ReasonDrill, "other secret", drill.StartedAt.Add(time.Second))
	fail("6", old, db.ReasonDrill, "after it", drill.EndsAt.Add(time.Second))
	report, err := f.Apps.DrillFailures(ctx, ana, id, drill.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Failed) != 2 || report.Failed[0].UserAgent != "nightly/1" || report.Failed[1].Count != 2 {
		t.Errorf("who failed = %+v, want nightly/1 and then curl/8.5 twice", report.Failed)
	}
	if !report.Running || report.Secret.ID != old {
		t.Errorf("the report = %+v, want the running drill of the old secret", report)
	}
	f.Clock.Add(app.MinDrill + 2*time.Second) // the transaction has its own clock
	if report, err = f.Apps.DrillFailures(ctx, ana, id, drill.ID); err != nil || report.Running {
		t.Errorf("a minute later the drill is running: %t, %v, want it over", report.Running, err)
	}
	if v := f.Board(t, ana, id)[old].Verdict; v.Kind == app.VerdictDrilling {
		t.Errorf("the verdict after the drill = %+v, want one that is not about a drill", v)
	}
	if _, err := f.Apps.DrillFailures(ctx, viewer, id, drill.ID); err == nil {
		t.Error("a viewer can read who failed in a drill")
	}
	if _, err := f.Apps.DrillFailures(ctx, ana, f.MakeApp(t, ana, "Other").App.ClientID, drill.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("the drill at another app = %v, want ErrNotFound", err)
	}
}

// A refusal in the same second in which a drill was ended counts for the drill.
func TestDrillEndedAtOnceListsWhoFailed(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	made := f.MakeApp(t, ana, "Sync")
	id, old := made.App.ClientID, made.Secret.ID
	if _, _, err := f.Apps.Rotate(ctx, ana, id, time.Hour); err != nil {
		t.Fatal(err)
	}
	drill, err := f.Apps.StartDrill(ctx, ana, id, old, app.MinDrill)
	if err != nil {
		t.Fatal(err)
	}
	f.DB.NoteFailure(db.AuthFailure{
		ID: "1", At: time.Now(), ClientID: id, Proven: true, SecretID: old, Reason: db.ReasonDrill, Address: "203.0.113.9", UserAgent: "curl/8.5",
	}, db.FailureClues{})
	if err := f.Apps.EndDrill(ctx, ana, id, old); err != nil {
		t.Fatal(err)
	}
	report, err := f.Apps.DrillFailures(ctx, ana, id, drill.ID)
	if err != nil || len(report.Failed) != 1 {
		t.Errorf("who failed = %+v, %v, want curl/8.5", report.Failed, err)
	}
}

// Revoking a secret ends its drill, since the secret can't work again.
func TestRevocationEndsTheDrill(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	made := f.MakeApp(t, ana, "Sync")
	id, old := made.App.ClientID, made.Secret.ID
	if _, _, err := f.Apps.Rotate(ctx, ana, id, time.Hour); err != nil {
		t.Fatal(err)
	}
	drill, err := f.Apps.StartDrill(ctx, ana, id, old, app.MaxDrill)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Apps.RevokeSecret(ctx, ana, id, old, false); err != nil {
		t.Fatal(err)
	}
	f.Clock.Add(2 * time.Second) // the transaction has its own clock
	if report, err := f.Apps.DrillFailures(ctx, ana, id, drill.ID); err != nil || report.Running {
		t.Errorf("the drill of a revoked secret is running: %t, %v, want it over", report.Running, err)
	}
	if err := f.Apps.EndDrill(ctx, ana, id, old); !errors.Is(err, app.ErrNoDrill) {
		t.Errorf("EndDrill of a revoked secret = %v, want ErrNoDrill", err)
	}
}
