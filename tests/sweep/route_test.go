package sweep

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// route is one line of the table of routes.
type route struct {
	method, pattern string
	group           string // as handlers/routes.go names it
}

// page says whether the route answers people.
func (r route) page() bool { return r.group == "public" || r.group == "signedIn" }

// machine says whether it answers programs.
func (r route) machine() bool {
	return r.group == "clients" || r.group == "nextome" || r.group == "programs"
}

var (
	groupLine = regexp.MustCompile(`rt\.add\((\w+),`)
	routeLine = regexp.MustCompile(`^\s*"(GET|POST|PUT|PATCH|DELETE) (/\S*)":`)
)

// routes reads the table.
func routes(t *testing.T) (list []route) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testapp.Root(), "handlers", "routes.go"))
	if err != nil {
		t.Fatal(err)
	}
	group := ""
	for line := range strings.Lines(string(text)) {
		if m := groupLine.FindStringSubmatch(line); m != nil {
			group = m[1]
		}
		if m := routeLine.FindStringSubmatch(line); m != nil {
			list = append(list, route{m[1], m[2], group})
		}
	}
	if len(list) < 60 {
		t.Fatalf("handlers/routes.go has %d routes, want at least 60: is it written in another way now?", len(list))
	}
	return list
}

// matches says whether a concrete path is one of a pattern's.
func matches(pattern, path string) bool {
	pattern = strings.TrimSuffix(pattern, "{$}")
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	for i, segment := range want {
		switch {
		case strings.HasSuffix(segment, "...}"):
			return len(got) > i
		case i >= len(got):
			return false
		case strings.HasPrefix(segment, "{"):
			if got[i] == "" {
				return false
			}
		case segment != got[i]:
			return false
		}
	}
	return len(want) == len(got)
}

// methods lists what the table takes at a path. Where GET is taken HEAD is too.
func methods(list []route, path string) (out []string) {
	for _, r := range list {
		if matches(r.pattern, path) && !slices.Contains(out, r.method) {
			out = append(out, r.method)
			if r.method == http.MethodGet {
				out = append(out, http.MethodHead)
			}
		}
	}
	slices.Sort(out)
	return out
}

// world is a server in use: every placeholder of the table has something behind it.
type world struct {
	*testapp.App
	owner       *testapp.Person
	credentials testapp.Credentials
	token       string
	values      map[string]string // placeholder, or pattern of the whole path, to value
	secrets     map[string]string // what no answer may hold, by name
}

func newWorld(t *testing.T, options ...testapp.Option) *world {
	t.Helper()
	w := &world{App: testapp.New(t, options...)}
	w.owner = w.Owner(t)
	cookie := w.owner.Cookies(t)[0].Value
	other := w.owner.Again(t)
	w.credentials = w.owner.AddApp(t, "Warehouse", "read", "transactions/mock", "apps:read", "apps:write")
	w.token = w.Token(t, w.credentials)
	link := w.owner.Invite(t, "ana@example.com", "developer")
	find := func(path, pattern string) string {
		m := regexp.MustCompile(pattern).FindStringSubmatch(w.owner.Get(t, path).Body)
		if m == nil {
			t.Fatalf("GET %s has nothing like %s", path, pattern)
		}
		return m[1]
	}
	otherSession, _, _ := strings.Cut(other.Cookies(t)[0].Value, ".")
	w.values = map[string]string{
		"{client_id}":                           w.credentials.ClientID,
		"{token}":                               link[strings.LastIndex(link, "/")+1:],
		"{flow}":                                "client-credentials",
		"{page}":                                "quickstart",
		"{hash}":                                find("/dashboard", `/static/([0-9a-f]+)/app\.css`),
		"{file...}":                             "app.css",
		"{file}":                                "swagger-ui.css",
		"{$}":                                   "",
		"/account/sessions/{id}/end":            otherSession,
		"/team/invitations/{id}/resend":         find("/team/members", `/team/invitations/([^/"]+)/cancel`),
		"/team/invitations/{id}/cancel":         find("/team/members", `/team/invitations/([^/"]+)/cancel`),
		"/apps/{client_id}/secrets/{id}/revoke": find("/apps/"+w.credentials.ClientID+"/secrets", `/secrets/([^/"]+)/revoke`),
		"/api/v1/apps/{client_id}/secrets/{id}": find("/apps/"+w.credentials.ClientID+"/secrets", `/secrets/([^/"]+)/revoke`),
	}
	w.secrets = map[string]string{
		"the client secret": w.credentials.ClientSecret, "an access token": w.token, "a password": testapp.Password,
		"a session's cookie": cookie, "an invitation's token": w.values["{token}"],
	}
	return w
}

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

// path is a pattern with something real in its placeholders.
func (w *world) path(t *testing.T, pattern string) string {
	t.Helper()
	return w.pathWith(t, pattern, "", "")
}

// pathWith is path with another value in one placeholder.
func (w *world) pathWith(t *testing.T, pattern, odd, value string) string {
	t.Helper()
	return placeholder.ReplaceAllStringFunc(pattern, func(name string) string {
		if name == odd {
			return value
		}
		if value, ok := w.values[name]; ok {
			return value
		}
		if value, ok := w.values[pattern]; ok && name == "{id}" {
			return value
		}
		t.Errorf("the sweep has nothing to put for %s in %s", name, pattern)
		return "x"
	})
}

// call sends a request as whoever the route is for: with the owner's session, or with a token.
func (w *world) call(t *testing.T, r route, path, body string, headers ...string) *testapp.Answer {
	t.Helper()
	req := w.Request(t, r.method, path, body, headers...)
	if r.group == "programs" && req.Header.Get("Authorization") == "" {
		req.Header.Set("Authorization", "Bearer "+w.token)
	}
	if r.page() || r.group == "pageScript" {
		return w.owner.Do(t, req)
	}
	return w.Do(t, req)
}
