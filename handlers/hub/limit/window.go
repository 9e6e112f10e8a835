package limit

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
	"time"

	"gatepost/db"
)

// Use is one more under a limit. Key is what is counted together.
type Use struct {
	ID  ID
	Key string
}

// row returns the key in the database, which doesn't keep names and addresses.
func (u Use) row() string {
	sum := sha256.Sum256([]byte(u.Key))
	return string(u.ID) + " " + base64.RawURLEncoding.EncodeToString(sum[:])
}

// Take counts one more under each limit, which are windows, and returns *Exceeded if one of them is
// used up. The caller then rolls back, so that nothing is counted. now is the caller's clock.
// Transactions that take several name them in the order of the table, so that no two wait for each
// other.
func Take(ctx context.Context, tx *db.Tx, now time.Time, uses ...Use) error {
	for _, u := range uses {
		l := Of(u.ID)
		n, ends, err := tx.CountInWindow(ctx, u.row(), now, l.Period)
		if err != nil {
			return err
		}
		v := Verdict{Limit: l, Number: l.Number, Left: max(0, l.Number-n), Reset: ends.Sub(now)}
		if n > l.Number {
			v.Wait = max(v.Reset, time.Second)
		}
		Note(ctx, v)
		if err := v.orNil(); err != nil {
			return err
		}
	}
	return nil
}

// GiveBack takes back what Take counted.
func GiveBack(ctx context.Context, tx *db.Tx, uses ...Use) error {
	for _, u := range uses {
		if err := tx.UncountInWindow(ctx, u.row()); err != nil {
			return err
		}
	}
	return nil
}

// Place returns the address from which somebody calls, or its /64 network for IPv6, where one host
// can use as many addresses as it likes.
func Place(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Is4() {
		return address
	}
	p, err := a.Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}
