package flow

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// saves is a form that two people have open.
type saves struct {
	form string
	// What the first one changes before the second one saves, and what the second one has typed by then.
	first, second url.Values
	// words are what the second one reads: both values of the fields, and who saved.
	words []string
	// again is another browser of the first one, for what only one person may change.
	again bool
}

// office is a portal with two owners, and with something behind every form.
type office struct {
	*testapp.App
	ana, ben *testapp.Person
	client   string
	forms    []saves
}

func newOffice(t *testing.T, options ...testapp.Option) *office {
	t.Helper()
	app := testapp.New(t, options...)
	o := &office{App: app, ana: app.Owner(t), ben: app.Visitor(t)}
	o.ben.Name, o.ben.Email = "Ben Moretti", "ben@example.com"
	app.Run(t, testapp.Password+"\n", "user", "add", "--email", o.ben.Email, "--name", o.ben.Name, "--team", "First team", "--role", "admin", "--owner", "--password-stdin", "--json")
	o.ben.SignIn(t, testapp.Password)
	o.client = o.ana.AddApp(t, "Sync", "read").ClientID
	site := o.ana.AddClient(t, "Portal site", "web", "https://site.example/callback").ClientID
	secret := o.ana.SecretIDs(t, o.client)[0]
	person := func(email string) string {
		return testapp.One[string](t, app, "SELECT id FROM people WHERE email = $1", email)
	}
	dora, eye := app.Member(t, "First team", "developer"), app.Member(t, "First team", "viewer")
	o.ana.Post(t, "/team/devices", url.Values{"unique_id": {"SN-1"}, "display_name": {"Pump"}})
	guid := testapp.One[string](t, app, "SELECT guid FROM devices")
	api := o.ana.AddAPI(t, "Meters", "https://meters.example", "meters:read")
	paste(t, app, o.ana, api, "openapi: 3.1.0\ninfo: {title: Meters, version: '1'}\nservers: [{url: https://a.example}, {url: https://b.example}]\npaths: {}\n")
	o.ana.AddTOTP(t)
	app.Exec(t, `INSERT INTO passkeys (id, person_id, name, credential, created_at) VALUES ('cGFzc2tleQ', $1, 'Laptop', '{}', 1700000000)`, person(o.ana.Email))

	on, off := []string{"on"}, []string(nil)
	o.forms = []saves{
		{form: "/account/security/passkeys/cGFzc2tleQ/rename", first: url.Values{"name": {"Work laptop"}}, second: url.Values{"name": {"Old laptop"}},
			words: []string{"You saved other values", "Work laptop"}, again: true},
		{form: "/apps/" + o.client, first: url.Values{"name": {"Sync EU"}, "scopes": {"read", "write"}, "description": {"Nightly"}}, second: url.Values{"name": {"Sync US"}, "token_lifetime": {"900"}},
			words: []string{"Sync EU", "Sync US", "Nightly", "read\nwrite"}},
		{form: "/apps/" + site, first: url.Values{"redirect_uris": {"https://site.example/callback\nhttps://site.example/new"}, "mint_rate": {"7"}},
			second: url.Values{"redirect_uris": {"https://site.example/other"}, "query_parameters": on}, words: []string{"https://site.example/new", "https://site.example/other"}},
		{form: "/apps/" + o.client + "/secrets/" + secret + "/retire", first: url.Values{"expires_at": {"7d"}}, second: url.Values{"expires_at": {"24h"}}, words: []string{"In 24 hours", "At a specific time"}},
		{form: api, first: url.Values{"name": {"Meters EU"}, "access": {"apps"}, "apps": {o.client}}, second: url.Values{"name": {"Gauges"}}, words: []string{"Meters EU", "Gauges", "Only these apps", o.client}},
		{form: api + "/calls", first: url.Values{"servers": {"https://a.example"}}, second: url.Values{"servers": {"https://b.example"}, "direct": on}, words: []string{"https://a.example", "https://b.example"}},
		{form: "/owner/settings", first: url.Values{"personal_tokens_without_end": on, "long_passwords": on}, second: url.Values{"iotconnect_off": on},
			words: []string{"Require passwords of 15 characters or more", "Off", "On"}},
		{form: "/owner/settings/audit", first: url.Values{"audit_keep_devices": {"60"}}, second: url.Values{"audit_keep_devices": {"90"}, "audit_keep_changes": {"365"}}, words: []string{"60 days", "90 days"}},
		{form: "/team/devices/" + guid, first: url.Values{"display_name": {"Pump A"}, "viewers": {person(eye.Email)}}, second: url.Values{"display_name": {"Pump B"}, "group_name": {"Yard"}},
			words: []string{"Pump A", "Pump B", eye.Name, "None"}},
		{form: "/team/members/" + person(dora.Email) + "/role", first: url.Values{"role": {"viewer"}}, second: url.Values{"role": {"admin"}}, words: []string{"Role of " + dora.Name, "viewer", "admin"}},
		{form: "/team/rules", first: url.Values{"max_secret_days": {"90"}, "warn_days": {"30 7"}}, second: url.Values{"max_secret_days": {"180"}, "max_token_days": {"30"}}, words: []string{"90", "180", "30 7"}},
		{form: "/team/settings", first: url.Values{"name": {"Team North"}}, second: url.Values{"name": {"Team South"}}, words: []string{"Team North", "Team South"}},
		{form: "/team/settings/second-factor", first: url.Values{"required": on}, second: url.Values{"required": off}, words: []string{"You saved other values", "Require a second factor"}, again: true},
		{form: "/owner/settings/second-factor", first: url.Values{"required": on}, second: url.Values{"required": off}, words: []string{"You saved other values", "Require a second factor"}, again: true},
		{form: "/account", first: url.Values{"name": {"Mario R."}, "city": {"Bari"}}, second: url.Values{"name": {"M. Rossi"}, "phone": {"+39 1"}},
			words: []string{"You saved other values", "Mario R.", "M. Rossi", "Bari"}, again: true},
	}
	return o
}

