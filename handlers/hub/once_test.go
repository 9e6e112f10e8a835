package hub_test

import (
	"context"
	"errors"
	"testing"

	"gatepost/handlers/hub"
	"gatepost/handlers/hub/device"
	"gatepost/handlers/hub/hubtest"
)

// A one-time key is valid for one content only.
func TestAKeyIsForOneContent(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	dev := f.Join(t, "Dev", hub.Developer)
	add := func(id, content string) error {
		_, err := f.Devices.Add(ctx, dev, f.OwnTeam.ID, device.Fields{UniqueID: id, DisplayName: id}, hub.OnceFor("key", []byte(content)))
		return err
	}
	if err := add("SN-1", "one"); err != nil {
		t.Fatal(err)
	}
	var again *hub.AlreadyDone
	if err := add("SN-1", "one"); !errors.As(err, &again) {
		t.Errorf("Add with the same key and content = %v, want AlreadyDone", err)
	}
	hubtest.WantInvalid(t, "Add with the same key and other content", add("SN-2", "two"), "Idempotency-Key")
}
