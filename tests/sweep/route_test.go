package sweep

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatepost/handlers"
	"gatepost/tests/testapp"
)

// route is one line of the table of routes.
type route struct {
	method, pattern string
	group           handlers.Group
}

// page says whether the route answers people.
func (r route) page() bool {
	return r.group == handlers.Public || r.signedIn() || r.group == handlers.CrossSiteForm
}

// signedIn says whether it is a page for signed-in people.
func (r route) signedIn() bool {
	return r.group == handlers.SignedIn || r.group == handlers.StepUpEachTime
}

// script says whether it answers the script of a page.
func (r route) script() bool {
	return r.group == handlers.SignedInScript || r.group == handlers.PublicScript
}

// machine says whether it answers programs.
func (r route) machine() bool {
	return r.group == handlers.Clients || r.group == handlers.Nextome || r.group == handlers.Iotconnect || r.group == handlers.Programs
}

// routes lists the table, without the methods that only get 405.
func routes(t *testing.T) (list []route) {
	t.Helper()
	list, _ = table(t)
	return list
}

// table lists what is answered, and the methods that only get 405.
func table(t *testing.T) (list, refused []route) {
	t.Helper()
	for _, r := range handlers.Routes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		if r.Group == handlers.MethodNotAllowed {
			refused = append(refused, route{method, path, r.Group})
		} else {
			list = append(list, route{method, path, r.Group})
		}
	}
	if len(list) < 60 {
		t.Fatalf("the table has %d routes, want at least 60", len(list))
	}
	return list, refused
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

