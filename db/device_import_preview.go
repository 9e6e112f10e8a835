package db

import (
	"context"
	"time"
)

// DeviceImportPreview is a file of devices that nothing was added from yet. Report is the JSON of
// package device.
type DeviceImportPreview struct {
	ID, TeamID, PersonID string
	FileName             string
	Report               string
	ExpiresAt            time.Time
}

// DeviceImportPreview returns a preview of a person, or ErrNotFound. One that has expired is there for
// a while, without its file and its report.
func (r *Reader) DeviceImportPreview(ctx context.Context, teamID, personID, id string) (DeviceImportPreview, error) {
	scan := func(s scanner) (p DeviceImportPreview, err error) {
		var expires int64
		err = s.Scan(&p.ID, &p.TeamID, &p.PersonID, &p.FileName, &p.Report, &expires)
		p.ExpiresAt = at(expires)
		return p, err
	}
	return one(ctx, r, "DeviceImportPreview", scan,
		`SELECT id, team_id, person_id, file_name, report, expires_at
		FROM device_import_previews
		WHERE id = $1 AND team_id = $2 AND person_id = $3`, id, teamID, personID)
}

// DeviceImportPreviewFile returns the file of a preview, or ErrNotFound.
func (r *Reader) DeviceImportPreviewFile(ctx context.Context, id string) ([]byte, error) {
	return one(ctx, r, "DeviceImportPreviewFile", value[[]byte], `SELECT file FROM device_import_previews WHERE id = $1`, id)
}

// InsertDeviceImportPreview stores a preview with its file, and deletes all but the newest keep of
// the person's.
func (t *Tx) InsertDeviceImportPreview(ctx context.Context, p DeviceImportPreview, file []byte, keep int) error {
	if _, err := t.exec(ctx, "InsertDeviceImportPreview",
		`INSERT INTO device_import_previews (id, team_id, person_id, file_name, file, report, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, p.ID, p.TeamID, p.PersonID, p.FileName, file, p.Report, unix(p.ExpiresAt)); err != nil {
		return err
	}
	_, err := t.exec(ctx, "InsertDeviceImportPreview",
		`DELETE FROM device_import_previews
		WHERE person_id = $1 AND id NOT IN (SELECT id FROM device_import_previews WHERE person_id = $1 ORDER BY expires_at DESC, id DESC LIMIT $2)`, p.PersonID, keep)
	return err
}

// SetDeviceImportPreview replaces the report of a preview. It returns ErrNotFound if the preview is
// gone.
func (t *Tx) SetDeviceImportPreview(ctx context.Context, id, report string) error {
	return t.mustTouch(ctx, "SetDeviceImportPreview",
		`UPDATE device_import_previews
		SET report = $2
		WHERE id = $1`, id, report)
}

// DeleteDeviceImportPreview deletes a preview with its file. It returns ErrNotFound if the preview is
// gone: of two callers, one has it.
func (t *Tx) DeleteDeviceImportPreview(ctx context.Context, id string) error {
	return t.mustTouch(ctx, "DeleteDeviceImportPreview", `DELETE FROM device_import_previews WHERE id = $1`, id)
}

// UniqueIDsTaken returns those of some unique ids that devices of a team have.
func (r *Reader) UniqueIDsTaken(ctx context.Context, teamID string, ids []string) ([]string, error) {
	where := conditions{[]string{"team_id = $1"}, []any{teamID}}
	where.in("unique_id", ids)
	return all(ctx, r, "UniqueIDsTaken", value[string], `SELECT unique_id FROM devices WHERE `+where.String(), where.args...)
}
