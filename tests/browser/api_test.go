package browser

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"gatepost/handlers"
	"gatepost/tests/testapp"
)

// realDocument is a large document of a real API, which the tests of the OpenAPI library
// hold, with a server that the test answers for.
func realDocument(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/getkin/kin-openapi").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "openapi3", "testdata", "oai_v3_stoplight.json"))
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.ReplaceAll(text, []byte("http://api.sendgrid.com/v3"), []byte("https://api.example.com/v3"))
	if len(text) < 1_000_000 {
		t.Fatalf("the document has %d bytes, want a large one", len(text))
	}
	file := filepath.Join(t.TempDir(), "openapi.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// A document of webhooks alone shows them, and says nothing of operations that it doesn't have.
func TestReferenceOfWebhooksAlone(t *testing.T) {
	file, err := filepath.Abs(filepath.Join("..", "openapi", "testdata", "good", "webhooks.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	app := testapp.New(t)
	b := open(t, start(t), app)
	b.signIn(app.Owner(t))
	b.addAPI("Notices", "https://notices.example.com/")
	b.choose("File", file)
	b.click("button", "Upload document")
	b.sees("Version 1 of the document is shown now.")
	b.leave = true
	b.visit("/apis/notices")
	b.until("the webhook is listed", "document.querySelector('.webhooks .opblock-summary') !== null")
	if text, err := evaluate[string](b, "document.getElementById('swagger-ui').innerText"); err != nil || strings.Contains(text, "No operations") {
		t.Errorf("the reference = %q, %v, want nothing about operations", text, err)
	}
	b.shot("reference-webhooks")
}

// An owner brings the document of a real API and approves its server; a developer executes
// one of its operations in Swagger UI, by the proxy, with a token of an own app.
func TestOwnerBringsAnAPIAndADeveloperCallsIt(t *testing.T) {
	file := realDocument(t)
	var mu sync.Mutex
	var calls []*http.Request
	upstream := testapp.Upstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		calls = append(calls, r)
		w.Header().Set("Content-Type", "application/json")
		if len(calls) == 1 {
			w.WriteHeader(http.StatusUnauthorized)
		}
		io.WriteString(w, `{"recipient_count": 1234567}`)
	}))
	chrome := start(t)
	first := testapp.New(t)
	owner := first.Owner(t)
	app := testapp.Within(t, first, func(o *handlers.Options) { o.Reach = upstream })

	b := open(t, chrome, app)
	b.signIn(owner)
	b.addAPI("Mailings", "https://api.example.com/")
	b.choose("File", file)
	b.click("button", "Upload document")
	b.sees("Version 1 of the document is shown now.")
	b.approve("https://api.example.com/v3")
	page, err := evaluate[string](b, "location.pathname")
	if err != nil {
		t.Fatal(err)
	}
	b.leave = true
	b.mayRefuse(page + "/document")
	b.look([]sight{
		{name: "owner-api", path: page, words: "Approved servers"},
		{name: "owner-api-refused", path: page, words: "Approved servers", act: func(b *tab) {
			b.fill("Text", "swagger: '2.0'")
			b.click("button", "Save document")
			b.sees("Why the document was refused")
		}},
	})

	dev := app.Member(t, "First team", "developer")
	client := dev.AddApp(t, "Newsletter", "read")
	letApp(t, owner, page, "Mailings", "https://api.example.com/", "mailings", client)
	d := open(t, chrome, app)
	d.signIn(dev)
	d.visit("/swagger-ui/index.html")
	d.do("choose the API", chromedp.Evaluate[chromedp.Void](`document.querySelector('[name=api]').value = 'mailings'`))
	d.click("button", "Show API")
	d.at("/apis/mailings")
	d.sees("Execute calls https://api.example.com/v3 through this portal.")
	d.until("the operation is listed", "document.querySelector('[id$=GET_contactdb-recipients-count] .opblock-summary-control') !== null")
	d.do("open the operation", chromedp.Evaluate[chromedp.Void](`document.querySelector('[id$=GET_contactdb-recipients-count] .opblock-summary-control').click()`))
	d.until("the address leads to the operation", "location.hash.endsWith('/GET_contactdb-recipients-count')")
	d.click("button", "Authorize as Newsletter")
	d.sees("Authorized as Newsletter")
	proxy, err := evaluate[string](d, "JSON.parse(document.getElementById('swagger-ui').dataset.ways).at(-1)[1]")
	if err != nil {
		t.Fatal(err)
	}
	d.mayRefuse(proxy + "/contactdb/recipients/count") // the first answer is 401: the token is renewed
	d.click("button", "Execute")
	d.sees("1234567")
	shown, err := evaluate[string](d, "document.querySelector('.responses-wrapper').innerText")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"curl -X 'GET'", "https://api.example.com/v3/contactdb/recipients/count", "Bearer "} {
		if !strings.Contains(shown, want) {
			t.Errorf("the snippet lacks %s:\n%.600s", want, shown)
		}
	}
	if strings.Contains(shown, "/proxy/") || strings.Contains(shown, app.URL) {
		t.Errorf("the snippet shows the proxy's address:\n%.600s", shown)
	}
	d.keepsNoSecret(client.ClientSecret)
	mu.Lock()
	defer mu.Unlock()
	if len(calls) != 2 {
		t.Fatalf("the server got %d calls, want 2: one whose token it refused, and one with another", len(calls))
	}
	for _, r := range calls {
		if r.Method != "GET" || r.Host != "api.example.com" || r.RequestURI != "/v3/contactdb/recipients/count" {
			t.Errorf("the server got %s %s of %s", r.Method, r.RequestURI, r.Host)
		}
		for name := range r.Header {
			// On-Behalf-Of is a parameter of the document.
			if name != "Accept" && name != "Authorization" && name != "On-Behalf-Of" {
				t.Errorf("the server got the header %s", name)
			}
		}
		if app.Me(t, app.Secret(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))) != http.StatusUnauthorized {
			t.Error("the token that the server got is taken by the portal's own API")
		}
	}
}

