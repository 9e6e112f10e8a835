package db

import "context"

// DeviceGroups lists by name up to limit groups of the devices that the filter allows.
func (r *Reader) DeviceGroups(ctx context.Context, f DeviceFilter, limit int) ([]string, error) {
	where := f.where()
	most := where.arg(limit)
	return all(ctx, r, "DeviceGroups", value[string],
		`SELECT DISTINCT d.group_name
		FROM devices d
		WHERE `+where.String()+` AND d.group_name <> ''
		ORDER BY d.group_name LIMIT `+most, where.args...)
}

// SetDeviceGroup puts all devices of a query, on all of its pages, into a group (none if it is
// empty), and returns how many weren't in it before.
func (t *Tx) SetDeviceGroup(ctx context.Context, q DeviceQuery, group string) (int64, error) {
	where := q.where()
	where.and("d.group_name <> ?", group)
	return t.touchDevices(ctx, "SetDeviceGroup", "group_name = "+place(len(where.args))+", ", where)
}
