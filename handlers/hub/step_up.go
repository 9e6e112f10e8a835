package hub

import (
	"context"
	"errors"

	"gatepost/db"
)

// ConfirmPassword checks once more that a signed-in person is who they are. A wrong password
// is ErrNotYou.
func (h *Hub) ConfirmPassword(ctx context.Context, a Actor, password string) error {
	p, err := h.DB.Person(ctx, a.ID)
	if err != nil {
		return err
	}
	return h.noteProof(ctx, a, p, "by password", h.confirmPassword(ctx, p, password))
}

// noteProof writes down that a person has shown who they are, or failed to.
func (h *Hub) noteProof(ctx context.Context, a Actor, p db.Person, how string, err error) error {
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
