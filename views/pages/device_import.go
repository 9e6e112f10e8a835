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

// DeviceImports is GET and POST /team/device-imports: field file.
type DeviceImports struct {
	layout.Page
	Rows   []DeviceImportRow
	MaxMB  int
	Lines  int // the most that a file may have
	Errors ui.Errors
}

// Render writes the page.
func (m DeviceImports) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Import devices", layout.NavTeam, len(m.Errors) > 0)
	return deviceImports(m).Render(ctx, w)
}

const importExample = `unique_id,display_name,group,entity,template,active
SN-0001,Ward 3 door,Doors,Policlinico,,yes
SN-0002,Ward 4 door,Doors,Policlinico,,yes`

func (m DeviceImports) hint() string {
	return "CSV from Excel, LibreOffice, Numbers or a program, up to " + strconv.Itoa(m.MaxMB) + " MB and " + words.Number(m.Lines) + " devices."
}

// importColumns explains the columns of a file.
var importColumns = []ui.KVItem{
	{Key: "unique_id", Value: "What the device calls itself, such as its serial number. New to the team."},
	{Key: "display_name", Value: "What people call it."},
	{Key: "group", Value: "The group to put it in. Optional."},
	{Key: "entity", Value: "Where it belongs in your organisation. Optional."},
	{Key: "template", Value: "The GUID of its template. Optional."},
	{Key: "active", Value: "yes or no. Optional: yes."},
}

// DeviceImportRow is an import of devices. State is running, done or interrupted.
type DeviceImportRow struct {
	ID, FileName, By, State     string
	Total, Done, Added, Refused int
	Started, Finished           time.Time
}

func (r DeviceImportRow) href() string { return "/team/device-imports/" + r.ID }

func (r DeviceImportRow) state() ui.Badge {
	switch {
	case r.State == "running":
		return ui.Badge{State: "pending", Text: "Running"}
	case r.State == "interrupted":
		return ui.Badge{State: "revoked", Text: "Interrupted"}
	case r.Refused > 0:
		return ui.Badge{State: "retiring", Text: "Done, some refused"}
	}
	return ui.Badge{State: "live", Text: "Done"}
}

// DeviceImport is GET /team/device-imports/{id}. While it runs the page loads itself again,
// unless Still.
type DeviceImport struct {
	layout.Page
	Row     DeviceImportRow
	Refused []RefusedRow // the first ones
	Kept    int          // how many the report has
	Still   bool
}

// RefusedRow is a line of a file that added no device.
type RefusedRow struct {
	Line             int
	UniqueID, Reason string
}

// Render writes the page.
func (m DeviceImport) Render(ctx context.Context, w io.Writer) error {
	title := "Import of " + m.Row.FileName
	if m.Row.State == "running" {
		title = words.Number(m.percent()) + "% · " + title
	}
	m.Page = m.Named(title, layout.NavTeam, false)
	return deviceImport(m).Render(ctx, w)
}

func (m DeviceImport) about() string {
	if m.Row.State == "done" {
		return "Facts"
	}
	return "Progress"
}

func (m DeviceImport) percent() int { return 100 * m.Row.Done / max(1, m.Row.Total) }

func (m DeviceImport) progress() string {
	return words.Number(m.Row.Done) + " of " + words.Count(m.Row.Total, "line", "lines")
}

// outcome says how the import went; one that is running has no outcome yet.
func (m DeviceImport) outcome() ui.Notice {
	r := m.Row
	switch {
	case r.State == "interrupted":
		return ui.Notice{
			Tone: "bad", Title: "Interrupted after " + m.progress(),
			Text: "The portal was stopped, or whoever started the import lost the right to. Upload the same file again to add the rest: devices that already exist are refused, and nothing is added twice.",
			Href: "/team/device-imports", Action: "Import devices",
		}
	case r.Added == 0:
		return ui.Notice{Tone: "bad", Title: "No device was added", Text: "All lines were refused. See below what to change."}
	case r.Refused > 0:
		return ui.Notice{Tone: "warn", Title: words.Count(r.Added, "device was added", "devices were added"), Text: words.Count(r.Refused, "line was refused.", "lines were refused.") + " Fix what the report says, then upload the report."}
	}
	return ui.Notice{Tone: "ok", Title: words.Count(r.Added, "device was added", "devices were added"), Text: "No line was refused.", Href: "/team/devices", Action: "Show devices"}
}

func (m DeviceImport) facts() []ui.KVItem {
	items := []ui.KVItem{
		{Key: "State", Body: m.Row.state()},
		{Key: "Lines", Value: words.Number(m.Row.Total)},
		{Key: "Added", Value: words.Number(m.Row.Added)},
		{Key: "Refused", Value: words.Number(m.Row.Refused)},
		{Key: "Started", Body: ui.Time{At: m.Row.Started, Now: m.Now}},
	}
	if !m.Row.Finished.IsZero() {
		items = append(items, ui.KVItem{Key: "Finished", Body: ui.Time{At: m.Row.Finished, Now: m.Now}})
	}
	return append(items, ui.KVItem{Key: "Started by", Value: m.Row.By})
}

// more says which of the refused lines are elsewhere, or nowhere.
func (m DeviceImport) more() string {
	switch {
	case m.Row.Refused > m.Kept:
		return "These are the first " + words.Number(len(m.Refused)) + ". The report has the first " + words.Number(m.Kept) + " of " + words.Number(m.Row.Refused) + "; fix these, and upload the file again to see the rest."
	case m.Kept > len(m.Refused):
		return "These are the first " + words.Number(len(m.Refused)) + ". The report has all " + words.Number(m.Kept) + "."
	}
	return ""
}
