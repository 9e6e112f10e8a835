package db

import (
	"context"
	"strings"
)

// DeviceSort is a column by which devices can be listed.
type DeviceSort string

// The columns by which devices can be listed; equal ones follow their guid.
const (
	SortDisplayName    DeviceSort = "display_name"
	SortUniqueID       DeviceSort = "unique_id"
	SortActive         DeviceSort = "is_active"
	SortTemplate       DeviceSort = "template_guid"
	SortEntity         DeviceSort = "entity_name"
	SortGroup          DeviceSort = "group_name"
	SortLastConnection DeviceSort = "last_connection"
)

// DeviceQuery asks for a page of the devices that Filter gives. Empty fields don't narrow.
type DeviceQuery struct {
	Filter                DeviceFilter
	Search                string // part of the unique id or of the name, whatever its case
	Active                *bool
	UniqueID              string
	TemplateGUID          string
	EntityName, GroupName string
	NoGroup               bool       // only those in no group
	GUIDs                 []string   // only these; nil: all
	Sort                  DeviceSort // empty: SortDisplayName
	Descending            bool
	Limit, Offset         int
}

// escapeLike keeps the characters that mean something to LIKE from doing so.
var escapeLike = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// searchText is what a search looks into: the name and the unique id in small letters, with a
// line break between the two, which neither has. It is stored, since SQLite's LOWER knows
// ASCII only, and PostgreSQL's what its locale knows.
func (d Device) searchText() string { return strings.ToLower(d.DisplayName + "\n" + d.UniqueID) }

// foldOld fills the column of devices that were there before it.
func (t *Tx) foldOld(ctx context.Context) error {
	for after := ""; ; {
		devices, err := all(ctx, &t.Reader, "foldOld", scanDevice, `SELECT `+deviceColumns+` FROM devices d WHERE d.guid > $1 ORDER BY d.guid LIMIT 1000`, after)
		if err != nil || len(devices) == 0 {
			return err
		}
		for _, d := range devices {
			if _, err := t.exec(ctx, "foldOld", `UPDATE devices SET search = $2 WHERE guid = $1`, d.GUID, d.searchText()); err != nil {
				return err
			}
		}
		after = devices[len(devices)-1].GUID
	}
}

// where gives the query's condition on devices d, with its arguments from $1 on.
func (q DeviceQuery) where() (string, []any) {
	condition, args := q.Filter.where()
	and := func(text string, value any) {
		args = append(args, value)
		condition += " AND " + strings.ReplaceAll(text, "?", place(len(args)))
	}
	if q.Search != "" {
		and(`d.search LIKE ? ESCAPE '\'`, "%"+escapeLike.Replace(strings.ToLower(q.Search))+"%")
	}
	if q.Active != nil {
		and("d.is_active = ?", *q.Active)
	}
	for _, f := range []struct{ column, value string }{
		{"unique_id", q.UniqueID}, {"template_guid", q.TemplateGUID}, {"entity_name", q.EntityName}, {"group_name", q.GroupName},
	} {
		if f.value != "" {
			and("d."+f.column+" = ?", f.value)
		}
	}
	if q.NoGroup {
		condition += " AND d.group_name = ''"
	}
	if q.GUIDs != nil {
		condition += " AND d.guid IN (" + places(len(args), len(q.GUIDs)) + ")"
		for _, guid := range q.GUIDs {
			args = append(args, guid)
		}
	}
	return condition, args
}

// places are the placeholders of n arguments after the first had ones; none stand for nothing.
func places(had, n int) string {
	if n == 0 {
		return "NULL"
	}
	list := make([]string, n)
	for i := range list {
		list[i] = place(had + i + 1)
	}
	return strings.Join(list, ", ")
}

// FindDevices lists a page of devices.
func (r *Reader) FindDevices(ctx context.Context, q DeviceQuery) ([]Device, error) {
	condition, args := q.where()
	order := "d." + string(SortDisplayName)
	if q.Sort != "" {
		order = "d." + string(q.Sort)
	}
	direction := ""
	if q.Descending {
		direction = " DESC"
	}
	args = append(args, q.Limit, q.Offset)
	return all(ctx, r, "FindDevices", scanDevice,
		`SELECT `+deviceColumns+` FROM devices d WHERE `+condition+` ORDER BY `+order+direction+`, d.guid`+direction+
			` LIMIT `+place(len(args)-1)+` OFFSET `+place(len(args)), args...)
}

// CountDevices counts the devices of all pages.
func (r *Reader) CountDevices(ctx context.Context, q DeviceQuery) (int, error) {
	condition, args := q.where()
	return one(ctx, r, "CountDevices", func(s scanner) (n int, err error) { return n, s.Scan(&n) },
		`SELECT COUNT(*) FROM devices d WHERE `+condition, args...)
}
