package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/dom"

	"gatepost/tests/testapp"
)

// choose puts a file into the field of an upload: one step.
func (b *tab) choose(name, path string) {
	b.t.Helper()
	b.steps++
	if _, err := call(b, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{path}, BackendNodeID: b.find("button", name)}); err != nil {
		b.t.Fatalf("choose %s: %v", name, err)
	}
}

// pick chooses an option of a list: one step.
func (b *tab) pick(label, value string) {
	b.t.Helper()
	b.steps++
	ok, err := evaluate[bool](b, fmt.Sprintf(`(() => {
		const list = [...document.querySelectorAll('select')].find((s) => s.labels[0]?.textContent.trim() === %q);
		if (!list) return false;
		list.value = %q;
		list.dispatchEvent(new Event('change', {bubbles: true}));
		return list.value === %q;
	})()`, label, value, value))
	if err != nil || !ok {
		b.t.Fatalf("pick %s in %s: %t, %v", value, label, ok, err)
	}
}

// The way from a spreadsheet to devices that are grouped and granted (UI-01 and UI-02).
func TestManyDevicesAreImportedAndGranted(t *testing.T) {
	chrome := start(t)
	app := testapp.New(t)
	team := app.AddTeam(t, "Policlinico")
	developer, viewer := app.Member(t, team.ID, "developer"), app.Member(t, team.ID, "viewer")
	b := open(t, chrome, app)
	b.signIn(developer)
	b.look([]sight{{name: "imports-empty", path: "/team/device-imports"}})

	var lines strings.Builder
	lines.WriteString("unique_id,display_name,group,entity\n")
	for i := range 170 {
		fmt.Fprintf(&lines, "SN-%04d,Ward %d door,%s,Policlinico\n", i, i, []string{"Doors", "Beds", ""}[i%3])
	}
	lines.WriteString("SN-0001,The same again,Doors,\ntwo words,,Doors,\n\"never closed,x,,\n")
	path := filepath.Join(t.TempDir(), "the devices of the whole hospital, 3rd list.csv")
	if err := os.WriteFile(path, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	b.visit("/team/devices")
	b.click("link", "Import devices")
	b.choose("CSV file*", path)
	b.click("button", "Upload file")
	b.sees("170 devices will be added")
	b.sees("Line 3 has this unique id too") // SN-0001 is there, under the heads and SN-0000
	preview, err := evaluate[string](b, "location.pathname")
	if err != nil {
		t.Fatal(err)
	}
	b.look([]sight{{name: "import-preview", path: preview}})
	b.click("button", "Add 170 devices")
	b.sees("170 devices were added")
	page, err := evaluate[string](b, "location.pathname")
	if err != nil {
		t.Fatal(err)
	}
	b.mayRefuse("/team/device-imports", "/team/devices/selected")
	b.look([]sight{
		{name: "import-done", path: page},
		{name: "imports", path: "/team/device-imports"},
		{name: "devices-many", path: "/team/devices"},
		{name: "devices-page", path: "/team/devices?page=3"},
		{name: "devices-filtered", path: "/team/devices?q=ward&group=Beds&sort=-unique_id"},
		{name: "devices-none", path: "/team/devices?q=nothing"},
		{name: "devices-none-ticked", path: "/team/devices", act: func(b *tab) {
			b.click("button", "Set group")
			b.until("the summary", `document.querySelector('a[href="#f-guids"]') !== null`)
		}},
	})
	stop := func(seen time.Time) {
		app.Change(t, "UPDATE device_imports SET done = 60, added = 60, refused = 0, report = '', finished_at = 0, seen_at = $1", seen.Unix())
	}
	stop(time.Now().Add(-time.Hour))
	b.look([]sight{{name: "import-interrupted", path: page}})
	stop(time.Now().Add(time.Hour))
	b.look([]sight{{name: "import-running", path: page + "?still=1"}})
	b.click("link", "Refresh automatically")
	b.sees("refreshes every 2 s")
	app.Change(t, "UPDATE device_imports SET done = total, added = total, finished_at = seen_at")
	b.sees("173 devices were added") // without a hand

	b.visit("/team/devices?q=ward+7&sort=unique_id")
	b.click("checkbox", "Choose Ward 7 door")
	b.click("checkbox", "Choose Ward 70 door")
	b.fillBox("combobox", "New group", "Corridor")
	b.click("button", "Set group")
	b.sees("2 devices are in the group Corridor now")
	b.click("radio", "All 11 in the list*")
	b.click("checkbox", viewer.Name+"*")
	b.click("button", "Grant devices")
	b.sees("These viewers see 11 devices")
	b.shot("devices-confirm")
	b.click("button", "Grant devices")
	b.sees("11 grants were made")

	v := open(t, chrome, app)
	v.signIn(viewer)
	v.visit("/team/devices")
	v.sees("1–11 of 11")
	v.look([]sight{{name: "viewer-devices-many", path: "/team/devices"}})
}

// A file of another country's Excel, whose headings nobody knows: the columns are chosen before anything is added.
func TestColumnsOfAFileAreChosen(t *testing.T) {
	chrome := start(t)
	app := testapp.New(t)
	developer := app.Member(t, app.AddTeam(t, "Policlinico").ID, "developer")
	b := open(t, chrome, app)
	b.signIn(developer)
	var lines strings.Builder
	lines.WriteString("Seriale;Nome;Reparto;Responsabile;Note;;\r\n")
	for i := range 200 {
		fmt.Fprintf(&lines, "SN-%04d;Unit\xe0 %d;%s;Dr. %s;;;\r\n", i, i, []string{"Citt\xe0", "Universit\xe0"}[i%2], []string{"Niccol\xf2", "Gi\xf2"}[i%2])
	}
	path := filepath.Join(t.TempDir(), "dispositivi.csv")
	if err := os.WriteFile(path, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	b.visit("/team/device-imports")
	b.choose("CSV file*", path)
	b.click("button", "Upload file")
	b.sees("Say what the columns are")
	preview, err := evaluate[string](b, "location.pathname")
	if err != nil {
		t.Fatal(err)
	}
	b.look([]sight{{name: "import-columns", path: preview}})
	b.pick("What Seriale is imported as", "unique_id")
	b.pick("What Nome is imported as", "display_name")
	b.pick("What Reparto is imported as", "group")
	b.click("button", "Update preview")
	b.sees("200 devices will be added")
	b.sees("Read as Windows-1252")
	b.sees("Unità 0")
	b.look([]sight{{name: "import-preview-200", path: preview}})
	b.click("button", "Add 200 devices")
	b.sees("200 devices were added")
	b.look([]sight{
		{name: "export-devices", path: "/team/devices?group=Citt%C3%A0"}, {name: "export-members", path: "/team/members"},
	})
}
