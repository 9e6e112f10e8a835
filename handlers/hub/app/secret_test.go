package hub_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
)

func TestAppHoldsFiveLiveSecrets(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.person(t, "Ana", hub.Admin)
	made := f.app(t, ana, "Sync")
	for range hub.MaxLiveSecrets - 1 {
		if _, _, err := f.AddSecret(ctx, ana, made.App.ClientID, hub.NewSecret{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := f.AddSecret(ctx, ana, made.App.ClientID, hub.NewSecret{}); !errors.Is(err, hub.ErrSecretLimit) {
		t.Errorf("AddSecret of a sixth = %v, want ErrSecretLimit", err)
	}
	if _, _, err := f.Rotate(ctx, ana, made.App.ClientID, time.Hour); !errors.Is(err, hub.ErrSecretLimit) {
		t.Errorf("Rotate at five = %v, want ErrSecretLimit", err)
	}
	for _, s := range f.live(t, made.App.ClientID) {
		if !s.ExpiresAt.IsZero() {
			t.Errorf("a refused Rotate left the secret %s to end at %v", s.ID, s.ExpiresAt)
		}
	}
	if err := f.RevokeSecret(ctx, ana, made.App.ClientID, made.Secret.ID, false); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.AddSecret(ctx, ana, made.App.ClientID, hub.NewSecret{}); err != nil {
		t.Errorf("AddSecret after a revocation = %v, want nil", err)
	}
	if err := f.RevokeSecret(ctx, ana, made.App.ClientID, made.Secret.ID, false); !errors.Is(err, hub.ErrSecretEnded) {
		t.Errorf("RevokeSecret twice = %v, want ErrSecretEnded", err)
	}
}

// A form that is sent again makes nothing again (reveal once).
func TestSameFormTwiceMakesOneApp(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.person(t, "Ana", hub.Admin)
	in := hub.NewApp{TeamID: f.team.ID, Name: "Sync", Scopes: []string{"read"}, Once: "form-1"}
	made, err := f.CreateApp(ctx, ana, in)
	if err != nil {
		t.Fatal(err)
	}
	var again *hub.AlreadyDone
	if _, err := f.CreateApp(ctx, ana, in); !errors.As(err, &again) || again.Target != made.App.ClientID {
		t.Errorf("CreateApp with the same key = %v, want *AlreadyDone with the first app", err)
	}
	in.Once = "form-2"
	_, err = f.CreateApp(ctx, ana, in)
	wantInvalid(t, "CreateApp with a name that is taken", err, "name")
}

func TestRotateKeepsEarlierPromises(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.person(t, "Ana", hub.Admin)
	made := f.app(t, ana, "Sync")
	id := made.App.ClientID
	_, firstEnds, err := f.Rotate(ctx, ana, id, 24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Rotate(ctx, ana, id, 0); err != nil {
		t.Fatal(err)
	}
	live := f.live(t, id)
	if len(live) != 2 {
		t.Fatalf("live secrets after rotating twice = %d, want the newest and the first, which was promised a day", len(live))
	}
	if live[1].ID != made.Secret.ID || !live[1].ExpiresAt.Equal(firstEnds) {
		t.Errorf("the first secret ends %v, want %v as promised", live[1].ExpiresAt, firstEnds)
	}
}

func TestPlaygroundSecretReplacesTheLastOne(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.person(t, "Ana", hub.Admin)
	made := f.app(t, ana, "Sync")
	for range 3 {
		if _, err := f.PlaygroundSecret(ctx, ana, made.App.ClientID); err != nil {
			t.Fatal(err)
		}
	}
	live := f.live(t, made.App.ClientID)
	if len(live) != 2 || !live[0].Playground || live[0].ExpiresAt.Sub(f.clock.Now()) > time.Hour {
		t.Errorf("live secrets = %+v, want the app's own and one playground secret of an hour", live)
	}
}

func TestASecretGetsAnotherLabel(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	dev := f.person(t, "Dev", hub.Developer)
	made := f.app(t, dev, "App")
	id := made.Secret.ID
	if err := f.ChangeSecret(ctx, dev, made.App.ClientID, id, hub.SecretChange{Label: new(" staging ")}); err != nil || f.live(t, made.App.ClientID)[0].Label != "staging" {
		t.Errorf("ChangeSecret = %v, label %q, want staging", err, f.live(t, made.App.ClientID)[0].Label)
	}
	wantInvalid(t, "ChangeSecret with two lines", f.ChangeSecret(ctx, dev, made.App.ClientID, id, hub.SecretChange{Label: new("a\nb")}), "label")
	wantForbidden(t, "ChangeSecret by another developer", f.ChangeSecret(ctx, f.person(t, "Other", hub.Developer), made.App.ClientID, id, hub.SecretChange{Label: new("x")}))
	if err := f.ChangeSecret(ctx, dev, made.App.ClientID, "none", hub.SecretChange{Label: new("x")}); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("ChangeSecret of no secret = %v, want ErrNotFound", err)
	}
}
