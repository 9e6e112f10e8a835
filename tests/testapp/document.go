package testapp

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

// document is assets/openapi.yaml, by which the answers of every test are checked. It is read
// once for a process, when the first answer comes.
var document = sync.OnceValues(func() (routers.Router, error) {
	text, err := os.ReadFile(filepath.Join(Root(), "assets", "openapi.yaml"))
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, err
	}
	doc.Servers = nil // tests serve at addresses of their own
	return legacy.NewRouter(doc)
})

// documented serializes the checks: what the library remembers in the document has no lock.
var documented sync.Mutex

// checkDocumented says how an answer differs from what the document says of its operation:
// status, headers, content type or body. Addresses that are not in the document pass.
func checkDocumented(req *http.Request, r *Answer) error {
	if req.Method == http.MethodHead {
		return nil // has no body to check; GET of the same address is
	}
	router, err := document()
	if err != nil {
		return fmt.Errorf("assets/openapi.yaml: %w", err)
	}
	documented.Lock()
	defer documented.Unlock()
	route, params, err := router.FindRoute(req)
	if err != nil || strings.Count(route.Path, "/") != strings.Count(req.URL.Path, "/") {
		return nil // the library ignores more slashes than the server does
	}
	same := sameAnswer(route, r)
	if agreed[same] {
		return nil
	}
	if err := checkAnswer(route, params, req, r); err != nil {
		return err
	}
	agreed[same] = true
	return nil
}

// agreed are answers that are as the document says. A sweep gets the same one thousands of
// times, and the library compiles the schema for each check.
var agreed = map[[sha256.Size]byte]bool{}

var digits = regexp.MustCompile(`\d+`)

// sameAnswer is the same for answers of an operation that differ only in the ids of the request
// and of the refusal, the date, and how many calls are left.
func sameAnswer(route *routers.Route, r *Answer) [sha256.Size]byte {
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s %d\n", route.Method, route.Path, r.Status)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		value := strings.Join(r.Header[name], ", ")
		switch {
		case name == "Date" || name == "X-Request-Id" && value != "":
			value = "*"
		case strings.HasPrefix(name, "Ratelimit-"):
			value = digits.ReplaceAllString(value, "0")
		}
		fmt.Fprintf(&text, "%s: %s\n", name, value)
	}
	body := SameID(r.Body)
	if id := r.Header.Get("X-Request-Id"); id != "" {
		body = strings.ReplaceAll(body, id, "<request_id>")
	}
	text.WriteString(body)
	return sha256.Sum256([]byte(text.String()))
}

// checkAnswer is the check of one answer by the operation that it belongs to.
func checkAnswer(route *routers.Route, params map[string]string, req *http.Request, r *Answer) error {
	operation := req.Method + " " + route.Path
	described := route.Operation.Responses.Status(r.Status)
	if described == nil {
		// What a client can do wrong has its own line; the rest is for failures of the server's, and for pages.
		if described = route.Operation.Responses.Default(); r.Status < 500 && described != nil && described.Value.Content["text/html"] == nil {
			described = nil
		}
	}
	if described == nil {
		return fmt.Errorf("%s = %d, a status that the OpenAPI document does not have\n%.600s", operation, r.Status, r.Body)
	}
	if len(described.Value.Content) == 0 && r.Body != "" && r.Status/100 != 3 { // a redirect may say in a page where it leads
		return fmt.Errorf("%s = %d with a body, which the OpenAPI document does not have\n%.600s", operation, r.Status, r.Body)
	}
	err := openapi3filter.ValidateResponse(req.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route},
		Status:                 r.Status, Header: r.Header, Body: io.NopCloser(bytes.NewReader([]byte(r.Body))),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		return fmt.Errorf("%s = %d, which is not what the OpenAPI document says: %w\n%.600s", operation, r.Status, err, r.Body)
	}
	if r.Header.Get("X-Request-Id") == "" {
		return fmt.Errorf("%s = %d without X-Request-Id", operation, r.Status)
	}
	return nil
}

// documentedOrFail fails the test for an answer that is not as the document says.
func documentedOrFail(t testing.TB, req *http.Request, r *Answer) {
	t.Helper()
	if err := checkDocumented(req, r); err != nil {
		t.Errorf("%v", err)
	}
}
