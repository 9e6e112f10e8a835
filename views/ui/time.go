package ui

import (
	"context"
	"io"
	"time"

	"gatepost/views/words"
)

// Day is 24 hours.
const Day = 24 * time.Hour

// Exact is a time as pages show it on hover and in tables: UTC, to the second.
func Exact(t time.Time) string { return words.Exact(t) }

// Span is a length of time in one unit, rounded: "14 s", "3 min", "5 h", "41 d".
func Span(d time.Duration) string { return words.Span(d) }

// Seconds says a lifetime in words from its number of seconds: 60 is "1 minute", 5400 "90 minutes", 3600 "1 hour".
func Seconds(n int) string { return words.Lifetime(time.Duration(n) * time.Second) }

// Relative is a time in words as seen from now: "14 s ago", "in 3 d", "now".
func Relative(t, now time.Time) string { return words.Relative(t, now) }

// Time is a <time> in words with the exact time on hover. The zero time says "never".
type Time struct{ At, Now time.Time }

// Render writes the <time> element.
func (t Time) Render(ctx context.Context, w io.Writer) error { return timeEl(t).Render(ctx, w) }
