package flow

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

var templatePath = regexp.MustCompile(`^/team/device-templates/[0-9a-f-]{36}$`)

// exampleOf is the code block that a page shows to start from.
func exampleOf(t *testing.T, page string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, "<code>")
	text, _, closed := strings.Cut(rest, "</code>")
	if !ok || !closed {
		t.Fatal("the page shows no code")
	}
	return html.UnescapeString(strings.TrimSpace(text))
}

// From the empty page over an import, two editors and a device to the removal.
func TestDeviceTemplates(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team := app.AddTeam(t, "Policlinico")
	developer, viewer := app.Member(t, team.ID, "developer"), app.Member(t, team.ID, "viewer")
	other := app.Member(t, app.AddTeam(t, "Elsewhere").ID, "admin")
	const list = "/team/device-templates"

	empty := developer.Get(t, list).Body
	testapp.WantWords(t, "the empty list", empty, "No device templates yet", "/team/device-templates/import")
	once := developer.Get(t, list+"/import").Once(t)
	r := developer.Upload(t, list, `C:\pump2_template.JSON`, "\ufeff"+exampleOf(t, empty), "once", once)
	if r.Status != http.StatusSeeOther || !templatePath.MatchString(r.Location) {
		t.Fatalf("POST %s of the example = %d to %q\n%s", list, r.Status, r.Location, r.Body)
	}
	at := r.Location
	testapp.WantRedirect(t, "the same form again", developer.Upload(t, list, "x.json", exampleOf(t, empty), "once", once), at)
	testapp.WantWords(t, "the template", developer.Get(t, at).Body, "The template Pump 2 is imported.", "pressure", "bar", "restart", "Acknowledged", "CA-signed certificate (type 2)", "None", at+"/remove")
	file := developer.Get(t, at+"/template.json")
	if file.Body != exampleOf(t, empty) || !strings.HasPrefix(file.Header.Get("Content-Disposition"), "attachment;") || file.Header.Get("Content-Type") != "application/json" {
		t.Errorf("the download = %s %s\n%s", file.Header.Get("Content-Type"), file.Header.Get("Content-Disposition"), file.Body)
	}
	testapp.WantWords(t, "the list", developer.Get(t, list).Body, "1 template", "pump2", at)
	testapp.WantWords(t, "a search", developer.Get(t, list+"?q=nothing").Body, "No templates match")

	// What is wrong is said at the text, in which it can be fixed.
	for document, words := range map[string]string{
		`{"code": "my-template", "name": "<b>"}`: "code: Write 1 to 10 letters and digits",
		`{"code": "PUMP2", "name": "<b>"}`:       "code: The team has a device template with this code already.",
		"{\n\"code\": \"<b>\",\n}":               "Line 3, column 1 isn",
		"[\"<b>\"]":                              "isn&#39;t a device template",
	} {
		r := developer.Upload(t, list, "x.json", document, "once", "")
		testapp.WantStatus(t, "POST of "+document, r, http.StatusUnprocessableEntity)
		testapp.WantWords(t, "the answer to "+document, r.Body, words, "Nothing was saved", `href="#f-text"`, "&lt;b&gt;")
	}
	testapp.WantWords(t, "no file", developer.Upload(t, list, "", "", "once", "").Body, "There is no JSON.")
	testapp.WantWords(t, "a large file", developer.Upload(t, list, "x.json", strings.Repeat("x", 257<<10), "once", "").Body, "The JSON is larger than 256 KB.")
	testapp.WantWords(t, "a file in UTF-16", developer.Upload(t, list, "x.json", "\xff\xfe{\x00", "once", "").Body, "isn&#39;t text in UTF-8")

	// Two people edit it: the second sees both texts, and loses nothing.
	edited := func(name, version string) *testapp.Answer {
		return developer.Upload(t, at, "", strings.Replace(exampleOf(t, empty), "Pump 2", name, 1), "version", version)
	}
	testapp.WantRedirect(t, "the first edit", edited("First", "1"), at)
	second := edited("Second", "1")
	testapp.WantStatus(t, "the second edit", second, http.StatusConflict)
	testapp.WantWords(t, "the answer to the second edit", second.Body, "Somebody changed this template", "&#34;First&#34;", "&#34;Second&#34;", `name="version" value="2"`)
	testapp.WantWords(t, "a version that is none", edited("Third", "x").Body, "Somebody changed this template")
	testapp.WantRedirect(t, "the second edit, after a look", edited("Second", "2"), at)

	// A device is set to it, in the form that adds it or later.
	guid := strings.TrimPrefix(at, list+"/")
	device := developer.Post(t, "/team/devices", url.Values{"unique_id": {"SN-1"}, "display_name": {"Door"}, "template_guid": {guid}}).Location
	testapp.WantWords(t, "the device", developer.Get(t, device).Body, "Second (pump2)", `href="`+at+`"`)
	testapp.WantRedirect(t, "a form without the field", developer.Post(t, device, url.Values{"display_name": {"Door 1"}, "is_active": {"on"}}), device)
	testapp.WantWords(t, "the device after it", developer.Get(t, device).Body, "Second (pump2)")
	testapp.WantWords(t, "the devices", developer.Get(t, "/team/devices?template="+guid).Body, "1–1 of 1", "Door 1", "Clear filter", `value="`+guid+`" selected`)
	testapp.WantWords(t, "devices without a template", developer.Get(t, "/team/devices?template=+").Body, "No devices match")
	testapp.WantWords(t, "a template that isn't one", developer.Post(t, device, url.Values{"display_name": {"Door 1"}, "template_guid": {"x"}}).Body, "Write a GUID")
	testapp.WantWords(t, "the template with a device", developer.Get(t, at).Body, "1 device", "/team/devices?template="+guid, "Show these devices")
	for what, r := range map[string]*testapp.Answer{"the form": developer.Get(t, at+"/remove"), "it": developer.Post(t, at+"/remove", url.Values{"confirm_name": {"Second"}})} {
		testapp.WantStatus(t, "removing a template that is used: "+what, r, http.StatusConflict)
		testapp.WantWords(t, "the answer to "+what, r.Body, "1 device uses this template.")
	}
	all := developer.Post(t, "/team/devices/selected?template="+guid, url.Values{"which": {"all"}, "do": {"group"}, "new_group": {"Doors"}})
	testapp.WantWords(t, "what is asked back", all.Body, "with the template Second (pump2)")

	many := url.Values{"which": {"all"}, "do": {"template"}, "new_template": {""}}
	testapp.WantWords(t, "what is asked back about the template", developer.Post(t, "/team/devices/selected", many).Body, "to no template", "Set template", `name="new_template" value=""`)
	many.Set("confirm", "yes")
	testapp.WantRedirect(t, "no template for all", developer.Post(t, "/team/devices/selected", many), "/team/devices")
	testapp.WantWords(t, "the list after it", developer.Get(t, "/team/devices").Body, "1 device has no template now.")
	many.Set("new_template", "x")
	testapp.WantWords(t, "a template that isn't one for all", developer.Post(t, "/team/devices/selected", many).Body, "Choose a device template of this team.", `href="#f-new_template"`)
	many.Set("new_template", guid)
	testapp.WantRedirect(t, "the template for all", developer.Post(t, "/team/devices/selected", many), "/team/devices")
	testapp.WantWords(t, "the template for all", developer.Get(t, at).Body, "1 device has the template now.", "1 device uses this template.")

	// A viewer sees it with the device, and changes nothing.
	testapp.WantWords(t, "a viewer's list", viewer.Get(t, list).Body, "No templates to see yet")
	testapp.WantStatus(t, "a viewer without the device", viewer.Get(t, at), http.StatusNotFound)
	id := testapp.One[string](t, app, "SELECT id FROM people WHERE email = $1", viewer.Email)
	testapp.WantRedirect(t, "a grant", developer.Post(t, device, url.Values{"display_name": {"Door 1"}, "is_active": {"on"}, "viewers": {id}}), device)
	seen := viewer.Get(t, at)
	testapp.WantWords(t, "a viewer's template", seen.Body, "pressure", "1 device")
	for _, hidden := range []string{at + "/edit", at + "/remove", "Delete template"} {
		if strings.Contains(seen.Body, hidden) {
			t.Errorf("a viewer's template has %s", hidden)
		}
	}
	testapp.WantWords(t, "a viewer's device", viewer.Get(t, device).Body, "Second (pump2)")
	for what, r := range map[string]*testapp.Answer{
		"the form of an import": viewer.Get(t, list+"/import"), "an import": viewer.Upload(t, list, "x.json", exampleOf(t, empty), "once", ""),
		"an edit": viewer.Upload(t, at, "", exampleOf(t, empty), "version", "3"), "a removal": viewer.Post(t, at+"/remove", url.Values{"confirm_name": {"Second"}}),
	} {
		testapp.WantStatus(t, what+" by a viewer", r, http.StatusForbidden)
	}
	for _, path := range []string{at, at + "/edit", at + "/remove", at + "/template.json"} {
		testapp.WantStatus(t, "GET "+path+" of another team", other.Get(t, path), http.StatusNotFound)
	}

	// A GUID of another system stays, and is shown as unknown.
	const foreign = "A1B2C3D4-0000-4000-8000-00000000000F"
	strange := developer.Post(t, "/team/devices", url.Values{"unique_id": {"SN-2"}, "display_name": {"Bed"}, "template_guid": {foreign}}).Location
	testapp.WantWords(t, "a device of another system's template", developer.Get(t, strange).Body, foreign, "the team has no template with this GUID", `value="`+foreign+`" selected`)
	testapp.WantWords(t, "the devices with an unknown one", developer.Get(t, "/team/devices").Body, "Unknown")

	testapp.WantRedirect(t, "no template", developer.Post(t, device, url.Values{"display_name": {"Door 1"}, "is_active": {"on"}, "template_guid": {""}, "viewers": {id}}), device)
	testapp.WantStatus(t, "the removal with another name", developer.Post(t, at+"/remove", url.Values{"confirm_name": {"Pump 2"}}), http.StatusUnprocessableEntity)
	testapp.WantRedirect(t, "the removal", developer.Post(t, at+"/remove", url.Values{"confirm_name": {"Second"}}), list)
	testapp.WantWords(t, "the list at the end", developer.Get(t, list).Body, "The template Second is deleted.", "No device templates yet")
	testapp.WantStatus(t, "the template at the end", developer.Get(t, at), http.StatusNotFound)
}
