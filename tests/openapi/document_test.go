package openapi

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"gatepost/handlers"
	"gatepost/tests/testapp"
)

// documents are the files of testdata: good ones, those that are accepted with the findings in the file of the same name
// and .findings, and those that are refused with them. Each is one kind of what people write.
func documents(t *testing.T) (files []string) {
	t.Helper()
	files, err := filepath.Glob("testdata/*/*[nl]")
	if err != nil || len(files) < 50 {
		t.Fatalf("testdata has %d documents, want at least 50", len(files))
	}
	return files
}

func fileText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

// foreign are words of libraries, which mean nothing to those who write documents.
var foreign = regexp.MustCompile(`(?i)unmarshal|kin-openapi|libyaml|go-yaml|\b(json|yaml): |interface ?\{|map\[|openapi3\.|\*yaml|goroutine|reflect|additionalProperties 'x|failed|line 0|<nil>|%!`)

type documentAnswer struct {
	Version  int64 `json:"version"`
	Findings []struct {
		Line  int    `json:"line"`
		Fatal bool   `json:"fatal"`
		Text  string `json:"text"`
	} `json:"findings"`
	Errors []struct {
		Field   string `json:"field"`
		Message string `json:"message"`
	} `json:"errors"`
}

// said returns the findings of an answer, one a line, and checks that each could be understood.
func (d documentAnswer) said(t *testing.T, name string) string {
	t.Helper()
	var out strings.Builder
	for _, f := range d.Findings {
		fmt.Fprintf(&out, "%d listed %s\n", f.Line, f.Text)
	}
	for _, e := range d.Errors {
		fmt.Fprintf(&out, "%s refused %s\n", strings.TrimPrefix(e.Field, "line "), e.Message)
	}
	for line := range strings.Lines(out.String()) {
		if word := foreign.FindString(line); word != "" || strings.HasPrefix(line, "0 ") {
			t.Errorf("%s: the finding %q has %q in it", name, line, word)
		}
	}
	return out.String()
}

// calledServer answers for the servers of the documents, and remembers what was called.
type calledServer struct{ last atomic.Pointer[string] }

func (s *calledServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	called := r.Method + " " + r.URL.Path
	s.last.Store(&called)
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, `{"ok": true}`)
}

var proxyWay = regexp.MustCompile(`\["(https://[^"]+)","(/apis/[^"]+/proxy/[0-9a-f]+)"\]`)

// Every document of testdata is uploaded, and answered with what is written next to it. What is accepted is shown in the
// reference, and an operation of it is executed through the proxy.
func TestDocumentsOfEveryKind(t *testing.T) {
	t.Parallel()
	first := testapp.New(t)
	founder := first.Owner(t)
	server := &calledServer{}
	upstream := testapp.Upstream(t, server)
	app := testapp.Within(t, first, func(o *handlers.Options) { o.Reach = upstream })
	owner := app.Visitor(t)
	owner.Email = founder.Email
	owner.SignIn(t, testapp.Password)
	token := owner.AddToken(t, "Documents", "portal:read", "portal:write")
	made := owner.Do(t, app.Request(t, "POST", "/api/v1/apis", `{"name": "Things", "audience": "https://things.example"}`, jsonBy(token)...))
	testapp.WantStatus(t, "POST /api/v1/apis", made, http.StatusCreated)

	executed := 0
	for _, name := range documents(t) {
		kind := filepath.Base(filepath.Dir(name))
		media := "application/yaml"
		if filepath.Ext(name) == ".json" {
			media = "application/json"
		}
		r := owner.Do(t, app.Request(t, "POST", made.Location+"/documents", fileText(t, name), append(testapp.Bearer(token), "Content-Type", media)...))
		want := http.StatusCreated
		if kind == "refused" {
			want = http.StatusUnprocessableEntity
		}
		if r.Status != want {
			t.Errorf("POST of %s = %d, want %d: %s", name, r.Status, want, r.Body)
			continue
		}
		var answer documentAnswer
		r.JSON(t, &answer)
		expected := fileText(t, name+".findings")
		if kind == "refused" { // the API says only why it refuses
			expected = strings.Join(slices.DeleteFunc(strings.SplitAfter(expected, "\n"), func(l string) bool { return strings.Contains(l, " listed ") }), "")
		}
		if got := answer.said(t, name); got != expected {
			t.Errorf("POST of %s says\n%s\nwant\n%s", name, got, expected)
		}
		if kind == "refused" {
			continue
		}
		if execute(t, app, owner, server, token, made.Location, name) {
			executed++
		}
	}
	if executed < 15 {
		t.Errorf("operations of %d documents were executed, want at least 15", executed)
	}
}

