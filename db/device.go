package db

import (
	"context"
	"strings"
	"time"
)

// Device is an IoT device in a team's registry. UniqueID is the team's own name for it, such as
// a serial number; GUID is the portal's.
type Device struct {
	GUID, TeamID          string
	UniqueID, DisplayName string
	Active                bool
	TemplateGUID          string
	EntityName, GroupName string
	LastConnection        time.Time // zero: never
	CreatedAt, UpdatedAt  time.Time
	Version               int64 // starts at 1, and grows by one with each change
}

// DeviceKey is a device's place in a list by name, where equal names are ordered by guid.
type DeviceKey struct{ DisplayName, GUID string }

const deviceColumns = `guid, team_id, unique_id, display_name, is_active, template_guid, entity_name,
	group_name, last_connection, created_at, updated_at, version`

func scanDevice(s scanner) (d Device, err error) {
	var connected, created, updated int64
	err = s.Scan(&d.GUID, &d.TeamID, &d.UniqueID, &d.DisplayName, &d.Active, &d.TemplateGUID, &d.EntityName, &d.GroupName,
		&connected, &created, &updated, &d.Version)
	d.LastConnection, d.CreatedAt, d.UpdatedAt = at(connected), at(created), at(updated)
	return d, err
}

// Device returns a device that the filter allows, or ErrNotFound.
func (r *Reader) Device(ctx context.Context, f DeviceFilter, guid string) (Device, error) {
	where := f.where()
	where.and("d.guid = ?", guid)
	return one(ctx, r, "Device", scanDevice, `SELECT `+deviceColumns+` FROM devices d WHERE `+where.String(), where.args...)
}

// InsertDevice adds a device. It returns ErrConflict if the team already has one with that
// unique id.
func (t *Tx) InsertDevice(ctx context.Context, d Device) error {
	_, err := t.exec(ctx, "InsertDevice",
		`INSERT INTO devices (`+deviceColumns+`, search)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12)`,
		d.GUID, d.TeamID, d.UniqueID, d.DisplayName, d.Active, d.TemplateGUID, d.EntityName, d.GroupName,
		unix(d.LastConnection), unix(d.CreatedAt), unix(d.UpdatedAt), d.searchText())
	return err
}

// LockDevice locks a device until the transaction ends and returns its version, or ErrNotFound.
func (t *Tx) LockDevice(ctx context.Context, guid string) (version int64, err error) {
	return lock(ctx, t, "LockDevice", value[int64], `SELECT version FROM devices WHERE guid = $1`, guid)
}

// rowsAtOnce is how many devices one INSERT carries. More would be slower: for each argument,
// SQLite's driver searches all arguments of the statement.
const rowsAtOnce = 10

// InsertDevices adds the devices whose unique id is new to their team and returns their guids.
// It leaves the others as they are.
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
			`INSERT INTO devices (`+deviceColumns+`, search)
			VALUES `+strings.Join(rows, ", ")+`
			ON CONFLICT (team_id, unique_id) DO NOTHING
			RETURNING guid`, args...)
		if err != nil {
			return nil, err
		}
		for _, guid := range guids {
			added[guid] = true
		}
	}
	return added, nil
}

// UpdateDevice stores what can be changed about a device: not its team, its unique id or its
// last connection.
func (t *Tx) UpdateDevice(ctx context.Context, d Device) error {
	return t.mustTouch(ctx, "UpdateDevice",
		`UPDATE devices
		SET display_name = $2, is_active = $3, template_guid = $4, entity_name = $5, group_name = $6,
			updated_at = $7, search = $8, version = version + 1
		WHERE guid = $1`, d.GUID, d.DisplayName, d.Active, d.TemplateGUID, d.EntityName, d.GroupName, unix(t.Now), d.searchText())
}

// touchDevices marks devices as changed, and sets whatever else set says. It comes before a
// change of their grants, which makes two callers take turns on PostgreSQL.
func (t *Tx) touchDevices(ctx context.Context, what, set string, where conditions) (int64, error) {
	now := where.arg(unix(t.Now))
	return t.exec(ctx, what,
		`UPDATE devices
		SET `+set+`updated_at = `+now+`, version = version + 1
		WHERE guid IN (SELECT d.guid FROM devices d WHERE `+where.String()+`)`, where.args...)
}

// DeleteDevice removes a device with its grants.
func (t *Tx) DeleteDevice(ctx context.Context, guid string) error {
	return t.mustTouch(ctx, "DeleteDevice", `DELETE FROM devices WHERE guid = $1`, guid)
}
