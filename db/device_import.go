package db

import (
	"context"
	"time"
)

// DeviceImport is an import of devices from a file, and its progress. It is running until
// FinishedAt is set, unless SeenAt is long ago: then its process is gone.
type DeviceImport struct {
	ID, TeamID                  string
	PersonID, PersonName        string
	FileName                    string
	Total, Done, Added, Refused int // lines
	CreatedAt, SeenAt           time.Time
	FinishedAt                  time.Time // zero: not yet, or never
}

const importColumns = `id, team_id, person_id, person_name, file_name, total, done, added, refused,
	created_at, seen_at, finished_at`

func scanImport(s scanner) (i DeviceImport, err error) {
	var created, seen, finished int64
	err = s.Scan(&i.ID, &i.TeamID, &i.PersonID, &i.PersonName, &i.FileName, &i.Total, &i.Done, &i.Added, &i.Refused, &created, &seen, &finished)
	i.CreatedAt, i.SeenAt, i.FinishedAt = at(created), at(seen), at(finished)
	return i, err
}

// DeviceImport returns one import of a team, or ErrNotFound.
func (r *Reader) DeviceImport(ctx context.Context, teamID, id string) (DeviceImport, error) {
	return one(ctx, r, "DeviceImport", scanImport,
		`SELECT `+importColumns+`
		FROM device_imports
		WHERE team_id = $1 AND id = $2`, teamID, id)
}

// DeviceImports lists a team's imports, latest first, from before the one with an id (empty: all
// of them).
func (r *Reader) DeviceImports(ctx context.Context, teamID, before string, limit int) ([]DeviceImport, error) {
	return all(ctx, r, "DeviceImports", scanImport,
		`SELECT `+importColumns+`
		FROM device_imports
		WHERE team_id = $1 AND ($2 = '' OR id < $2)
		ORDER BY id DESC LIMIT $3`, teamID, before, limit)
}

// DeviceImportReport returns everything that AdvanceDeviceImport was given as report.
func (r *Reader) DeviceImportReport(ctx context.Context, id string) (string, error) {
	return one(ctx, r, "DeviceImportReport", value[string],
		`SELECT report FROM device_imports WHERE id = $1`, id)
}

// InsertDeviceImport starts an import, of which nothing is done yet.
func (t *Tx) InsertDeviceImport(ctx context.Context, i DeviceImport) error {
	_, err := t.exec(ctx, "InsertDeviceImport",
		`INSERT INTO device_imports (`+importColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, $7, $7, 0)`,
		i.ID, i.TeamID, i.PersonID, i.PersonName, i.FileName, i.Total, unix(i.CreatedAt))
	return err
}

// AdvanceDeviceImport stores the progress of an import, and adds to its report. FinishedAt comes
// with the last line. It returns ErrNotFound if the import was finished before or its team is
// gone.
func (t *Tx) AdvanceDeviceImport(ctx context.Context, i DeviceImport, report string) error {
	return t.mustTouch(ctx, "AdvanceDeviceImport",
		`UPDATE device_imports
		SET done = $2, added = $3, refused = $4, report = report || $5, seen_at = $6, finished_at = $7
		WHERE id = $1 AND finished_at = 0`, i.ID, i.Done, i.Added, i.Refused, report, unix(i.SeenAt), unix(i.FinishedAt))
}
