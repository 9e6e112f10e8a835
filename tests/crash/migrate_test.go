package crash

import (
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/tests/testapp"
)

// REL-15: a kill in the middle of an upgrade leaves the old schema with all of its rows, and
// the next start does it whole.
func TestKillInAMigrationLeavesTheOldSchema(t *testing.T) {
	t.Parallel()
	// The upgrade from there makes an index of the devices, more than the cache holds, and then
	// writes to each: it has begun to write long before its end.
	const devices, old = 8_000, 2
	path := filepath.Join(t.TempDir(), "gatepost.db")
	newest := oldPortal(t, path, old, devices)
	cmd := exec.Command(testapp.Binary(t), "migrate")
	cmd.Env = append(os.Environ(), "GATEPOST_DB="+path)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	testapp.Until(t, time.Minute, "the upgrade has written something", func() bool {
		info, err := os.Stat(path + "-wal")
		return err == nil && info.Size() > 0
	})
	cmd.Process.Kill()
	_ = cmd.Wait()

	if have, _, err := db.SchemaVersions(t.Context(), path); have != old || err != nil {
		t.Fatalf("schema version after the kill = %d, %v, want %d", have, err, old)
	}
	d, err := db.Open(t.Context(), path)
	if err != nil {
		t.Fatalf("Open after the kill = %v, want nil", err)
	}
	defer d.Close()
	checkDatabase(t, path)
	if have, _, err := db.SchemaVersions(t.Context(), path); have != newest || err != nil {
		t.Errorf("schema version after the next start = %d, %v, want %d", have, err, newest)
	}
	found, err := d.CountDevices(t.Context(), db.DeviceQuery{Filter: db.DeviceFilter{TeamID: "t1"}, Search: "НАСОС"})
	if found != devices || err != nil {
		t.Errorf("devices found after the upgrade = %d, %v, want %d", found, err, devices)
	}
}

// oldPortal makes the database of an older release, with devices, and gives the newest version.
func oldPortal(t *testing.T, path string, version, devices int) (newest int) {
	t.Helper()
	d, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	newest = testapp.OldSchema(t, d, "sqlite", version)
	const rows = `INSERT INTO teams (id, name, solution_key, created_at) VALUES ('t1', 'Team', 'key', 1700000000);
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		INSERT INTO devices (guid, team_id, unique_id, display_name, created_at, updated_at)
		SELECT 'g' || i, 't1', 'SN-' || i, 'Насос ' || hex(zeroblob(500)) || i, 1700000000, 1700000000 FROM n`
	if _, err := d.ExecContext(t.Context(), rows, devices); err != nil {
		t.Fatal(err)
	}
	return newest
}
