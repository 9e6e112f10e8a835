package db

import "context"

// DeviceGroups lists up to limit groups of the devices that the filter gives, by name.
func (r *Reader) DeviceGroups(ctx context.Context, f DeviceFilter, limit int) ([]string, error) {
	where := f.where()
	most := where.arg(limit)
	return all(ctx, r, "DeviceGroups", value[string],
		`SELECT DISTINCT d.group_name
		FROM devices d
		WHERE `+where.String()+` AND d.group_name <> ''
		ORDER BY d.group_name LIMIT `+most, where.args...)
}

// SetDeviceGroup puts every device that the query gives, on all of its pages, into a group
// (empty: into none), and gives how many were not in it.
func (t *Tx) SetDeviceGroup(ctx context.Context, q DeviceQuery, group string) (int64, error) {
	where := q.where()
	where.and("d.group_name <> ?", group)
	return t.touchDevices(ctx, "SetDeviceGroup", "group_name = "+place(len(where.args))+", ", where)
}
