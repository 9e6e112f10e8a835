package words

import (
	"fmt"
	"time"
)

const (
	day  = 24 * time.Hour
	year = 365 * day

	// Below these lengths a smaller unit still says more than the next one does.
	mostHours = 48
	mostDays  = 2 * 365
)

// Span is a length of time in one unit, rounded to the nearest: "14 s", "3 min", "24 h", "41 d".
// The direction is left to Ago and In.
func Span(d time.Duration) string {
	d = d.Abs()
	if n := round(d, time.Second); n < 60 {
		return fmt.Sprintf("%d s", n)
	}
	if n := round(d, time.Minute); n < 60 {
		return fmt.Sprintf("%d min", n)
	}
	if n := round(d, time.Hour); n < mostHours {
		return fmt.Sprintf("%d h", n)
	}
	if n := round(d, day); n < mostDays {
		return fmt.Sprintf("%d d", n)
	}
	return fmt.Sprintf("%d y", round(d, year))
}

func round(d, unit time.Duration) int64 { return int64(d.Round(unit) / unit) }

// Ago says how long ago something was: "14 s ago", "just now".
func Ago(d time.Duration) string {
	if d < time.Second {
		return "just now"
	}
	return Span(d) + " ago"
}

// In says in how long something will be: "in 24 h", "now".
func In(d time.Duration) string {
	if d < time.Second {
		return "now"
	}
	return "in " + Span(d)
}

// Relative is a time as seen from now: "14 s ago", "in 3 d", "now".
func Relative(t, now time.Time) string {
	switch d := t.Sub(now); {
	case d >= time.Second:
		return In(d)
	case d <= -time.Second:
		return Ago(-d)
	}
	return "now"
}

// Exact is a time to the second, in UTC, as pages show it on hover and in tables.
func Exact(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04:05 UTC") }

// Lifetime is a length that somebody chose or a setting fixes, in full words and unrounded:
// "30 seconds", "90 minutes", "1 hour", "30 days".
func Lifetime(d time.Duration) string {
	switch {
	case d >= 2*day && d%day == 0:
		return Count(int(d/day), "day", "days")
	case d >= time.Hour && d%time.Hour == 0:
		return Count(int(d/time.Hour), "hour", "hours")
	case d >= time.Minute && d%time.Minute == 0:
		return Count(int(d/time.Minute), "minute", "minutes")
	}
	return Count(int(d/time.Second), "second", "seconds")
}

// Grace is for how long something still works after its time: a Lifetime, or "none".
func Grace(d time.Duration) string {
	if d == 0 {
		return "none"
	}
	return Lifetime(d)
}

// Wait is how long to wait before another try, in full words and rounded up: who comes back then
// is not too early.
func Wait(d time.Duration) string {
	up := func(unit time.Duration) int { return int((d + unit - 1) / unit) }
	switch seconds := up(time.Second); {
	case seconds > 90*60:
		return Count(up(time.Hour), "hour", "hours")
	case seconds > 90:
		return Count(up(time.Minute), "minute", "minutes")
	default:
		return Count(seconds, "second", "seconds")
	}
}
