package browser

import (
	"encoding/json"
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"gatepost/tests/testapp"
)

// dashboard is a page of another origin, whose script signs in and lists devices as an
// IoTConnect client does, then gets a token as an NXTsoft client does. It writes what it could read
// into its title.
const dashboard = `<!doctype html><title>waiting</title><link rel="icon" href="data:,"><body data-given="GIVEN"><script type="module">
const given = JSON.parse(document.body.dataset.given), read = [], json = {'Content-Type': 'application/json'}
const call = async (path, options) => {
	const r = await fetch(given.issuer + path, options)
	read.push(options?.method ?? 'GET', path, r.status)
	return [r.status === 204 ? null : await r.json(), r.headers]
}
try {
	const [basic] = await call('/api/v2/Auth/basic-token')
	const headers = {...json, Authorization: 'Basic ' + basic.data, 'solution-key': given.solutionKey}
	const [refused, why] = await call('/api/v2/Auth/login', {method: 'POST', headers, body: JSON.stringify({username: given.username, password: 'wrong'})})
	read.push(refused.message, why.get('WWW-Authenticate'))
	const [tokens] = await call('/api/v2/Auth/login', {method: 'POST', headers, body: JSON.stringify({username: given.username, password: given.password})})
	const by = {...json, Authorization: 'Bearer ' + tokens.access_token}
	const [made, head] = await call('/api/v2/Device', {method: 'POST', headers: {...by, 'Idempotency-Key': 'k'}, body: JSON.stringify({uniqueId: 'SN-1', displayName: 'Door'})})
	read.push(head.get('ETag'), head.get('Location') === made.data._links.self.href)
	const one = new URL(head.get('Location')).pathname
	const [list] = await call('/api/v1.1/Device?pageSize=1', {headers: by})
	read.push(list.count, list.data[0].displayName)
	await call(one, {method: 'PUT', headers: {...by, 'If-Match': head.get('ETag')}, body: JSON.stringify({displayName: 'Gate'})})
	await call(one, {method: 'DELETE', headers: {...by, 'If-Match': '"2"'}})
	const [again] = await call('/api/v2/Auth/refresh-token', {method: 'POST', headers: json, body: JSON.stringify({refreshtoken: tokens.refresh_token})})
	read.push(again.token_type)
	const [token] = await call('/oauth2/token', {method: 'POST', body: new URLSearchParams({grant_type: 'client_credentials', client_id: given.clientID, client_secret: given.clientSecret})})
	const [devices] = await call('/api/v1/devices', {headers: {Authorization: 'Bearer ' + token.access_token}})
	read.push(devices.devices.length)
} catch (e) {
	read.push(String(e))
}
document.body.dataset.read = JSON.stringify(read)
document.title = 'done'
</script>`

// errorID is what each refusal ends with, another one each time.
var errorID = regexp.MustCompile(` error_id: err_[a-z2-7]{16}$`)

// A page of another origin signs in and lists devices, which IoTConnect's document promises.
func TestPageOfAnotherOriginUsesTheAPI(t *testing.T) {
	chrome := start(t)
	app := testapp.New(t)
	team := app.AddTeam(t, "Acme")
	person, credentials := app.Member(t, team.ID, "developer"), app.AddApp(t, team.ID, "Dashboard", "read")
	given, err := json.Marshal(map[string]string{"issuer": app.URL, "solutionKey": team.SolutionKey, "username": person.Email, "password": testapp.Password,
		"clientID": credentials.ClientID, "clientSecret": credentials.ClientSecret})
	if err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(strings.Replace(dashboard, "GIVEN", html.EscapeString(string(given)), 1)))
	}))
	t.Cleanup(site.Close)
	b := open(t, chrome, app)
	b.client = site.URL
	b.mayRefuse("/api/v2/Auth/login")
	b.do("open the dashboard", chromedp.Navigate(site.URL))
	b.until("the dashboard has done its calls", "document.title === 'done'")
	text, err := evaluate[string](b, "document.body.dataset.read")
	if err != nil {
		t.Fatal(err)
	}
	var read []any
	if err := json.Unmarshal([]byte(text), &read); err != nil {
		t.Fatal(err)
	}
	for i, word := range read {
		if path, ok := word.(string); ok && strings.HasPrefix(path, "/api/v2/Device/") {
			read[i] = "/api/v2/Device/{guid}"
		}
	}
	want := []any{"GET", "/api/v2/Auth/basic-token", 200.0,
		"POST", "/api/v2/Auth/login", 401.0, "The username, the password or the solution key is wrong.", "Bearer",
		"POST", "/api/v2/Auth/login", 200.0,
		"POST", "/api/v2/Device", 201.0, `"1"`, true,
		"GET", "/api/v1.1/Device?pageSize=1", 200.0, 1.0, "Door",
		"PUT", "/api/v2/Device/{guid}", 200.0,
		"DELETE", "/api/v2/Device/{guid}", 204.0,
		"POST", "/api/v2/Auth/refresh-token", 200.0, "bearer",
		"POST", "/oauth2/token", 200.0, "GET", "/api/v1/devices", 200.0, 0.0}
	for i, v := range read {
		if text, ok := v.(string); ok {
			read[i] = errorID.ReplaceAllString(text, "")
		}
	}
	if !slices.Equal(read, want) {
		t.Errorf("the page read %v\nwant %v", read, want)
	}
}
