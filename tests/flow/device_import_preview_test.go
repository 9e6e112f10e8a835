package flow

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

func program(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile("../../handlers/hub/device/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// A file of German Excel, with a column of its own and lines that can't be devices, from the upload to the devices.
func TestAFileIsPreviewedAndConfirmed(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team := app.AddTeam(t, "Policlinico")
	developer, mate := app.Member(t, team.ID, "developer"), app.Member(t, team.ID, "admin")
	none := func(when string) {
		t.Helper()
		testapp.WantWords(t, "the list "+when, developer.Get(t, "/team/devices").Body, "No devices yet")
	}
	file := program(t, "excel-german.csv") + "two words;<b>\x80</b>;;;;\r\n"
	up := upload(t, developer, "Geräte.csv", file)
	testapp.WantStatus(t, "the upload", up, http.StatusSeeOther)
	preview := up.Location
	page := developer.Get(t, preview)
	testapp.WantWords(t, "the preview", page.Body, "3 devices will be added", "1 line will be refused", "Read as Windows-1252", "Tür Süd – 5 €", "Semicolon",
		"The file has “two words”.", "&lt;b&gt;€&lt;/b&gt;", `name="column_0"`, "Display Name", "Add 3 devices", "Ward 3 north, &#34;old&#34; door")
	if page.Header.Get("Cache-Control") != "no-store" || strings.Contains(page.Body, "<b>€") {
		t.Errorf("the preview: Cache-Control %q, or the file's text as HTML", page.Header.Get("Cache-Control"))
	}
	none("after the upload")
	report := developer.Get(t, strings.TrimSuffix(preview, "preview")+"report.csv")
	testapp.WantWords(t, "the report of the preview", report.Body, "6,", "two words")

	// Nobody else has it.
	for _, path := range []string{preview, strings.TrimSuffix(preview, "preview") + "report.csv"} {
		testapp.WantStatus(t, "GET by a teammate of "+path, mate.Get(t, path), http.StatusNotFound)
	}
	testapp.WantStatus(t, "POST by a teammate", mate.Post(t, preview, url.Values{"do": {"add"}}), http.StatusNotFound)

	// Columns that were changed aren't added before they were seen.
	changed := url.Values{"do": {"add"}, "column_2": {""}, "column_3": {"group"}}
	testapp.WantRedirect(t, "adding with other columns", developer.Post(t, preview, changed), preview)
	testapp.WantWords(t, "the preview of other columns", developer.Get(t, preview).Body, "Nothing was added yet: the columns are changed.")
	none("after the columns were changed")
	testapp.WantStatus(t, "a column that there isn't", developer.Post(t, preview, url.Values{"column_1": {"colour"}}), http.StatusBadRequest)
	testapp.WantRedirect(t, "two columns of one name", developer.Post(t, preview, url.Values{"do": {"columns"}, "column_0": {"display_name"}}), preview)
	page = developer.Get(t, preview)
	testapp.WantWords(t, "the preview of two columns of one name", page.Body, "Say what the columns are", "The file has no column unique_id.")
	if strings.Contains(page.Body, `value="add"`) {
		t.Error("the preview without a unique id offers to add devices")
	}
	refused := developer.Post(t, preview, url.Values{"do": {"add"}})
	testapp.WantStatus(t, "adding without a unique id", refused, http.StatusUnprocessableEntity)
	testapp.WantWords(t, "the answer", refused.Body, "Nothing was added", "The file has no column unique_id.")
	changed.Set("column_0", "unique_id")
	testapp.WantRedirect(t, "the right column", developer.Post(t, preview, changed), preview)

	added := developer.Post(t, preview, url.Values{"do": {"add"}})
	testapp.WantWords(t, "the import", ended(t, developer, added.Location), "3 devices were added", "1 line was refused")
	testapp.WantWords(t, "the list", developer.Get(t, "/team/devices").Body, "Tür Süd – 5 €", "Klinik")
	testapp.WantRedirect(t, "the preview of what was added", developer.Get(t, preview), added.Location)

	// A file can be discarded, and is gone after a while.
	up = upload(t, developer, "again.csv", program(t, "numbers.csv"))
	testapp.WantRedirect(t, "a file that is discarded", developer.Post(t, up.Location, url.Values{"do": {"discard"}}), "/team/device-imports")
	testapp.WantStatus(t, "its preview", developer.Get(t, up.Location), http.StatusNotFound)
	up = upload(t, developer, "late.csv", "unique_id,display_name\nlate,Late\n")
	app.Change(t, "UPDATE device_import_previews SET expires_at = 1")
	testapp.WantRedirect(t, "adding devices too late", developer.Post(t, up.Location, url.Values{"do": {"add"}}), "/team/device-imports")
	testapp.WantWords(t, "the form", developer.Get(t, "/team/device-imports").Body, "The preview has expired", "Nothing was added. Choose the file again.")
}
