package flow

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

// upload sends a file to import as a browser does.
func upload(t *testing.T, p *testapp.Person, name, content string) *testapp.Answer {
	t.Helper()
	return p.Upload(t, "/team/device-imports", name, content)
}

// ended waits for the end of an import and gives its page.
func ended(t *testing.T, p *testapp.Person, path string) (page string) {
	t.Helper()
	testapp.Until(t, time.Minute, "the import has ended", func() bool {
		r := p.Get(t, path)
		page = r.Body
		running := strings.Contains(page, "Stop refreshing")
		if (r.Header.Get("Refresh") == "2") != running {
			t.Errorf("GET %s: Refresh = %q, while it runs: %t", path, r.Header.Get("Refresh"), running)
		}
		return !running
	})
	return page
}

var importPath = regexp.MustCompile(`^/team/device-imports/[0-9a-f-]{36}$`)

func TestDevicesFromAFile(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team := app.AddTeam(t, "Policlinico")
	developer, viewer := app.Member(t, team.ID, "developer"), app.Member(t, team.ID, "viewer")
	other := app.Member(t, app.AddTeam(t, "Elsewhere").ID, "admin")

	template := developer.Get(t, "/team/device-imports/template.csv")
	if template.Body != "\ufeffunique_id,display_name,group,entity,template,active\r\n" || template.Header.Get("Content-Type") != "text/csv; charset=utf-8; header=present" {
		t.Errorf("the template = %s %q", template.Header.Get("Content-Type"), template.Body)
	}
	file := template.Body + "SN-1,Ward 1 door,Doors,Policlinico,\r\n\r\nSN-2,\"Ward 2, the \"\"old\"\" door\",,,8C6E2F90-4D4B-4C3B-9A55-7F2B2C1D0E11\r\n" +
		"SN-1,again,,,\r\n=1+1,-2+3,@x,,\r\nSN-3,,,,not a guid\r\n,,,,\r\n"
	r := developer.Import(t, `C:\lists\<b>devices.csv`, file)
	if r.Status != http.StatusSeeOther || !importPath.MatchString(r.Location) {
		t.Fatalf("POST /team/device-imports = %d to %q\n%s", r.Status, r.Location, r.Body)
	}
	path := r.Location
	testapp.WantRedirect(t, "the same confirmation again", developer.Post(t, path+"/preview", url.Values{"do": {"add"}}), path)
	testapp.WantRedirect(t, "the preview afterwards", developer.Get(t, path+"/preview"), path)
	page := ended(t, developer, path)
	testapp.WantWords(t, "the page of the import", page, "&lt;b&gt;devices.csv", "2 devices were added", "3 lines were refused", "Line 2 has this unique id too", "Write a GUID")
	if strings.Contains(page, "<b>devices") {
		t.Error("the page of the import has the file's name as HTML")
	}
	testapp.WantWords(t, "the list", developer.Get(t, "/team/devices").Body, "Ward 2, the &#34;old&#34; door", "1–2 of 2", `value="Doors"`)
	testapp.WantWords(t, "the imports", developer.Get(t, "/team/device-imports").Body, path, "Done, some refused")

	report := developer.Get(t, path+"/report.csv")
	if d := report.Header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment;") || report.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the report's Content-Disposition = %q", d)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(report.Body, "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("the report = %v, %v, want heads and 3 lines", rows, err)
	}
	if got := strings.Join(append([]string{rows[2][0]}, rows[2][2:]...), "|"); got != "6|'=1+1|'-2+3|'@x|||" {
		t.Errorf("the report's line of formulas = %s", got)
	}

	// The report, mended, is a file again.
	mended := strings.NewReplacer("SN-1,again", "SN-4,again", "'=1+1", "SN-5", "SN-3,,,,not a guid", "SN-3,Three,,,").Replace(report.Body)
	r = developer.Import(t, "mended.csv", mended)
	testapp.WantWords(t, "the second import", ended(t, developer, r.Location), "3 devices were added", "No line was refused")
	r = upload(t, developer, "again.csv", mended)
	testapp.WantWords(t, "the third file", developer.Get(t, r.Location).Body, "No device can be added", "The team has a device with this unique id already.")
	testapp.WantWords(t, "the list at the end", developer.Get(t, "/team/devices?sort=unique_id").Body, "SN-5", "-2+3", "1–5 of 5")

	for what, c := range map[string]struct{ name, content, words string }{
		"no file":         {"", "", "Choose a file."},
		"an empty file":   {"x.csv", "", "The file is empty."},
		"heads alone":     {"x.csv", "unique_id,display_name\n", "The file has no line with a device."},
		"a workbook":      {"x.xlsx", "PK\x03\x04\x00\x00", "CSV UTF-8"},
		"a large file":    {"x.csv", "unique_id,display_name\n" + strings.Repeat("a,"+strings.Repeat("b", 997)+"\n", 10_001), "The file is larger than 10 MB."},
		"too many lines":  {"x.csv", "unique_id,display_name\n" + strings.Repeat("a,b\n", 100_001), "more than 100,000 lines"},
		"UTF-16, no line": {"x.csv", "\xff\xfeu\x00n\x00", "The file has no line with a device."},
		"UTF-32":          {"x.csv", "\xff\xfe\x00\x00u\x00\x00\x00", "CSV UTF-8"},
		"many columns":    {"x.csv", "unique_id,display_name" + strings.Repeat(",x", 100) + "\n", "more than 100 columns"},
	} {
		r := upload(t, developer, c.name, c.content)
		testapp.WantStatus(t, "POST of "+what, r, http.StatusUnprocessableEntity)
		testapp.WantWords(t, "the answer to "+what, r.Body, c.words, "Nothing was imported")
	}

	// Who may not, and who is elsewhere.
	testapp.WantStatus(t, "an import by a viewer", upload(t, viewer, "x.csv", file), http.StatusForbidden)
	for _, p := range []string{"/team/device-imports", path, path + "/report.csv"} {
		testapp.WantStatus(t, "GET "+p+" by a viewer", viewer.Get(t, p), http.StatusForbidden)
	}
	testapp.WantStatus(t, "another team's import", other.Get(t, path), http.StatusNotFound)
	testapp.WantStatus(t, "another team's report", other.Get(t, path+"/report.csv"), http.StatusNotFound)
	testapp.WantStatus(t, "a form that is not multipart", developer.Post(t, "/team/device-imports", url.Values{"file": {"x"}}), http.StatusUnsupportedMediaType)
	foreign := app.Request(t, http.MethodPost, "/team/device-imports", "x", "Content-Type", "multipart/form-data; boundary=x", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example")
	testapp.WantStatus(t, "an import from another site", developer.Do(t, foreign), http.StatusForbidden)
}

