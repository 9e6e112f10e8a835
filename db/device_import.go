package db

import (
	"context"
	"strings"
	"time"
)

// DeviceGroups lists up to limit groups of the devices that the filter gives, by name.
func (r *Reader) DeviceGroups(ctx context.Context, f DeviceFilter, limit int) ([]string, error) {
	where := f.where()
	most := where.arg(limit)
	return all(ctx, r, "DeviceGroups", value[string],
		`SELECT DISTINCT d.group_name FROM devices d WHERE `+where.String()+` AND d.group_name <> '' ORDER BY d.group_name LIMIT `+most, where.args...)
}

// rowsAtOnce is how many devices one INSERT carries. More is slower: SQLite's driver looks up
// every argument among all of its statement.
const rowsAtOnce = 10

// InsertDevices adds the devices whose unique id is new to their team, and gives the guids of
// those; the others are left as they are.
func (t *Tx) InsertDevices(ctx context.Context, devices []Device) (added map[string]bool, err error) {
	added = make(map[string]bool, len(devices))
	for len(devices) > 0 {
		some := devices[:min(rowsAtOnce, len(devices))]
		devices = devices[len(some):]
		var args []any
		rows := make([]string, len(some))
		for i, d := range some {
			rows[i] = "(" + places(len(args), 11) + ", 1, " + place(len(args)+12) + ")"
			args = append(args, d.GUID, d.TeamID, d.UniqueID, d.DisplayName, d.Active, d.TemplateGUID, d.EntityName, d.GroupName,
				unix(d.LastConnection), unix(d.CreatedAt), unix(d.UpdatedAt), d.searchText())
		}
		guids, err := all(ctx, &t.Reader, "InsertDevices", value[string],
			`INSERT INTO devices (`+deviceColumns+`, search) VALUES `+strings.Join(rows, ", ")+` ON CONFLICT (team_id, unique_id) DO NOTHING RETURNING guid`, args...)
		if err != nil {
			return nil, err
		}
		for _, guid := range guids {
			added[guid] = true
		}
	}
	return added, nil
}

// SetDeviceGroup puts every device that the query gives, on all of its pages, into a group
// (empty: into none), and gives how many were not in it.
func (t *Tx) SetDeviceGroup(ctx context.Context, q DeviceQuery, group string) (int64, error) {
	where := q.where()
	where.and("d.group_name <> ?", group)
	return t.touchDevices(ctx, "SetDeviceGroup", "group_name = "+place(len(where.args))+", ", where)
}

// granted says whether device d is granted to the person ?.
const granted = `EXISTS (SELECT 1 FROM device_grants g WHERE g.device_guid = d.guid AND g.person_id = ?)`

// AddDeviceViewer lets a member of the devices' team see every device that the query gives, on
// all of its pages, and gives how many they did not see by a grant before.
func (t *Tx) AddDeviceViewer(ctx context.Context, q DeviceQuery, personID string) (int64, error) {
	where := q.where()
	where.and(`d.team_id IN (SELECT m.team_id FROM memberships m WHERE m.person_id = ?)`, personID)
	where.and(`NOT `+granted, personID)
	n, err := t.touchDevices(ctx, "AddDeviceViewer", "", where)
	if err != nil || n == 0 {
		return 0, err
	}
	person, now := where.arg(personID), where.arg(unix(t.Now))
	_, err = t.exec(ctx, "AddDeviceViewer",
		`INSERT INTO device_grants (device_guid, person_id, created_at)
		SELECT d.guid, `+person+`, CAST(`+now+` AS BIGINT) FROM devices d WHERE `+where.String()+` ON CONFLICT (device_guid, person_id) DO NOTHING`, where.args...)
	return n, err
}

