package keys

import (
	"context"
	"errors"
	"time"

	"gatepost/db"
)

// ErrRotating says that a newer key is published and does not sign yet.
var ErrRotating = errors.New("a newer signing key is published already and has not begun to sign: wait until it does")

// Key is one signing key, without its private half.
type Key struct {
	KID, Algorithm        string
	State                 string // Next, Signs or Verifies
	CreatedAt             time.Time
	SignsFrom, SignsUntil time.Time
	PublishedUntil        time.Time // zero: no end
}

// States of a Key: published and about to sign, signing, and published for the tokens that
// it has signed.
const (
	Next     = "next"
	Signs    = "signs"
	Verifies = "verifies"
)

// Rotate makes a new key of the present one's algorithm. It is published at once and signs
// when nobody can hold a JWK set without it any more; until then the present key signs, and
// its tokens can be verified until the last of them has died. ErrRotating says that such a
// change is under way. With record (nil: nobody asks) the caller writes down who did it.
func (r *Ring) Rotate(ctx context.Context, record func(ctx context.Context, tx *db.Tx, kid string) error) (Key, error) {
	if err := r.Refresh(ctx); err != nil {
		return Key{}, err
	}
	algorithm := r.algorithm
	if newest := r.view.Load().newest(); newest != nil {
		algorithm = newest.algorithm
	}
	wanted := func(rows []db.SigningKey, now time.Time) (bool, error) {
		for _, row := range rows {
			if now.Before(row.SignsFrom) {
				return false, ErrRotating
			}
		}
		return true, nil
	}
	if err := r.add(ctx, algorithm, wanted, record); err != nil {
		return Key{}, err
	}
	list, err := r.List(ctx)
	if err != nil || len(list) == 0 {
		return Key{}, err
	}
	return list[0], nil
}

// List gives the published keys, the newest first.
func (r *Ring) List(ctx context.Context) ([]Key, error) {
	if err := r.Refresh(ctx); err != nil {
		return nil, err
	}
	now := r.now()
	var list []Key
	v := r.view.Load()
	signing, _ := v.signing(now) // none: a set without keys
	for _, k := range v.published(now) {
		state := Verifies
		switch {
		case k == signing:
			state = Signs
		case now.Before(k.row.SignsFrom):
			state = Next
		}
		list = append([]Key{{
			KID: k.id, Algorithm: k.algorithm, State: state, CreatedAt: k.row.CreatedAt,
			SignsFrom: k.row.SignsFrom, SignsUntil: k.row.SignsUntil, PublishedUntil: k.row.PublishedUntil,
		}}, list...)
	}
	return list, nil
}
