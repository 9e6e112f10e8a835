package portal

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/device"
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
	page := pages.DeviceImports{Page: p.base(r), Once: once(), MaxMB: maxImportMB, Lines: device.MaxImportLines}
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

// StartDeviceImport takes a file of devices, and leads to the page that shows how far it has come.
func (p *Portal) StartDeviceImport(w http.ResponseWriter, r *http.Request) error {
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
	made, err := p.deviceImportFile(r, t.ID, up)
	var again *hub.AlreadyDone
	if errors.As(err, &again) {
		made.ID, err = again.Target, nil
	}
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
	return web.SeeOther(w, r, "/team/device-imports/"+made.ID)
}

func (p *Portal) deviceImportFile(r *http.Request, teamID string, up *web.Upload) (db.DeviceImport, error) {
	wrong := func(text string) error {
		return &hub.Invalid{Fields: []hub.FieldError{{Field: "file", Message: text}}}
	}
	if up.File == nil || up.Name == "" {
		return db.DeviceImport{}, wrong("Choose a file.")
	}
	file, err := device.ReadFile(up.Name, up.File)
	if errors.Is(err, web.ErrFileTooLarge) {
		return db.DeviceImport{}, wrong("The file is larger than 10 MB. Split it.")
	}
	if err != nil {
		return db.DeviceImport{}, err
	}
	return p.Devices.Import(r.Context(), web.Actor(r), teamID, file, up.Form.Get("once"))
}

// DeviceImport shows how far an import has come, and in the end what was refused. While it runs the
// page loads itself again, by a header: a person can stop that.
func (p *Portal) DeviceImport(w http.ResponseWriter, r *http.Request) error {
	i, refused, err := p.deviceImportOf(r)
	if err != nil {
		return err
	}
	page := pages.DeviceImport{Page: p.base(r), Row: p.deviceImportRow(i), Kept: len(refused), Still: r.URL.Query().Has("still")}
	for _, l := range refused[:min(len(refused), refusedShown)] {
		page.Refused = append(page.Refused, pages.RefusedRow{Line: l.Line, UniqueID: l.UniqueID(), Reason: l.Reason})
	}
	if page.Row.State == device.ImportRuns && !page.Still {
		w.Header().Set("Refresh", refreshImport)
	}
	return p.show(w, r, page)
}

func (p *Portal) deviceImportOf(r *http.Request) (db.DeviceImport, []device.RefusedLine, error) {
	t, _, err := currentTeam(r)
	if err != nil {
		return db.DeviceImport{}, nil, err
	}
	return p.Devices.FindImport(r.Context(), web.Actor(r), t.ID, r.PathValue("id"))
}

// DeviceImportReport is the report of an import as a file that can be fixed and uploaded again.
func (p *Portal) DeviceImportReport(w http.ResponseWriter, r *http.Request) error {
	i, refused, err := p.deviceImportOf(r)
	if err != nil {
		return err
	}
	note := ""
	if i.Refused > len(refused) {
		note = "Of " + words.Number(i.Refused) + " refused lines these are the first " + words.Number(len(refused)) + "."
	}
	if device.ImportState(i, p.Hub.Now()) == device.ImportInterrupted {
		note += " The import was interrupted after " + words.Number(i.Done) + " of " + words.Number(i.Total) + " lines."
	}
	var body bytes.Buffer
	if err := device.WriteImportReport(&body, refused, note); err != nil {
		return err
	}
	return sendCSV(w, "refused-"+i.FileName, body.Bytes())
}

// DeviceImportTemplate is a file of devices without a device.
func (p *Portal) DeviceImportTemplate(w http.ResponseWriter, r *http.Request) error {
	var body bytes.Buffer
	if err := device.WriteImportTemplate(&body); err != nil {
		return err
	}
	return sendCSV(w, "devices.csv", body.Bytes())
}

// sendCSV sends a file to be kept, never to be shown as a page of ours. The byte order mark
// tells spreadsheets that it is UTF-8.
func sendCSV(w http.ResponseWriter, name string, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
	h.Set("Content-Disposition", "attachment; filename=\"devices.csv\"; filename*=UTF-8''"+url.PathEscape(name))
	_, _ = w.Write(append([]byte("\xef\xbb\xbf"), body...)) // a client that is gone can't be told
	return nil
}
