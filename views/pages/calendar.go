package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
)

// CalendarMade answers POST /account/calendars/{team}: the only page that shows the address.
type CalendarMade struct {
	layout.Page
	TeamName, Address string
}

// Render writes the page.
func (m CalendarMade) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Calendar of "+m.TeamName, layout.NavTeam, false)
	return calendarMade(m).Render(ctx, w)
}
