package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

const (
	// holderEvery is how often a server says which keys it holds, and holderLife how long it counts as
	// running after that.
	holderEvery = 30 * time.Second
	holderLife  = 2 * time.Minute
	// keySettles is how long an old key stays in use after the new one became current: what it sealed and
	// nobody stores, such as the state of an authenticator's setup, is valid for that long.
	keySettles = 15 * time.Minute
	// resealBatch is how many rows are encrypted again in one transaction, so that no writer waits long.
	resealBatch = 100
)

// ErrKeyRotating says that the last rotation of the portal's key isn't finished.
var ErrKeyRotating = errors.New("the last rotation of the key isn't finished: gatepost key status says how far it is")

// thePortal is the target of events about the portal's key.
var thePortal = Target{Type: TargetPortal, Name: "portal"}

// serverActor is the server itself, which ends what the operator began.
func serverActor() Actor { return Actor{Kind: Operator, ID: "server", Name: "server"} }

// AddKey begins to replace the portal's key by k. It becomes current once every running server holds it.
func (h *Hub) AddKey(ctx context.Context, a Actor, k secret.Key) error {
	if a.Kind != Operator {
		return &Forbidden{What: "replace the portal's key", WhoCan: "Only an operator with a shell can."}
	}
	err := h.DB.Tx(ctx, func(tx *db.Tx) error {
		rows, err := tx.PortalKeys(ctx)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(rows, func(row db.PortalKey) bool { return row.ID == k.ID() }) {
			return fmt.Errorf("the key %s was in use before: make a new one", k.ID())
		}
		if len(unretired(rows)) > 1 {
			return ErrKeyRotating
		}
		if err := tx.InsertPortalKey(ctx, db.PortalKey{ID: k.ID(), Check: keyCheck(k)}); err != nil {
			return err
		}
		return a.Record(ctx, tx, Event{Action: ActionPortalKeyAdded, Target: thePortal, Detail: k.ID()})
	})
	if errors.Is(err, db.ErrConflict) { // another rotation began at the same time
		return ErrKeyRotating
	}
	return err
}

func unretired(rows []db.PortalKey) []db.PortalKey {
	return slices.DeleteFunc(slices.Clone(rows), func(row db.PortalKey) bool { return !row.RetiredAt.IsZero() })
}

// TendKeys is the server's share in replacing the portal's key: it reads keys that were added, says which
// it holds, and advances what is under way. It costs one query while nothing is.
func (h *Hub) TendKeys(ctx context.Context) error {
	rows, err := h.readKeys(ctx)
	if err != nil {
		return err
	}
	if err := h.sayKeys(ctx); err != nil || len(unretired(rows)) == 1 {
		return err
	}
	return h.AdvanceKeys(ctx)
}

// readKeys makes the keyring hold what the database says, reading the source again if a key is missing.
func (h *Hub) readKeys(ctx context.Context) ([]db.PortalKey, error) {
	rows, err := h.DB.PortalKeys(ctx)
	if err != nil {
		return nil, err
	}
	atHand := h.Key.Keys()
	for _, row := range unretired(rows) {
		if _, ok := h.Key.Key(row.ID); !ok && h.KeySource != nil {
			if atHand, err = h.KeySource.Load(); err != nil {
				return nil, err
			}
			break
		}
	}
	return rows, arrangeKeys(h.Key, rows, atHand)
}

// sayKeys stores which keys this server holds if that has changed, or was stored a while ago.
func (h *Hub) sayKeys(ctx context.Context) error {
	now := h.Now()
	me := db.KeyHolder{Process: h.process, Host: h.host, Current: h.Key.ID(), SeenAt: now}
	for _, k := range h.Key.Keys() {
		me.KeyIDs = append(me.KeyIDs, k.ID())
	}
	h.saidMu.Lock()
	defer h.saidMu.Unlock()
	if slices.Equal(me.KeyIDs, h.said.KeyIDs) && now.Sub(h.said.SeenAt) < holderEvery {
		return nil
	}
	if err := h.DB.Tx(ctx, func(tx *db.Tx) error { return tx.PutKeyHolder(ctx, me, now.Add(-holderLife)) }); err != nil {
		return err
	}
	h.said = me
	return nil
}

// LeaveKeys says that this server stops.
func (h *Hub) LeaveKeys(ctx context.Context) error {
	return h.DB.Tx(ctx, func(tx *db.Tx) error { return tx.DeleteKeyHolder(ctx, h.process) })
}

