package db

import (
	"context"
	"time"
)

// Purposes of a challenge.
const (
	ChallengeSecondFactor = "second"   // a sign-in waiting for its second factor
	ChallengePasskey      = "passkey"  // a sign-in by passkey
	ChallengeRegister     = "register" // a new passkey
	ChallengeStepUp       = "confirm"  // a signed-in person's passkey, to step up
)

// Challenge is a question to a browser that can be answered once. Hash is the SHA-256 of its
// cookie; Data is JSON.
type Challenge struct {
	Hash, Purpose, PersonID, Data string
	Tries                         int
	ExpiresAt                     time.Time
}

const challengeColumns = `hash, purpose, person_id, data, tries, expires_at`

func scanChallenge(s scanner) (c Challenge, err error) {
	var expires int64
	err = s.Scan(&c.Hash, &c.Purpose, &c.PersonID, &c.Data, &c.Tries, &expires)
	c.ExpiresAt = at(expires)
	return c, err
}

// Challenge returns a challenge that hasn't been answered, or ErrNotFound. The caller checks its
// expiry and its tries.
func (r *Reader) Challenge(ctx context.Context, hash, purpose string) (Challenge, error) {
	return one(ctx, r, "Challenge", scanChallenge,
		`SELECT `+challengeColumns+`
		FROM sign_in_challenges
		WHERE hash = $1 AND purpose = $2 AND consumed_at = 0`, hash, purpose)
}

// InsertChallenge adds a challenge.
func (t *Tx) InsertChallenge(ctx context.Context, c Challenge) error {
	_, err := t.exec(ctx, "InsertChallenge",
		`INSERT INTO sign_in_challenges (`+challengeColumns+`, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		c.Hash, c.Purpose, c.PersonID, c.Data, c.Tries, unix(c.ExpiresAt), unix(t.Now))
	return err
}

// TryChallenge counts a try before it is made, and returns the challenge. If the challenge was
// answered, has expired or has had most tries, it returns ErrNotFound.
func (t *Tx) TryChallenge(ctx context.Context, hash, purpose string, most int) (Challenge, error) {
	return one(ctx, &t.Reader, "TryChallenge", scanChallenge,
		`UPDATE sign_in_challenges
		SET tries = tries + 1
		WHERE hash = $1 AND purpose = $2 AND consumed_at = 0 AND expires_at > $3 AND tries < $4
		RETURNING `+challengeColumns, hash, purpose, unix(t.Now), most)
}

// ConsumeChallenge uses a challenge up: one of several concurrent callers gets it. The others
// get ErrNotFound, as for a challenge that is unknown, expired or already answered.
func (t *Tx) ConsumeChallenge(ctx context.Context, hash, purpose string) (Challenge, error) {
	return one(ctx, &t.Reader, "ConsumeChallenge", scanChallenge,
		`UPDATE sign_in_challenges
		SET consumed_at = $3
		WHERE hash = $1 AND purpose = $2 AND consumed_at = 0 AND expires_at > $3
		RETURNING `+challengeColumns, hash, purpose, unix(t.Now))
}

// DeleteChallengesOf deletes a person's challenges that haven't been answered.
func (t *Tx) DeleteChallengesOf(ctx context.Context, personID string) error {
	_, err := t.exec(ctx, "DeleteChallengesOf",
		`DELETE FROM sign_in_challenges
		WHERE person_id = $1 AND consumed_at = 0`, personID)
	return err
}
