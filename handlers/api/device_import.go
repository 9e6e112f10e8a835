package api

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/device"
	"gatepost/handlers/web"
)

// maxImport is the largest file of devices, in bytes.
const maxImport = 10_000_000

// deviceImport is an import of devices and its progress.
type deviceImport struct {
	ID         string     `json:"id"`
	TeamID     string     `json:"team_id"`
	FileName   string     `json:"file_name"`
	State      string     `json:"state"` // running, done or interrupted
	Lines      int        `json:"lines"`
	Done       int        `json:"done"`
	Added      int        `json:"added"`
	Refused    int        `json:"refused"`
	StartedBy  string     `json:"started_by"`
	CreatedAt  time.Time  `json:"created_at"`
	FinishedAt *time.Time `json:"finished_at"`
}

// refusedLine is a line of the file that added no device.
type refusedLine struct {
	Line     int    `json:"line"`
	UniqueID string `json:"unique_id"`
	Reason   string `json:"reason"`
}

func (h *Handlers) importOf(i db.DeviceImport) deviceImport {
	return deviceImport{
		i.ID, i.TeamID, i.FileName, device.ImportState(i, h.Now()), i.Total, i.Done, i.Added, i.Refused, i.PersonName, wholeSecond(i.CreatedAt), moment(i.FinishedAt),
	}
}

// DeviceImports answers GET /api/v1/device-imports with a page of a team's imports, newest first.
func (h *Handlers) DeviceImports(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.importer(w, r)
	if err != nil {
		return err
	}
	before, limit, err := pageBefore(r)
	if err != nil {
		return err
	}
	rows, more, err := h.Devices.Imports(r.Context(), by, team, before, limit)
	if err != nil {
		return err
	}
	out := struct {
		Imports []deviceImport `json:"device_imports"`
		Next    *string        `json:"next_cursor"`
	}{Imports: make([]deviceImport, len(rows))}
	for n, i := range rows {
		out.Imports[n] = h.importOf(i)
	}
	if more {
		out.Next = cursorOf(rows[len(rows)-1].ID)
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// importer is caller, with the team of the imports, in which the caller can import devices.
func (h *Handlers) importer(w http.ResponseWriter, r *http.Request) (by hub.Actor, team string, err error) {
	const what = "import devices"
	if by, err = h.caller(w, r, writeDevices); err != nil {
		return by, "", err
	}
	if team, err = h.queryTeam(r, by, what); err != nil {
		return by, "", err
	}
	return by, team, h.mayDevelop(r.Context(), by, team, what)
}

// ImportDevices answers POST /api/v1/device-imports, whose body is a CSV file, with the import
// that it starts or, with dry_run, with what that would add. Callers without the right to import are
// refused before the file is read.
func (h *Handlers) ImportDevices(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.importer(w, r)
	if err != nil {
		return err
	}
	in, err := readImport(r)
	if err != nil {
		return err
	}
	once, err := idempotencyKey(r)
	if err != nil {
		return err
	}
	body, err := web.ReadFile(w, r, maxImport, "text/csv")
	if err != nil {
		return err
	}
	sum := sha256.New() // of everything that the key covers
	fmt.Fprintf(sum, "%s\n%s\n", team, in.name)
	held, err := device.Hold(io.TeeReader(body, sum))
	if errors.Is(err, web.ErrFileTooLarge) {
		return fileTooLarge("The file is larger than 10 MB. Split it.")
	}
	if err != nil {
		return err
	}
	file, err := h.Devices.Read(r.Context(), in.name, held, nil)
	if err == nil {
		err = file.Check(!in.ignoreUnknown)
	}
	if err != nil {
		return err
	}
	if in.dryRun {
		preview, err := h.Devices.DryRun(r.Context(), by, team, file)
		if err != nil {
			return err
		}
		return web.WriteJSON(w, http.StatusOK, dryRunOf(team, preview))
	}
	if once != "" {
		once = hub.OnceFor(once, sum.Sum(nil))
	}
	started, err := h.Devices.Import(r.Context(), by, team, file, once)
	if err != nil {
		return madeBefore(w, err, importAddress)
	}
	w.Header().Set("Location", importAddress(started.ID))
	return web.WriteJSON(w, http.StatusAccepted, h.importOf(started))
}

// importing is what the query of an import asks for.
type importing struct {
	name                  string
	dryRun, ignoreUnknown bool
}

func readImport(r *http.Request) (in importing, err error) {
	unknown := ""
	if err := queryTexts(r, map[string]*string{"file_name": &in.name, "unknown_columns": &unknown}); err != nil {
		return in, err
	}
	switch unknown {
	case "ignore":
		in.ignoreUnknown = true
	case "", "refuse":
	default:
		return in, web.BadRequest("The query parameter unknown_columns must be ignore or refuse.")
	}
	dryRun, err := queryBool(r, "dry_run")
	in.dryRun = dryRun != nil && *dryRun
	return in, err
}

func importAddress(id string) string { return "/api/v1/device-imports/" + id }

// DeviceImport answers GET /api/v1/device-imports/{id} with the import and the lines that it refused.
func (h *Handlers) DeviceImport(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.importer(w, r)
	if err != nil {
		return err
	}
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	row, refused, err := h.Devices.FindImport(r.Context(), by, team, id)
	if err != nil {
		return err
	}
	out := struct {
		deviceImport
		Lines []refusedLine `json:"refused_lines"`
	}{h.importOf(row), make([]refusedLine, len(refused))}
	for i, l := range refused {
		out.Lines[i] = refusedLine{l.Line, l.UniqueID(), l.Reason}
	}
	return web.WriteJSON(w, http.StatusOK, out)
}
