package openapi

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"

	"gatepost/tests/testapp"
)

// shared is the one server of the tests that are named after a noun of the API. Whatever they
// change of the whole portal they put back.
var shared *walker

// TestMain also fails when an operation of the document was never answered well. A run of some
// tests only can't say.
func TestMain(m *testing.M) {
	openapi3filter.RegisterBodyDecoder("text/csv", openapi3filter.FileBodyDecoder) // its own takes commas only, and UTF-8
	status := testapp.Main(m, func(t testing.TB) {
		shared = newWalker(t, testapp.New(t))
		shared.owner()
	})
	if status == 0 && flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.skip").Value.String() == "" {
		if missed := shared.missed(); len(missed) > 0 {
			fmt.Fprintf(os.Stderr, "operations that no test saw succeed: %s\n", list(missed))
			status = 1
		}
	}
	os.Exit(status)
}

// missed are the operations that were never answered well; a redirect is well too.
func (w *walker) missed() (missed []string) {
	for path, item := range w.doc.Paths.Map() {
		for method := range item.Operations() {
			at := method + " " + path
			if at == "POST /api/v1/apis/{id}/documents/fetch" {
				continue // from public hosts alone: there is none in a test
			}
			if !slices.ContainsFunc(w.seen[at], func(s int) bool { return s < 400 }) {
				missed = append(missed, fmt.Sprintf("%s was answered with %v", at, w.seen[at]))
			}
		}
	}
	slices.Sort(missed)
	return missed
}

// ground is what the test of a noun works on: a team of its own with an app that may do
// everything, and a stranger's team with an app that may see nothing of the first.
type ground struct {
	*walker
	team, stranger testapp.Team
	foreign        testapp.Credentials
	token          string // of the app Manager, with every scope
}

func newGround(t *testing.T) *ground {
	t.Helper()
	g := &ground{walker: &walker{TB: t, app: shared.app, doc: shared.doc, router: shared.router, seen: shared.seen, first: shared.first}}
	g.team, g.stranger = g.app.AddTeam(t, t.Name()), g.app.AddTeam(t, t.Name()+" elsewhere")
	g.foreign = g.app.AddApp(t, g.stranger.ID, "Foreign", "read", "apps:read", "apps:write")
	g.token = g.tokenOf("Manager", everyScope...)
	return g
}

// tokenOf is a token of a new app of the team.
func (g *ground) tokenOf(name string, scopes ...string) string {
	g.Helper()
	return g.app.Token(g, g.app.AddApp(g, g.team.ID, name, scopes...))
}

func TestDiscovery(t *testing.T) {
	w := newGround(t)
	for _, path := range []string{"/healthz", "/readyz", "/.well-known/jwks.json", "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"} {
		w.send(200, http.MethodGet, path, "")
	}
}

func TestMe(t *testing.T) {
	w := newGround(t)
	tool := w.app.AddApp(w, w.team.ID, "Tool", "read", "apps:read", "apps:write", "transactions/mock")
	var who me
	w.send(200, http.MethodGet, "/api/v1/me", "", testapp.Bearer(w.app.Token(w, tool))...).JSON(t, &who)
	if who.Type != "app" || who.ClientID != tool.ClientID || who.Name != "Tool" || who.Team == nil || who.Team.ID != w.team.ID || len(who.Teams) != 1 || len(who.Scopes) != 4 {
		t.Errorf("GET /api/v1/me = %+v, want the app Tool of its team with four scopes", who)
	}
}

// Each answer says how many calls are left.
func TestLimits(t *testing.T) {
	w := newGround(t)
	first := w.send(200, http.MethodGet, "/api/v1/me", "", testapp.Bearer(w.token)...).Header
	if first.Get("RateLimit-Limit") == "" || first.Get("RateLimit-Remaining") == "" || first.Get("RateLimit-Reset") == "" {
		w.Errorf("GET /api/v1/me without RateLimit headers: %v", first)
	}
	if !strings.Contains(first.Get("Access-Control-Expose-Headers"), "RateLimit-Remaining") {
		w.Errorf("Access-Control-Expose-Headers = %q, want the RateLimit headers", first.Get("Access-Control-Expose-Headers"))
	}
}
