package db

import (
	"context"
	"strings"
	"time"
)

// PortalKey says of one of the portal's keys, which itself is never stored, whether it is in use. Check
// proves that a key is this one. Kept is what is left of a retired key, sealed.
type PortalKey struct {
	ID, Check   string
	AddedAt     time.Time
	CurrentFrom time.Time // zero: not yet
	RetiredAt   time.Time // zero: still needed
	Kept        []byte
}

// PortalKeys lists the keys that the portal has had: the current one is the last that has been current,
// and one that will become current is last.
func (r *Reader) PortalKeys(ctx context.Context) ([]PortalKey, error) {
	scan := func(s scanner) (k PortalKey, err error) {
		var added, current, retired int64
		err = s.Scan(&k.ID, &k.Check, &added, &current, &retired, &k.Kept)
		k.AddedAt, k.CurrentFrom, k.RetiredAt = at(added), at(current), at(retired)
		return k, err
	}
	return all(ctx, r, "PortalKeys", scan,
		`SELECT id, key_check, added_at, current_from, retired_at, kept
		FROM portal_keys
		ORDER BY CASE WHEN current_from = 0 THEN 1 ELSE 0 END, current_from, added_at, id`)
}

// InsertPortalKey adds a key, which is not current unless CurrentFrom says so. It does nothing if the
// portal has had this key.
func (t *Tx) InsertPortalKey(ctx context.Context, k PortalKey) error {
	_, err := t.exec(ctx, "InsertPortalKey",
		`INSERT INTO portal_keys (id, key_check, added_at, current_from)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (id) DO NOTHING`, k.ID, k.Check, unix(t.Now), unix(k.CurrentFrom))
	return err
}

// MakePortalKeyCurrent makes a key current that is not yet, later than every other, or returns
// ErrNotFound.
func (t *Tx) MakePortalKeyCurrent(ctx context.Context, id string) error {
	return t.mustTouch(ctx, "MakePortalKeyCurrent",
		`UPDATE portal_keys
		SET current_from = (SELECT CASE WHEN MAX(current_from) >= $2 THEN MAX(current_from) + 1 ELSE $2 END FROM portal_keys)
		WHERE id = $1 AND current_from = 0`, id, unix(t.Now))
}

// RetirePortalKey marks a key as no longer needed and stores what is kept of it, or returns ErrNotFound if
// it is retired already.
func (t *Tx) RetirePortalKey(ctx context.Context, id string, kept []byte) error {
	return t.mustTouch(ctx, "RetirePortalKey",
		`UPDATE portal_keys SET retired_at = $2, kept = $3 WHERE id = $1 AND retired_at = 0`, id, unix(t.Now), kept)
}

// KeyHolder is a running server with the ids of the portal's keys that it holds.
type KeyHolder struct {
	Process, Host string
	KeyIDs        []string
	Current       string // the id of the key with which it seals
	SeenAt        time.Time
}

// KeyHolders lists the servers that were seen after a time.
func (r *Reader) KeyHolders(ctx context.Context, after time.Time) ([]KeyHolder, error) {
	scan := func(s scanner) (h KeyHolder, err error) {
		var ids string
		var seen int64
		err = s.Scan(&h.Process, &h.Host, &ids, &h.Current, &seen)
		h.KeyIDs, h.SeenAt = strings.Fields(ids), at(seen)
		return h, err
	}
	return all(ctx, r, "KeyHolders", scan,
		`SELECT process, host, key_ids, current_key, seen_at
		FROM key_holders
		WHERE seen_at > $1
		ORDER BY host, process`, unix(after))
}

// PutKeyHolder stores which keys a server holds, and forgets servers that were last seen before a time.
func (t *Tx) PutKeyHolder(ctx context.Context, h KeyHolder, forget time.Time) error {
	if _, err := t.exec(ctx, "PutKeyHolder", `DELETE FROM key_holders WHERE seen_at < $1`, unix(forget)); err != nil {
		return err
	}
	_, err := t.exec(ctx, "PutKeyHolder",
		`INSERT INTO key_holders (process, host, key_ids, current_key, seen_at)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (process) DO UPDATE SET
			key_ids = excluded.key_ids, current_key = excluded.current_key, seen_at = excluded.seen_at`,
		h.Process, storable(h.Host), strings.Join(h.KeyIDs, " "), h.Current, unix(h.SeenAt))
	return err
}

// DeleteKeyHolder forgets a server that stops.
func (t *Tx) DeleteKeyHolder(ctx context.Context, process string) error {
	_, err := t.exec(ctx, "DeleteKeyHolder", `DELETE FROM key_holders WHERE process = $1`, process)
	return err
}
