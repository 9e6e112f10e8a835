package testapp

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Answer is a response with its body.
type Answer struct {
	Status   int
	Header   http.Header
	Body     string
	Location string // of a redirect, or where a page moves on to, without the portal's address
}

// moveOn is what a page has that moves on as soon as it is there.
var moveOn = regexp.MustCompile(`<meta http-equiv="refresh" content="0;url=([^"]*)">`)

func (a *App) answer(res *http.Response, err error) (*Answer, error) {
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	location := res.Header.Get("Location")
	if page := moveOn.FindSubmatch(body); page != nil {
		location = html.UnescapeString(string(page[1]))
	}
	return &Answer{res.StatusCode, res.Header, string(body), strings.TrimPrefix(location, a.URL)}, nil
}

// errNoRedirect keeps a client at the answer that it got.
func errNoRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Do sends a request with no cookies and follows no redirect. An answer that is not as the
// OpenAPI document says fails the test.
func (a *App) Do(t testing.TB, req *http.Request) *Answer {
	t.Helper()
	client := http.Client{CheckRedirect: errNoRedirect, Timeout: time.Minute}
	answer, err := a.answer(client.Do(req))
	if err != nil {
		t.Fatalf("%s %s: %v", req.Method, req.URL.Path, err)
	}
	documentedOrFail(t, req, answer)
	return answer
}

// Request makes a request to the server; headers are name, value, name, value and so on.
func (a *App) Request(t testing.TB, method, path, body string, headers ...string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, a.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return req
}

// JSON decodes the answer's body into v.
func (r *Answer) JSON(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.Body), v); err != nil {
		t.Fatalf("the answer (status %d) isn't JSON: %v\n%s", r.Status, err, r.Body)
	}
}
