package crash

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

var importedSoFar = regexp.MustCompile(`Interrupted after ([0-9,]+) of 10,000 lines`)

// A kill in the middle of an import leaves whole devices only, as many as the import's page
// says; the same file again adds the rest.
func TestKillInAnImportLeavesNothingHalfMade(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	var file strings.Builder
	file.WriteString("unique_id,display_name,group\n")
	for i := range 10_000 {
		fmt.Fprintf(&file, "SN-%06d,Device %d,Group %d\n", i, i, i%7)
	}
	started := owner.Import(t, "many.csv", file.String())
	if started.Status != http.StatusSeeOther {
		t.Fatalf("POST of 10,000 devices = %d\n%s", started.Status, started.Body)
	}
	release := app.HoldWhen(t, "EXISTS (SELECT 1 FROM device_imports WHERE added > 0 AND finished_at = 0)")
	app.Kill(t)
	release()
	app.Start(t)
	checkDatabase(t, app.DB)
	app.Exec(t, "UPDATE device_imports SET seen_at = seen_at - 60") // as if a minute had passed
	page := owner.Get(t, started.Location).Body
	said := importedSoFar.FindStringSubmatch(page)
	if said == nil {
		t.Fatalf("the page after the kill does not say how far the import came:\n%s", page)
	}
	done, err := strconv.Atoi(strings.ReplaceAll(said[1], ",", ""))
	if err != nil || done == 0 || done == 10_000 {
		t.Fatalf("the import came as far as %q, want some lines and not all", said[1])
	}
	if got := testapp.One[int](t, app, `SELECT COUNT(*) FROM devices`); got != done {
		t.Errorf("%d devices are in, want the %d that the page says", got, done)
	}
	if got := testapp.One[int](t, app, `SELECT COUNT(*) FROM devices WHERE unique_id = '' OR display_name = '' OR group_name = ''`); got != 0 {
		t.Errorf("%d devices are half made, want none", got)
	}
	again := owner.Import(t, "many.csv", file.String())
	if again.Status != http.StatusSeeOther {
		t.Fatalf("POST of the same file again = %d\n%s", again.Status, again.Body)
	}
	testapp.Until(t, 3*time.Minute, "the second import has ended", func() bool {
		return testapp.One[int](t, app, `SELECT COUNT(*) FROM device_imports WHERE finished_at > 0`) == 1
	})
	if got := testapp.One[int](t, app, `SELECT COUNT(*) FROM devices`); got != 10_000 {
		t.Errorf("%d devices after the same file again, want 10,000", got)
	}
}