// filledIn is what a browser sends after somebody has changed some fields.
func filledIn(shown, changes url.Values) url.Values {
	out := maps.Clone(shown)
	maps.Copy(out, changes)
	return out
}

// differs lists the fields of a form, but for its version, that aren't as wanted.
func differs(got, want url.Values) (names []string) {
	for name := range filledIn(got, want) {
		if name != "seen" && !slices.Equal(bare(got[name]), bare(want[name])) {
			names = append(names, name+" is "+strings.Join(got[name], " ")+", want "+strings.Join(want[name], " "))
		}
	}
	return names
}

func bare(values []string) (out []string) {
	for _, v := range values {
		if v = strings.Join(strings.Fields(v), " "); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// Two people have a form open. The second one to save is told who saved what in the meantime, sees both values,
// loses nothing that was typed, and undoes nothing silently. The second Save of the same form goes through.
func TestTwoPeopleSaveOneForm(t *testing.T) {
	t.Parallel()
	for engine, options := range testapp.Engines(t) {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, options...)
			for _, s := range o.forms {
				o.saveTwice(t, s)
			}
		})
	}
}

func (o *office) saveTwice(t *testing.T, s saves) {
	t.Helper()
	first, second, page := o.ana, o.ben, testapp.VersionPage(s.form)
	if s.again {
		second = first // who has the page open in two tabs
	}
	opened := second.Get(t, page).Fields(s.form)
	if r := first.PostAsItIs(t, s.form, filledIn(first.Get(t, page).Fields(s.form), s.first)); r.Status != http.StatusSeeOther {
		t.Errorf("the first POST %s = %d, want 303\n%.900s", s.form, r.Status, main(r.Body))
		return
	}
	saved := second.Get(t, page).Fields(s.form)

	late := second.PostAsItIs(t, s.form, filledIn(opened, s.second))
	testapp.WantStatus(t, "the second POST "+s.form, late, http.StatusConflict)
	testapp.WantWords(t, "the second POST "+s.form, late.Body, append([]string{"nothing you typed is lost", ">Now<"}, s.words...)...)
	if !s.again {
		testapp.WantWords(t, "the second POST "+s.form, late.Body, first.Name+" saved other values just now")
	}
	if names := differs(second.Get(t, page).Fields(s.form), saved); names != nil {
		t.Errorf("the refused POST %s has changed what is saved: %q", s.form, names)
	}
	// What the second one typed is still there, and all else is as the first one saved it.
	want := saved
	for name, values := range s.second {
		if !slices.Equal(opened[name], values) {
			want = filledIn(want, url.Values{name: values})
		}
	}
	back := late.Fields(s.form)
	if names := differs(back, want); names != nil {
		t.Errorf("the form of the refused POST %s: %q", s.form, names)
	}
	if r := second.PostAsItIs(t, s.form, back); r.Status != http.StatusSeeOther {
		t.Errorf("POST %s of the form that came back = %d, want 303\n%.900s", s.form, r.Status, main(r.Body))
	}
	if got := second.Get(t, page).Fields(s.form); !strings.HasSuffix(s.form, "/retire") {
		if names := differs(got, want); names != nil {
			t.Errorf("after the second Save of %s: %q", s.form, names)
		}
	}
}

