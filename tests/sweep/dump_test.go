package sweep

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the driver named "sqlite"
)

// dump gives every table's rows as text, without what reading may touch: when a session and
// an app were seen, and flashes. Nor does it have the uses of secrets, which the server writes up to
// a minute after the requests that it counts.
func (w *world) dump(t *testing.T) map[string]string {
	t.Helper()
	d, err := sql.Open("sqlite", "file:"+w.DB+"?_pragma=busy_timeout(5000)&_pragma=query_only(1)")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var names string
	if err := d.QueryRow(`SELECT group_concat(name, ' ') FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT IN ('secret_usage', 'secret_callers')`).Scan(&names); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, table := range strings.Fields(names) {
		rows, err := d.Query("SELECT * FROM " + table)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			if err := rows.Scan(values...); err != nil {
				t.Fatal(err)
			}
			var line strings.Builder
			for i, column := range columns {
				if !slices.Contains([]string{"last_seen_at", "expires_at", "data", "first_call_at"}, column) {
					fmt.Fprintf(&line, "%s=%v ", column, *values[i].(*any))
				}
			}
			lines = append(lines, line.String())
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		slices.Sort(lines)
		out[table] = strings.Join(lines, "\n")
	}
	return out
}
