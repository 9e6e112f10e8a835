package ui

import (
	"context"
	"fmt"
	"io"
	"time"
)

// Day is 24 hours.
const Day = 24 * time.Hour

// Exact is a time as pages show it on hover and in tables: UTC, to the second.
func Exact(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04:05 UTC") }

// Span is a length of time in one rounded-down unit: "14 s", "3 min", "5 h", "41 d".
func Span(d time.Duration) string {
	if d < 0 {
		d = -d
	}
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 72*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	case d < 730*24*time.Hour:
		return fmt.Sprintf("%d d", int(d.Hours()/24))
	}
	return fmt.Sprintf("%d y", int(d.Hours()/24/365))
}

// Seconds says a lifetime in words from its number of seconds: 60 is "1 minute", 5400 "90 minutes", 3600 "1 hour".
func Seconds(n int) string {
	word := func(n int, unit string) string {
		if n == 1 {
			return "1 " + unit
		}
		return fmt.Sprintf("%d %ss", n, unit)
	}
	switch {
	case n >= 3600 && n%3600 == 0:
		return word(n/3600, "hour")
	case n >= 60 && n%60 == 0:
		return word(n/60, "minute")
	}
	return word(n, "second")
}

// Relative is a time in words as seen from now: "14 s ago", "in 3 d", "now".
func Relative(t, now time.Time) string {
	switch d := t.Sub(now); {
	case d >= time.Second:
		return "in " + Span(d)
	case d <= -time.Second:
		return Span(d) + " ago"
	}
	return "now"
}

// Time is a <time> in words with the exact time on hover. The zero time says "never".
type Time struct{ At, Now time.Time }

// Render writes the <time> element.
func (t Time) Render(ctx context.Context, w io.Writer) error { return timeEl(t).Render(ctx, w) }
