package device

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
)

const (
	// importsAtOnce is how many imports a process runs at a time: each keeps its file in memory.
	importsAtOnce = 4
	// readAtOnce is how many files a process reads at a time: the devices of each are in memory, some 30 MB of the largest.
	readAtOnce = 2
	// importBatch is how many devices one transaction adds. Other writers get their turn between two batches.
	importBatch = 500
	// batchTime is the longest that a batch can take, with its retries.
	batchTime = 15 * time.Second
	// importStale is after how long without progress an import counts as interrupted: longer than batchTime.
	importStale = 20 * time.Second
	// maxReport is how many refused lines an import keeps.
	maxReport = 1000
)

// States of an import.
const (
	ImportRuns        = "running"
	ImportDone        = "done"
	ImportInterrupted = "interrupted"
)

// ImportState returns the state of an import at now.
func ImportState(i db.DeviceImport, now time.Time) string {
	switch {
	case !i.FinishedAt.IsZero():
		return ImportDone
	case now.Sub(i.SeenAt) > importStale:
		return ImportInterrupted
	}
	return ImportRuns
}

// imports are the imports that run in this process.
type imports struct {
	ctx     context.Context
	stop    context.CancelFunc
	slots   chan struct{}
	reading chan struct{} // taken while a file is read
	running sync.WaitGroup
}

func newImports() *imports {
	i := &imports{slots: make(chan struct{}, importsAtOnce), reading: make(chan struct{}, readAtOnce)}
	i.ctx, i.stop = context.WithCancel(context.Background())
	return i
}

func (i *imports) close() {
	i.stop()
	i.running.Wait()
}

// Import starts to add the devices of a file to a team, in the background. It returns *AlreadyDone with
// the import's id if the one-time key once was used before.
func (ds *Devices) Import(ctx context.Context, a hub.Actor, teamID string, file *File, once string) (db.DeviceImport, error) {
	if _, err := ds.hub.MayDevelop(ctx, a, teamID, "import devices"); err != nil {
		return db.DeviceImport{}, err
	}
	if err := ds.hub.CheckOnce(ctx, a, once); err != nil {
		return db.DeviceImport{}, err
	}
	if err := file.Check(false); err != nil {
		return db.DeviceImport{}, err
	}
	if file.Lines() == 0 {
		return db.DeviceImport{}, errNoLine()
	}
	i, err := ds.start(ctx, a, db.DeviceImport{ID: secret.JTI(), TeamID: teamID}, file, func(tx *db.Tx, i db.DeviceImport) error {
		return hub.UseOnce(ctx, tx, a, once, i.ID)
	})
	return i, ds.hub.ResolveOnce(ctx, a, once, err)
}

// start stores an import and runs it in the background. first runs in the transaction that stores it.
func (ds *Devices) start(ctx context.Context, a hub.Actor, i db.DeviceImport, file *File, first func(*db.Tx, db.DeviceImport) error) (db.DeviceImport, error) {
	select {
	case ds.imports.slots <- struct{}{}:
	default:
		return i, badFile("The portal is busy with other imports. Try again in a minute.")
	}
	now := ds.hub.Now()
	i.PersonID, i.PersonName, i.FileName, i.Total, i.CreatedAt, i.SeenAt = a.ID, a.Name, file.Name, file.Lines(), now, now
	err := ds.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.LockTeam(ctx, i.TeamID); err != nil {
			return err
		}
		if err := first(tx, i); err != nil {
			return err
		}
		return startImport(ctx, tx, a, i)
	})
	if err != nil {
		<-ds.imports.slots
		return i, err
	}
	ds.imports.running.Go(func() {
		defer func() { <-ds.imports.slots }()
		ds.runImport(a, i, file)
	})
	return i, nil
}

func startImport(ctx context.Context, tx *db.Tx, a hub.Actor, i db.DeviceImport) error {
	recent, err := tx.DeviceImports(ctx, i.TeamID, "", importsAtOnce)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(recent, func(other db.DeviceImport) bool { return ImportState(other, i.CreatedAt) == ImportRuns }) {
		return badFile("Another import of this team is running. Wait until it is done.")
	}
	if err := tx.InsertDeviceImport(ctx, i); err != nil {
		return err
	}
	return a.Record(ctx, tx, hub.Event{
		Action: hub.ActionDevicesImportStarted, TeamID: i.TeamID, Target: hub.Target{Type: hub.TargetImport, ID: i.ID, Name: i.FileName},
		Detail: fmt.Sprintf("%d lines", i.Total),
	})
}

// runImport adds a file's devices batch by batch, and stores its progress after each.
func (ds *Devices) runImport(a hub.Actor, i db.DeviceImport, file *File) {
	err := func() error {
		refused, rest := file.refused, file.devices
		for {
			if err := ds.imports.ctx.Err(); err != nil {
				return err
			}
			batch := rest[:min(importBatch, len(rest))]
			rest = rest[len(batch):]
			var err error
			if i, err = ds.importBatch(a, i, batch, refused, len(rest) == 0); err != nil || len(rest) == 0 {
				return err
			}
			refused = nil
		}
	}()
	if err == nil {
		return
	}
	ds.hub.Log.Warn("an import of devices was interrupted", "import", i.ID, "team", i.TeamID, "done", i.Done, "total", i.Total, "error", err)
	ctx, cancel := context.WithTimeout(context.Background(), batchTime)
	defer cancel()
	i.SeenAt = time.Time{} // shows it as interrupted immediately
	if err := ds.hub.DB.Tx(ctx, func(tx *db.Tx) error { return tx.AdvanceDeviceImport(ctx, i, "") }); err != nil {
		ds.hub.Log.Warn("the interruption of an import was not stored", "import", i.ID, "error", err)
	}
}

