package db

import (
	"context"
	"time"
)

// limitWindow is what is counted under a key until a time.
type limitWindow struct {
	count int
	ends  time.Time
}

// CountInWindow counts one under a key, and returns how many there are now in the key's window and
// when it ends. The first one starts a window of that period (whole seconds). Concurrent callers
// take turns, also those of other processes: the row stays locked until the transaction ends.
func (t *Tx) CountInWindow(ctx context.Context, key string, now time.Time, period time.Duration) (count int, ends time.Time, err error) {
	w, err := one(ctx, &t.Reader, "CountInWindow", func(s scanner) (w limitWindow, err error) {
		var ends int64
		err = s.Scan(&w.count, &ends)
		w.ends = at(ends)
		return w, err
	},
		`INSERT INTO limit_windows (key, count, ends_at)
		VALUES ($1, 1, $2)
		ON CONFLICT (key) DO UPDATE SET
			count = CASE WHEN limit_windows.ends_at <= $3 THEN 1 ELSE limit_windows.count + 1 END,
			ends_at = CASE WHEN limit_windows.ends_at <= $3 THEN excluded.ends_at ELSE limit_windows.ends_at END
		RETURNING count, ends_at`, key, unix(now.Add(period)), unix(now))
	return w.count, w.ends, err
}

// UncountInWindow takes back one that was counted under a key.
func (t *Tx) UncountInWindow(ctx context.Context, key string) error {
	_, err := t.exec(ctx, "UncountInWindow", `UPDATE limit_windows SET count = count - 1 WHERE key = $1 AND count > 0`, key)
	return err
}
