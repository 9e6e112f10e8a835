package hub_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// sealed is what a browser could have encrypted.
var sealed = strings.Repeat("5a", 60)

func TestHandoverIsForOneTeammateOnce(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, ben, eve := f.person(t, "Ana", hub.Admin), f.person(t, "Ben", hub.Developer), f.person(t, "Eve", hub.Admin)
	viewer := f.person(t, "Vera", hub.Viewer)
	made := f.app(t, ana, "Sync")
	mates, err := f.Teammates(ctx, ana, made.App.ClientID)
	if err != nil || len(mates) != 2 || mates[0].Name != "Ben" || mates[1].Name != "Eve" {
		t.Errorf("Teammates = %v, %v, want Ben and Eve, no viewer and not Ana herself", mates, err)
	}
	hand := func(to, ciphertext string) error {
		_, err := f.HandOver(ctx, ana, made.App.ClientID, made.Secret.ID, to, ciphertext)
		return err
	}
	wantInvalid(t, "HandOver to a viewer", hand(viewer.ID, sealed), "to")
	wantInvalid(t, "HandOver to oneself", hand(ana.ID, sealed), "to")
	wantInvalid(t, "HandOver to nobody", hand("none", sealed), "to")
	wantInvalid(t, "HandOver of the secret as it stands", hand(ben.ID, made.Secret.Plain), "ciphertext")
	wantInvalid(t, "HandOver of too much", hand(ben.ID, strings.Repeat("5a", 300)), "ciphertext")
	_, err = f.HandOver(ctx, ben, made.App.ClientID, made.Secret.ID, eve.ID, sealed)
	wantForbidden(t, "HandOver of another developer's secret", err)

	h, err := f.HandOver(ctx, ana, made.App.ClientID, made.Secret.ID, ben.ID, sealed)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Handover(ctx, eve, h.ID)
	wantForbidden(t, "Handover for another admin", err)
	_, err = f.OpenHandover(ctx, eve, h.ID)
	wantForbidden(t, "OpenHandover by another admin", err)
	_, err = f.OpenHandover(ctx, ana, h.ID)
	wantForbidden(t, "OpenHandover by its sender", err)
	stranger := hub.Actor{Kind: hub.Person, ID: "stranger", Name: "Stranger"}
	if _, err := f.Handover(ctx, stranger, h.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("Handover for a stranger = %v, want ErrNotFound", err)
	}
	if seen, err := f.Handover(ctx, ben, h.ID); err != nil || !seen.ForMe || !seen.Waiting(f.clock.Now()) {
		t.Errorf("Handover for Ben = %+v, %v, want one that waits for him", seen, err)
	}
	if got, err := f.OpenHandover(ctx, ben, h.ID); err != nil || got != sealed {
		t.Errorf("OpenHandover = %q, %v, want what was sent", got, err)
	}
	if _, err := f.OpenHandover(ctx, ben, h.ID); !errors.Is(err, hub.ErrHandoverOver) {
		t.Errorf("OpenHandover twice = %v, want ErrHandoverOver", err)
	}
	if seen, err := f.Handover(ctx, ana, h.ID); err != nil || seen.ForMe || seen.OpenedAt.IsZero() || seen.OpenedAddress != "203.0.113.9" {
		t.Errorf("the receipt = %+v, %v, want when and from where it was opened", seen, err)
	}
	known, err := f.db.ExposuresOfApp(ctx, made.App.ClientID)
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
	ana, ben := f.person(t, "Ana", hub.Admin), f.person(t, "Ben", hub.Developer)
	made := f.app(t, ana, "Sync")
	hand := func() string {
		t.Helper()
		h, err := f.HandOver(ctx, ana, made.App.ClientID, made.Secret.ID, ben.ID, sealed)
		if err != nil {
			t.Fatal(err)
		}
		return h.ID
	}
	open := func(id string) error { _, err := f.OpenHandover(ctx, ben, id); return err }
	cancelled := hand()
	if _, err := f.CancelHandover(ctx, ben, cancelled); err == nil {
		t.Error("CancelHandover by who receives it = nil, want a refusal")
	}
	if _, err := f.CancelHandover(ctx, ana, cancelled); err != nil {
		t.Fatal(err)
	}
	if err := open(cancelled); !errors.Is(err, hub.ErrHandoverOver) {
		t.Errorf("OpenHandover of a cancelled one = %v, want ErrHandoverOver", err)
	}
	// Who sent it can take it back, also when the app is no longer theirs to change.
	role := func(a hub.Actor, role string) {
		t.Helper()
		if err := f.db.Tx(ctx, func(tx *db.Tx) error { return tx.PutMember(ctx, f.team.ID, a.ID, role) }); err != nil {
			t.Fatal(err)
		}
	}
	cleo := f.person(t, "Cleo", hub.Admin)
	theirs, err := f.HandOver(ctx, cleo, made.App.ClientID, made.Secret.ID, ben.ID, sealed)
	if err != nil {
		t.Fatal(err)
	}
	role(cleo, hub.Developer)
	if _, err := f.CancelHandover(ctx, cleo, theirs.ID); err != nil {
		t.Errorf("CancelHandover by its sender, a developer by now = %v", err)
	}
	first, second := hand(), hand()
	if err := open(first); !errors.Is(err, hub.ErrHandoverOver) {
		t.Errorf("OpenHandover of the one before = %v, want ErrHandoverOver", err)
	}
	// Who may not see the team's apps any more opens nothing.
	role(ben, hub.Viewer)
	wantForbidden(t, "OpenHandover by who is a viewer by now", open(second))
	role(ben, hub.Developer)
	if _, _, err := f.AddSecret(ctx, ana, made.App.ClientID, hub.NewSecret{}); err != nil {
		t.Fatal(err)
	}
	if err := f.RevokeSecret(ctx, ana, made.App.ClientID, made.Secret.ID, false); err != nil {
		t.Fatal(err)
	}
	if err := open(second); !errors.Is(err, hub.ErrSecretEnded) {
		t.Errorf("OpenHandover of a revoked secret = %v, want ErrSecretEnded", err)
	}
	if _, err := f.HandOver(ctx, ana, made.App.ClientID, made.Secret.ID, ben.ID, sealed); !errors.Is(err, hub.ErrSecretEnded) {
		t.Errorf("HandOver of a revoked secret = %v, want ErrSecretEnded", err)
	}
}
