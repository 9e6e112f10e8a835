package openapi

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"gatepost/handlers"
	"gatepost/tests/testapp"
)

// walker sends requests that the document allows; testapp holds every answer against the
// document. It remembers which operations answered with which status.
type walker struct {
	testing.TB
	app    *testapp.App
	doc    *openapi3.T
	router routers.Router
	seen   map[string][]int
	first  *testapp.Person
}

// owner is the portal's first owner, who activates the account at the first call.
func (w *walker) owner() *testapp.Person {
	w.Helper()
	if w.first == nil {
		w.first = w.app.Owner(w)
	}
	return w.first
}

func newWalker(t testing.TB, app *testapp.App) *walker {
	t.Helper()
	r := app.Do(t, app.Request(t, http.MethodGet, "/openapi.json", ""))
	doc, err := openapi3.NewLoader().LoadFromData([]byte(r.Body))
	if err != nil {
		t.Fatalf("LoadFromData(/openapi.json) = %v", err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatalf("/openapi.json: Validate() = %v", err)
	}
	if len(doc.Servers) != 1 || doc.Servers[0].URL != app.URL {
		t.Fatalf("servers of /openapi.json = %v, want only the issuer %s", doc.Servers, app.URL)
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return &walker{TB: t, app: app, doc: doc, router: router, seen: map[string][]int{}}
}

// send sends a request, which must get this status. A request that is meant to be good must
// be good by the document too.
func (w *walker) send(status int, method, path, body string, headers ...string) *testapp.Answer {
	w.Helper()
	return w.sendBy(w.app, status, method, path, body, headers...)
}

// sender is the app, whose requests carry no cookies, or a person.
type sender interface {
	Do(t testing.TB, req *http.Request) *testapp.Answer
}

// sendBy is send with a person's session.
func (w *walker) sendBy(by sender, status int, method, path, body string, headers ...string) *testapp.Answer {
	w.Helper()
	req := w.app.Request(w, method, path, body, headers...)
	route, params, err := w.router.FindRoute(req)
	if err != nil {
		w.Fatalf("%s %s is not in the document: %v", method, path, err)
	}
	in := &openapi3filter.RequestValidationInput{
		Request: req, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true},
	}
	if status < 400 {
		if err := openapi3filter.ValidateRequest(w.Context(), in); err != nil {
			w.Errorf("%s %s: the request is not what the document says: %v", method, path, err)
		}
		req.Body = io.NopCloser(strings.NewReader(body)) // the check has read it
	}
	r := by.Do(w, req)
	if r.Status != status {
		w.Fatalf("%s %s = %d %s, want %d", method, path, r.Status, r.Body, status)
	}
	at := method + " " + route.Path
	w.seen[at] = append(w.seen[at], status)
	return r
}

// jsonBy are the headers of a JSON body by a token.
func jsonBy(token string) []string {
	return append(testapp.Bearer(token), "Content-Type", "application/json")
}

// forBrowsers are the groups of routes that answer pages, files, and scripts of pages.
var forBrowsers = []handlers.Group{handlers.Public, handlers.SignedIn, handlers.StepUpEachTime, handlers.CrossSiteForm,
	handlers.PublicScript, handlers.SignedInScript, handlers.Files}

// A route for programs that the document does not have, or the other way round, fails.
func TestDocumentHasTheRoutesForPrograms(t *testing.T) {
	source, err := os.ReadFile(filepath.Join(testapp.Root(), "assets", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(source)
	if err != nil {
		t.Fatal(err)
	}
	var documented, routed []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			documented = append(documented, method+" "+path)
		}
	}
	// The one page that programs need to know: they send people there.
	page := []string{"GET /oauth2/auth", "POST /oauth2/auth"}
	for _, r := range handlers.Routes() {
		forPrograms := !slices.Contains(forBrowsers, r.Group) && r.Group != handlers.MethodNotAllowed && r.Pattern != "GET /openapi.json"
		if forPrograms || slices.Contains(page, r.Pattern) {
			routed = append(routed, r.Pattern)
		}
	}
	for _, pattern := range page {
		if !slices.Contains(routed, pattern) {
			t.Errorf("the table of routes has no %s", pattern)
		}
	}
	slices.Sort(documented)
	slices.Sort(routed)
	if !slices.Equal(documented, routed) {
		t.Errorf("operations of openapi.yaml = %s\nwant the routes for programs %s", list(documented), list(routed))
	}
}

// Who sends a body that an operation does not take is told so in the shape of its failures.
func TestDocumentHasTheRefusalsOfBodies(t *testing.T) {
	source, err := os.ReadFile(filepath.Join(testapp.Root(), "assets", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(source)
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if method == http.MethodGet || method == http.MethodDelete || path == "/oauth2/auth" || strings.HasSuffix(path, "/Auth/basic-token") {
				continue // they read none, or answer with pages
			}
			for _, status := range []int{400, 413, 415} {
				if op.Responses.Status(status) == nil {
					t.Errorf("%s %s has no answer %d", method, path, status)
				}
			}
		}
	}
}

func list(s []string) string { return fmt.Sprintf("\n\t%s", strings.Join(s, "\n\t")) }
