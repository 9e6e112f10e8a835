package browser

import (
	"context"
	"net/url"
	"regexp"
	"testing"

	"github.com/chromedp/chromedp"

	"gatepost/tests/testapp"
)

// partOfRotation has the pages of rotation.
func partOfRotation(t *testing.T, chrome context.Context) {
	app := testapp.New(t)
	owner := app.Owner(t)
	ben := app.Member(t, "First team", "developer")
	c := busyApp(t, app, owner)
	owner.AddApp(t, "Door sync", "read")
	ben.AddApp(t, "Camera wall", "read")
	app.Exec(t, `UPDATE client_secrets SET created_at = created_at - 31 * 86400`)
	owner.Post(t, "/team/rules", url.Values{"max_secret_days": {"30"}, "warn_days": {"40 7 1"}})
	base := "/apps/" + c.ClientID
	page := owner.Get(t, base+"/secrets").Body
	ids := regexp.MustCompile(`/secrets/([0-9a-f-]{36})/retire`).FindAllStringSubmatch(page, -1)
	if len(ids) < 2 {
		t.Fatalf("the board has %d secrets, want two and more", len(ids))
	}
	first := base + "/secrets/" + ids[0][1]
	last := ids[len(ids)-1][1]
	person := regexp.MustCompile(`/team/exposure/[a-z0-9]{26}`).FindString(owner.Get(t, "/team/exposure").Body)
	drill := owner.Post(t, base+"/secrets/"+last+"/drill", url.Values{"minutes": {"5"}}).Location
	app.RequestToken(t, c)

	b := open(t, chrome, app)
	b.leave = true
	b.signIn(owner)
	b.mayRefuse(base+"/secrets/rotate", base+"/secrets/prove", "/team/rules")
	b.look([]sight{
		{name: "board", path: base + "/secrets"},
		{name: "board-drill-form", path: base + "/secrets", act: func(b *tab) {
			b.do("open the drill", chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('details').forEach((d) => { d.open = true; })`))
		}},
		{name: "team-board", path: "/team/rotation"},
		{name: "rotate", path: base + "/secrets/rotate?secret=" + last},
		{name: "rotate-refused", path: base + "/secrets/rotate?secret=" + last, act: func(b *tab) {
			b.click("radio", "At a specific time")
			b.click("button", "Rotate secret")
			b.sees("Nothing was rotated")
		}},
		{name: "retire", path: first + "/retire"},
		{name: "prove", path: base + "/secrets/prove"},
		{name: "prove-refused", path: base + "/secrets/prove", act: func(b *tab) {
			b.fill("The secret", "gps_wrong")
			b.click("button", "Check secret")
			b.sees("It isn't the right one")
		}},
		{name: "hand-over", path: first + "/handover"},
		{name: "drill", path: drill},
		{name: "rules", path: "/team/rules"},
		{name: "rules-refused", path: "/team/rules", act: func(b *tab) {
			b.fill("Maximum client secret age, in days", "ten")
			b.click("button", "Save rules")
			b.sees("The rules were not saved")
		}},
		{name: "exposure", path: "/team/exposure"},
		{name: "exposure-person", path: person},
		{name: "rotation-dashboard", path: "/dashboard"},
		{name: "calendar-made", path: "/team/rotation", act: func(b *tab) {
			b.click("button", "Create calendar address")
			b.sees("Shown once")
		}},
		{name: "rotated", path: base + "/secrets/rotate?secret=" + last, act: func(b *tab) {
			b.click("button", "Rotate secret")
			b.sees("Secret rotated")
			b.app.Secret(b.value("[data-secret]"))
			b.do("open the part", chromedp.Evaluate[chromedp.Void](`document.querySelector('.reveal details summary').click()`))
		}},
	})
}
