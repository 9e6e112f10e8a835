package flow

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

var apiPage = regexp.MustCompile(`/owner/apis/[A-Za-z0-9_-]{16,}`)

// addAPI adds an API and gives the path of its page.
func addAPI(t *testing.T, app *testapp.App, owner *testapp.Person, name, audience string) string {
	t.Helper()
	testapp.WantRedirect(t, "POST /owner/apis", owner.Post(t, "/owner/apis", testapp.Form("name", name, "audience", audience)), "/owner/apis")
	_, after, ok := strings.Cut(owner.Get(t, "/owner/apis").Body, audience)
	page := apiPage.FindString(after)
	if !ok || page == "" {
		t.Fatalf("/owner/apis leads to no page of %s", name)
	}
	return page
}

// paste sends a document as text, uploadDocument as a file.
func paste(t *testing.T, app *testapp.App, p *testapp.Person, page, text string) *testapp.Answer {
	return sendDocument(t, app, p, page, "", text)
}

func uploadDocument(t *testing.T, app *testapp.App, p *testapp.Person, page, text string) *testapp.Answer {
	return sendDocument(t, app, p, page, "api.yaml", text)
}

func sendDocument(t *testing.T, app *testapp.App, p *testapp.Person, page, name, text string) *testapp.Answer {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	start := form.CreateFormField
	if name != "" {
		start = func(field string) (io.Writer, error) { return form.CreateFormFile(field, name) }
	}
	part, err := start("file")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(part, text)
	form.Close()
	return p.Do(t, app.Request(t, http.MethodPost, page+"/document", body.String(), "Content-Type", form.FormDataContentType(), "Sec-Fetch-Site", "same-origin"))
}

const meters = `openapi: 3.1.0
info: {title: Meters, version: "1"}
servers:
  - url: https://api.example.com/v1
  - url: http://localhost:9000
components:
  securitySchemes:
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: https://x.example/t, scopes: {"meters:read": Reads meters, "read": x, "bad scope": y}}}}
paths:
  /meters/{id}:
    get:
      responses: {"200": {description: A meter}}
`

