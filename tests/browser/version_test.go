package browser

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"gatepost/tests/testapp"
)

// meanwhile has somebody else save a form, with what it shows and these changes.
func meanwhile(t *testing.T, p *testapp.Person, form string, changes url.Values) {
	t.Helper()
	fields := p.Get(t, testapp.VersionPage(form)).Fields(form)
	for name, values := range changes {
		fields[name] = values
	}
	testapp.WantStatus(t, "POST "+form+" by somebody else", p.PostAsItIs(t, form, fields), http.StatusSeeOther)
}

// partOfConflicts has forms whose values somebody else has changed in the meantime.
func partOfConflicts(t *testing.T, chrome context.Context) {
	app := testapp.New(t)
	owner := app.Owner(t)
	other := app.Visitor(t)
	other.Name, other.Email = "Giulia De Santis", "giulia@example.com"
	app.Run(t, testapp.Password+"\n", "user", "add", "--email", other.Email, "--name", other.Name, "--team", "First team", "--role", "admin", "--owner", "--password-stdin", "--json")
	other.SignIn(t, testapp.Password)
	client := owner.AddApp(t, "Door sync", "read").ClientID
	dev := app.Member(t, "First team", "developer")
	app.Member(t, "First team", "viewer")
	role := "/team/members/" + owner.MemberID(t, dev.Name) + "/role"
	owner.Post(t, "/team/devices", url.Values{"unique_id": {"SN-1"}, "display_name": {"North door"}})
	device := "/team/devices/" + testapp.One[string](t, app, "SELECT guid FROM devices")
	settings := "/apps/" + client
	rename := "/account/security/passkeys/cGFzc2tleQ/rename"
	b := open(t, chrome, app)
	b.leave = true
	b.signIn(owner)
	app.Exec(t, `INSERT INTO passkeys (id, person_id, name, credential, created_at)
		SELECT 'cGFzc2tleQ', id, 'Laptop', '{}', 1700000000 FROM people WHERE email = $1`, owner.Email)
	b.mayRefuse(settings, role, device, rename, "/team/rules", "/owner/settings", "/team/settings", "/team/settings/second-factor")
	b.look([]sight{
		{name: "conflict-app", path: settings, words: "Giulia De Santis saved other values", act: func(b *tab) {
			meanwhile(t, other, settings, url.Values{"name": {"Door sync (Lecce)"}, "description": {"Copies who may open which door, every night at 2."}, "scopes": {"read", "write"}})
			b.fill("Name", "Door sync (Bari)")
			b.fill("Description optional", "Runs on the server in Bari.")
			b.click("button", "Save settings")
		}},
		{name: "conflict-rules", path: "/team/rules", words: "Giulia De Santis saved other values", act: func(b *tab) {
			meanwhile(t, other, "/team/rules", url.Values{"max_secret_days": {"90"}, "warn_days": {"30 7"}})
			b.fill("Maximum client secret age, in days", "180")
			b.click("button", "Save rules")
		}},
		{name: "conflict-portal", path: "/owner/settings", words: "Giulia De Santis saved other values", act: func(b *tab) {
			meanwhile(t, other, "/owner/settings", url.Values{"personal_tokens_without_end": {"on"}, "long_passwords": {"on"}})
			b.do("tick a box", chromedp.Evaluate[chromedp.Void](`document.querySelector('#f-iotconnect_off').click()`))
			b.click("button", "Save settings")
		}},
		{name: "conflict-team", path: "/team/settings", words: "Giulia De Santis saved other values", act: func(b *tab) {
			meanwhile(t, other, "/team/settings", url.Values{"name": {"Ospedale di Lecce, radiology and laboratories"}})
			b.fill("Team name", "Ospedale di Bari")
			b.click("button", "Save name")
		}},
		{name: "conflict-role", path: "/team/members", words: "Giulia De Santis saved other values", act: func(b *tab) {
			meanwhile(t, other, role, url.Values{"role": {"viewer"}})
			b.do("choose another role", chromedp.Evaluate[chromedp.Void](`document.querySelector('form[action="`+role+`"] select').value = 'admin'`))
			b.click("button", "Change role of "+dev.Name)
		}},
		{name: "conflict-device", path: device, words: "Giulia De Santis saved other values", act: func(b *tab) {
			meanwhile(t, other, device, url.Values{"display_name": {"North door, ground floor"}, "group_name": {"Doors"}})
			b.fill("Name", "North entrance")
			b.click("button", "Save device")
		}},
		{name: "conflict-passkey", path: "/account/security", words: "You saved other values", act: func(b *tab) {
			meanwhile(t, owner, rename, url.Values{"name": {"Work laptop"}})
			b.do("open the form", chromedp.Evaluate[chromedp.Void](`document.querySelector('form[action$="/rename"]').closest('details').open = true`))
			b.fill("Passkey name", "Old laptop")
			b.click("button", "Save name of passkey Laptop")
		}},
	})
}

// Two people edit an app. The one who saves second reads who came first, sees both values, and takes one of them; the
// other value, which was typed, is saved by Enter.
func TestTheSecondSaveShowsBothValues(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner, admin := app.Owner(t), app.Member(t, "First team", "admin")
	form := "/apps/" + owner.AddApp(t, "Sync", "read").ClientID
	b := open(t, start(t), app)
	b.signIn(owner)
	b.mayRefuse(form)

	b.visit(form)
	meanwhile(t, admin, form, url.Values{"name": {"Sync EU"}, "description": {"Theirs"}, "token_lifetime": {"900"}})
	b.fill("Name", "Sync US")
	b.fill("Description optional", "Mine")
	b.click("button", "Save settings")
	b.sees(admin.Name + " saved other values just now")
	b.sees("Sync EU")
	b.until("the notice has the focus", "document.activeElement.matches('[data-summary]')")
	b.until("what was typed is in the form", "document.querySelector('#f-name').value === 'Sync US' && document.querySelector('#f-description').value === 'Mine'")
	b.until("what only the other changed is in the form", "document.querySelector('#f-token_lifetime').value === '900'")

	b.click("button", "Use saved value of Name")
	b.until("the saved name is in the form", "document.querySelector('#f-name').value === 'Sync EU' && document.querySelector('#f-description').value === 'Mine'")
	b.fill("Description optional", "Mine, in the end")
	b.do("focus the name", chromedp.Evaluate[chromedp.Void]("document.querySelector('#f-name').focus()"))
	b.do("press Enter", chromedp.KeyEvent(kb.Enter))
	b.sees("The app's settings are saved")
	got := owner.Get(t, form).Fields(form)
	if got.Get("name") != "Sync EU" || got.Get("description") != "Mine, in the end" || got.Get("token_lifetime") != "900" {
		t.Errorf("what is saved = %v", got)
	}
}