// RemoveDeviceViewer is the opposite of AddDeviceViewer.
func (t *Tx) RemoveDeviceViewer(ctx context.Context, q DeviceQuery, personID string) (int64, error) {
	where := q.where()
	where.and(granted, personID)
	n, err := t.touchDevices(ctx, "RemoveDeviceViewer", "", where)
	if err != nil || n == 0 {
		return 0, err
	}
	person := where.arg(personID)
	_, err = t.exec(ctx, "RemoveDeviceViewer",
		`DELETE FROM device_grants WHERE person_id = `+person+` AND device_guid IN (SELECT d.guid FROM devices d WHERE `+where.String()+`)`, where.args...)
	return n, err
}

// touchDevices marks devices as changed, and sets what else is to be set. It comes before
// their grants change: on PostgreSQL that makes two callers take turns.
func (t *Tx) touchDevices(ctx context.Context, what, set string, where conditions) (int64, error) {
	now := where.arg(unix(t.Now))
	return t.exec(ctx, what,
		`UPDATE devices SET `+set+`updated_at = `+now+`, version = version + 1 WHERE guid IN (SELECT d.guid FROM devices d WHERE `+where.String()+`)`, where.args...)
}

// DeviceImport is one import of devices from a file, and how far it has come. It runs until
// FinishedAt, unless SeenAt is long ago: then its process is gone.
type DeviceImport struct {
	ID, TeamID                  string
	PersonID, PersonName        string
	FileName                    string
	Total, Done, Added, Refused int // lines
	CreatedAt, SeenAt           time.Time
	FinishedAt                  time.Time // zero: not yet, or never
}

const importColumns = `id, team_id, person_id, person_name, file_name, total, done, added, refused, created_at, seen_at, finished_at`

func scanImport(s scanner) (i DeviceImport, err error) {
	var created, seen, finished int64
	err = s.Scan(&i.ID, &i.TeamID, &i.PersonID, &i.PersonName, &i.FileName, &i.Total, &i.Done, &i.Added, &i.Refused, &created, &seen, &finished)
	i.CreatedAt, i.SeenAt, i.FinishedAt = at(created), at(seen), at(finished)
	return i, err
}

// DeviceImport gives one import of a team, or ErrNotFound.
func (r *Reader) DeviceImport(ctx context.Context, teamID, id string) (DeviceImport, error) {
	return one(ctx, r, "DeviceImport", scanImport, `SELECT `+importColumns+` FROM device_imports WHERE team_id = $1 AND id = $2`, teamID, id)
}

// DeviceImports lists the imports of a team before the one with an id (empty: all of them),
// the latest first.
func (r *Reader) DeviceImports(ctx context.Context, teamID, before string, limit int) ([]DeviceImport, error) {
	return all(ctx, r, "DeviceImports", scanImport,
		`SELECT `+importColumns+` FROM device_imports WHERE team_id = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3`, teamID, before, limit)
}

// DeviceImportReport gives what AdvanceDeviceImport was given as report, all of it.
func (r *Reader) DeviceImportReport(ctx context.Context, id string) (string, error) {
	return one(ctx, r, "DeviceImportReport", value[string],
		`SELECT report FROM device_imports WHERE id = $1`, id)
}

// InsertDeviceImport starts an import, of which nothing is done yet.
func (t *Tx) InsertDeviceImport(ctx context.Context, i DeviceImport) error {
	_, err := t.exec(ctx, "InsertDeviceImport",
		`INSERT INTO device_imports (`+importColumns+`) VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, $7, $7, 0)`,
		i.ID, i.TeamID, i.PersonID, i.PersonName, i.FileName, i.Total, unix(i.CreatedAt))
	return err
}

// AdvanceDeviceImport stores how far an import has come by now, and adds to its report. With
// the last line it is finished. ErrNotFound when it was so before, or its team is gone.
func (t *Tx) AdvanceDeviceImport(ctx context.Context, i DeviceImport, report string) error {
	return t.mustTouch(ctx, "AdvanceDeviceImport",
		`UPDATE device_imports SET done = $2, added = $3, refused = $4, report = report || $5, seen_at = $6, finished_at = $7
		WHERE id = $1 AND finished_at = 0`, i.ID, i.Done, i.Added, i.Refused, report, unix(i.SeenAt), unix(i.FinishedAt))
}
