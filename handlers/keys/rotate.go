package keys

import (
	"context"
	"errors"
	"time"

	"gatepost/db"
)

// ErrRotating says that a newer key is published and doesn't sign yet.
var ErrRotating = errors.New("a newer signing key is already published and doesn't sign yet: wait until it does")

// Key is one signing key, without its private half.
type Key struct {
	KID, Algorithm        string
	State                 string // Next, Signs or Verifies
	CreatedAt             time.Time
	SignsFrom, SignsUntil time.Time
	PublishedUntil        time.Time // zero until the key is retired
}

// States of a Key: published and about to sign, signing, and published for the tokens that
// it has signed.
const (
	Next     = "next"
	Signs    = "signs"
	Verifies = "verifies"
)

// Rotate creates a new key with the current one's algorithm. It is published immediately, and
// signs once no cache can hold a JWK set without it any more. Until then the current key signs,
// and it stays published until its last token has expired. ErrRotating says that such a change
// is already in progress. With record, unless nil, the caller records who rotated the key.
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

// List returns the published keys, newest first.
func (r *Ring) List(ctx context.Context) ([]Key, error) {
	if err := r.Refresh(ctx); err != nil {
		return nil, err
	}
	now := r.now()
	var list []Key
	v := r.view.Load()
	signing, _ := v.signing(now) // nil if there are no keys
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
