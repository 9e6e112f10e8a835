package pages

import (
	"context"
	"io"
	"strconv"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// DrillRow is a brownout drill in a list.
type DrillRow struct {
	ID, Hint, By string
	At, Ends     time.Time
	Running      bool
}

func (d DrillRow) length() string {
	if d.Ends.Sub(d.At) < time.Second {
		return "less than a second"
	}
	return words.Lifetime(d.Ends.Sub(d.At).Truncate(time.Second))
}

// Drill is GET /apps/{client_id}/drills/{id}: the drill, running or over. While it runs the browser loads
// it again on its own.
type Drill struct {
	layout.Page
	App     AppHead
	Secret  SecretRow
	Drill   DrillRow
	Left    string // "2:31"
	Manage  bool
	Failed  []DrillFailure
	Retires bool // the secret still lives, so that it can be retired
}

// DrillFailure is a caller that was refused in a drill.
type DrillFailure struct {
	Address, Agent string
	Times          int
	First, Last    time.Time
}

// Render writes the page.
func (m Drill) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Drill of "+m.Secret.Hint, layout.NavApps, false)
	return drill(m).Render(ctx, w)
}

var drillMinutes = func() (out []ui.Option) {
	for n := 1; n <= 5; n++ {
		out = append(out, ui.Option{Value: strconv.Itoa(n), Label: words.Lifetime(time.Duration(n) * time.Minute)})
	}
	return out
}()