// A stop in the middle is shown with what was done; the same file again brings the rest. The
// database is locked after the first lines, so that the stop comes before the last on any machine.
func TestImportIsInterruptedByAStop(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	const total = 10_000
	var file strings.Builder
	file.WriteString("unique_id;display_name;group\n")
	for i := range total {
		fmt.Fprintf(&file, "SN-%06d;Device %d;Group %d\n", i, i, i%7)
	}
	r := owner.Import(t, "many.csv", file.String())
	if r.Status != http.StatusSeeOther {
		t.Fatalf("POST of %d devices = %d\n%s", total, r.Status, r.Body)
	}
	release := app.HoldWhen(t, "EXISTS (SELECT 1 FROM device_imports WHERE added > 0 AND finished_at = 0)")
	app.Signal(t, syscall.SIGTERM)
	testapp.Until(t, time.Minute, "the server gives the import up", func() bool {
		return strings.Contains(app.Log.String(), "an import of devices was interrupted")
	})
	release()
	if status := app.Wait(t); status != 0 {
		t.Errorf("exit status after SIGTERM = %d, want 0", status)
	}
	app.Start(t)
	page := ended(t, owner, r.Location)
	testapp.WantWords(t, "the page after a stop", page, "Interrupted after", "of 10,000 lines", "Upload the same file again")
	again := ended(t, owner, owner.Import(t, "many.csv", file.String()).Location)
	testapp.WantWords(t, "the page of the second try", again, "devices were added", "The team has a device with this unique id already.", "These are the first 50. The report has")
	testapp.WantWords(t, "the list", owner.Get(t, "/team/devices?page=99999").Body, "9,976–10,000 of 10,000")
}

