package db

import "context"

// DevicesFrom lists by name up to q.Limit of the devices that a query gives, after a place in
// the list (the zero key: from its start). The query's sort and offset don't count.
func (r *Reader) DevicesFrom(ctx context.Context, q DeviceQuery, after DeviceKey) ([]Device, error) {
	condition, args := q.where()
	n := len(args)
	args = append(args, after.DisplayName, after.GUID, q.Limit)
	return all(ctx, r, "DevicesFrom", scanDevice,
		`SELECT `+deviceColumns+` FROM devices d WHERE `+condition+
			` AND (d.display_name, d.guid) > (`+place(n+1)+`, `+place(n+2)+`) ORDER BY d.display_name, d.guid LIMIT `+place(n+3), args...)
}
