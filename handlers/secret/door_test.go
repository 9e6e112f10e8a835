package secret

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

// A flood of one place waits at the door, whatever number it sends. Others find the door open, or are next.
func TestFloodOfOnePlaceWaitsAtTheDoor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := NewDoor(4, 1000)
		inside := make(chan func(), 200)
		enter := func(from From) {
			go func() {
				if leave, err := d.Enter(t.Context(), from); err == nil {
					inside <- leave
				}
			}()
			synctest.Wait()
		}
		for range 100 {
			enter(From{Place: "203.0.113.9"})
		}
		if len(inside) != 3 {
			t.Fatalf("%d of a flood are inside, want 3: one place is reserved", len(inside))
		}
		enter(From{Place: "203.0.113.9", Known: true})
		if len(inside) != 4 {
			t.Error("a known browser waits behind the flood of its place, want it inside immediately")
		}
		entered := false
		go func() {
			leave, err := d.Enter(t.Context(), From{Place: "192.0.2.1"})
			if entered = err == nil; entered {
				leave()
			}
		}()
		synctest.Wait()
		(<-inside)()
		synctest.Wait()
		if !entered {
			t.Error("another place waits behind the flood, want it next")
		}
		for range 98 {
			(<-inside)()
			synctest.Wait()
		}
		if len(inside) != 2 {
			t.Errorf("%d are inside after 99 of 101 have left, want the last 2", len(inside))
		}
	})
}

func TestDoorRefusesWhoeverGaveUp(t *testing.T) {
	d := NewDoor(1, 4)
	leave, err := d.Enter(t.Context(), From{Place: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Enter(ctx, From{Place: "192.0.2.1"}); !errors.Is(err, context.Canceled) {
		t.Errorf("Enter of a canceled request = %v, want context.Canceled", err)
	}
	leave()
	if leave, err = d.Enter(t.Context(), From{Place: "192.0.2.1"}); err != nil {
		t.Fatalf("Enter of an empty door = %v, want nil", err)
	}
	leave()
	if _, err := (&Door{}).Enter(t.Context(), From{}); !errors.Is(err, ErrOverloaded) {
		t.Errorf("Enter of the zero Door = %v, want ErrOverloaded", err)
	}
}
