package contract

import (
	"slices"
	"testing"
	"time"

	"gatepost/db"
)

var challengePromises = []promise{
	{"challenges: one of several answers at once counts, within its tries and its time", challengesWorkOnce},
}

func challengesWorkOnce(t *testing.T, s store) {
	ctx := t.Context()
	add := func(ends time.Time) string {
		hash := fresh("challenge")
		s.do(t, func(tx *db.Tx) error {
			return tx.InsertChallenge(ctx, db.Challenge{Hash: hash, Purpose: db.ChallengeSecondFactor, PersonID: "p", Data: "{}", ExpiresAt: ends})
		})
		return hash
	}
	hash := add(now().Add(time.Minute))
	var left []int
	for {
		var c db.Challenge
		if err := s.Tx(ctx, func(tx *db.Tx) (err error) {
			c, err = tx.TryChallenge(ctx, hash, db.ChallengeSecondFactor, 3)
			return err
		}); err != nil {
			wantErr(t, "TryChallenge after its tries", err, db.ErrNotFound)
			break
		}
		left = append(left, c.Tries)
	}
	if want := []int{1, 2, 3}; !slices.Equal(left, want) {
		t.Errorf("tries that were counted = %v, want %v", left, want)
	}
	_, err := s.Challenge(ctx, hash, db.ChallengePasskey)
	wantErr(t, "Challenge of another purpose", err, db.ErrNotFound)
	equal(t, "those of eight at once who answered a challenge", winners(t, atOnce(8, func(int) error {
		return s.Tx(ctx, func(tx *db.Tx) error { _, err := tx.ConsumeChallenge(ctx, hash, db.ChallengeSecondFactor); return err })
	}), db.ErrNotFound), 1)
	_, err = s.Challenge(ctx, hash, db.ChallengeSecondFactor)
	wantErr(t, "Challenge that was answered", err, db.ErrNotFound)
	over := add(now().Add(-time.Second))
	err = s.Tx(ctx, func(tx *db.Tx) error { _, err := tx.ConsumeChallenge(ctx, over, db.ChallengeSecondFactor); return err })
	wantErr(t, "ConsumeChallenge after its end", err, db.ErrNotFound)
	err = s.Tx(ctx, func(tx *db.Tx) error { _, err := tx.TryChallenge(ctx, over, db.ChallengeSecondFactor, 3); return err })
	wantErr(t, "TryChallenge after its end", err, db.ErrNotFound)

	own, other := add(now().Add(time.Minute)), add(now().Add(time.Minute))
	s.do(t, func(tx *db.Tx) error { return tx.DeleteChallengesOf(ctx, "somebody") })
	for _, hash := range []string{own, other} {
		_, err = s.Challenge(ctx, hash, db.ChallengeSecondFactor)
		wantErr(t, "Challenge after those of another person were deleted", err, nil)
	}
	s.do(t, func(tx *db.Tx) error { return tx.DeleteChallengesOf(ctx, "p") })
	for _, hash := range []string{own, other} {
		_, err = s.Challenge(ctx, hash, db.ChallengeSecondFactor)
		wantErr(t, "Challenge after the person's were deleted", err, db.ErrNotFound)
	}
}
