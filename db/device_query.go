package db

import (
	"context"
	"strings"
	"unicode/utf8"
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

// where gives the query's condition on devices d, with its arguments from $1 on.
func (q DeviceQuery) where() (string, []any) {
	condition, args := q.Filter.where()
	and := func(text string, value any) {
		args = append(args, value)
		condition += " AND " + strings.ReplaceAll(text, "?", place(len(args)))
	}
	if q.Search != "" {
		// One text with a line break between the two, which neither has: half the work of two.
		// SQLite's LOWER knows ASCII only: other letters are found as they are written, too.
		const both = "d.display_name || '\n' || d.unique_id"
		pattern := func(text string) string { return "%" + escapeLike.Replace(text) + "%" }
		folded := strings.ToLower(q.Search)
		args = append(args, pattern(folded))
		found := `LOWER(` + both + `) LIKE ` + place(len(args)) + ` ESCAPE '\'`
		if strings.ContainsFunc(folded, func(c rune) bool { return c >= utf8.RuneSelf }) {
			args = append(args, pattern(q.Search))
			found += ` OR ` + both + ` LIKE ` + place(len(args)) + ` ESCAPE '\'`
		}
		condition += ` AND (` + found + `)`
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
