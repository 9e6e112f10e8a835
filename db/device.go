package db

import (
	"context"
	"time"
)

// Device is a thing in a team's registry. UniqueID is the team's own name of it, such as a
// serial number; GUID is the portal's.
type Device struct {
	GUID, TeamID          string
	UniqueID, DisplayName string
	Active                bool
	TemplateGUID          string
	EntityName, GroupName string
	LastConnection        time.Time // zero: never
	CreatedAt, UpdatedAt  time.Time
	Version               int64 // 1, and one more with each change; InsertDevice starts it
}

// DeviceFilter says whose devices a query gives: those of the team TeamID, those that the
// person PersonID may see now, or what is both. The zero filter gives none.
type DeviceFilter struct{ TeamID, PersonID string }

// DeviceKey is a device's place in a list: devices are listed by name, equal names by guid.
type DeviceKey struct{ DisplayName, GUID string }

// Key is the device's place in a list.
func (d Device) Key() DeviceKey { return DeviceKey{d.DisplayName, d.GUID} }

const (
	// teamsOfPerson are the teams whose devices count as a person's: an owner's are all.
	teamsOfPerson = `SELECT team_id FROM memberships WHERE person_id = $1
		UNION SELECT t.id FROM teams t JOIN people p ON p.id = $1 AND p.is_owner`
	// seenByPerson is the ONE rule of what a person may see now: every device of a team where
	// the person is not a viewer, and where they are, the devices granted to them. A grant
	// alone, without being in the team, shows nothing.
	seenByPerson = `(d.team_id IN (SELECT team_id FROM memberships WHERE person_id = $1 AND role <> 'viewer'
			UNION SELECT t.id FROM teams t JOIN people p ON p.id = $1 AND p.is_owner)
		OR d.guid IN (` + grantedToPerson + `))`
	// seenInTeam is the same rule for the team $2 alone, written so that what holds for all of
	// the team is asked once and not for each device.
	seenInTeam = `d.team_id = $2 AND ((SELECT COUNT(*) FROM memberships WHERE person_id = $1 AND team_id = $2 AND role <> 'viewer')
			+ (SELECT COUNT(*) FROM people WHERE id = $1 AND is_owner) > 0
		OR d.guid IN (` + grantedToPerson + `))`
	grantedToPerson = `SELECT g.device_guid FROM device_grants g
			JOIN devices x ON x.guid = g.device_guid
			JOIN memberships m ON m.team_id = x.team_id AND m.person_id = g.person_id
			WHERE g.person_id = $1`
)

// where gives the condition on devices d.
func (f DeviceFilter) where() conditions {
	switch {
	case f.PersonID != "" && f.TeamID != "":
		return conditions{[]string{seenInTeam}, []any{f.PersonID, f.TeamID}}
	case f.PersonID != "":
		return conditions{[]string{seenByPerson}, []any{f.PersonID}}
	}
	return conditions{[]string{"d.team_id = $1"}, []any{f.TeamID}}
}

const deviceColumns = `guid, team_id, unique_id, display_name, is_active, template_guid, entity_name, group_name, last_connection, created_at, updated_at, version`

func scanDevice(s scanner) (d Device, err error) {
	var connected, created, updated int64
	err = s.Scan(&d.GUID, &d.TeamID, &d.UniqueID, &d.DisplayName, &d.Active, &d.TemplateGUID, &d.EntityName, &d.GroupName,
		&connected, &created, &updated, &d.Version)
	d.LastConnection, d.CreatedAt, d.UpdatedAt = at(connected), at(created), at(updated)
	return d, err
}

// Device gives one device that the filter does not keep out, or ErrNotFound.
func (r *Reader) Device(ctx context.Context, f DeviceFilter, guid string) (Device, error) {
	where := f.where()
	where.and("d.guid = ?", guid)
	return one(ctx, r, "Device", scanDevice, `SELECT `+deviceColumns+` FROM devices d WHERE `+where.String(), where.args...)
}