// addAPI adds an API and opens its page.
func (b *tab) addAPI(name, audience string) {
	b.t.Helper()
	b.visit("/owner/apis")
	b.fill("Name", name)
	b.fill("Audience", audience)
	b.click("button", "Add API")
	b.click("link", name)
	b.sees("OpenAPI document")
}

// bringAPI adds an API with a document.
func (b *tab) bringAPI(name, audience, document string) {
	b.t.Helper()
	b.addAPI(name, audience)
	b.fill("Text", document)
	b.click("button", "Save document")
	b.sees("Version 1 of the document is shown now.")
}

// letApp lets an app request tokens for an API without scopes, on the API's page.
func letApp(t *testing.T, owner *testapp.Person, page, name, audience, slug string, client testapp.Credentials) {
	t.Helper()
	form := url.Values{"name": {name}, "audience": {audience}, "slug": {slug}, "access": {"apps"}, "apps": {client.ClientID}}
	testapp.WantStatus(t, "POST "+page, owner.Post(t, page, form), http.StatusSeeOther)
}

// approve ticks a server of the document, and other boxes next to it.
func (b *tab) approve(server string, more ...string) {
	b.t.Helper()
	for _, box := range append([]string{server + "*"}, more...) {
		b.click("checkbox", box)
	}
	b.click("button", "Save servers")
	b.sees("The servers are saved.")
}

// weather is an API that takes calls from pages of any origin, and gives those that it got.
func weather(t *testing.T) (*httptest.Server, <-chan *http.Request) {
	got := make(chan *http.Request, 10)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Allow-Headers", "Authorization")
		if r.Method != http.MethodOptions {
			got <- r
			io.WriteString(w, `"21 degrees"`)
		}
	}))
	t.Cleanup(api.Close)
	return api, got
}

// Where the API takes calls from the portal's origin, they go there directly, with the token
// and no cookie, and the page may reach no other server.
func TestDirectCallsReachTheAPI(t *testing.T) {
	api, got := weather(t)
	chrome := start(t)
	app := testapp.New(t)
	owner := app.Owner(t)
	client := owner.AddApp(t, "Thermostat", "read")
	b := open(t, chrome, app)
	b.client = api.URL
	b.signIn(owner)
	b.bringAPI("Weather", "https://weather.example/", `{"openapi": "3.0.3", "info": {"title": "Weather", "version": "1"}, "servers": [{"url": "`+api.URL+`"}],
		"components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}}, "security": [{"token": []}],
		"paths": {"/now": {"get": {"operationId": "now", "responses": {"200": {"description": "Now"}}}}}}`)
	b.approve(api.URL, "Call them directly from the browser*")
	page, err := evaluate[string](b, "location.pathname")
	if err != nil {
		t.Fatal(err)
	}
	letApp(t, owner, page, "Weather", "https://weather.example/", "weather", client)
	b.visit("/apis/weather#/default/now")
	b.sees("Execute") // the script has come that answers the buttons
	b.click("button", "Authorize as Thermostat")
	b.sees("Authorized as Thermostat")
	b.click("button", "Execute")
	b.sees("21 degrees")
	r := <-got
	if r.URL.Path != "/now" || !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") || r.Header.Get("Cookie") != "" {
		t.Errorf("the API got %s with the headers %v", r.URL, r.Header)
	}
	app.Secret(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
}
