package openapi

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"

	"gatepost/tests/testapp"
)

// fuzzer sends made-up requests to every operation of the document.
type fuzzer struct {
	*walker
	values
	tokens   []string // of apps, and a personal one twice
	personal []string // an owner's, with every scope; the first is for what isn't made up
	team     testapp.Team
	answers  map[int]int     // how many of each status
	well     map[string]bool // the operations that were answered well
}

// fuzzSeed makes the requests of a failure come again.
const fuzzSeed = 4

// plainly is how often a request holds only what should do well, so that each operation is
// reached whatever the seed: the first of each, and every plainly-th.
const plainly = 5

// No request gets a failure of the server's, and no answer is other than the document says,
// whatever the request holds.
func TestNoRequestMakesTheServerFail(t *testing.T) {
	mails := func(t *testing.T) testapp.Option { // which wait
		box := testapp.StartMailbox(t)
		box.Refuse("450 4.2.1 Not now")
		return testapp.WithMailbox(box)
	}
	t.Run("sqlite", func(t *testing.T) { fuzz(t, 30, testapp.New(t, mails(t))) })
	t.Run("postgres", func(t *testing.T) {
		fuzz(t, 20, testapp.New(t, mails(t), testapp.WithDatabase(testapp.StartPostgres(t).Database(t))))
	})
}

// beyondTheSchema are operations that go well only with what no schema can say: a second team
// that the caller manages too, a whole OpenAPI document. The walk has them.
var beyondTheSchema = []string{
	"POST /api/v1/apps/{client_id}/transfer", "POST /api/v1/apis/{id}/documents", "POST /api/v1/apis/{id}/documents/fetch",
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
			for i := range cases {
				f.plain = i%plainly == 0
				f.try(route)
			}
			if method == http.MethodPatch {
				f.renew()
			}
		}
	}
	t.Logf("answers by status: %v", f.answers)
	var missed []string
	for path, item := range f.doc.Paths.Map() {
		for method := range item.Operations() {
			if at := method + " " + path; !f.well[at] && !slices.Contains(beyondTheSchema, at) {
				missed = append(missed, method+" "+path)
			}
		}
	}
	if slices.Sort(missed); len(missed) > len(f.well)/10 {
		t.Errorf("%d operations were never answered well, so little of them was reached: %s", len(missed), list(missed))
	}
}

// try sends one made-up request.
func (f *fuzzer) try(route *routers.Route) {
	f.Helper()
	path, query, headers := f.params(route)
	body, kind := f.body(route.Operation)
	if kind != "" {
		headers = append(headers, "Content-Type", kind)
	}
	headers = append(headers, f.authorization(route)...)
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
}

// authorization makes up the header of that name, or none.
func (f *fuzzer) authorization(route *routers.Route) []string {
	needs := route.Operation.Security
	if open := needs != nil && len(*needs) == 0; open && (f.plain || f.IntN(4) > 0) {
		return nil
	}
	by := func(scheme string) bool {
		return needs == nil || slices.ContainsFunc(*needs, func(s openapi3.SecurityRequirement) bool { _, ok := s[scheme]; return ok })
	}
	odd := f.IntN(12)
	switch {
	case !f.plain && odd == 0:
		return nil
	case !f.plain && odd == 1:
		return []string{"Authorization", pick(f.Rand, "Bearer", "Bearer x", "Basic eDp5", "Basic ☃", "Bearer "+strings.Repeat("x", 5000), "Bearer gpp_x")}
	case by("basicToken") && needs != nil:
		_, basic := f.vendor(200, http.MethodGet, "/api/v2/Auth/basic-token", "")
		return []string{"Authorization", "Basic " + strings.Trim(string(basic.Data), `"`)}
	case f.plain || !by("clientCredentials"):
		return testapp.Bearer(pick(f.Rand, f.personal[1:]...))
	}
	return testapp.Bearer(pick(f.Rand, f.tokens...))
}

// params makes up the address, the query and the headers.
func (f *fuzzer) params(route *routers.Route) (path, query string, headers []string) {
	path, f.one, f.path = route.Path, f.IntN(many), route.Path
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
			if f.leavesOut(p.Name, p.Required) {
				continue
			}
			times := 1
			if !f.plain && f.IntN(9) == 0 {
				times = 2
			}
			for range times {
				pairs = append(pairs, p.Name+"="+url.QueryEscape(value))
			}
		case "header":
			if !f.leavesOut(p.Name, p.Required && f.plain) {
				headers = append(headers, p.Name, headerText(value))
			}
		}
	}
	if !f.plain && f.IntN(30) == 0 {
		pairs = append(pairs, pick(f.Rand, "x=%zz", "%00", "&&", "x=%ff", "team=%ff", ";"))
	}
	return path, strings.Join(pairs, "&"), headers
}

func (f *fuzzer) param(path string, p *openapi3.Parameter) string {
	if !f.plain && f.IntN(6) == 0 {
		return f.oddText()
	}
	if p.In == "path" {
		for where, of := range f.known {
			if strings.Contains(path, where) && strings.HasSuffix(where, "{"+p.Name+"}") {
				return of[f.one%len(of)]
			}
		}
		if value, ok := f.knows(p.Name); ok {
			return value
		}
	}
	return fmt.Sprint(f.good(p.Name, p.Schema, 0))
}

// headerText is what a client can send in a header.
func headerText(s string) string {
	bytes := []byte(s[:min(len(s), 5000)])
	return string(slices.DeleteFunc(bytes, func(b byte) bool { return b < ' ' || b == 0x7f }))
}

// body makes up a body, and says of which type it claims to be.
func (f *fuzzer) body(op *openapi3.Operation) (body, kind string) {
	if op.RequestBody == nil {
		if !f.plain && f.IntN(4) == 0 {
			return pick(f.Rand, oddBodies...), pick(f.Rand, "application/json", "application/json", "text/plain", "")
		}
		return "", ""
	}
	content := op.RequestBody.Value.Content
	kind = pick(f.Rand, sorted(content)...)
	value := f.good("", content[kind].Schema, 0)
	odd := f.IntN(25)
	if !f.plain && f.IntN(2) == 0 {
		value = f.spoil(value)
	}
	switch {
	case f.plain:
	case odd == 0:
		kind = pick(f.Rand, "", "text/plain", "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json; charset=utf-16", ";")
	case odd == 1:
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
	if file, ok := value.(string); ok && kind == "text/csv" {
		return file, kind
	}
	text, err := json.Marshal(value)
	if err != nil {
		return "{", kind
	}
	return string(text), kind
}
