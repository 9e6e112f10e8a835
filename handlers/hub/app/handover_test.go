package app_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/hub/hubtest"
)

// sealed is a ciphertext as a browser could send it.
var sealed = strings.Repeat("5a", 60)

func TestHandoverIsForOneTeammateOnce(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, ben, eve := f.Join(t, "Ana", hub.Admin), f.Join(t, "Ben", hub.Developer), f.Join(t, "Eve", hub.Admin)
	viewer := f.Join(t, "Vera", hub.Viewer)
	made := f.MakeApp(t, ana, "Sync")
	mates, err := f.Apps.Teammates(ctx, ana, made.App.ClientID)
	if err != nil || len(mates) != 2 || mates[0].Name != "Ben" || mates[1].Name != "Eve" {
		t.Errorf("Teammates = %v, %v, want Ben and Eve, no viewer and not Ana herself", mates, err)
	}
	hand := func(to, ciphertext string) error {
		_, err := f.Apps.HandOver(ctx, ana, made.App.ClientID, made.Secret.ID, to, ciphertext)
		return err
	}
	hubtest.WantInvalid(t, "HandOver to a viewer", hand(viewer.ID, sealed), "to")
	hubtest.WantInvalid(t, "HandOver to oneself", hand(ana.ID, sealed), "to")
	hubtest.WantInvalid(t, "HandOver to nobody", hand("none", sealed), "to")
	hubtest.WantInvalid(t, "HandOver of the secret in the clear", hand(ben.ID, made.Secret.Plain), "ciphertext")
	hubtest.WantInvalid(t, "HandOver of too much", hand(ben.ID, strings.Repeat("5a", 300)), "ciphertext")
	_, err = f.Apps.HandOver(ctx, ben, made.App.ClientID, made.Secret.ID, eve.ID, sealed)
	hubtest.WantForbidden(t, "HandOver of another developer's secret", err)

	h, err := f.Apps.HandOver(ctx, ana, made.App.ClientID, made.Secret.ID, ben.ID, sealed)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Apps.Handover(ctx, eve, h.ID)
	hubtest.WantForbidden(t, "Handover for another admin", err)
	_, err = f.Apps.OpenHandover(ctx, eve, h.ID)
	hubtest.WantForbidden(t, "OpenHandover by another admin", err)
	_, err = f.Apps.OpenHandover(ctx, ana, h.ID)
	hubtest.WantForbidden(t, "OpenHandover by its sender", err)
	stranger := hub.Actor{Kind: hub.Person, ID: "stranger", Name: "Stranger"}
	if _, err := f.Apps.Handover(ctx, stranger, h.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("Handover for a stranger = %v, want ErrNotFound", err)
	}
	if seen, err := f.Apps.Handover(ctx, ben, h.ID); err != nil || !seen.ForMe || !seen.Waiting(f.Clock.Now()) {
		t.Errorf("Handover for Ben = %+v, %v, want a pending one for him", seen, err)
	}
	if got, err := f.Apps.OpenHandover(ctx, ben, h.ID); err != nil || got != sealed {
		t.Errorf("OpenHandover = %q, %v, want what was sent", got, err)
	}
	if _, err := f.Apps.OpenHandover(ctx, ben, h.ID); !errors.Is(err, hub.ErrHandoverOver) {
		t.Errorf("OpenHandover twice = %v, want ErrHandoverOver", err)
	}
	if seen, err := f.Apps.Handover(ctx, ana, h.ID); err != nil || seen.ForMe || seen.OpenedAt.IsZero() || seen.OpenedAddress != "203.0.113.9" {
		t.Errorf("the receipt = %+v, %v, want when and from where it was opened", seen, err)
	}
	known, err := f.DB.ExposuresOfApp(ctx, made.App.ClientID)
	var how []string
	for _, e := range known {
		how = append(how, e.PersonName+" "+e.How)
	}
	if err != nil || !strings.Contains(strings.Join(how, ", "), "Ben handed") || !strings.Contains(strings.Join(how, ", "), "Ben opened") {
		t.Errorf("ledger = %v, %v, want that Ben was handed the secret and opened it", how, err)
	}
}

