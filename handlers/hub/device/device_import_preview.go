package device

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
	"gatepost/handlers/sheet"
)

const (
	// previewLife is how long a file waits to be confirmed: long enough to fix a few names in another window.
	previewLife = 2 * time.Hour
	// previewsKept is how many files wait for one person. A new one replaces the oldest.
	previewsKept = 3
	// takenAtOnce is how many unique ids are looked up at a time: SQLite's driver searches all arguments for each.
	takenAtOnce = 100
)

// Preview is what a file would add. Nothing has been added yet.
type Preview struct {
	ID        string        `json:"-"`
	FileName  string        `json:"-"`
	ExpiresAt time.Time     `json:"-"`
	Encoding  string        `json:"encoding"`
	Separator string        `json:"separator"`
	Columns   []Column      `json:"columns"`
	Faults    []string      `json:"faults"` // why nothing can be added; then nothing is counted
	Rows      []PreviewRow  `json:"rows"`   // the first ones
	Lines     int           `json:"lines"`
	Ready     int           `json:"ready"` // lines that would add a device
	Refused   int           `json:"refused"`
	Lost      []RefusedLine `json:"lost"` // the first refused lines
}

// PreviewRow is one of the first lines, with its values by ImportColumns.
type PreviewRow struct {
	Line    int      `json:"line"`
	Values  []string `json:"values"`
	Refused bool     `json:"refused"`
}

// Choice returns what each column is, as the arguments of ReadFile and Choose have it.
func (p Preview) Choice() []string {
	choice := make([]string, len(p.Columns))
	for i, c := range p.Columns {
		choice[i] = c.Column
	}
	return choice
}

// Shown returns the positions of the columns that people see: not those that a spreadsheet has written empty.
func (p Preview) Shown() (at []int) {
	for i, c := range p.Columns {
		if !c.blank() {
			at = append(at, i)
		}
	}
	return at
}

// taken returns the line of a device whose unique id another device has.
func (d fileDevice) taken() RefusedLine {
	return refusedLine(d.line, row(d.Device), "unique_id: The team has a device with this unique id already.")
}

// Read is ReadFile, when it is this file's turn: only a few are in memory at a time.
func (ds *Devices) Read(ctx context.Context, name string, held *sheet.Held, choice []string) (*File, error) {
	select {
	case ds.imports.reading <- struct{}{}:
		defer func() { <-ds.imports.reading }()
		return ReadFile(name, held, choice)
	case <-ctx.Done():
		return nil, fmt.Errorf("device: Read: %w", ctx.Err())
	}
}

// DryRun returns what a file would add to a team now.
func (ds *Devices) DryRun(ctx context.Context, a hub.Actor, teamID string, file *File) (Preview, error) {
	p := Preview{FileName: file.Name, Encoding: file.Encoding, Separator: string(file.Separator), Columns: file.Columns, Faults: file.faults, Lines: file.Lines()}
	if _, err := ds.hub.MayDevelop(ctx, a, teamID, "import devices"); err != nil {
		return p, err
	}
	if file.Lines() == 0 {
		return p, errNoLine()
	}
	lost := slices.Clone(file.refused)
	for some := range slices.Chunk(file.devices, takenAtOnce) {
		ids := make([]string, len(some))
		for i, d := range some {
			ids[i] = d.UniqueID
		}
		taken, err := ds.hub.DB.UniqueIDsTaken(ctx, teamID, ids)
		if err != nil {
			return p, err
		}
		for _, d := range some {
			if slices.Contains(taken, d.UniqueID) {
				lost = append(lost, d.taken())
			}
		}
	}
	slices.SortFunc(lost, func(a, b RefusedLine) int { return a.Line - b.Line })
	if len(p.Faults) == 0 {
		p.Refused, p.Ready, p.Lost = len(lost), p.Lines-len(lost), lost[:min(len(lost), maxReport)]
	}
	for _, r := range file.first {
		_, refused := slices.BinarySearchFunc(lost, r.line, func(l RefusedLine, line int) int { return l.Line - line })
		p.Rows = append(p.Rows, PreviewRow{r.line, r.values, refused})
	}
	return p, nil
}

