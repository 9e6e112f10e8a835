package db

import "context"

// DeviceViewers lists the ids of the people a device is granted to.
func (r *Reader) DeviceViewers(ctx context.Context, guid string) ([]string, error) {
	return all(ctx, r, "DeviceViewers", value[string],
		`SELECT person_id FROM device_grants WHERE device_guid = $1 ORDER BY person_id`, guid)
}

// SetDeviceViewers grants a device to these people and nobody else. It returns ErrNotFound if
// one of them isn't a member of the device's team.
func (t *Tx) SetDeviceViewers(ctx context.Context, guid string, personIDs []string) error {
	// The device's row is updated first, which makes two callers take turns on PostgreSQL.
	if err := t.mustTouch(ctx, "SetDeviceViewers",
		`UPDATE devices
		SET updated_at = $2, version = version + 1
		WHERE guid = $1`, guid, unix(t.Now)); err != nil {
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
			delete(kept, id) // the grant stays, with its time
			continue
		}
		if err := t.mustTouch(ctx, "SetDeviceViewers",
			`DELETE FROM device_grants
			WHERE device_guid = $1 AND person_id = $2`, guid, id); err != nil {
			return err
		}
	}
	for id := range kept {
		// AddDeviceViewer may have made the same grant meanwhile: the two become one.
		if err := t.mustTouch(ctx, "SetDeviceViewers",
			`INSERT INTO device_grants (device_guid, person_id, created_at)
			SELECT d.guid, m.person_id, CAST($3 AS BIGINT)
			FROM devices d
			JOIN memberships m ON m.team_id = d.team_id
			WHERE d.guid = $1 AND m.person_id = $2
			ON CONFLICT (device_guid, person_id) DO UPDATE SET created_at = device_grants.created_at`,
			guid, id, unix(t.Now)); err != nil {
			return err
		}
	}
	return nil
}

// granted is true if device d is granted to the person ?.
const granted = `EXISTS (SELECT 1 FROM device_grants g WHERE g.device_guid = d.guid AND g.person_id = ?)`

// AddDeviceViewer grants all devices of a query, on all of its pages, to a member of the
// devices' team, and returns how many of them weren't granted to them before.
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
		SELECT d.guid, `+person+`, CAST(`+now+` AS BIGINT)
		FROM devices d
		WHERE `+where.String()+`
		ON CONFLICT (device_guid, person_id) DO NOTHING`, where.args...)
	return n, err
}

// RemoveDeviceViewer takes back the grants of all devices of a query from a person, and returns
// how many there were.
func (t *Tx) RemoveDeviceViewer(ctx context.Context, q DeviceQuery, personID string) (int64, error) {
	where := q.where()
	where.and(granted, personID)
	n, err := t.touchDevices(ctx, "RemoveDeviceViewer", "", where)
	if err != nil || n == 0 {
		return 0, err
	}
	person := where.arg(personID)
	_, err = t.exec(ctx, "RemoveDeviceViewer",
		`DELETE FROM device_grants
		WHERE person_id = `+person+` AND device_guid IN (SELECT d.guid FROM devices d WHERE `+where.String()+`)`, where.args...)
	return n, err
}