func TestHandoverDies(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, ben := f.Join(t, "Ana", hub.Admin), f.Join(t, "Ben", hub.Developer)
	made := f.MakeApp(t, ana, "Sync")
	hand := func() string {
		t.Helper()
		h, err := f.Apps.HandOver(ctx, ana, made.App.ClientID, made.Secret.ID, ben.ID, sealed)
		if err != nil {
			t.Fatal(err)
		}
		return h.ID
	}
	open := func(id string) error { _, err := f.Apps.OpenHandover(ctx, ben, id); return err }
	cancelled := hand()
	if _, err := f.Apps.CancelHandover(ctx, ben, cancelled); err == nil {
		t.Error("CancelHandover by its recipient = nil, want a refusal")
	}
	if _, err := f.Apps.CancelHandover(ctx, ana, cancelled); err != nil {
		t.Fatal(err)
	}
	if err := open(cancelled); !errors.Is(err, hub.ErrHandoverOver) {
		t.Errorf("OpenHandover of a cancelled one = %v, want ErrHandoverOver", err)
	}
	// The sender can cancel it even if they may no longer manage the app.
	role := func(a hub.Actor, role string) {
		t.Helper()
		if err := f.DB.Tx(ctx, func(tx *db.Tx) error { return tx.PutMember(ctx, f.OwnTeam.ID, a.ID, role) }); err != nil {
			t.Fatal(err)
		}
	}
	cleo := f.Join(t, "Cleo", hub.Admin)
	theirs, err := f.Apps.HandOver(ctx, cleo, made.App.ClientID, made.Secret.ID, ben.ID, sealed)
	if err != nil {
		t.Fatal(err)
	}
	role(cleo, hub.Developer)
	if _, err := f.Apps.CancelHandover(ctx, cleo, theirs.ID); err != nil {
		t.Errorf("CancelHandover by its sender, a developer by now = %v", err)
	}
	first, second := hand(), hand()
	if err := open(first); !errors.Is(err, hub.ErrHandoverOver) {
		t.Errorf("OpenHandover of the one before = %v, want ErrHandoverOver", err)
	}
	// A recipient who may no longer see the team's apps can't open it.
	role(ben, hub.Viewer)
	hubtest.WantForbidden(t, "OpenHandover by who is a viewer by now", open(second))
	role(ben, hub.Developer)
	if _, _, err := f.Apps.AddSecret(ctx, ana, made.App.ClientID, app.NewSecret{}); err != nil {
		t.Fatal(err)
	}
	if err := f.Apps.RevokeSecret(ctx, ana, made.App.ClientID, made.Secret.ID, false); err != nil {
		t.Fatal(err)
	}
	if err := open(second); !errors.Is(err, hub.ErrSecretEnded) {
		t.Errorf("OpenHandover of a revoked secret = %v, want ErrSecretEnded", err)
	}
	if _, err := f.Apps.HandOver(ctx, ana, made.App.ClientID, made.Secret.ID, ben.ID, sealed); !errors.Is(err, hub.ErrSecretEnded) {
		t.Errorf("HandOver of a revoked secret = %v, want ErrSecretEnded", err)
	}
}

// Who can write into the database, but doesn't have the portal's key, can't have somebody else open a handover, nor
// pass the secret of one app off as that of another.
func TestHandoverSwappedToAnotherPersonOrSecretStaysShut(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, ben, eve := f.Join(t, "Ana", hub.Admin), f.Join(t, "Ben", hub.Developer), f.Join(t, "Eve", hub.Developer)
	made, other := f.MakeApp(t, ana, "Sync"), f.MakeApp(t, ana, "Payments")
	raw, err := sql.Open("sqlite", "file:"+f.Path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	for what, c := range map[string]struct {
		change string
		args   []any
		opener hub.Actor
	}{
		"another recipient":           {"to_id = $2", []any{eve.ID}, eve},
		"another secret":              {"client_id = $2, secret_id = $3", []any{other.App.ClientID, other.Secret.ID}, ben},
		"another handover's contents": {"ciphertext = (SELECT ciphertext FROM handovers WHERE client_id = $2)", []any{other.App.ClientID}, ben},
	} {
		h, err := f.Apps.HandOver(ctx, ana, made.App.ClientID, made.Secret.ID, ben.ID, sealed)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Apps.HandOver(ctx, ana, other.App.ClientID, other.Secret.ID, eve.ID, sealed); err != nil {
			t.Fatal(err)
		}
		if _, err := raw.Exec("UPDATE handovers SET "+c.change+" WHERE id = $1", append([]any{h.ID}, c.args...)...); err != nil {
			t.Fatal(err)
		}
		if got, err := f.Apps.OpenHandover(ctx, c.opener, h.ID); !errors.Is(err, hub.ErrHandoverChanged) || got != "" {
			t.Errorf("OpenHandover with %s = %q, %v, want ErrHandoverChanged", what, got, err)
		}
		if _, err := raw.Exec("DELETE FROM handovers"); err != nil {
			t.Fatal(err)
		}
	}
}