// AdvanceKeys does what can be done now to replace the portal's key: it makes a new key current that every
// server holds, encrypts everything again that an older key sealed, and retires the older key once nothing
// needs it. Several processes can do so at the same time, and a process that was killed in the middle lost nothing.
func (h *Hub) AdvanceKeys(ctx context.Context) error {
	rows, err := h.readKeys(ctx)
	if err != nil {
		return err
	}
	holders, err := h.DB.KeyHolders(ctx, h.Now().Add(-holderLife))
	if err != nil {
		return err
	}
	if next := rows[len(rows)-1]; next.CurrentFrom.IsZero() {
		_, here := h.Key.Key(next.ID)
		if !here || slices.ContainsFunc(holders, func(s db.KeyHolder) bool { return !slices.Contains(s.KeyIDs, next.ID) }) {
			return nil
		}
		if err := h.makeKeyCurrent(ctx, next.ID); err != nil {
			return err
		}
		if rows, err = h.readKeys(ctx); err != nil {
			return err
		}
	}
	current := currentKey(rows)
	sealed := 0
	for _, place := range db.SealedPlaces {
		n, err := h.reseal(ctx, place, current.ID)
		if err != nil {
			return err
		}
		sealed += n
	}
	behind := slices.ContainsFunc(holders, func(s db.KeyHolder) bool { return s.Current != current.ID })
	if sealed > 0 || behind || h.Now().Before(current.CurrentFrom.Add(keySettles)) {
		return nil // what is sealed from now on, or by a server that is behind, is found the next time
	}
	for _, row := range unretired(rows) {
		if row.ID == current.ID || row.CurrentFrom.IsZero() {
			continue
		}
		if err := h.retireKey(ctx, row.ID); err != nil {
			return err
		}
	}
	_, err = h.readKeys(ctx)
	return err
}

func (h *Hub) makeKeyCurrent(ctx context.Context, id string) error {
	err := h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.MakePortalKeyCurrent(ctx, id); err != nil {
			return err
		}
		return serverActor().Record(ctx, tx, Event{Action: ActionPortalKeyCurrent, Target: thePortal, Detail: id})
	})
	if IsMissing(err) {
		return nil // another server was faster
	}
	if err == nil {
		h.Log.Info("the portal has a new key", "key", id)
	}
	return err
}

// reseal encrypts everything in a place again that the current key hasn't sealed, and returns how much.
func (h *Hub) reseal(ctx context.Context, place db.SealedPlace, currentID string) (done int, err error) {
	box, after := h.Key.NewBox(place.Purpose), ""
	for {
		rows, err := h.DB.SealedOtherwise(ctx, place, secret.SealedBy(currentID), after, resealBatch)
		if err != nil || len(rows) == 0 {
			return done, err
		}
		after = rows[len(rows)-1].ID
		fresh := make([][]byte, len(rows))
		unreadable := 0
		for i, row := range rows {
			if fresh[i], err = box.Reseal(row.Body, row.Thing); err != nil {
				unreadable++ // no key is needed for what no key opens
			}
		}
		if unreadable > 0 {
			h.Log.Warn("some rows can't be decrypted with any key, and stay as they are", "what", place.Purpose, "rows", unreadable)
		}
		if err := h.DB.Tx(ctx, func(tx *db.Tx) error {
			for i, row := range rows {
				if fresh[i] == nil {
					continue
				}
				if err := tx.Reseal(ctx, place, row, fresh[i]); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return done, err
		}
		done += len(rows) - unreadable
	}
}

// retireKey ends the use of an old key, of which only what tags and recovery codes need is kept.
func (h *Hub) retireKey(ctx context.Context, id string) error {
	k, ok := h.Key.Key(id)
	if !ok {
		return nil // another server was faster
	}
	kept := h.Key.NewBox("kept keys").Seal(k.Keep(), id)
	err := h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.RetirePortalKey(ctx, id, kept); err != nil {
			return err
		}
		return serverActor().Record(ctx, tx, Event{Action: ActionPortalKeyRetired, Target: thePortal, Detail: id})
	})
	if IsMissing(err) {
		return nil
	}
	if err == nil {
		h.Log.Info("an old key of the portal is retired", "key", id)
	}
	return err
}