func main(body string) string {
	_, after, _ := strings.Cut(body, "<main")
	return after
}

// The same answer twice is no conflict: whoever clicks Save twice has saved.
func TestSavingTheSameTwiceIsNoConflict(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	opened := o.ana.Get(t, "/apps/"+o.client).Fields("/apps/" + o.client)
	for range 2 {
		testapp.WantRedirect(t, "POST of the same form", o.ana.PostAsItIs(t, "/apps/"+o.client, filledIn(opened, url.Values{"name": {"Sync 2"}})), "/apps/"+o.client)
	}
}

// Without a script, a button of each difference puts the saved value into the form and saves nothing.
func TestTheSavedValueCanBeTaken(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	form := "/apps/" + o.client
	opened := o.ben.Get(t, form).Fields(form)
	o.ana.Post(t, form, filledIn(o.ana.Get(t, form).Fields(form), url.Values{"name": {"Sync EU"}, "description": {"Theirs"}}))

	late := o.ben.PostAsItIs(t, form, filledIn(opened, url.Values{"name": {"Sync US"}, "description": {"Mine"}, "token_lifetime": {"900"}}))
	testapp.WantWords(t, "the conflict", late.Body, `name="take" value="name"`, `name="take" value="description"`)
	taken := o.ben.PostAsItIs(t, form, filledIn(late.Fields(form), url.Values{"take": {"name"}}))
	testapp.WantStatus(t, "taking the saved name", taken, http.StatusConflict)
	back := taken.Fields(form)
	if back.Get("name") != "Sync EU" || back.Get("description") != "Mine" || back.Get("token_lifetime") != "900" {
		t.Errorf("the form after taking the saved name = %v", back)
	}
	testapp.WantWords(t, "the form after taking one", taken.Body, `name="take" value="description"`)
	if strings.Contains(taken.Body, `name="take" value="name"`) {
		t.Error("the name that was taken is still shown as a difference")
	}
	last := o.ben.PostAsItIs(t, form, filledIn(back, url.Values{"take": {"description"}}))
	testapp.WantWords(t, "the form after taking both", last.Body, "No differences left")
	testapp.WantRedirect(t, "Save", o.ben.PostAsItIs(t, form, last.Fields(form)), form)
	if got := o.ana.Get(t, form).Fields(form); got.Get("description") != "Theirs" || got.Get("token_lifetime") != "900" {
		t.Errorf("what is saved = %v", got)
	}
}

// A third change between a conflict and its Save is a conflict again.
func TestAConflictIsOfTheNewestVersion(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	const form = "/team/rules"
	save := func(days string) *testapp.Answer {
		return o.ana.Post(t, form, filledIn(o.ana.Get(t, form).Fields(form), url.Values{"max_secret_days": {days}}))
	}
	opened := o.ben.Get(t, form).Fields(form)
	save("90")
	late := o.ben.PostAsItIs(t, form, filledIn(opened, url.Values{"max_secret_days": {"180"}}))
	save("60")
	later := o.ben.PostAsItIs(t, form, late.Fields(form))
	testapp.WantStatus(t, "the Save after a third change", later, http.StatusConflict)
	testapp.WantWords(t, "the Save after a third change", later.Body, "60", "180")
	testapp.WantRedirect(t, "the Save after that", o.ben.PostAsItIs(t, form, later.Fields(form)), form)
}

