package oauth_test

import (
	"encoding/json"
	"errors"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/setup"
	"gatepost/static"
)

const (
	callback  = "https://reader.example/callback"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" // RFC 7636 appendix B
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	password  = "violet anchor teaspoon"
)

// portal is a whole portal behind a listener, with a team, two apps and three people: Ann made
// the apps, Bob is in the team, Eve is in another one.
type portal struct {
	t           *testing.T
	url         string
	accounts    *account.Accounts
	teams       *team.Teams
	apps        *app.Apps
	db          *db.DB
	web, native app.Created
}

func newPortal(t *testing.T) *portal {
	t.Helper()
	ctx := t.Context()
	listener := httptest.NewUnstartedServer(nil)
	settings := &setup.Settings{
		AnchorMail: "off",
		Addr:       listener.Listener.Addr().String(), DB: filepath.Join(t.TempDir(), "g.db"), Brand: "Gatepost", LogFormat: "text", SigningAlg: "EdDSA",
	}
	if err := settings.Check(); err != nil {
		t.Fatal(err)
	}
	keepScopes(t, settings.DB)
	opened, err := setup.Open(ctx, settings, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.Close() })
	server, err := handlers.New(ctx, opened, handlers.Options{Static: static.FS})
	if err != nil {
		t.Fatal(err)
	}
	listener.Config.Handler = server
	listener.Start()
	t.Cleanup(listener.Close)
	p := &portal{t: t, url: settings.URL, accounts: opened.Accounts, teams: opened.Teams, apps: opened.Apps, db: opened.DB}
	team, other := p.team("Bari"), p.team("Trani")
	ann := p.person("ann", team, hub.Developer)
	p.person("bob", team, hub.Developer)
	p.person("eve", other, hub.Admin)
	p.web = p.app(ann, app.NewApp{TeamID: team, Name: "Web reader", Description: "Reads <meters>.", Kind: "web", RedirectURIs: []string{callback}})
	p.native = p.app(ann, app.NewApp{TeamID: team, Name: "Phone reader", Kind: "native", RedirectURIs: []string{"http://127.0.0.1/callback", "com.example.reader:/callback"}})
	return p
}

// keepScopes fills a new database with scopes whose sentences the pages have to escape.
func keepScopes(t *testing.T, file string) {
	t.Helper()
	d, err := db.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	err = d.Tx(t.Context(), func(tx *db.Tx) error {
		return errors.Join(tx.KeepScope(t.Context(), db.Scope{Name: "read", Sentence: "Read your devices", Position: 1}),
			tx.KeepScope(t.Context(), db.Scope{Name: "events", Sentence: "Read <events>", Position: 2}))
	})
	if err := errors.Join(err, d.Close()); err != nil {
		t.Fatal(err)
	}
}

func (p *portal) team(name string) string {
	p.t.Helper()
	team, err := p.teams.Add(p.t.Context(), hub.OperatorActor(), name)
	if err != nil {
		p.t.Fatal(err)
	}
	return team.ID
}

