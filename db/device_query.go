package db

import (
	"cmp"
	"context"
	"strings"
)

// DeviceSort is a column by which devices can be sorted.
type DeviceSort string

// The columns by which devices can be sorted; equal values are ordered by guid.
const (
	SortDisplayName    DeviceSort = "display_name"
	SortUniqueID       DeviceSort = "unique_id"
	SortActive         DeviceSort = "is_active"
	SortTemplate       DeviceSort = "template_guid"
	SortEntity         DeviceSort = "entity_name"
	SortGroup          DeviceSort = "group_name"
	SortLastConnection DeviceSort = "last_connection"
)

// DeviceQuery asks for a page of the devices that Filter allows. Empty fields don't narrow it.
type DeviceQuery struct {
	Filter                DeviceFilter
	Search                string // part of the unique id or the name, in any case
	Active                *bool
	Connected             *bool // at least once
	UniqueID              string
	UniqueIDPart          string // in any case
	TemplateGUID          string // as it is stored, or in lower case, as those of templates are
	EntityName, GroupName string
	NoGroup               bool       // only those without a group
	NoTemplate            bool       // only those that name no template
	GUIDs                 []string   // only these; nil means all
	Sort                  DeviceSort // empty: SortDisplayName
	Descending            bool
	Limit, Offset         int
}

// searchText is what a search looks in: the name and the unique id in lower case, separated by a
// line break, which neither contains.
func (d Device) searchText() string { return folded(d.DisplayName + "\n" + d.UniqueID) }

// where returns the query's condition on devices d.
func (q DeviceQuery) where() conditions {
	where := q.Filter.where()
	if q.Search != "" {
		where.and(`d.search LIKE ? ESCAPE '\'`, containing(q.Search))
	}
	if q.UniqueIDPart != "" {
		where.and(`d.search LIKE ? ESCAPE '\'`, "%\n"+containing(q.UniqueIDPart)) // the name has no line break
	}
	if q.Connected != nil {
		where.and("(d.last_connection > 0) = ?", *q.Connected)
	}
	if q.Active != nil {
		where.and("d.is_active = ?", *q.Active)
	}
	for _, f := range []struct{ column, value string }{
		{"unique_id", q.UniqueID}, {"entity_name", q.EntityName}, {"group_name", q.GroupName},
	} {
		if f.value != "" {
			where.and("d."+f.column+" = ?", f.value)
		}
	}
	if q.TemplateGUID != "" {
		where.in("d.template_guid", []string{q.TemplateGUID, strings.ToLower(q.TemplateGUID)})
	}
	if q.NoGroup {
		where.and("d.group_name = ?", "")
	}
	if q.NoTemplate {
		where.and("d.template_guid = ?", "")
	}
	if q.GUIDs != nil {
		where.in("d.guid", q.GUIDs)
	}
	return where
}

// FindDevices lists a page of devices.
func (r *Reader) FindDevices(ctx context.Context, q DeviceQuery) ([]Device, error) {
	order := "d." + string(cmp.Or(q.Sort, SortDisplayName))
	direction := ""
	if q.Descending {
		direction = " DESC"
	}
	where := q.where()
	limit, offset := where.arg(q.Limit), where.arg(q.Offset)
	return all(ctx, r, "FindDevices", scanDevice,
		`SELECT `+deviceColumns+`
		FROM devices d
		WHERE `+where.String()+`
		ORDER BY `+order+direction+`, d.guid`+direction+` LIMIT `+limit+` OFFSET `+offset, where.args...)
}

// DevicesFrom lists by name up to q.Limit of the devices of a query, from after a place in the
// list (the zero key: from its start). It ignores the query's sort and offset.
func (r *Reader) DevicesFrom(ctx context.Context, q DeviceQuery, after DeviceKey) ([]Device, error) {
	where := q.where()
	name, guid, limit := where.arg(after.DisplayName), where.arg(after.GUID), where.arg(q.Limit)
	return all(ctx, r, "DevicesFrom", scanDevice,
		`SELECT `+deviceColumns+`
		FROM devices d
		WHERE `+where.String()+` AND (d.display_name, d.guid) > (`+name+`, `+guid+`)
		ORDER BY d.display_name, d.guid LIMIT `+limit, where.args...)
}

// CountDevices counts the devices on all pages.
func (r *Reader) CountDevices(ctx context.Context, q DeviceQuery) (int, error) {
	where := q.where()
	return one(ctx, r, "CountDevices", value[int], `SELECT COUNT(*) FROM devices d WHERE `+where.String(), where.args...)
}