func TestManyDevicesAreGroupedAndGranted(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team := app.AddTeam(t, "Policlinico")
	developer, viewer := app.Member(t, team.ID, "developer"), app.Member(t, team.ID, "viewer")
	stranger := app.Member(t, app.AddTeam(t, "Elsewhere").ID, "viewer")
	file := "unique_id,display_name,group\n"
	for i := range 60 {
		file += fmt.Sprintf("SN-%02d,Door %02d,%s\n", i, i, []string{"North", "South"}[i%2])
	}
	ended(t, developer, developer.Import(t, "doors.csv", file).Location)
	list := developer.Get(t, "/team/devices").Body
	guids := regexp.MustCompile(`name="guids" value="([^"]+)"`).FindAllStringSubmatch(list, -1)
	viewers := regexp.MustCompile(`name="viewers" value="([^"]+)"`).FindAllStringSubmatch(list, -1)
	if len(guids) != 25 || len(viewers) != 1 {
		t.Fatalf("the list has %d boxes and %d viewers, want 25 and 1", len(guids), len(viewers))
	}
	vera := viewers[0][1]
	change := func(query string, form url.Values) *testapp.Answer {
		return developer.Post(t, "/team/devices/selected"+query, form)
	}
	ticked := []string{guids[0][1], guids[1][1], guids[2][1]}
	testapp.WantRedirect(t, "a group for three", change("?sort=-name", url.Values{"which": {"ticked"}, "do": {"group"}, "guids": ticked, "new_group": {" Hall & <b> "}}), "/team/devices?sort=-name")
	testapp.WantWords(t, "the list of the group", developer.Get(t, "/team/devices?group=Hall+%26+%3Cb%3E").Body, "3 devices are in the group Hall &amp; &lt;b&gt; now", "1–3 of 3")
	testapp.WantRedirect(t, "a grant of three", change("", url.Values{"which": {"ticked"}, "do": {"grant"}, "guids": ticked, "viewers": {vera}}), "/team/devices")
	seen := viewer.Get(t, "/team/devices").Body
	testapp.WantWords(t, "a viewer's list", seen, "1–3 of 3", "Door 00")
	// A viewer learns nothing of the others: not by search, group, order or a page's number.
	for _, hidden := range []string{"North", "South", "Door 03", `name="guids"`, "/team/device-imports"} {
		if strings.Contains(seen, hidden) {
			t.Errorf("a viewer's list has %s", hidden)
		}
	}
	for _, query := range []string{"?q=Door+1", "?group=South&q=Door+05", "?q=SN-5&sort=-connected"} {
		testapp.WantWords(t, "a viewer's "+query, viewer.Get(t, "/team/devices"+query).Body, "No devices match")
	}

	south := "?group=South&state=active&q=door"
	all := url.Values{"which": {"all"}, "do": {"grant"}, "viewers": {vera}}
	r := change(south, all)
	testapp.WantStatus(t, "a grant of all of the list", r, http.StatusOK)
	testapp.WantWords(t, "what is asked back", r.Body, "Grant 29 devices", viewer.Name, "in the group South")
	testapp.WantWords(t, "a viewer's list before the answer", viewer.Get(t, "/team/devices").Body, "1–3 of 3")
	all.Set("confirm", "yes")
	testapp.WantRedirect(t, "its answer", change(south, all), "/team/devices?group=South&q=door&state=active")
	testapp.WantWords(t, "a viewer's list after it", viewer.Get(t, "/team/devices").Body, "1–25 of 32")
	all.Set("do", "take")
	testapp.WantRedirect(t, "taking all back", change("", all), "/team/devices")
	testapp.WantWords(t, "a viewer's list at the end", viewer.Get(t, "/team/devices").Body, "No devices are granted to you yet")
	testapp.WantRedirect(t, "no group for all", change("", url.Values{"which": {"all"}, "do": {"group"}, "confirm": {"yes"}, "new_group": {""}}), "/team/devices")
	testapp.WantWords(t, "devices in no group", developer.Get(t, "/team/devices?group=+").Body, "1–25 of 60", "60 devices are in no group now")

	for what, c := range map[string]struct {
		form   url.Values
		status int
	}{
		"none ticked":          {url.Values{"which": {"ticked"}, "do": {"group"}}, 422},
		"no viewer":            {url.Values{"do": {"grant"}, "guids": ticked}, 422},
		"no viewer for all":    {url.Values{"do": {"grant"}, "which": {"all"}}, 422},
		"a stranger":           {url.Values{"do": {"grant"}, "guids": ticked, "viewers": {stranger.Email}}, 422},
		"a long group":         {url.Values{"do": {"group"}, "guids": ticked, "new_group": {strings.Repeat("x", 101)}}, 422},
		"a group in two lines": {url.Values{"do": {"group"}, "guids": ticked, "new_group": {"a\nb"}}, 422},
		"nothing to do":        {url.Values{"guids": ticked}, 400},
		"an unknown device":    {url.Values{"do": {"group"}, "guids": {"nothing"}}, 422},
	} {
		testapp.WantStatus(t, "a change with "+what, change("", c.form), c.status)
	}
	testapp.WantStatus(t, "a change by a viewer", viewer.Post(t, "/team/devices/selected", url.Values{"do": {"group"}, "guids": ticked}), http.StatusForbidden)
	testapp.WantStatus(t, "a filter with NUL", developer.Get(t, "/team/devices?q=%00"), http.StatusBadRequest)
	testapp.WantStatus(t, "an unknown order and page", developer.Get(t, "/team/devices?sort=guid;drop&page=-9&state=x"), http.StatusOK)
}