// Preview keeps a file until the actor has seen what it would add. Only that person finds it, by its id.
func (ds *Devices) Preview(ctx context.Context, a hub.Actor, teamID, name string, held *sheet.Held) (Preview, error) {
	file, err := ds.Read(ctx, name, held, nil)
	if err != nil {
		return Preview{}, err
	}
	p, err := ds.DryRun(ctx, a, teamID, file)
	if err != nil {
		return p, err
	}
	p.ID, p.ExpiresAt = secret.JTI(), ds.hub.Now().Add(previewLife)
	report, err := json.Marshal(p)
	if err != nil {
		return p, fmt.Errorf("device: Preview: %w", err)
	}
	stored := db.DeviceImportPreview{ID: p.ID, TeamID: teamID, PersonID: a.ID, FileName: p.FileName, Report: string(report), ExpiresAt: p.ExpiresAt}
	return p, ds.hub.DB.Tx(ctx, func(tx *db.Tx) error { return tx.InsertDeviceImportPreview(ctx, stored, held.Bytes(), previewsKept) })
}

func errNoLine() error { return badFile("The file has no line with a device.") }

// ErrPreviewExpired is the error of a preview whose file is gone.
var ErrPreviewExpired = errors.New("device: the preview has expired")

// FindPreview returns a preview of the actor. One of another team or person, or one that was confirmed or discarded, is
// db.ErrNotFound; one that has expired ErrPreviewExpired.
func (ds *Devices) FindPreview(ctx context.Context, a hub.Actor, teamID, id string) (p Preview, err error) {
	if _, err := ds.hub.MayDevelop(ctx, a, teamID, "import devices"); err != nil {
		return p, err
	}
	stored, err := ds.hub.DB.DeviceImportPreview(ctx, teamID, a.ID, id)
	if err != nil {
		return p, err
	}
	if !ds.hub.Now().Before(stored.ExpiresAt) {
		return p, ErrPreviewExpired
	}
	if err := json.Unmarshal([]byte(stored.Report), &p); err != nil {
		return p, fmt.Errorf("device: preview %s: %w", id, err)
	}
	p.ID, p.FileName, p.ExpiresAt = stored.ID, stored.FileName, stored.ExpiresAt
	return p, nil
}

// again reads the file of a preview.
func (ds *Devices) again(ctx context.Context, p Preview, choice []string) (*File, error) {
	packed, err := ds.hub.DB.DeviceImportPreviewFile(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	held, err := sheet.Unpack(packed)
	if err != nil {
		return nil, err
	}
	return ds.Read(ctx, p.FileName, held, choice)
}

// Choose says what each column of a preview's file is: one of ImportColumns, or nothing to ignore it.
func (ds *Devices) Choose(ctx context.Context, a hub.Actor, teamID, id string, choice []string) error {
	p, err := ds.FindPreview(ctx, a, teamID, id)
	if err != nil {
		return err
	}
	file, err := ds.again(ctx, p, choice)
	if err != nil {
		return err
	}
	if p, err = ds.DryRun(ctx, a, teamID, file); err != nil {
		return err
	}
	report, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("device: Choose: %w", err)
	}
	return ds.hub.DB.Tx(ctx, func(tx *db.Tx) error { return tx.SetDeviceImportPreview(ctx, id, string(report)) })
}

// Confirm starts to add the devices of a preview, in the background. The import has the preview's id: if it was
// confirmed before, Confirm returns that import.
func (ds *Devices) Confirm(ctx context.Context, a hub.Actor, teamID, id string) (db.DeviceImport, error) {
	p, err := ds.FindPreview(ctx, a, teamID, id)
	if errors.Is(err, db.ErrNotFound) {
		return ds.hub.DB.DeviceImport(ctx, teamID, id)
	}
	if err != nil {
		return db.DeviceImport{}, err
	}
	if len(p.Faults) > 0 {
		return db.DeviceImport{}, badFile("%s", p.Faults[0])
	}
	file, err := ds.again(ctx, p, p.Choice())
	if err != nil {
		return db.DeviceImport{}, err
	}
	i, err := ds.start(ctx, a, db.DeviceImport{ID: id, TeamID: teamID}, file, func(tx *db.Tx, _ db.DeviceImport) error {
		return tx.DeleteDeviceImportPreview(ctx, id)
	})
	if errors.Is(err, db.ErrNotFound) { // another request was faster
		return ds.hub.DB.DeviceImport(ctx, teamID, id)
	}
	return i, err
}

// Discard deletes a preview with its file.
func (ds *Devices) Discard(ctx context.Context, a hub.Actor, teamID, id string) error {
	p, err := ds.FindPreview(ctx, a, teamID, id)
	if err != nil {
		return err
	}
	return ds.hub.DB.Tx(ctx, func(tx *db.Tx) error { return tx.DeleteDeviceImportPreview(ctx, p.ID) })
}
