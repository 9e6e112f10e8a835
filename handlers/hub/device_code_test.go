package hub_test

import (
	"errors"
	"testing"
	"time"

	"gatepost/handlers/hub"
)

// DEV-01, RFC 8628 section 5.1: wrong user codes are throttled by person and by address.
func TestUserCodesCanNotBeGuessed(t *testing.T) {
	f := newFixture(t)
	ann := hub.Actor{Kind: hub.Person, ID: "ann", Address: "203.0.113.9"}
	guess := func(a hub.Actor) error {
		_, err := f.GuessUserCode(t.Context(), a)
		return err
	}
	var throttled *hub.Throttled
	for i := range 10 {
		if err := guess(ann); err != nil {
			t.Fatalf("GuessUserCode(%d) = %v, want nil", i, err)
		}
	}
	if err := guess(ann); !errors.As(err, &throttled) || throttled.RetryAfter <= 0 {
		t.Errorf("GuessUserCode(11th) = %v, want *Throttled with a wait", err)
	}
	elsewhere := ann
	elsewhere.Address = "203.0.113.10"
	if err := guess(elsewhere); !errors.As(err, &throttled) {
		t.Errorf("GuessUserCode(from another address) = %v, want *Throttled", err)
	}
	for i := range 30 {
		other := hub.Actor{Kind: hub.Person, ID: "person" + string(rune('a'+i)), Address: ann.Address}
		if err := guess(other); err != nil {
			t.Fatalf("GuessUserCode(other person %d) = %v, want nil", i, err)
		}
	}
	if err := guess(hub.Actor{Kind: hub.Person, ID: "last", Address: ann.Address}); !errors.As(err, &throttled) {
		t.Errorf("GuessUserCode(41st from one address) = %v, want *Throttled", err)
	}
	f.Clock.Add(16 * time.Minute)
	for i := range 30 {
		right, err := f.GuessUserCode(t.Context(), ann)
		if err != nil {
			t.Fatalf("GuessUserCode(right one %d) = %v, want nil: only wrong ones count", i, err)
		}
		if err := right(); err != nil {
			t.Fatal(err)
		}
	}
}
