package db

import (
	"path/filepath"
	"strings"
	"testing"
)

func fresh(t *testing.T) *DB {
	t.Helper()
	d, err := Open(t.Context(), filepath.Join(t.TempDir(), "gatepost.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// plan gives the steps in which SQLite runs a query.
func (d *DB) plan(t *testing.T, query string, args ...any) []string {
	t.Helper()
	scan := func(s scanner) (step string, err error) {
		var id, parent, unused int64
		err = s.Scan(&id, &parent, &unused, &step)
		return step, err
	}
	steps, err := all(t.Context(), &d.Reader, "plan", scan, "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	return steps
}

// REL-29: what reads a table that grows finds its rows by an index: a purge holds the only
// writer of SQLite, and a check of the audit log reads it a thousand events at a time.
func TestTablesThatGrowAreReadByAnIndex(t *testing.T) {
	d := fresh(t)
	queries := []string{nextEvents}
	for _, p := range purges {
		queries = append(queries, p.query)
	}
	for _, query := range queries {
		for _, step := range d.plan(t, query, []any{1, 1, 1}[:strings.Count(query, "$")]...) {
			if strings.HasPrefix(step, "SCAN ") || strings.Contains(step, "ORDER BY") {
				t.Errorf("%s\n\t%s, want it to search by an index", query, step)
			}
		}
	}
}

// A search of 100,000 devices must not look up each of their rows: that takes ten times as long.
func TestSearchOfDevicesReadsTheIndexAlone(t *testing.T) {
	where := DeviceQuery{Filter: DeviceFilter{TeamID: "t"}, Search: "x"}.where()
	steps := fresh(t).plan(t, `SELECT COUNT(*) FROM devices d WHERE `+where.String(), where.args...)
	if want := "SEARCH d USING COVERING INDEX devices_name (team_id=?)"; len(steps) != 1 || steps[0] != want {
		t.Errorf("plan of a search = %q, want %q", steps, want)
	}
}
