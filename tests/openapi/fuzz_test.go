package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"gatepost/tests/testapp"
)

// fuzzer sends made-up requests to every operation of the document.
type fuzzer struct {
	*walker
	values
	tokens  []string
	answers map[int]int     // how many of each status
	well    map[string]bool // the operations that were answered well
}

// How many of each kind the server has at first: apps are slow to make, and of the others
// enough for what deletes them. many is a multiple of apps, since what belongs to an app is
// known by the app's number.
const (
	apps = 5
	many = 60
)

// fuzzSeed makes the requests of a failure come again.
const fuzzSeed = 4

// No request gets a failure of the server's, and no answer is other than the document says,
// whatever the request holds.
func TestNoRequestMakesTheServerFail(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { fuzz(t, 30, testapp.New(t)) })
	t.Run("postgres", func(t *testing.T) {
		fuzz(t, 20, testapp.New(t, testapp.WithDatabase(testapp.StartPostgres(t).Database(t))))
	})
}

func fuzz(t *testing.T, cases int, app *testapp.App) {
	f := &fuzzer{walker: newWalker(t, app), values: values{Rand: rand.New(rand.NewPCG(fuzzSeed, fuzzSeed)), known: map[string][]string{}}, answers: map[int]int{}, well: map[string]bool{}}
	f.fill()
	// What deletes comes last, so that the others find something,
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodPost, http.MethodDelete} {
		for _, path := range slices.Backward(sorted(f.doc.Paths.Map())) { // and what is in an app before the app
			item := f.doc.Paths.Value(path)
			op := item.GetOperation(method)
			if op == nil {
				continue
			}
			route := &routers.Route{Spec: f.doc, Server: f.doc.Servers[0], Path: path, PathItem: item, Method: method, Operation: op}
			for range cases {
				f.try(route)
			}
		}
	}
	t.Logf("answers by status: %v", f.answers)
	var missed []string
	for path, item := range f.doc.Paths.Map() {
		for method := range item.Operations() {
			if !f.well[method+" "+path] {
				missed = append(missed, method+" "+path)
			}
		}
	}
	if slices.Sort(missed); len(missed) > len(f.well)/10 {
		t.Errorf("%d operations were never answered well, so little of them was reached: %s", len(missed), list(missed))
	}
}

// fill puts something of each kind on the server, so that requests find it.
func (f *fuzzer) fill() {
	team := f.app.AddTeam(f, "Fuzz")
	for i := range 6 { // each has its own limit of calls
		f.tokens = append(f.tokens, f.app.Token(f, f.app.AddApp(f, team.ID, fmt.Sprintf("Manager %d", i), everyScope...)))
	}
	owner := f.app.Owner(f)
	everything := f.personalToken(owner, "Everything", everyScope...)
	f.tokens = append(f.tokens, everything, everything)
	token := f.tokens[0]
	know := func(name, value string) { f.known[name] = append(f.known[name], value) }
	know("team", team.ID)
	know("solution-key", team.SolutionKey)
	for _, s := range []string{"read", "write", "apps:read"} {
		know("scopes", s)
		know("scope", s)
	}
	know("redirect_uris", "https://a.example/callback")
	for i := range apps {
		know("email", fmt.Sprintf("fuzz%d@example.com", i))
		c := f.app.AddApp(f, team.ID, fmt.Sprintf("Fuzzed %d", i), "read")
		f.app.Token(f, c)
		for name, value := range map[string]string{"client_id": c.ClientID, "clientId": c.ClientID, "client_secret": c.ClientSecret, "clientSecret": c.ClientSecret} {
			know(name, value)
		}
		path := "/api/v1/apps/" + c.ClientID
		know("jti", f.page(token, path+"/tokens").Tokens[0].ID)
		know("/secrets/{id}", f.page(token, path+"/secrets").Secrets[0].ID)
	}
	for i := range many {
		var d struct {
			GUID string `json:"guid"`
		}
		id := fmt.Sprintf("FUZZ-%d", i)
		f.send(201, http.MethodPost, "/api/v1/devices", fmt.Sprintf(`{"unique_id": %q, "display_name": %q}`, id, id), jsonBy(token)...).JSON(f, &d)
		know("guid", d.GUID)
		know("uniqueId", id)
		know("unique_id", id)
		var invited struct {
			ID string `json:"id"`
		}
		f.send(201, http.MethodPost, "/api/v1/invitations", fmt.Sprintf(`{"email": "pool%d@example.com", "role": "viewer"}`, i), jsonBy(token)...).JSON(f, &invited)
		know("/invitations/{id}", invited.ID)
	}
	know("/teams/{id}", team.ID)
	know("grant_type", "client_credentials")
	know("cursor", *f.page(token, "/api/v1/audit-events?limit=1").Next)
	know("cursor", *f.page(token, "/api/v1/apps?limit=1").Next)
}

