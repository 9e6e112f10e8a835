package db

import (
	"context"
	"time"
)

// Kinds of refusals.
const (
	RefusedSignIn = "sign_in"
	RefusedReset  = "reset"
)

// Refusals are how often something was refused to a place within an hour. PersonID is empty for all
// accounts that don't exist together, so that made-up names add no rows.
type Refusals struct {
	Hour        time.Time // when it began, UTC
	Kind, Place string
	PersonID    string
	Count       int
	LastAt      time.Time
	Name        string // of the person; only OpenRefusals fills it in
}

const refusalColumns = `hour, kind, place, person_id, count, last_at`

func scanRefusals(s scanner) (r Refusals, err error) {
	var hour, last int64
	err = s.Scan(&hour, &r.Kind, &r.Place, &r.PersonID, &r.Count, &last)
	r.Hour, r.LastAt = at(hour), at(last)
	return r, err
}

// CountRefusal counts a refusal at a moment. It costs the same whether or not the person exists.
func (t *Tx) CountRefusal(ctx context.Context, kind, place, personID string, moment time.Time) error {
	_, err := t.exec(ctx, "CountRefusal",
		`INSERT INTO refusals (`+refusalColumns+`)
		VALUES ($1, $2, $3, $4, 1, $5)
		ON CONFLICT (hour, kind, place, person_id) DO UPDATE SET count = refusals.count + 1, last_at = excluded.last_at`,
		unix(moment.UTC().Truncate(time.Hour)), kind, storable(place), personID, unix(moment))
	return err
}

// OpenRefusals lists up to limit of what was counted in hours that aren't closed yet, latest first.
func (r *Reader) OpenRefusals(ctx context.Context, limit int) ([]Refusals, error) {
	return all(ctx, r, "OpenRefusals", func(s scanner) (r Refusals, err error) {
		var hour, last int64
		err = s.Scan(&hour, &r.Kind, &r.Place, &r.PersonID, &r.Count, &last, &r.Name)
		r.Hour, r.LastAt = at(hour), at(last)
		return r, err
	},
		`SELECT r.hour, r.kind, r.place, r.person_id, r.count, r.last_at, COALESCE(p.name, '')
		FROM refusals r
		LEFT JOIN people p ON p.id = r.person_id
		ORDER BY r.last_at DESC, r.kind, r.place, r.person_id LIMIT $1`, limit)
}

// CloseRefusals removes up to limit rows of hours that began before a time and returns them. Of
// several processes each gets other rows.
func (t *Tx) CloseRefusals(ctx context.Context, before time.Time, limit int) ([]Refusals, error) {
	return all(ctx, &t.Reader, "CloseRefusals", scanRefusals,
		`DELETE FROM refusals
		WHERE (hour, kind, place, person_id) IN
			(SELECT hour, kind, place, person_id FROM refusals WHERE hour < $1 ORDER BY hour LIMIT $2)
		RETURNING `+refusalColumns, unix(before), limit)
}
