package ui

import (
	"context"
	"io"
	"time"
)

// Day is 24 hours.
const Day = 24 * time.Hour

// Time is a <time> in words with the exact time on hover. The zero time says "never".
type Time struct{ At, Now time.Time }

// Render writes the <time> element.
func (t Time) Render(ctx context.Context, w io.Writer) error { return timeEl(t).Render(ctx, w) }