// try sends one made-up request.
func (f *fuzzer) try(route *routers.Route) {
	f.Helper()
	path, query, headers := f.params(route)
	body, kind := f.body(route.Operation)
	if kind != "" {
		headers = append(headers, "Content-Type", kind)
	}
	if open := route.Operation.Security != nil && len(*route.Operation.Security) == 0; !open || f.IntN(4) == 0 {
		switch f.IntN(12) {
		case 0:
		case 1:
			headers = append(headers, "Authorization", pick(f.Rand, "Bearer", "Bearer x", "Basic eDp5", "Basic ☃", "Bearer "+strings.Repeat("x", 5000), "Bearer gpp_x"))
		default:
			headers = append(headers, "Authorization", "Bearer "+pick(f.Rand, f.tokens...))
		}
	}
	req := f.app.Request(f, route.Method, "/", body)
	target, err := url.ParseRequestURI(f.app.URL + path)
	if err != nil {
		f.Fatalf("made up the address %q: %v", path, err)
	}
	target.RawQuery, req.URL = query, target
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	r := f.app.Do(f, req)
	f.answers[r.Status]++
	if r.Status < 400 {
		f.well[route.Method+" "+route.Path] = true
	}
	said := fmt.Sprintf("%s %s?%.300s %.300q by %.60q\nanswer: %d %.600s", route.Method, path, query, body, headers, r.Status, r.Body)
	if r.Status >= 500 {
		f.Errorf("the server failed: %s", said)
	}
	if r.Header.Get("X-Request-Id") == "" {
		f.Errorf("no X-Request-Id: %s", said)
	}
	err = openapi3filter.ValidateResponse(f.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, Route: route},
		Status:                 r.Status, Header: r.Header, Body: io.NopCloser(bytes.NewReader([]byte(r.Body))),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		f.Errorf("the answer is not what the document says: %s\n%.600s", said, err)
	}
}

// params makes up the address, the query and the headers.
func (f *fuzzer) params(route *routers.Route) (path, query string, headers []string) {
	path, f.one = route.Path, f.IntN(many)
	var pairs []string
	for _, ref := range slices.Concat(route.PathItem.Parameters, route.Operation.Parameters) {
		p := ref.Value
		value := f.param(route.Path, p)
		switch p.In {
		case "path":
			if strings.Trim(value, ".") == "" || len(value) > 5000 {
				value = "none" // another address: the table of routes has its own tests
			}
			path = strings.Replace(path, "{"+p.Name+"}", url.PathEscape(value), 1)
		case "query":
			if !p.Required && f.IntN(2) == 0 {
				continue
			}
			for range pick(f.Rand, 1, 1, 1, 1, 1, 1, 1, 1, 2) {
				pairs = append(pairs, p.Name+"="+url.QueryEscape(value))
			}
		case "header":
			if f.IntN(2) == 0 {
				headers = append(headers, p.Name, headerText(value))
			}
		}
	}
	if f.IntN(30) == 0 {
		pairs = append(pairs, pick(f.Rand, "x=%zz", "%00", "&&", "x=%ff", "team=%ff", ";"))
	}
	return path, strings.Join(pairs, "&"), headers
}

func (f *fuzzer) param(path string, p *openapi3.Parameter) string {
	if f.IntN(6) == 0 {
		return f.oddText()
	}
	if p.In == "path" {
		for where, of := range f.known {
			if strings.Contains(path, where) && strings.HasSuffix(where, "{"+p.Name+"}") {
				return of[f.one%len(of)]
			}
		}
		if of := f.known[p.Name]; len(of) > 0 {
			return of[f.one%len(of)]
		}
	}
	return fmt.Sprint(f.good(p.Name, p.Schema, 0))
}

// headerText is what a client can send in a header.
func headerText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s[:min(len(s), 5000)])
}

// body makes up a body, and says of which type it claims to be.
func (f *fuzzer) body(op *openapi3.Operation) (body, kind string) {
	if op.RequestBody == nil {
		if f.IntN(10) == 0 {
			return pick(f.Rand, oddBodies...), "application/json"
		}
		return "", ""
	}
	content := op.RequestBody.Value.Content
	kind = pick(f.Rand, sorted(content)...)
	value := f.good("", content[kind].Schema, 0)
	if f.IntN(2) == 0 {
		value = f.spoil(value)
	}
	switch f.IntN(25) {
	case 0:
		kind = pick(f.Rand, "", "text/plain", "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json; charset=utf-16", ";")
	case 1:
		return pick(f.Rand, oddBodies...), kind
	}
	if strings.HasPrefix(kind, "application/x-www-form") {
		form := url.Values{}
		m, _ := value.(map[string]any)
		for _, key := range sorted(m) {
			form.Add(key, fmt.Sprint(m[key]))
		}
		return form.Encode(), kind
	}
	text, err := json.Marshal(value)
	if err != nil {
		return "{", kind
	}
	return string(text), kind
}
