package browser

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// partOfTemplates has the pages of device templates, to a developer and to a viewer, on a walk from the
// empty list to a removal.
func partOfTemplates(t *testing.T, chrome context.Context) {
	app := testapp.New(t)
	team := app.AddTeam(t, "Policlinico")
	developer, viewer := app.Member(t, team.ID, "developer"), app.Member(t, team.ID, "viewer")
	v := open(t, chrome, app)
	v.signIn(viewer)
	v.look([]sight{{name: "viewer-templates-empty", path: "/team/device-templates"}})

	b := open(t, chrome, app)
	b.signIn(developer)
	b.look([]sight{{name: "templates-empty", path: "/team/device-templates"}, {name: "template-import", path: "/team/device-templates/import"}})
	document := `{
  "code": "wl55", "name": "Climate sensor of the long corridor, second series", "authType": 2, "tag": "lora", "greenGrass": "1",
  "attributes": [{"name": "temperature", "type": "DECIMAL", "unit": "°C", "description": "Of the housing"},
    {"name": "a_long_name_of_an_object_without_any_space_in_it", "type": "OBJECT", "childs": [{"name": "latitude_and_longitude", "type": "LATLONG"}]}],
  "commands": [{"name": "Restart", "command": "!fwdwl AT+RESTART", "requiredAck": true}]
}`
	path := filepath.Join(t.TempDir(), "wl55_template.JSON")
	if err := os.WriteFile(path, []byte(strings.Replace(document, `"wl55"`, `"a code that is long"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	b.mayRefuse("/team/device-templates")
	b.visit("/team/device-templates")
	b.click("link", "Import template")
	b.choose("JSON file*", path)
	b.click("button", "Import template from the file")
	b.sees("code: Write 1 to 10 letters and digits")
	b.look([]sight{{name: "template-refused", path: "/team/device-templates/import", act: func(b *tab) {
		b.choose("JSON file*", path)
		b.click("button", "Import template from the file")
		b.until("the summary", `document.querySelector('a[href="#f-text"]') !== null`)
	}}})
	b.visit("/team/device-templates/import")
	b.fill("JSON", document)
	b.click("button", "Import template from the text")
	b.sees("is imported")
	at, err := evaluate[string](b, "location.pathname")
	if err != nil {
		t.Fatal(err)
	}
	b.look([]sight{{name: "template", path: at}, {name: "template-edit", path: at + "/edit"}, {name: "template-remove", path: at + "/remove"}, {name: "templates", path: "/team/device-templates"}})

	b.visit("/team/devices")
	b.fill("Unique id", "SN-1")
	b.fill("Name", "Ward 3")
	b.click("button", "Add device")
	b.sees("is added")
	device, err := evaluate[string](b, "location.pathname")
	if err != nil {
		t.Fatal(err)
	}
	guid := strings.TrimPrefix(at, "/team/device-templates/")
	id := testapp.One[string](t, app, "SELECT id FROM people WHERE email = $1", viewer.Email)
	testapp.WantRedirect(t, "a template for the device", developer.Post(t, device, url.Values{"display_name": {"Ward 3"}, "is_active": {"on"}, "template_guid": {guid}, "viewers": {id}}), device)
	b.look([]sight{
		{name: "device-of-a-template", path: device},
		{name: "devices-of-a-template", path: "/team/devices?template=" + guid},
		{name: "template-used", path: at},
	})
	b.click("link", "Show these devices")
	b.sees("1–1 of 1")
	v.look([]sight{{name: "viewer-template", path: at}, {name: "viewer-templates", path: "/team/device-templates"}, {name: "viewer-devices-template", path: "/team/devices"}})

	developer.Post(t, device, url.Values{"display_name": {"Ward 3"}, "is_active": {"on"}, "template_guid": {""}})
	b.visit(at)
	b.click("link", "Delete template")
	b.fill("Type the template's name*", "Climate sensor of the long corridor, second series")
	b.click("button", "Delete template")
	b.sees("second series is deleted")
}
