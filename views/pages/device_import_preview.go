package pages

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// DeviceImportPreview is GET and POST /team/device-imports/{id}/preview: a field for each column of the file, and do,
// which is add, columns or discard.
type DeviceImportPreview struct {
	layout.Page
	ID, FileName        string
	Expires             time.Time
	Encoding, Separator string
	Columns             []PreviewColumn
	Names               []string // what a column can be
	Faults              []string // why nothing can be added
	Rows                []PreviewRow
	Lines, Ready        int // in the file; that would add a device
	RefusedLines        int
	Refused             []RefusedRow // the first ones
	Kept                int          // how many the report has
	Errors              ui.Errors
}

// PreviewColumn is a column of the file: the field that says what it is, its place in the file from 1, its heading, what
// it is (empty: ignored), and the first value in it.
type PreviewColumn struct {
	Field       string
	Number      int
	Heading, Is string
	Example     string
}

func (c PreviewColumn) name() string {
	if c.Heading == "" {
		return "Column " + strconv.Itoa(c.Number)
	}
	return c.Heading
}

// PreviewRow is one of the first lines, with its values by Names.
type PreviewRow struct {
	Line    int
	Values  []string
	Refused bool
}

// Render writes the page.
func (m DeviceImportPreview) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Preview of "+m.FileName, layout.NavTeam, len(m.Errors) > 0)
	return deviceImportPreview(m).Render(ctx, w)
}

func (m DeviceImportPreview) action() string {
	return "/team/device-imports/" + m.ID + "/preview"
}

// outcome says what would happen.
func (m DeviceImportPreview) outcome() ui.Notice {
	switch {
	case len(m.Faults) > 0:
		return ui.Notice{Tone: "warn", Title: "Say what the columns are", Text: m.Faults[0] + " Choose below which column is which, or upload the file with other headings."}
	case m.Ready == 0:
		return ui.Notice{Tone: "bad", Title: "No device can be added", Text: "All lines would be refused. See below what to change, then upload the file again."}
	case m.RefusedLines > 0:
		return ui.Notice{
			Tone: "warn", Title: words.Count(m.Ready, "device will be added", "devices will be added"),
			Text: words.Count(m.RefusedLines, "line will be refused.", "lines will be refused.") + " Add the others now, or fix the file and upload it again.",
		}
	}
	return ui.Notice{Tone: "ok", Title: words.Count(m.Ready, "device will be added", "devices will be added"), Text: "No line will be refused. Nothing is added until you confirm."}
}

func (m DeviceImportPreview) canAdd() bool { return len(m.Faults) == 0 && m.Ready > 0 }

// updateKind makes the button of the columns the primary one where nothing can be added yet.
func (m DeviceImportPreview) updateKind() string {
	if m.canAdd() {
		return ui.Secondary
	}
	return ui.Primary
}

func (m DeviceImportPreview) add() string {
	return "Add " + words.Count(m.Ready, "device", "devices")
}

// separators are the words for what separates the values of a file.
var separators = map[string]string{",": "Comma", ";": "Semicolon", "\t": "Tab"}

func (m DeviceImportPreview) facts() []ui.KVItem {
	separator, ok := separators[m.Separator]
	if !ok {
		separator = m.Separator
	}
	ignored := "None"
	if names := m.ignored(); len(names) > 0 {
		ignored = strings.Join(names, ", ")
	}
	return []ui.KVItem{
		{Key: "Lines", Value: words.Number(m.Lines)},
		{Key: "Encoding", Value: m.Encoding},
		{Key: "Separator", Value: separator},
		{Key: "Ignored columns", Value: ignored},
		{Key: "Preview expires", Body: ui.Time{At: m.Expires, Now: m.Now}},
	}
}

func (m DeviceImportPreview) ignored() (names []string) {
	for _, c := range m.Columns {
		if c.Is == "" {
			names = append(names, c.name())
		}
	}
	return names
}

func (m DeviceImportPreview) options() []ui.Option {
	out := []ui.Option{{Label: "Ignored"}}
	for _, name := range m.Names {
		out = append(out, ui.Option{Value: name, Label: name})
	}
	return out
}

// used are the positions in Names of the columns that the file has.
func (m DeviceImportPreview) used() (at []int) {
	for i, name := range m.Names {
		if slices.ContainsFunc(m.Columns, func(c PreviewColumn) bool { return c.Is == name }) {
			at = append(at, i)
		}
	}
	return at
}

func (m DeviceImportPreview) rowHeads() []string {
	heads := []string{"Line"}
	for _, i := range m.used() {
		heads = append(heads, m.Names[i])
	}
	return append(heads, "Result")
}

func (r PreviewRow) result() ui.Badge {
	if r.Refused {
		return ui.Badge{State: "revoked", Text: "Will be refused"}
	}
	return ui.Badge{State: "live", Text: "Will be added"}
}

func (m DeviceImportPreview) more() string {
	switch {
	case m.RefusedLines > m.Kept:
		return "These are the first " + words.Number(len(m.Refused)) + ". The report has the first " + words.Number(m.Kept) + " of " + words.Number(m.RefusedLines) + "."
	case m.Kept > len(m.Refused):
		return "These are the first " + words.Number(len(m.Refused)) + ". The report has all " + words.Number(m.Kept) + "."
	}
	return ""
}
