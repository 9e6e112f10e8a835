package flow

import (
	"html"
	"net/http"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"gatepost/assets"
	"gatepost/tests/testapp"
)

// typist types the commands of a page of the docs into a shell, as its reader would.
type typist struct {
	testing.TB
	app  *testapp.App
	page string            // the page's source
	set  map[string]string // the variables of the shell
}

func newTypist(t *testing.T, app *testapp.App, page string, set map[string]string) typist {
	t.Helper()
	source, err := assets.FS.ReadFile("docs/" + page + ".md")
	if err != nil {
		t.Fatal(err)
	}
	return typist{t, app, strings.ReplaceAll(string(source), assets.Issuer, app.URL), set}
}

// commands are those of the block with this label.
func (p typist) commands(label string) string {
	p.Helper()
	_, rest, ok := strings.Cut(p.page, "```sh "+label+"\n")
	commands, _, ends := strings.Cut(rest, "```")
	if !ok || !ends {
		p.Fatalf("the page has no commands %q", label)
	}
	return commands
}

// asked is what a command asks for, which a person would type or paste.
var asked = regexp.MustCompile(`(?m)^read -rs ([A-Z_]+).*$`)

// run types the variables of the page, then a block of commands, and returns what it prints.
func (p typist) run(label string) string {
	p.Helper()
	script := "set -euo pipefail\n" + p.commands("Set the variables") + p.commands(label)
	var typed strings.Builder
	for _, m := range asked.FindAllStringSubmatch(script, -1) {
		if p.set[m[1]] == "" {
			p.Fatalf("the commands ask for %s", m[1])
		}
		typed.WriteString(p.set[m[1]] + "\n")
	}
	script = strings.ReplaceAll(script, "YOUR_CLIENT_ID", p.set["CLIENT_ID"])
	cmd := exec.Command("bash", "-c", script)
	cmd.Stdin, cmd.Dir = strings.NewReader(typed.String()), p.TempDir()
	out, err := cmd.CombinedOutput()
	if err != nil {
		p.Fatalf("the commands %q: %v\n%s", label, err, out)
	}
	return string(out)
}

// want types a block of commands, whose answer has these words.
func (p typist) want(label string, words ...string) {
	p.Helper()
	answer := p.run(label)
	for _, word := range words {
		if !strings.Contains(answer, word) {
			p.Errorf("the commands %q print %s, want %s in it", label, answer, word)
		}
	}
}

func TestComingFromNextome(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team := app.AddTeam(t, "Acme")
	c := app.AddApp(t, team.ID, "Beds", "read")
	p := newTypist(t, app, "coming-from-nextome", map[string]string{"CLIENT_ID": c.ClientID, "CLIENT_SECRET": c.ClientSecret})
	p.want("Get a token", `{"accessToken":"`, `"expiresIn":3600`, `"tokenType":"Bearer"`)
	p.want("Call the API", `"client_id":"`+c.ClientID+`"`, `"scopes":["read"]`)
}

func TestComingFromNxtsoft(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team := app.AddTeam(t, "Acme")
	c := app.AddApp(t, team.ID, "Payments", "transactions/post", "transactions/mock")
	p := newTypist(t, app, "coming-from-nxtsoft", map[string]string{"CLIENT_ID": c.ClientID, "CLIENT_SECRET": c.ClientSecret})
	p.want("In the form, as before", `"access_token":"`, `"expires_in":3600`, `"token_type":"Bearer"`, `"scope":"transactions/post transactions/mock"`)
	p.want("By HTTP Basic", `"scope":"transactions/mock"`)
	p.want("Post a validation message", `"status":"accepted"`, `"message":"Hello"`)
}

