package hub

import (
	"context"
	"errors"
	"time"

	"gatepost/db"
)

// StepUpByPassword checks once more that a signed-in person is who they are. A wrong password
// is ErrNotYou.
func (h *Hub) StepUpByPassword(ctx context.Context, a Actor, password string) error {
	p, err := h.DB.Person(ctx, a.ID)
	if err != nil {
		return err
	}
	return h.recordStepUp(ctx, a, p, "by password", h.recheckPassword(ctx, p, password))
}

// recordStepUp writes down that a person has shown who they are, or failed to.
func (h *Hub) recordStepUp(ctx context.Context, a Actor, p db.Person, how string, err error) error {
	action := ActionIdentityConfirmed
	switch {
	case errors.Is(err, ErrWrongPassword):
		action, err = ActionIdentityRefused, ErrNotYou
	case errors.Is(err, ErrPasskey):
		action = ActionIdentityRefused
	case err != nil:
		return err
	}
	noted := h.DB.Tx(ctx, func(tx *db.Tx) error {
		return a.record(ctx, tx, Event{Action: action, Target: ofPerson(p.ID, p.Name), Detail: how})
	})
	if noted != nil {
		return noted
	}
	return err
}

// recheckPassword asks somebody who is signed in for their password once more. A wrong one
// gives ErrWrongPassword, too many of those *Throttled.
func (h *Hub) recheckPassword(ctx context.Context, p db.Person, password string) error {
	try, err := h.tries.begin(ctx, "", tryLimit{key: tryKey("confirm", p.ID), free: 10, first: 30 * time.Second, longest: 15 * time.Minute, leaks: 15 * time.Minute})
	if err != nil {
		return err
	}
	defer try.end()
	err = h.verifyPassword(ctx, p, password)
	switch {
	case errors.Is(err, ErrWrongPassword):
		if err := h.DB.Tx(ctx, func(tx *db.Tx) error { return try.failed(ctx, tx) }); err != nil {
			return err
		}
		return ErrWrongPassword
	case err == nil && try.failedBefore():
		return h.DB.Tx(ctx, func(tx *db.Tx) error { return try.passed(ctx, tx) })
	}
	return err
}
