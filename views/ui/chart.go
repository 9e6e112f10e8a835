package ui

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"
)

// Lifetime shows how much of a life is spent: from Issued to End, as seen from Now. Without End it says that there is
// none. It turns amber in its last tenth (or last 7 days of a longer life), and red when it is over.
type Lifetime struct {
	Issued, End, Now time.Time
	Verb             string // "issued" when empty; secrets say "made"
}

// Render writes the bar.
func (l Lifetime) Render(ctx context.Context, w io.Writer) error { return lifetime(l).Render(ctx, w) }

func (l Lifetime) verb() string {
	if l.Verb == "" {
		return "issued"
	}
	return l.Verb
}

func (l Lifetime) spent() float64 {
	whole := l.End.Sub(l.Issued)
	if whole <= 0 {
		return 100
	}
	return min(100, max(0, 100*float64(l.Now.Sub(l.Issued))/float64(whole)))
}

func (l Lifetime) tone() string {
	left, whole := l.End.Sub(l.Now), l.End.Sub(l.Issued)
	switch {
	case left <= 0:
		return "bad"
	case left < whole/10 || whole > 14*24*time.Hour && left < 7*24*time.Hour:
		return "warn"
	}
	return "ok"
}

// Bar is one column of a chart: its value and what it covers ("14:00-15:00").
type Bar struct {
	Label string
	Value int
}

// Bars is a column chart as inline SVG; Label says in words what it shows, with the numbers that matter.
type Bars struct {
	Label      string
	Items      []Bar
	Unit       string // "tokens"
	From, Till string // words under the two ends: "24 h ago", "now"
}

// Render writes the chart.
func (b Bars) Render(ctx context.Context, w io.Writer) error { return bars(b).Render(ctx, w) }

func (b Bars) top() int {
	top := 0
	for _, i := range b.Items {
		top = max(top, i.Value)
	}
	return top
}

// height is a column's part of 100; what is not zero is always visible.
func (b Bars) height(v int) float64 {
	top := b.top()
	if v <= 0 || top == 0 {
		return 0
	}
	return max(3, 100*float64(v)/float64(top))
}

// Spark is a sparkline of values as inline SVG; Label says in words what it shows.
type Spark struct {
	Label  string
	Values []int
}

// Render writes the line.
func (s Spark) Render(ctx context.Context, w io.Writer) error { return spark(s).Render(ctx, w) }

// points are the line's corners in a box of 100 by 24.
func (s Spark) points() string {
	top := 1
	for _, v := range s.Values {
		top = max(top, v)
	}
	parts := make([]string, len(s.Values))
	for i, v := range s.Values {
		x := 100 * float64(i) / float64(max(1, len(s.Values)-1))
		parts[i] = num(x) + "," + num(22-20*float64(v)/float64(top))
	}
	return strings.Join(parts, " ")
}

func num(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }
