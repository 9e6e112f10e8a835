package portal

import (
	"errors"
	"net/http"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/device"
	"gatepost/handlers/sheet"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/words"
)

const (
	// maxImportMB is the largest file of devices, in MB of a million bytes.
	maxImportMB = 10
	// refusedShown is how many refused lines the page of an import shows; the report has more.
	refusedShown = 50
	// importsShown is how many of the last imports the form shows.
	importsShown = 10
	// refreshImport is how many seconds the page of a running import waits.
	refreshImport = "2"
)

// DeviceImports is the form to import devices, with the team's last imports.
func (p *Portal) DeviceImports(w http.ResponseWriter, r *http.Request) error {
	page, err := p.deviceImportsPage(r)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) deviceImportsPage(r *http.Request) (pages.DeviceImports, error) {
	t, _, err := currentTeam(r)
	if err != nil {
		return pages.DeviceImports{}, err
	}
	page := pages.DeviceImports{Page: p.base(r), MaxMB: maxImportMB, Lines: device.MaxImportLines}
	list, _, err := p.Devices.Imports(r.Context(), web.Actor(r), t.ID, "", importsShown)
	for _, i := range list {
		page.Rows = append(page.Rows, p.deviceImportRow(i))
	}
	return page, err
}

func (p *Portal) deviceImportRow(i db.DeviceImport) pages.DeviceImportRow {
	return pages.DeviceImportRow{
		ID: i.ID, FileName: i.FileName, By: i.PersonName, State: device.ImportState(i, p.Hub.Now()),
		Total: i.Total, Done: i.Done, Added: i.Added, Refused: i.Refused, Started: i.CreatedAt, Finished: i.FinishedAt,
	}
}

// UploadDevices takes a file of devices, and leads to the page that shows what it would add.
func (p *Portal) UploadDevices(w http.ResponseWriter, r *http.Request) error {
	t, rights, err := currentTeam(r)
	if err != nil {
		return err
	}
	if !rights.Develop { // before 10 MB are read for nothing
		return &hub.Forbidden{What: "import devices", WhoCan: hub.DeveloperByAdmin}
	}
	up, err := web.ReadUpload(w, r, maxImportMB*1_000_000)
	if err != nil {
		return err
	}
	defer up.Drain()
	preview, err := p.previewDevices(r, t.ID, up)
	if faults, ok := fieldErrors(err); ok {
		up.Drain()
		page, err := p.deviceImportsPage(r)
		if err != nil {
			return err
		}
		page.Errors = faults
		return p.again(w, r, page)
	}
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, previewAddress(preview.ID))
}

func (p *Portal) previewDevices(r *http.Request, teamID string, up *web.Upload) (device.Preview, error) {
	wrong := func(text string) error {
		return &hub.Invalid{Fields: []hub.FieldError{{Field: "file", Message: text}}}
	}
	if up.File == nil || up.Name == "" {
		return device.Preview{}, wrong("Choose a file.")
	}
	held, err := device.Hold(up.File)
	if errors.Is(err, web.ErrFileTooLarge) {
		return device.Preview{}, wrong("The file is larger than 10 MB. Split it.")
	}
	if err != nil {
		return device.Preview{}, err
	}
	return p.Devices.Preview(r.Context(), web.Actor(r), teamID, up.Name, held)
}

// DeviceImport shows how far an import has come, and in the end what was refused. While it runs the
// page loads itself again, by a header: a person can stop that.
func (p *Portal) DeviceImport(w http.ResponseWriter, r *http.Request) error {
	i, refused, err := p.deviceImportOf(r)
	if err != nil {
		return err
	}
	page := pages.DeviceImport{Page: p.base(r), Row: p.deviceImportRow(i), Kept: len(refused), Still: r.URL.Query().Has("still")}
	page.Refused = refusedRows(refused)
	if page.Row.State == device.ImportRuns && !page.Still {
		w.Header().Set("Refresh", refreshImport)
	}
	return p.show(w, r, page)
}

// refusedRows are the first refused lines.
func refusedRows(refused []device.RefusedLine) (out []pages.RefusedRow) {
	for _, l := range refused[:min(len(refused), refusedShown)] {
		out = append(out, pages.RefusedRow{Line: l.Line, UniqueID: words.Harmless(l.UniqueID()), Reason: l.Reason})
	}
	return out
}

func (p *Portal) deviceImportOf(r *http.Request) (db.DeviceImport, []device.RefusedLine, error) {
	t, _, err := currentTeam(r)
	if err != nil {
		return db.DeviceImport{}, nil, err
	}
	return p.Devices.FindImport(r.Context(), web.Actor(r), t.ID, r.PathValue("id"))
}

// DeviceImportReport is the report of an import, or of one that waits to be confirmed, as a file that can be fixed and
// uploaded again.
func (p *Portal) DeviceImportReport(w http.ResponseWriter, r *http.Request) error {
	i, refused, err := p.deviceImportOf(r)
	if errors.Is(err, db.ErrNotFound) {
		return p.previewReport(w, r)
	}
	if err != nil {
		return err
	}
	note := reportNote(i.Refused, len(refused))
	if device.ImportState(i, p.Hub.Now()) == device.ImportInterrupted {
		note += " The import was interrupted after " + words.Number(i.Done) + " of " + words.Number(i.Total) + " lines."
	}
	return p.sendReport(w, i.FileName, refused, note)
}

func (p *Portal) sendReport(w http.ResponseWriter, name string, refused []device.RefusedLine, note string) error {
	if !strings.HasSuffix(strings.ToLower(name), ".csv") {
		name += ".csv"
	}
	return p.sendCSV(w, "refused-"+name, func(file *sheet.Writer) error { return device.WriteImportReport(file, refused, note) })
}

// reportNote says which of the refused lines a report has, if not all.
func reportNote(refused, kept int) string {
	if refused <= kept {
		return ""
	}
	return "Of " + words.Number(refused) + " refused lines these are the first " + words.Number(kept) + "."
}

// DeviceImportTemplate is a file of devices without a device.
func (p *Portal) DeviceImportTemplate(w http.ResponseWriter, _ *http.Request) error {
	return p.sendCSV(w, "devices.csv", device.WriteImportTemplate)
}
