package secret

import "context"

// Door lets few through at the same time, by the turns that hashes take: for work that is short, but of which one
// place can ask for much at the same time. The zero value refuses everybody.
type Door struct{ turns turns }

// NewDoor returns a Door that lets up to parallel through at the same time, of which it reserves a share for
// known places. Up to queue wait in each share, a quarter of them from one place.
func NewDoor(parallel, queue int) *Door { return &Door{newTurns(parallel, queue)} }

// Enter waits for at most two seconds until it is the place's turn. The caller calls leave soon. Its errors are
// ErrOverloaded and the context's.
func (d *Door) Enter(ctx context.Context, from From) (leave func(), err error) {
	t, err := d.turns.enter(ctx, from)
	if err != nil {
		return nil, err
	}
	return func() { d.turns.end(t) }, nil
}
