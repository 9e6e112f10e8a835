package hub

import (
	"context"
	"slices"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// States of a key of the portal.
const (
	KeyIsNext    = "next"    // becomes current once every server holds it
	KeyIsCurrent = "current" // encrypts what is new
	KeyIsOld     = "old"     // decrypts what isn't encrypted again yet
	KeyIsRetired = "retired" // not needed any more
)

// KeyFacts is one of the keys that the portal has had.
type KeyFacts struct {
	ID, State string
	Since     time.Time // of the state; of an old key, since when it was current
	Position  int       // in this process's source, from 1; 0: not in it
}

// KeyRows says how much of one kind is still to be encrypted again.
type KeyRows struct {
	What string
	Rows int
}

// KeyServer is a running server.
type KeyServer struct {
	Host    string
	Has     bool // it holds the newest key
	Follows bool // it encrypts with the current key
}

// KeyStatus says how far the replacement of the portal's key is.
type KeyStatus struct {
	Keys    []KeyFacts
	Left    []KeyRows // empty if everything is encrypted with the current key
	Servers []KeyServer
	// OldUntil is until when an old key is needed in any case; zero if there is none.
	OldUntil time.Time
}

// IDs returns the ids of the keys in a state.
func (s KeyStatus) IDs(state string) (ids []string) {
	for _, k := range s.Keys {
		if k.State == state {
			ids = append(ids, k.ID)
		}
	}
	return ids
}

// KeyStatus returns how far the replacement of the portal's key is.
func (h *Hub) KeyStatus(ctx context.Context) (out KeyStatus, err error) {
	rows, err := h.DB.PortalKeys(ctx)
	if err != nil {
		return out, err
	}
	atHand, err := h.KeySource.Load()
	if err != nil {
		return out, err
	}
	current := currentKey(rows)
	for _, row := range rows {
		k := KeyFacts{ID: row.ID, State: KeyIsOld, Since: row.CurrentFrom}
		switch {
		case !row.RetiredAt.IsZero():
			k.State, k.Since = KeyIsRetired, row.RetiredAt
		case row.CurrentFrom.IsZero():
			k.State, k.Since = KeyIsNext, row.AddedAt
		case row.ID == current.ID:
			k.State = KeyIsCurrent
		default:
			out.OldUntil = current.CurrentFrom.Add(keySettles)
		}
		k.Position = 1 + slices.IndexFunc(atHand, func(key secret.Key) bool { return key.ID() == row.ID })
		out.Keys = append(out.Keys, k)
	}
	for _, place := range db.SealedPlaces {
		n, err := h.DB.CountSealedOtherwise(ctx, place, secret.SealedBy(current.ID))
		if err != nil {
			return out, err
		}
		if n > 0 {
			out.Left = append(out.Left, KeyRows{place.Purpose, n})
		}
	}
	holders, err := h.DB.KeyHolders(ctx, h.Now().Add(-holderLife))
	newest := rows[len(rows)-1].ID
	for _, s := range holders {
		out.Servers = append(out.Servers, KeyServer{Host: s.Host, Has: slices.Contains(s.KeyIDs, newest), Follows: s.Current == current.ID})
	}
	return out, err
}

// NewKeyAtHand returns the first key of the source that the portal has never had.
func (h *Hub) NewKeyAtHand(ctx context.Context) (k secret.Key, ok bool, err error) {
	rows, err := h.DB.PortalKeys(ctx)
	if err != nil {
		return k, false, err
	}
	atHand, err := h.KeySource.Load()
	for _, k := range atHand {
		if !slices.ContainsFunc(rows, func(row db.PortalKey) bool { return row.ID == k.ID() }) {
			return k, true, err
		}
	}
	return k, false, err
}