func (p *portal) person(name, team, role string) hub.Actor {
	p.t.Helper()
	plain := password
	added, err := p.accounts.AddPerson(p.t.Context(), hub.OperatorActor(), account.NewPerson{
		Email: name + "@example.com", Name: strings.ToUpper(name[:1]) + name[1:], TeamID: team, Role: role, Password: &plain,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	now := time.Now()
	return hub.Actor{Kind: hub.Person, ID: added.Person.ID, Name: added.Person.Name, Proof: hub.Proof{Now: now, At: now}}
}

func (p *portal) app(a hub.Actor, in app.NewApp) app.Created {
	p.t.Helper()
	in.Scopes, in.Refresh = []string{"read", "events"}, true
	made, err := p.apps.Create(p.t.Context(), a, in)
	if err != nil {
		p.t.Fatal(err)
	}
	return made
}

// answer is a response with its whole body.
type answer struct {
	*http.Response
	body string
}

// browser keeps cookies and follows no redirects.
type browser struct {
	*portal
	client *http.Client
}

func (p *portal) browser() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{p, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// signedIn is a browser in which a person has signed in.
func (p *portal) signedIn(name string) *browser {
	p.t.Helper()
	b := p.browser()
	if a := b.post("/login", url.Values{"email": {name + "@example.com"}, "password": {password}}); a.StatusCode != 303 {
		p.t.Fatalf("POST /login = %d, want 303", a.StatusCode)
	}
	return b
}

func (b *browser) do(r *http.Request) answer {
	b.t.Helper()
	res, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{res, string(text)}
}

// request makes a request; a form becomes its body.
func (b *browser) request(method, path string, form url.Values) *http.Request {
	b.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

func (b *browser) get(path string) answer {
	b.t.Helper()
	return b.do(b.request("GET", path, nil))
}

func (b *browser) post(path string, form url.Values) answer {
	b.t.Helper()
	return b.do(b.request("POST", path, form))
}

// asks returns the path of a valid authorization request, changed by pairs of name and value.
func (p *portal) asks(client app.Created, pairs ...string) string {
	q := url.Values{
		"response_type": {"code"}, "client_id": {client.App.ClientID}, "redirect_uri": {client.App.RedirectURIs[0]}, "scope": {"read"},
		"state": {"st"}, "code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return "/oauth2/auth?" + q.Encode()
}

var requestField = regexp.MustCompile(`name="request" value="([a-z0-9]{26})"`)

// requestID returns the id in a consent page's form.
func (a answer) requestID(t *testing.T) string {
	t.Helper()
	m := requestField.FindStringSubmatch(a.body)
	if a.StatusCode != 200 || m == nil {
		t.Fatalf("answer = %d without a consent form, want 200 with one", a.StatusCode)
	}
	return m[1]
}

var teamField = regexp.MustCompile(`id="f-team[^"]*" name="team" value="([a-z0-9]{26})"( checked)?`)

// answers returns the form of a consent page, with the teams that are ticked there.
func (a answer) answers(t *testing.T, says string) url.Values {
	t.Helper()
	form := url.Values{"request": {a.requestID(t)}, "answer": {says}}
	for _, m := range teamField.FindAllStringSubmatch(a.body, -1) {
		if m[2] != "" {
			form.Add("team", m[1])
		}
	}
	return form
}

// moveOn is what a page has that moves on as soon as it is there.
var moveOn = regexp.MustCompile(`<meta http-equiv="refresh" content="0;url=([^"]*)">`)

// leadsTo returns where an answer redirects, or where its page moves on to.
func (a answer) leadsTo() string {
	if page := moveOn.FindStringSubmatch(a.body); page != nil {
		return html.UnescapeString(page[1])
	}
	return a.Header.Get("Location")
}

// location returns where an answer leads: the address without its query, and the query.
func (a answer) location() (string, url.Values) {
	base, query, _ := strings.Cut(a.leadsTo(), "?")
	values, _ := url.ParseQuery(query)
	return base, values
}

// allows consents in a signed-in browser and returns the code.
func (b *browser) allows(path string) string {
	b.t.Helper()
	a := b.get(path)
	if a.StatusCode == 200 {
		a = b.post("/oauth2/consent", a.answers(b.t, "allow"))
	}
	_, q := a.location()
	if q.Get("code") == "" {
		b.t.Fatalf("answer to the consent = %d without a code, want one", a.StatusCode)
	}
	return q.Get("code")
}

// tokens returns new tokens of the web app.
func (b *browser) tokens() map[string]any {
	b.t.Helper()
	a := b.post("/oauth2/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {b.allows(b.asks(b.web))}, "redirect_uri": {callback}, "code_verifier": {verifier},
		"client_id": {b.web.App.ClientID}, "client_secret": {b.web.Secret.Plain},
	})
	got := a.json(b.t)
	if a.StatusCode != 200 || got["refresh_token"] == nil {
		b.t.Fatalf("token = %d %v, want 200 with a refresh token", a.StatusCode, got["error"])
	}
	return got
}

func (a answer) json(t *testing.T) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(a.body), &v); err != nil || a.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("answer = %d %s, want JSON: %v", a.StatusCode, a.Header.Get("Content-Type"), err)
	}
	return v
}

// bearer says whether the portal's API accepts a token, whatever its scopes.
func (b *browser) bearer(token any) bool {
	b.t.Helper()
	r := b.request("GET", "/api/v1/me", nil)
	text, _ := token.(string)
	r.Header.Set("Authorization", "Bearer "+text)
	return b.do(r).StatusCode != http.StatusUnauthorized
}