// DeviceReach counts the devices of all teams of a person, and those of them that the person
// may see now.
func (r *Reader) DeviceReach(ctx context.Context, personID string) (visible, total int, err error) {
	type reach struct{ visible, total int }
	n, err := one(ctx, r, "DeviceReach", func(s scanner) (n reach, err error) { return n, s.Scan(&n.visible, &n.total) },
		`SELECT COALESCE(SUM(CASE WHEN `+seenByPerson+` THEN 1 ELSE 0 END), 0), COUNT(*)
		FROM devices d WHERE d.team_id IN (`+teamsOfPerson+`)`, personID)
	return n.visible, n.total, err
}

// DeviceViewers lists the ids of the people to whom a device is granted.
func (r *Reader) DeviceViewers(ctx context.Context, guid string) ([]string, error) {
	return all(ctx, r, "DeviceViewers", value[string],
		`SELECT person_id FROM device_grants WHERE device_guid = $1 ORDER BY person_id`, guid)
}

// InsertDevice adds a device; a unique id that its team has already gives ErrConflict.
func (t *Tx) InsertDevice(ctx context.Context, d Device) error {
	_, err := t.exec(ctx, "InsertDevice",
		`INSERT INTO devices (`+deviceColumns+`, search) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12)`,
		d.GUID, d.TeamID, d.UniqueID, d.DisplayName, d.Active, d.TemplateGUID, d.EntityName, d.GroupName,
		unix(d.LastConnection), unix(d.CreatedAt), unix(d.UpdatedAt), d.searchText())
	return err
}

// UpdateDevice stores what can be changed of a device: not its team, its unique id, or when
// it was last connected.
func (t *Tx) UpdateDevice(ctx context.Context, d Device) error {
	return t.mustTouch(ctx, "UpdateDevice",
		`UPDATE devices SET display_name = $2, is_active = $3, template_guid = $4, entity_name = $5, group_name = $6, updated_at = $7, search = $8, version = version + 1
		WHERE guid = $1`, d.GUID, d.DisplayName, d.Active, d.TemplateGUID, d.EntityName, d.GroupName, unix(t.Now), d.searchText())
}

// LockDevice keeps others from changing a device until the transaction ends, so that they take
// turns, and gives its version; ErrNotFound when it is gone.
func (t *Tx) LockDevice(ctx context.Context, guid string) (version int64, err error) {
	return one(ctx, &t.Reader, "LockDevice", value[int64],
		`UPDATE devices SET updated_at = updated_at WHERE guid = $1 RETURNING version`, guid)
}

// DeleteDevice removes a device with its grants.
func (t *Tx) DeleteDevice(ctx context.Context, guid string) error {
	return t.mustTouch(ctx, "DeleteDevice", `DELETE FROM devices WHERE guid = $1`, guid)
}

// SetDeviceViewers grants a device to these people and to no others. One who is not a member
// of the device's team gives ErrNotFound.
func (t *Tx) SetDeviceViewers(ctx context.Context, guid string, personIDs []string) error {
	// The device's row is touched first: on PostgreSQL that makes two callers take turns.
	if err := t.mustTouch(ctx, "SetDeviceViewers", `UPDATE devices SET updated_at = $2, version = version + 1 WHERE guid = $1`, guid, unix(t.Now)); err != nil {
		return err
	}
	had, err := t.DeviceViewers(ctx, guid)
	if err != nil {
		return err
	}
	kept := map[string]bool{}
	for _, id := range personIDs {
		kept[id] = true
	}
	for _, id := range had {
		if kept[id] {
			delete(kept, id) // it stays, with its time
			continue
		}
		if err := t.mustTouch(ctx, "SetDeviceViewers", `DELETE FROM device_grants WHERE device_guid = $1 AND person_id = $2`, guid, id); err != nil {
			return err
		}
	}
	for id := range kept {
		// AddDeviceViewer also grants a device that was taken away since it touched the others: the
		// two grants are one.
		if err := t.mustTouch(ctx, "SetDeviceViewers",
			`INSERT INTO device_grants (device_guid, person_id, created_at)
			SELECT d.guid, m.person_id, CAST($3 AS BIGINT) FROM devices d JOIN memberships m ON m.team_id = d.team_id
			WHERE d.guid = $1 AND m.person_id = $2
			ON CONFLICT (device_guid, person_id) DO UPDATE SET created_at = device_grants.created_at`, guid, id, unix(t.Now)); err != nil {
			return err
		}
	}
	return nil
}