// execute shows the newest document of the API in the reference, and calls its first operation through the proxy. It says
// whether there was one.
func execute(t *testing.T, app *testapp.App, owner *testapp.Person, server *calledServer, token, api, name string) bool {
	t.Helper()
	var document struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	r := owner.Get(t, "/apis/things/openapi.json")
	testapp.WantStatus(t, "GET of the document "+name, r, http.StatusOK)
	if err := json.Unmarshal([]byte(r.Body), &document); err != nil || document.Paths == nil {
		t.Errorf("%s: the document isn't JSON with paths: %v", name, err)
		return false
	}
	reference := owner.Get(t, "/apis/things")
	testapp.WantStatus(t, "GET of the reference of "+name, reference, http.StatusOK)
	if !strings.Contains(reference.Body, `data-url="/apis/things/openapi.json"`) {
		t.Errorf("%s: the reference doesn't show the document", name)
	}
	approved := owner.Do(t, app.Request(t, "PATCH", api, `{"servers": ["https://api.example.com/v1"]}`, jsonBy(token)...))
	if approved.Status != http.StatusOK { // it declares no such server
		return false
	}
	for path, item := range document.Paths {
		if _, has := item["get"]; !has || strings.HasPrefix(path, "x-") {
			continue
		}
		path = regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(path, "1")
		way := proxyWay.FindStringSubmatch(html.UnescapeString(owner.Get(t, "/apis/things").Body))
		if way == nil {
			t.Errorf("%s: the reference has no way to its server", name)
			return false
		}
		r := owner.Do(t, app.Request(t, "GET", way[2]+path, "", "Sec-Fetch-Site", "same-origin", "Sec-Fetch-Dest", "empty"))
		testapp.WantStatus(t, name+": a call of GET "+path, r, http.StatusOK)
		if got := server.last.Load(); got == nil || *got != "GET /v1"+path {
			t.Errorf("%s: the server got %v, want GET /v1%s", name, got, path)
		}
		return true
	}
	return false
}

// The page of an API shows the findings of a refused document, and of an accepted one.
func TestFindingsAreShownWithTheirLines(t *testing.T) {
	t.Parallel()
	w := newGround(t)
	owner := w.owner()
	token := owner.AddToken(w, "Findings", "portal:read", "portal:write")
	made := w.send(201, http.MethodPost, "/api/v1/apis", `{"name": "Findings", "audience": "urn:findings"}`, jsonBy(token)...)
	yaml := append(testapp.Bearer(token), "Content-Type", "application/yaml")
	w.send(201, http.MethodPost, made.Location+"/documents", fileText(t, "testdata/listed/version.yaml"), yaml...)
	page := html.UnescapeString(owner.Get(w, strings.Replace(made.Location, "/api/v1/apis/", "/owner/apis/", 1)).Body)
	for _, want := range []string{"Problems in version 1", `info.version isn't text. Write it in quotes: "1.0".`, "The field openapi says 3.1. Write 3.1.0."} {
		if !strings.Contains(page, want) {
			w.Errorf("the page of the API lacks %q", want)
		}
	}

	// So many operations that a browser would take long to show them all.
	many := "openapi: 3.0.3\ninfo: {title: Many, version: '1'}\npaths:\n"
	for i := range 501 {
		many += fmt.Sprintf("  /things%d: {get: {responses: {'200': {description: ok}}}}\n", i)
	}
	w.send(201, http.MethodPost, made.Location+"/documents", many, yaml...)
	for path, want := range map[string]string{"/apis/findings": `data-expansion="none"`, "/apis/findings?version=1": `data-expansion=""`} {
		if !strings.Contains(owner.Get(w, path).Body, want) {
			w.Errorf("GET %s lacks %s", path, want)
		}
	}
	w.send(204, http.MethodDelete, made.Location, "", testapp.Bearer(token)...)
}