// methods lists what the table takes at a path. HEAD comes with GET unless it is refused.
func methods(list, refused []route, path string) (out []string) {
	with := func(routes []route) (methods []string) {
		for _, r := range routes {
			if matches(r.pattern, path) {
				methods = append(methods, r.method)
				if r.method == http.MethodGet {
					methods = append(methods, http.MethodHead)
				}
			}
		}
		return methods
	}
	none := with(refused)
	for _, method := range with(list) {
		if !slices.Contains(out, method) && !slices.Contains(none, method) {
			out = append(out, method)
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
	token       string            // the app's
	ownerToken  string            // for what an app's token may not use
	vendorToken string            // for the vendor's addresses: calls are counted by token
	values      map[string]string // placeholder, or pattern of the whole path, to value
	secrets     map[string]string // what no answer may hold, by name
}

func newWorld(t *testing.T, options ...testapp.Option) *world {
	t.Helper()
	w := &world{App: testapp.New(t, options...)}
	w.owner = w.Owner(t)
	cookie := w.owner.Cookies(t)[0].Value
	api, devices := w.addAPI(t, "Meters"), w.addImport(t)
	other := w.owner.Again(t)
	w.credentials = w.owner.AddApp(t, "Warehouse", "read", "write", "transactions/mock", "apps:read", "apps:write", "team:read", "team:write", "account:read", "account:write", "portal:read", "portal:write")
	w.token = w.Token(t, w.credentials)
	site := w.owner.AddClient(t, "Site", "web")
	tokens := w.owner.Authorize(t, site)
	w.owner.AddToken(t, "Laptop", "read")
	w.owner.Post(t, "/team/devices", url.Values{"unique_id": {"cam-1"}, "display_name": {"Door"}})
	link := w.owner.Invite(t, "ana@example.com", "developer")
	find := func(path, pattern string) string {
		m := regexp.MustCompile(pattern).FindStringSubmatch(w.owner.Get(t, path).Body)
		if m == nil {
			t.Fatalf("GET %s has nothing like %s", path, pattern)
		}
		return m[1]
	}
	var me struct {
		Team struct {
			ID string `json:"id"`
		} `json:"team"`
	}
	w.Do(t, w.Request(t, http.MethodGet, "/api/v1/me", "", testapp.Bearer(w.token)...)).JSON(t, &me)
	otherSession, _, _ := strings.Cut(other.Cookies(t)[0].Value, ".")
	w.values = map[string]string{
		"{slug}":                                "meters",
		"{server}":                              find("/apis/meters", `/proxy/([0-9a-f]+)`),
		"{path...}":                             "x",
		"/owner/apis/{id}":                      api,
		"/owner/apis/{id}/document":             api,
		"/owner/apis/{id}/fetch":                api,
		"/owner/apis/{id}/calls":                api,
		"/owner/apis/{id}/scopes":               api,
		"/owner/apis/{id}/remove":               api,
		"/team/device-imports/{id}":             devices,
		"/team/device-imports/{id}/preview":     w.addPreview(t),
		"/team/device-imports/{id}/report.csv":  devices,
		"{client_id}":                           w.credentials.ClientID,
		"site":                                  site.ClientID,
		"{token}":                               link[strings.LastIndex(link, "/")+1:],
		"{flow}":                                "client-credentials",
		"{page}":                                "quickstart",
		"{hash}":                                find("/dashboard", `/static/([0-9a-f]+)/app\.css`),
		"{file...}":                             "app.css",
		"{file}":                                "swagger-ui.css",
		"{$}":                                   "",
		"{jti}":                                 find("/apps/"+w.credentials.ClientID+"/tokens", `/tokens/([0-9a-f-]{36})/revoke`),
		"{guid}":                                find("/team/devices", `/team/devices/([0-9a-f-]{36})`),
		"/account/tokens/{id}/revoke":           find("/account/tokens", `/account/tokens/([^/"]+)/revoke`),
		"/account/authorizations/{id}/revoke":   find("/account/authorizations", `/account/authorizations/([^/"]+)/revoke`),
		"/account/sessions/{id}/end":            otherSession,
		"/team/invitations/{id}/resend":         find("/team/members", `/team/invitations/([^/"]+)/cancel`),
		"/team/invitations/{id}/cancel":         find("/team/members", `/team/invitations/([^/"]+)/cancel`),
		"/apps/{client_id}/secrets/{id}/revoke": find("/apps/"+w.credentials.ClientID+"/secrets", `/secrets/([^/"]+)/revoke`),
		"{uniqueId}":                            "cam-1",
		"/api/v1/teams/{id}":                    me.Team.ID,
		"/api/v1/invitations/{id}":              find("/team/members", `/team/invitations/([^/"]+)/cancel`),
		"/api/v1/invitations/{id}/resend":       find("/team/members", `/team/invitations/([^/"]+)/cancel`),
		"/api/v1/apps/{client_id}/secrets/{id}": find("/apps/"+w.credentials.ClientID+"/secrets", `/secrets/([^/"]+)/revoke`),
	}
	w.secrets = map[string]string{
		"the client secret": w.credentials.ClientSecret, "an access token": w.token, "a password": testapp.Password,
		"a session's cookie": cookie, "an invitation's token": w.values["{token}"],
		"a person's access token": tokens.AccessToken, "a refresh token": tokens.RefreshToken, "a site's secret": site.ClientSecret,
	}
	w.addRows(t)
	return w
}

var apiRemoval = regexp.MustCompile(`/owner/apis/([^/"]+)/remove`)

// addAPI adds an API with a document, whose one server is a host that no one may reach.
func (w *world) addAPI(t *testing.T, name string) (id string) {
	t.Helper()
	before := w.owner.Get(t, "/owner/apis").Body
	w.owner.Post(t, "/owner/apis", url.Values{"name": {name}, "audience": {"https://" + strings.ToLower(name) + ".example/"}})
	for _, m := range apiRemoval.FindAllStringSubmatch(w.owner.Get(t, "/owner/apis").Body, -1) {
		if !strings.Contains(before, m[1]) {
			id = m[1]
		}
	}
	if id == "" {
		t.Fatalf("/owner/apis has no API %s", name)
	}
	page := "/owner/apis/" + id
	const document = "--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n" +
		`{"openapi": "3.1.0", "info": {"title": "Meters", "version": "1"}, "servers": [{"url": "https://127.0.0.1"}], "paths": {}}` + "\r\n--x--\r\n"
	w.owner.Do(t, w.Request(t, http.MethodPost, page+"/document", document, "Content-Type", "multipart/form-data; boundary=x"))
	w.owner.Post(t, page+"/calls", url.Values{"version": {"1"}, "servers": {"https://127.0.0.1"}})
	return id
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
		if value, ok := w.values[pattern]; ok && (name == "{id}" || name == "{token}") {
			return value
		}
		if value, ok := w.values[name]; ok {
			return value
		}
		t.Errorf("the sweep has nothing to put for %s in %s", name, pattern)
		return "x"
	})
}

// query is what a route's address asks for after its path.
func (w *world) query(r route) string {
	if r.pattern == "/api/v1/exposures" {
		return "?person=" + w.values["{person}"] + "&team=" + w.values["{team}"]
	}
	return ""
}

// call sends a request as whoever the route is for: with the owner's session, or with a token.
func (w *world) call(t *testing.T, r route, path, body string, headers ...string) *testapp.Answer {
	t.Helper()
	return w.as(t, r, w.Request(t, r.method, path, body, headers...))
}

// as is call for a request that is made already.
func (w *world) as(t *testing.T, r route, req *http.Request) *testapp.Answer {
	t.Helper()
	if (r.group == handlers.Programs || r.group == handlers.Iotconnect) && req.Header.Get("Authorization") == "" {
		req.Header.Set("Authorization", "Bearer "+w.bearer(r))
	}
	if r.page() || r.script() {
		return w.owner.Do(t, req)
	}
	return w.Do(t, req)
}
