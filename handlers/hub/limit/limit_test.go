package limit

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"gatepost/db"
)

func TestEveryRowIsWhole(t *testing.T) {
	seen := map[ID]bool{}
	for _, l := range Table() {
		if seen[l.ID] || l.Name == "" || l.Counts == "" || l.Refusal == "" || l.Why == "" || l.Number <= 0 {
			t.Errorf("row %q = %+v, want it once, with all its texts", l.ID, l)
		}
		if l.Kind == Bucket && l.PerSecond <= 0 || l.Kind != Bucket && l.Period <= 0 || l.Kind == Tries && (l.First <= 0 || l.Longest < l.First) || l.Kind == Crowd && l.First <= 0 {
			t.Errorf("row %q = %+v, want the times of its kind", l.ID, l)
		}
		seen[l.ID] = true
	}
}

func TestBuckets(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	b := NewBuckets(Tokens, func() time.Time { return now })
	take := func(key string, left int, reset time.Duration) error {
		t.Helper()
		ctx, seen := Watch(t.Context())
		err := b.TakeOf(ctx, key, 3, 2)
		if v, ok := seen.Verdict(); !ok || v.Number != 3 || v.Left != left || v.Reset != reset {
			t.Errorf("TakeOf noted %+v, want 3 in all, %d left, full in %v", v, left, reset)
		}
		return err
	}
	for _, c := range []struct {
		left  int
		reset time.Duration
	}{{2, time.Second / 2}, {1, time.Second}, {0, 3 * time.Second / 2}} {
		if err := take("one", c.left, c.reset); err != nil {
			t.Errorf("TakeOf = %v, want nil", err)
		}
	}
	var refused *Exceeded
	if err := take("one", 0, 3*time.Second/2); !errors.As(err, &refused) || refused.Wait != time.Second/2 {
		t.Errorf("TakeOf of an empty bucket = %+v, want *Exceeded with half a second", err)
	}
	if err := take("other", 2, time.Second/2); err != nil {
		t.Errorf("TakeOf of another key = %v, want nil", err)
	}
	now = now.Add(time.Second / 2)
	if err := take("one", 0, 3*time.Second/2); err != nil {
		t.Errorf("TakeOf after the wait = %v, want nil", err)
	}
}

func TestFullBucketsAreForgotten(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	b := NewBuckets(Tokens, func() time.Time { return now })
	for i := range maxBuckets {
		b.held[strconv.Itoa(i)] = bucket{0, now}
	}
	now = now.Add(time.Minute)
	if err := b.Take(t.Context(), "new"); err != nil || len(b.held) != 1 {
		t.Errorf("%d buckets are held, %v, want only the one that is not full", len(b.held), err)
	}
	for i := range maxBuckets {
		b.held[strconv.Itoa(i)] = bucket{0, now}
	}
	if err := b.Take(t.Context(), "newer"); err != nil || len(b.held) > maxBuckets {
		t.Errorf("%d buckets are held, %v, want at most %d", len(b.held), err, maxBuckets)
	}
}

func TestWindows(t *testing.T) {
	d, err := db.Open(t.Context(), filepath.Join(t.TempDir(), "gatepost.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	now := time.Unix(1_800_000_000, 0)
	take := func(uses ...Use) (Verdict, error) {
		ctx, seen := Watch(context.Background())
		err := d.Tx(ctx, func(tx *db.Tx) error { return Take(ctx, tx, now, uses...) })
		v, _ := seen.Verdict()
		return v, err
	}
	ana, ben := Use{UserCodesOfPerson, "ana"}, Use{UserCodesOfPerson, "ben"}
	for left := 9; left >= 0; left-- {
		if v, err := take(ana); err != nil || v.Left != left || v.Number != 10 || v.Reset != 15*time.Minute {
			t.Errorf("Take = %+v, %v, want %d left for a quarter of an hour", v, err, left)
		}
	}
	now = now.Add(time.Minute)
	for range 3 {
		var refused *Exceeded
		if v, err := take(ben, ana); !errors.As(err, &refused) || v.Wait != 14*time.Minute || refused.Limit.ID != UserCodesOfPerson {
			t.Errorf("Take of the 11th = %+v, %v, want *Exceeded for 14 minutes", v, err)
		}
	}
	if v, err := take(ben); err != nil || v.Left != 9 {
		t.Errorf("Take of another = %+v, %v, want 9 left: what was refused rolled back", v, err)
	}
	if err := d.Tx(t.Context(), func(tx *db.Tx) error { return GiveBack(t.Context(), tx, ana) }); err != nil {
		t.Fatal(err)
	}
	if _, err := take(ana); err != nil {
		t.Errorf("Take after GiveBack = %v, want nil", err)
	}
	now = now.Add(14 * time.Minute)
	if v, err := take(ana); err != nil || v.Left != 9 {
		t.Errorf("Take after the window = %+v, %v, want 9 left", v, err)
	}
}

func TestSharedLimitsDontTellWhatIsLeft(t *testing.T) {
	ctx, seen := Watch(t.Context())
	Note(ctx, Verdict{Limit: Of(MailsToAddressHour), Left: 3})
	if v, ok := seen.Verdict(); ok {
		t.Errorf("Note of a shared limit kept %+v, want nothing", v)
	}
	Note(ctx, Verdict{Limit: Of(EmailChanges), Left: 3})
	Note(ctx, Verdict{Limit: Of(MailsOfSender), Left: 1})
	if v, _ := seen.Verdict(); v.Limit.ID != EmailChanges {
		t.Errorf("Verdict = %+v, want the first", v)
	}
	Note(ctx, Verdict{Limit: Of(MailsToAddressHour), Wait: time.Minute})
	if v, _ := seen.Verdict(); v.Limit.ID != MailsToAddressHour {
		t.Errorf("Verdict = %+v, want the one that refuses", v)
	}
}

func TestPlace(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "2001:db8:1:2:3::4": "2001:db8:1:2::/64", "": "", "@": "@",
	} {
		if got := Place(address); got != want {
			t.Errorf("Place(%q) = %q, want %q", address, got, want)
		}
	}
}
