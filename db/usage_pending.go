package db

import "context"

// pendingUse is the use of one secret that hasn't been written yet.
type pendingUse struct {
	useKey
	uses
}

// usesOf reads uses including what this process hasn't written yet: it returns the result of
// read and what was pending at that moment. It only waits for a batch that is being committed.
func usesOf[T any](ctx context.Context, q *useQueue, read func() (T, error)) (T, []pendingUse, error) {
	const tries = 20
	for try := 1; ; try++ {
		before, settled := q.state()
		for settled != nil && ctx.Err() == nil {
			select {
			case <-settled:
			case <-ctx.Done():
			}
			before, settled = q.state()
		}
		out, err := read()
		pending, after := q.pending()
		if err != nil || after == before || try == tries {
			return out, pending, err
		}
	}
}

// state returns the epoch, and while a batch is being committed a channel that is closed when it
// is done.
func (q *useQueue) state() (epoch int64, settled chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.epoch%2 == 1 {
		return q.epoch, q.settled
	}
	return q.epoch, nil
}

func (q *useQueue) pending() (out []pendingUse, epoch int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for key, u := range q.secrets {
		if u.waiting.empty() && u.writing.empty() {
			continue
		}
		p := pendingUse{useKey: key}
		p.add(u.writing)
		p.add(u.waiting)
		out = append(out, p)
	}
	return out, q.epoch
}
