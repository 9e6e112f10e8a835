package browser

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"gatepost/tests/testapp"
)

// partOfDevices has the pages of devices, to a developer and to a viewer.
func partOfDevices(t *testing.T, chrome context.Context) {
	app := testapp.New(t)
	team := app.AddTeam(t, "Policlinico")
	developer, viewer := app.Member(t, team.ID, "developer"), app.Member(t, team.ID, "viewer")
	app.Member(t, team.ID, "viewer")

	v := open(t, chrome, app)
	v.signIn(viewer)
	v.look([]sight{{name: "viewer-devices-empty", path: "/team"}})

	b := open(t, chrome, app)
	b.signIn(developer)
	b.look([]sight{{name: "devices-empty", path: "/team/devices"}})
	b.visit("/team/devices")
	b.fill("Unique id", "A4:C1:38:00:12:9F")
	b.fill("Name", "Ward 3 door, the one next to the long corridor")
	b.click("button", "Add device")
	b.sees("is added")
	b.click("checkbox", viewer.Name+"*")
	b.click("button", "Save device")
	b.sees("The device is saved")
	page, err := evaluate[string](b, "location.pathname")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 26 {
		r := developer.Post(t, "/team/devices", url.Values{"unique_id": {"SN-" + string(rune('a'+i%26)) + string(rune('a'+i/26))}, "display_name": {"Bed"}})
		if r.Status != http.StatusSeeOther {
			t.Fatalf("POST /team/devices = %d\n%s", r.Status, r.Body)
		}
	}
	b.mayRefuse("/team/devices")
	b.look([]sight{
		{name: "devices", path: "/team/devices"},
		{name: "device", path: page},
		{name: "device-remove", path: page + "/remove"},
		{name: "devices-refused", path: "/team/devices", act: func(b *tab) {
			b.fill("Unique id", "two words")
			b.fill("Name", "Bed")
			b.click("button", "Add device")
			b.until("the summary", `document.querySelector('a[href="#f-unique_id"]') !== null`)
		}},
	})
	b.visit("/team/devices")
	b.click("link", "Next page")
	b.sees("the long corridor")
	b.click("link", "Previous page")
	b.until("the first page is back", `location.search === '' && document.querySelector('table') !== null && !document.body.innerText.includes('the long corridor')`)

	v.look([]sight{{name: "viewer-devices", path: "/team/devices"}, {name: "viewer-device", path: page}})
	v.click("link", "Devices")
	v.sees("the long corridor")
	b.visit(page)
	b.click("link", "Remove device")
	b.click("button", "Remove device")
	b.sees("corridor is removed")
	v.visit("/team/devices")
	v.sees("No devices are granted to you yet")
}