// The app is created in the form as the page says, and on the command line; the ten scopes of Netrex are there.
func TestComingFromNetrex(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	const callback = "http://127.0.0.1:8090/callback"
	form := url.Values{"name": {"Cameras"}, "kind": {"web"}, "redirect_uris": {callback}, "access": {"unlimited"}, "query_parameters": {"on"},
		"scopes": {"read", "write", "liveview", "audiotransmit", "liveview_ptz", "liveview_light", "liveview_audioclip", "recordings", "recordings_delete", "events"}}
	page := owner.Get(t, "/apps/new")
	testapp.WantWords(t, "GET /apps/new", page.Body, "More options", "Accept parameters in the query string (legacy)")
	form.Set("once", page.Once(t))
	made := owner.Post(t, "/apps", form)
	testapp.WantStatus(t, "POST /apps", made, http.StatusOK)
	c := shown(t, app, made)
	settings := owner.Get(t, "/apps/"+c.ClientID)
	if box := regexp.MustCompile(`<input[^>]*name="query_parameters"[^>]*>`).FindString(settings.Body); !strings.Contains(box, "checked") {
		t.Errorf("the app's settings have %q, want it ticked", box)
	}
	if log := html.UnescapeString(owner.Get(t, "/team/audit?action=app.created").Body); !strings.Contains(log, "parameters in the query string: true") {
		t.Error("the audit log doesn't say that the app accepts parameters in the query string")
	}

	p := newTypist(t, app, "coming-from-netrex", map[string]string{"CLIENT_ID": c.ClientID, "CLIENT_SECRET": c.ClientSecret})
	code := func() {
		t.Helper()
		address := strings.TrimSpace(p.run("Print the address"))
		answer := owner.Get(t, strings.TrimPrefix(address, app.URL))
		for answer.Status == http.StatusSeeOther && strings.HasPrefix(answer.Location, "/") {
			answer = owner.Get(t, answer.Location)
		}
		if answer.Status == http.StatusOK {
			answer = owner.Answer(t, answer, "allow")
		}
		back, err := url.Parse(answer.Location)
		if err != nil || !strings.HasPrefix(answer.Location, callback+"?") || back.Query().Get("code") == "" {
			t.Fatalf("the person comes back to %q, want %s with a code", answer.Location, callback)
		}
		p.set["CODE"] = app.Secret(back.Query().Get("code"))
	}
	tokens := func(answer string) {
		t.Helper()
		p.set["ACCESS_TOKEN"], p.set["REFRESH_TOKEN"] = app.Secret(member(t, answer, "access_token")), app.Secret(member(t, answer, "refresh_token"))
		if status := app.Me(t, p.set["ACCESS_TOKEN"]); status != http.StatusOK {
			t.Errorf("GET /api/v1/me by the token = %d, want 200", status)
		}
	}
	for _, label := range []string{"In the query string, as before", "In the body, which is safer"} {
		code()
		tokens(p.run(label))
	}
	tokens(p.run("Refresh, as before"))
	p.want("Revoke, as before", `{"success":true,"message":"The token and everything issued with it are revoked."}`)
	if status := app.Me(t, p.set["ACCESS_TOKEN"]); status != http.StatusUnauthorized {
		t.Errorf("GET /api/v1/me by a revoked token = %d, want 401", status)
	}

	// The form offers it for web apps only, and forgets it for the others.
	server := url.Values{"name": {"Server"}, "kind": {"server"}, "scopes": {"read"}, "query_parameters": {"on"}, "once": {owner.Get(t, "/apps/new").Once(t)}}
	quiet := shown(t, app, owner.Post(t, "/apps", server))
	refused := app.Do(t, app.Request(t, http.MethodPost, "/oauth2/token?grant_type=client_credentials&client_id="+quiet.ClientID+"&client_secret="+quiet.ClientSecret, ""))
	testapp.WantStatus(t, "a token request in the query string by an app without the setting", refused, http.StatusBadRequest)
}

// shown reads the credentials off the page of a new app.
func shown(t *testing.T, app *testapp.App, page *testapp.Answer) testapp.Credentials {
	t.Helper()
	id := regexp.MustCompile(`/apps/([a-z0-9]{26})`).FindStringSubmatch(page.Body)
	secret := regexp.MustCompile(`gps_[A-Za-z0-9]{40}`).FindString(page.Body)
	if id == nil || secret == "" {
		t.Fatalf("POST /apps = %d without credentials", page.Status)
	}
	return testapp.Credentials{ClientID: id[1], ClientSecret: app.Secret(secret)}
}

// member reads a text off a flat JSON answer.
func member(t *testing.T, answer, name string) string {
	t.Helper()
	m := regexp.MustCompile(`"` + name + `":"([^"]+)"`).FindStringSubmatch(answer)
	if m == nil {
		t.Fatalf("the answer has no %s", name)
	}
	return m[1]
}
