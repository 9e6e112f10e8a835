package contract

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"gatepost/db"
)

var refreshTokenPromises = []promise{
	{"refresh tokens: without a grace, of forty at the same time one gets it", refreshIsSingleUse},
	{"refresh tokens: of forty at the same time one gets it, and as many repeat it as the grace allows", refreshRepeatsAtOnce},
	{"refresh tokens: a used one answers within its grace, however old, and never once it was revoked", refreshWithinGrace},
	{"refresh tokens: those of one family are listed and counted as one", refreshTokensOfOneFamily},
}

// consume uses the refresh token of a consent at a moment, and returns the number of its repeat.
func (s store) consume(t *testing.T, c consent, at time.Time, g db.Grace) (repeat int, err error) {
	err = s.Tx(t.Context(), func(tx *db.Tx) error {
		used, err := tx.ConsumeRefreshToken(t.Context(), c.refresh.Hash, at, g)
		repeat = used.Repeats
		return err
	})
	return repeat, err
}

func refreshIsSingleUse(t *testing.T, s store) {
	c := s.consent(t, s.fixture(t))
	n := winners(t, atOnce(40, func(int) error {
		_, err := s.consume(t, c, time.Now(), db.Grace{Times: 10})
		return err
	}), db.ErrNotFound)
	equal(t, "callers that got the refresh token", n, 1)
}

func refreshRepeatsAtOnce(t *testing.T, s store) {
	c := s.consent(t, s.fixture(t))
	moment := time.Now()
	repeats := make([]int, 40)
	n := winners(t, atOnce(40, func(i int) (err error) {
		repeats[i], err = s.consume(t, c, moment, db.Grace{Window: time.Second, Times: 10})
		return err
	}), db.ErrNotFound)
	equal(t, "callers that got the refresh token", n, 11)
	slices.Sort(repeats)
	if got := slices.Compact(repeats); !slices.Equal(got, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}) {
		t.Errorf("repeats = %v, want each number once", got)
	}
}

func refreshWithinGrace(t *testing.T, s store) {
	g := db.Grace{Window: 10 * time.Second, Times: 10}
	c := s.consent(t, s.fixture(t))
	used := time.Now()
	for i, c := range []consent{c, s.consent(t, s.fixture(t))} {
		if repeat, err := s.consume(t, c, used, g); repeat != 0 || err != nil {
			t.Fatalf("first use = repeat %d, %v, want 0, nil", repeat, err)
		}
		if i == 0 { // used in time, and past its time now
			if _, err := s.raw(t).Exec(fmt.Sprintf("UPDATE refresh_tokens SET expires_at = 1 WHERE hash = '%s'", c.refresh.Hash)); err != nil {
				t.Fatal(err)
			}
		}
		for at, want := range map[time.Duration]bool{-time.Second: true, 10*time.Second - time.Microsecond: true, 10 * time.Second: false, time.Hour: false} {
			_, err := s.consume(t, c, used.Add(at), g)
			equal(t, fmt.Sprintf("a repeat %v later works", at), err == nil, want)
		}
		for name, narrow := range map[string]db.Grace{"no grace": {}, "no window": {Times: 10}, "a shorter window": {Window: time.Second, Times: 10}, "fewer times": {Window: time.Minute, Times: 2}} {
			_, err := s.consume(t, c, used.Add(2*time.Second), narrow)
			wantErr(t, "a repeat with "+name, err, db.ErrNotFound)
		}
	}
	row := must[db.RefreshToken](t)(s.RefreshToken(t.Context(), c.refresh.Hash))
	equal(t, "UsedAt", row.UsedAt.Sub(used).Abs() < time.Microsecond, true)
	equal(t, "Repeats", row.Repeats, 2)
	equal(t, "Allows within the grace", g.Allows(row, used.Add(9*time.Second)), true)
	for name, allowed := range map[string]bool{
		"at its end": g.Allows(row, used.Add(10*time.Second)), "without a window": db.Grace{Times: 10}.Allows(row, used), "without times": db.Grace{Window: time.Minute}.Allows(row, used),
		"an unused token": g.Allows(db.RefreshToken{}, used),
	} {
		equal(t, "Allows "+name, allowed, false)
	}
	revoked := s.consent(t, s.fixture(t))
	s.do(t, func(tx *db.Tx) error { _, err := tx.RevokeFamily(t.Context(), revoked.family.ID); return err })
	_, err := s.consume(t, revoked, time.Now(), db.Grace{Window: time.Minute, Times: 10})
	wantErr(t, "the use of one that was revoked", err, db.ErrNotFound)
}

func refreshTokensOfOneFamily(t *testing.T, s store) {
	f := s.fixture(t)
	c := s.consent(t, f)
	ctx := t.Context()
	s.do(t, func(tx *db.Tx) error {
		for i := range 3 {
			more := c.refresh
			more.Hash, more.IssuedAt = fresh("hash"), c.refresh.IssuedAt.Add(time.Duration(i/2)*time.Second)
			if err := tx.InsertRefreshToken(ctx, more); err != nil {
				return err
			}
		}
		return nil
	})
	equal(t, "CountLiveTokens", must[int](t)(s.CountLiveTokens(ctx, f.app.ClientID, "", now())), 2)
	equal(t, "CountLiveTokens of the secret", must[int](t)(s.CountLiveTokens(ctx, f.app.ClientID, f.secret.ID, now())), 2)
	equal(t, "LiveTokensBySecret", must[map[string]int](t)(s.LiveTokensBySecret(ctx, f.team.ID, "", now()))[f.secret.ID], 2)
	list := must[[]db.LiveToken](t)(s.LiveTokens(ctx, f.app.ClientID, now(), 10, 0))
	if len(list) != 2 || !list[0].Refresh || !list[0].IssuedAt.Equal(c.refresh.IssuedAt.Add(time.Second)) {
		t.Errorf("LiveTokens = %+v, want the access token and the latest refresh token", list)
	}
}