// A form from before this portal sent versions, or one of a script, changes nothing and loses nothing.
func TestAFormWithoutAVersionChangesNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	form := "/apps/" + o.client
	opened := testapp.Without(o.ben.Get(t, form).Fields(form), "seen")
	r := o.ben.PostAsItIs(t, form, filledIn(opened, url.Values{"name": {"Sync 9"}}))
	testapp.WantStatus(t, "POST without a version", r, http.StatusConflict)
	testapp.WantWords(t, "POST without a version", r.Body, "This form was sent without its version", "Sync 9")
	if got := o.ben.Get(t, form).Fields(form).Get("name"); got != "Sync" {
		t.Errorf("the name after a POST without a version = %q, want the old one", got)
	}
	testapp.WantRedirect(t, "Save", o.ben.PostAsItIs(t, form, r.Fields(form)), form)
}

// The page that asks for the password in between keeps the version, so that what was saved while it was shown is a
// conflict too.
func TestAStepUpKeepsTheVersion(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	form := "/apps/" + o.client
	confirmed := func(asked *testapp.Answer) *testapp.Answer {
		t.Helper()
		testapp.WantStatus(t, "a POST of a stale session", asked, http.StatusForbidden)
		return o.ben.PostAsItIs(t, form, filledIn(asked.Fields(form), url.Values{"confirm_password": {testapp.Password}}))
	}
	opened := o.ben.Get(t, form).Fields(form)
	o.Stale(t)
	late := o.ben.PostAsItIs(t, form, filledIn(opened, url.Values{"scopes": {"read", "write"}, "name": {"Sync US"}}))
	o.Exec(t, "UPDATE apps SET name = 'Sync EU' WHERE client_id = $1", o.client)
	conflict := confirmed(late)
	testapp.WantStatus(t, "the POST after the password", conflict, http.StatusConflict)
	testapp.WantWords(t, "the POST after the password", conflict.Body, "Sync EU", "Sync US", "Other values were saved in the meantime")
	o.Stale(t)
	saved := confirmed(o.ben.PostAsItIs(t, form, conflict.Fields(form)))
	testapp.WantRedirect(t, "the second Save after the password", saved, form)

	// A box with the word password in its name isn't taken for one.
	ticked := filledIn(o.ben.Get(t, "/owner/settings").Fields("/owner/settings"), url.Values{"long_passwords": {"on"}})
	o.Stale(t)
	asked := o.ben.PostAsItIs(t, "/owner/settings", ticked)
	testapp.WantRedirect(t, "the portal's settings after the password", o.ben.PostAsItIs(t, "/owner/settings", filledIn(asked.Fields("/owner/settings"), url.Values{"confirm_password": {testapp.Password}})), "/owner/settings")
	if got := o.ben.Get(t, "/owner/settings").Fields("/owner/settings").Get("long_passwords"); got != "on" {
		t.Errorf("long_passwords after the password = %q, want on", got)
	}
}

// A page that was open when its visitor switched teams doesn't save into the other team.
func TestAFormOfAnotherTeamIsAConflict(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	other := o.AddTeam(t, "Elsewhere")
	opened := o.ana.Get(t, "/team/rules").Fields("/team/rules")
	o.ana.Post(t, "/team/switch", url.Values{"team": {other.ID}})
	r := o.ana.PostAsItIs(t, "/team/rules", filledIn(opened, url.Values{"max_secret_days": {"90"}}))
	testapp.WantStatus(t, "POST of the rules of another team", r, http.StatusConflict)
	if got := o.ana.Get(t, "/team/rules").Fields("/team/rules").Get("max_secret_days"); got != "" {
		t.Errorf("the other team's rule = %q, want none", got)
	}
}
