package hub

import (
	"context"
	"errors"
	"time"

	"gatepost/db"
)

// How long a proof is good for what demands one.
const (
	// ProofLife is how long a session's proof lasts: people are asked again after two hours.
	ProofLife = 2 * time.Hour
	// FactorLife is how long the proof of a second factor lasts for changes of the factors
	// themselves: long enough to set up another one.
	FactorLife = 15 * time.Minute
)

// maxAhead is how far ahead of ours the clock of another process may be. A proof from later than
// that proves nothing: a clock that was set back must not make old proofs last longer.
const maxAhead = 30 * time.Second

// Proof is when a session last proved who uses it, as of the request at Now. Zero times mean never.
type Proof struct {
	Now      time.Time
	At       time.Time // by password, passkey, or as FactorAt
	FactorAt time.Time // by passkey, a code of the authenticator app, or a recovery code
}

// fresh says whether a proof of the time at is younger than life.
func (p Proof) fresh(at time.Time, life time.Duration) bool {
	age := p.Now.Sub(at)
	return !at.IsZero() && age < life && age >= -maxAhead
}

// StepUpRequired is the error of somebody whose session must first prove who uses it. Factor says
// that the password isn't enough for a person with a second factor.
type StepUpRequired struct{ Factor bool }

// Error returns a sentence for programs; a page asks instead.
func (e *StepUpRequired) Error() string {
	if e.Factor {
		return "Confirm it's you with your second factor, at /confirm?factor=1, then do this again."
	}
	return "Confirm it's you, at /confirm, then do this again. You are asked once every two hours."
}

// BySession says whether the actor is a person with a browser's session, which can be left open or
// stolen. Tokens are limited by their scopes instead, and links to what they are for.
func (a Actor) BySession() bool { return a.Kind == Person && a.ID != "" && a.Scopes == nil }

// Prove returns *StepUpRequired unless the actor has proved themselves as the effect demands. Rules
// call it before work that is slow or can't be undone; Record checks again. r reads the database that
// the effect is in.
func (a Actor) Prove(ctx context.Context, r *db.Reader, effect Effect) error {
	if !a.BySession() {
		return nil
	}
	switch demands[effect] {
	case demandProof:
		if !a.Proof.fresh(a.Proof.At, ProofLife) {
			return &StepUpRequired{}
		}
	case demandFactor:
		if a.Proof.fresh(a.Proof.FactorAt, FactorLife) {
			return nil
		}
		f, err := r.SecondFactor(ctx, a.ID)
		if err != nil {
			return err
		}
		if f.Has || !a.Proof.fresh(a.Proof.At, FactorLife) {
			return &StepUpRequired{Factor: f.Has}
		}
	}
	return nil
}

// hold keeps the actor's session or token from being ended while an effect that demands a proof is made:
// a request under way must leave nothing behind that outlives a reset. It returns ErrCredentialEnded
// if that has happened already.
func (a Actor) hold(ctx context.Context, tx *db.Tx, effect Effect) (err error) {
	if demands[effect] == demandNothing {
		return nil
	}
	switch {
	case a.Session != "":
		err = tx.HoldSession(ctx, a.Session, a.ID)
	case a.Token != "" && a.Personal:
		err = tx.HoldPersonalToken(ctx, a.Token, a.ID)
	case a.Token != "":
		err = tx.HoldAccessToken(ctx, a.Token)
	}
	if errors.Is(err, db.ErrNotFound) {
		return ErrCredentialEnded
	}
	return err
}
