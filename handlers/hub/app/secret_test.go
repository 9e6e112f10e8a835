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

func TestAppHoldsFiveLiveSecrets(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	made := f.MakeApp(t, ana, "Sync")
	for range app.MaxLiveSecrets - 1 {
		if _, _, err := f.Apps.AddSecret(ctx, ana, made.App.ClientID, app.NewSecret{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := f.Apps.AddSecret(ctx, ana, made.App.ClientID, app.NewSecret{}); !errors.Is(err, hub.ErrSecretLimit) {
		t.Errorf("AddSecret of a sixth = %v, want ErrSecretLimit", err)
	}
	if _, _, err := f.Apps.Rotate(ctx, ana, made.App.ClientID, time.Hour); !errors.Is(err, hub.ErrSecretLimit) {
		t.Errorf("Rotate at five = %v, want ErrSecretLimit", err)
	}
	for _, s := range f.LiveSecrets(t, made.App.ClientID) {
		if !s.ExpiresAt.IsZero() {
			t.Errorf("a refused Rotate left the secret %s to expire at %v", s.ID, s.ExpiresAt)
		}
	}
	if err := f.Apps.RevokeSecret(ctx, ana, made.App.ClientID, made.Secret.ID, false); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Apps.AddSecret(ctx, ana, made.App.ClientID, app.NewSecret{}); err != nil {
		t.Errorf("AddSecret after a revocation = %v, want nil", err)
	}
	if err := f.Apps.RevokeSecret(ctx, ana, made.App.ClientID, made.Secret.ID, false); !errors.Is(err, hub.ErrSecretEnded) {
		t.Errorf("RevokeSecret twice = %v, want ErrSecretEnded", err)
	}
}

// Submitting a form again creates nothing and reveals nothing again.
func TestSameFormTwiceMakesOneApp(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	in := app.NewApp{TeamID: f.OwnTeam.ID, Name: "Sync", Scopes: []string{"read"}, Once: "form-1"}
	made, err := f.Apps.Create(ctx, ana, in)
	if err != nil {
		t.Fatal(err)
	}
	var again *hub.AlreadyDone
	if _, err := f.Apps.Create(ctx, ana, in); !errors.As(err, &again) || again.Target != made.App.ClientID {
		t.Errorf("Create with the same key = %v, want *AlreadyDone with the first app", err)
	}
	in.Once = "form-2"
	_, err = f.Apps.Create(ctx, ana, in)
	hubtest.WantInvalid(t, "Create with a name that is taken", err, "name")
}

func TestRotateKeepsEarlierPromises(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	made := f.MakeApp(t, ana, "Sync")
	id := made.App.ClientID
	_, firstEnds, err := f.Apps.Rotate(ctx, ana, id, 24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Apps.Rotate(ctx, ana, id, 0); err != nil {
		t.Fatal(err)
	}
	live := f.LiveSecrets(t, id)
	if len(live) != 2 {
		t.Fatalf("live secrets after rotating twice = %d, want the newest and the first, which was promised a day", len(live))
	}
	if live[1].ID != made.Secret.ID || !live[1].ExpiresAt.Equal(firstEnds) {
		t.Errorf("the first secret expires %v, want %v as promised", live[1].ExpiresAt, firstEnds)
	}
}

func TestPlaygroundSecretReplacesTheLastOne(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	made := f.MakeApp(t, ana, "Sync")
	for range 3 {
		if _, err := f.Apps.PlaygroundSecret(ctx, ana, made.App.ClientID); err != nil {
			t.Fatal(err)
		}
	}
	live := f.LiveSecrets(t, made.App.ClientID)
	if len(live) != 2 || !live[0].Playground || live[0].ExpiresAt.Sub(f.Clock.Now()) > time.Hour {
		t.Errorf("live secrets = %+v, want the app's own and one playground secret of an hour", live)
	}
}

func TestASecretGetsAnotherLabel(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	dev := f.Join(t, "Dev", hub.Developer)
	made := f.MakeApp(t, dev, "App")
	id := made.Secret.ID
	if err := f.Apps.ChangeSecret(ctx, dev, made.App.ClientID, id, app.SecretChange{Label: new(" staging ")}); err != nil || f.LiveSecrets(t, made.App.ClientID)[0].Label != "staging" {
		t.Errorf("ChangeSecret = %v, label %q, want staging", err, f.LiveSecrets(t, made.App.ClientID)[0].Label)
	}
	hubtest.WantInvalid(t, "ChangeSecret with two lines", f.Apps.ChangeSecret(ctx, dev, made.App.ClientID, id, app.SecretChange{Label: new("a\nb")}), "label")
	hubtest.WantForbidden(t, "ChangeSecret by another developer", f.Apps.ChangeSecret(ctx, f.Join(t, "Other", hub.Developer), made.App.ClientID, id, app.SecretChange{Label: new("x")}))
	if err := f.Apps.ChangeSecret(ctx, dev, made.App.ClientID, "none", app.SecretChange{Label: new("x")}); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("ChangeSecret of an unknown secret = %v, want ErrNotFound", err)
	}
}