// importBatch adds some devices and stores refused lines. It retries for a while if the database is
// busy.
func (ds *Devices) importBatch(a hub.Actor, i db.DeviceImport, batch []fileDevice, refused []RefusedLine, last bool) (db.DeviceImport, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ds.imports.ctx), batchTime)
	defer cancel()
	for {
		next, err := ds.tryBatch(ctx, a, i, batch, refused, last)
		if !errors.Is(err, db.ErrBusy) {
			return next, err
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return i, err
		case <-ds.imports.ctx.Done():
			return i, err
		}
	}
}

func (ds *Devices) tryBatch(ctx context.Context, a hub.Actor, i db.DeviceImport, batch []fileDevice, refused []RefusedLine, last bool) (next db.DeviceImport, err error) {
	// Someone who has lost the role since the upload adds no more devices.
	if _, err := ds.hub.MayDevelop(ctx, a, i.TeamID, "import devices"); err != nil {
		return i, err
	}
	now := ds.hub.Now()
	devices := make([]db.Device, len(batch))
	for n, d := range batch {
		devices[n] = d.Device
		devices[n].GUID, devices[n].TeamID = secret.JTI(), i.TeamID
		devices[n].CreatedAt, devices[n].UpdatedAt = now, now
	}
	named := make([]*db.Device, len(devices))
	for n := range devices {
		named[n] = &devices[n]
	}
	err = ds.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := keepTemplates(ctx, tx, i.TeamID, named...); err != nil {
			return err
		}
		added, err := tx.InsertDevices(ctx, devices)
		if err != nil {
			return err
		}
		all := slices.Clone(refused)
		for n, d := range batch {
			if !added[devices[n].GUID] {
				all = append(all, d.taken())
			}
		}
		next = i
		next.Done += len(batch) + len(refused)
		next.Added += len(added)
		next.Refused += len(all)
		if next.SeenAt = now; last {
			next.FinishedAt = now
		}
		if err := tx.AdvanceDeviceImport(ctx, next, reportOf(all, maxReport-i.Refused)); err != nil || !last {
			return err
		}
		return a.Record(ctx, tx, hub.Event{
			Action: hub.ActionDevicesImported, TeamID: i.TeamID, Target: hub.Target{Type: hub.TargetImport, ID: i.ID, Name: i.FileName},
			Detail: fmt.Sprintf("%d added, %d refused", next.Added, next.Refused),
		})
	})
	if err != nil {
		return i, err
	}
	return next, nil
}

// reportOf encodes at most so many refused lines, as a report stores them.
func reportOf(lines []RefusedLine, most int) string {
	var out strings.Builder
	for _, l := range lines[:max(0, min(len(lines), most))] {
		text, err := json.Marshal(l)
		if err != nil {
			continue // can't happen: they are strings and numbers
		}
		out.Write(text)
		out.WriteByte('\n')
	}
	return out.String()
}

// Imports lists up to limit imports of a team, newest first, and says whether more follow. It starts
// after the import with the id before, or with the newest if before is empty.
func (ds *Devices) Imports(ctx context.Context, a hub.Actor, teamID, before string, limit int) (list []db.DeviceImport, more bool, err error) {
	if _, err := ds.hub.MayDevelop(ctx, a, teamID, "import devices"); err != nil {
		return nil, false, err
	}
	list, err = ds.hub.DB.DeviceImports(ctx, teamID, before, limit+1)
	if len(list) > limit {
		return list[:limit], true, err
	}
	return list, false, err
}

// FindImport returns an import of a team with its refused lines, of which the first thousand are kept.
// An import of another team is db.ErrNotFound.
func (ds *Devices) FindImport(ctx context.Context, a hub.Actor, teamID, id string) (i db.DeviceImport, refused []RefusedLine, err error) {
	if _, err := ds.hub.MayDevelop(ctx, a, teamID, "see imports of devices"); err != nil {
		return i, nil, err
	}
	if i, err = ds.hub.DB.DeviceImport(ctx, teamID, id); err != nil {
		return i, nil, err
	}
	report, err := ds.hub.DB.DeviceImportReport(ctx, id)
	if err != nil {
		return i, nil, err
	}
	for line := range bytes.Lines([]byte(report)) {
		var l RefusedLine
		if err := json.Unmarshal(line, &l); err != nil {
			return i, nil, fmt.Errorf("device: report of import %s: %w", id, err)
		}
		refused = append(refused, l)
	}
	slices.SortFunc(refused, func(a, b RefusedLine) int { return a.Line - b.Line })
	return i, refused, nil
}
