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
	action := "identity.confirmed"
	switch {
	case errors.Is(err, ErrWrongPassword):
		action, err = "identity.refused", ErrNotYou
	case errors.Is(err, ErrPasskey):
		action = "identity.refused"
	case err != nil:
		return err
	}
	noted := h.DB.Tx(ctx, func(tx *db.Tx) error {
		return a.record(ctx, tx, action, "", "person", p.ID, p.Name, how)
	})
	if noted != nil {
		return noted
	}
	return err
}

// recheckPassword asks somebody who is signed in for their password once more. A wrong one
// gives ErrWrongPassword, too many of those *Throttled.
func (h *Hub) recheckPassword(ctx context.Context, p db.Person, password string) error {
	try, err := h.tries.begin(ctx, "", tryLimit{tryKey("confirm", p.ID), 10, 30 * time.Second, 15 * time.Minute, 15 * time.Minute})
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