// An owner brings an API: its document is checked, kept in versions, and shown to who is signed in.
func TestOwnerBringsAnAPI(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	page := addAPI(t, app, owner, "Métres & Meters", "https://api.example/")
	other := addAPI(t, app, owner, "Mètres & Meters", "https://other.example/")

	for text, says := range map[string]string{
		"":                      "Choose a file, or paste the text.",
		"swagger: '2.0'":        "Swagger 2.0",
		"openapi: 3.0.0\nx: [":  "isn&#39;t well-formed YAML",
		`{"openapi": "3.0.0",}`: "isn&#39;t well-formed JSON",
		"openapi: 3.0.0\nx: *y": "well-formed",
		meters + "paths: {}\n":  "paths appears twice",
		"openapi: 3.1.0\npaths: {/a: {$ref: 'http://169.254.169.254/'}}": "points outside the document",
	} {
		r := paste(t, app, owner, page, text)
		testapp.WantStatus(t, fmt.Sprintf("POST of %.20q", text), r, http.StatusUnprocessableEntity)
		if !strings.Contains(r.Body, says) {
			t.Errorf("POST of %.40q does not say %q", text, says)
		}
	}
	if strings.Contains(owner.Get(t, page).Body, "/apis/m") {
		t.Error("a document that was refused gave the API an address")
	}
	testapp.WantRedirect(t, "POST of a text", paste(t, app, owner, page, meters), page)
	testapp.WantRedirect(t, "POST of a file", uploadDocument(t, app, owner, page, strings.Replace(meters, "title: Meters", "title: Meters two", 1)), page)
	testapp.WantRedirect(t, "POST of another's", uploadDocument(t, app, owner, other, meters), other)
	if body := owner.Get(t, other).Body; !strings.Contains(body, "/apis/m-tres-meters-2") {
		t.Errorf("the page of an API with a name that is taken has no address of its own")
	}
	body := owner.Get(t, page).Body
	for _, want := range []string{"/apis/m-tres-meters?version=2", "/apis/m-tres-meters?version=1", "GET /meters/{id}: ", "https://api.example.com/v1", "http://localhost:9000", "Direct calls only", "meters:read"} {
		if !strings.Contains(body, want) {
			t.Errorf("%s lacks %s", page, want)
		}
	}

	// Who may see it.
	dev := app.Member(t, "First team", "viewer")
	for path, says := range map[string]string{
		"/apis/m-tres-meters/openapi.json": `"title":"Meters two"`, "/apis/m-tres-meters/openapi.json?version=1": `"title":"Meters"`,
		"/apis/m-tres-meters": "Read only.", "/apis/m-tres-meters?version=1": "This is version 1", "/swagger-ui/index.html": `value="m-tres-meters"`,
	} {
		r := dev.Get(t, path)
		testapp.WantStatus(t, "GET "+path, r, http.StatusOK)
		if !strings.Contains(r.Body, says) {
			t.Errorf("GET %s does not say %s", path, says)
		}
	}
	testapp.WantRedirect(t, "GET /apis?api=m-tres-meters", dev.Get(t, "/apis?api=m-tres-meters"), "/apis/m-tres-meters")
	testapp.WantRedirect(t, "GET /apis", dev.Get(t, "/apis"), "/swagger-ui/index.html")
	for _, path := range []string{"/apis/none", "/apis/none/openapi.json", "/apis?api=none", "/apis/m-tres-meters?version=3", "/apis/m-tres-meters/openapi.json?version=x", "/apis/m-tres-meters?version=99999999999999999999", "/owner/apis/none"} {
		testapp.WantStatus(t, "GET "+path, owner.Get(t, path), http.StatusNotFound)
	}
	stranger := app.Visitor(t)
	testapp.WantStatus(t, "GET of the document by a stranger", stranger.Get(t, "/apis/m-tres-meters/openapi.json"), http.StatusUnauthorized)
	if strings.Contains(stranger.Get(t, "/swagger-ui/index.html").Body, "m-tres") {
		t.Error("a stranger is told of the API")
	}
	admin := app.Member(t, "First team", "admin")
	testapp.WantStatus(t, "GET by an admin", admin.Get(t, page), http.StatusForbidden)
	testapp.WantStatus(t, "POST of a document by an admin", paste(t, app, admin, page, meters), http.StatusForbidden)
	for _, form := range []string{"fetch", "calls", "scopes"} {
		testapp.WantStatus(t, "POST "+form+" by an admin", admin.Post(t, page+"/"+form, url.Values{"address": {"https://example.com/"}}), http.StatusForbidden)
	}

	// Scopes.
	testapp.WantStatus(t, "POST of no scope", owner.Post(t, page+"/scopes", testapp.Form("scopes", "other")), http.StatusUnprocessableEntity)
	testapp.WantStatus(t, "POST of a scope that can't be one", owner.Post(t, page+"/scopes", testapp.Form("scopes", "bad scope")), http.StatusUnprocessableEntity)
	testapp.WantRedirect(t, "POST of a scope", owner.Post(t, page+"/scopes", testapp.Form("scopes", "meters:read")), page)
	if !strings.Contains(owner.Get(t, "/apps/new").Body, "Reads meters") {
		t.Error("the new scope is not in the catalogue")
	}

	// Servers.
	for name, c := range map[string]url.Values{
		"that is not declared": testapp.Form("version", "2", "servers", "https://evil.example"),
		"of an older version":  testapp.Form("version", "1", "servers", "https://api.example.com/v1"),
		"without a version":    testapp.Form("servers", "https://api.example.com/v1"),
	} {
		testapp.WantStatus(t, "approve a server "+name, owner.Post(t, page+"/calls", c), http.StatusUnprocessableEntity)
	}
	testapp.WantRedirect(t, "approve", owner.Post(t, page+"/calls", testapp.Form("version", "2", "servers", "http://localhost:9000", "direct", "on")), page)
	r := dev.Get(t, "/apis/m-tres-meters")
	if csp := r.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "connect-src 'self' http://localhost:9000; form-action 'self'") {
		t.Errorf("the policy of a page with direct calls = %s", csp)
	}
	// A server that leaves the document loses its approval.
	testapp.WantRedirect(t, "POST without the server", paste(t, app, owner, page, strings.Replace(meters, "  - url: http://localhost:9000\n", "", 1)), page)
	testapp.WantRedirect(t, "POST with it again", paste(t, app, owner, page, meters), page)
	if csp := dev.Get(t, "/apis/m-tres-meters").Header.Get("Content-Security-Policy"); strings.Contains(csp, "9000") {
		t.Errorf("the policy has a server that left the document: %s", csp)
	}
	if body := owner.Get(t, "/team/audit").Body; strings.Contains(body, ">api.documented") {
		t.Error("the audit page has no words for api.documented")
	}
	testapp.WantRedirect(t, "remove", owner.Post(t, page+"/remove", url.Values{}), "/owner/apis")
	testapp.WantStatus(t, "GET of a removed API", dev.Get(t, "/apis/m-tres-meters"), http.StatusNotFound)
}

// What an address leads to, inside or not, is not told.
func TestDocumentsComeFromPublicHostsOnly(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	page := addAPI(t, app, owner, "Meters", "https://api.example/")
	said := ""
	for _, address := range []string{"https://127.0.0.1/", "https://localhost/openapi.json", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://169.254.169.254/latest/meta-data/", "https://10.0.0.1/",
		strings.Replace(app.URL, "http:", "https:", 1) + "/openapi.json"} {
		r := owner.Post(t, page+"/fetch", testapp.Form("address", address))
		testapp.WantStatus(t, "fetch "+address, r, http.StatusUnprocessableEntity)
		text := regexp.MustCompile(`The document couldn[^<]*`).FindString(r.Body)
		if said == "" {
			said = text
		}
		if text == "" || text != said {
			t.Errorf("fetch %s says %q, want what every address says: %q", address, text, said)
		}
	}
	for _, address := range []string{"", "file:///etc/passwd", "http://example.com/openapi.json", "gopher://x", "//example.com", "https://a:b@example.com/", "https:///x"} {
		r := owner.Post(t, page+"/fetch", testapp.Form("address", address))
		testapp.WantStatus(t, "fetch "+address, r, http.StatusUnprocessableEntity)
		if !strings.Contains(r.Body, "Enter an address such as") {
			t.Errorf("fetch %s does not say what to write", address)
		}
	}
}
