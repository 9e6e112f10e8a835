package handlers

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A preflight's answer names the headers that were asked for: well-formed names, of a bounded number and length.
func TestPreflightNamesTheHeadersAskedFor(t *testing.T) {
	long, many := strings.Repeat("x", maxHeaderName), strings.TrimSuffix(strings.Repeat("x-a, ", maxAskedHeaders), ", ")
	for asked, want := range map[string]string{
		"":                                      usualHeaders,
		"authorization":                         "authorization",
		"authorization,x-requested-with":        "authorization, x-requested-with",
		" X-Trace-Id ,\ttraceparent,baggage":    "X-Trace-Id, traceparent, baggage",
		"x-ok, two words, x:y, x\"y, (x), é, ,": "x-ok",
		"x\r\nSet-Cookie":                       usualHeaders,
		long + "," + long + "x":                 long,
		many + ", x-b":                          many,
		"*":                                     "*", // a token too, which names only itself and never Authorization
	} {
		r := httptest.NewRequest("OPTIONS", "/api/v1/me", nil)
		if asked != "" {
			r.Header["Access-Control-Request-Headers"] = []string{asked}
		}
		w := httptest.NewRecorder()
		preflight(w, r, []string{"GET"})
		h := w.Header()
		if got := h.Get("Access-Control-Allow-Headers"); got != want {
			t.Errorf("Access-Control-Allow-Headers for %q = %q, want %q", asked, got, want)
		}
		if w.Code != http.StatusNoContent || h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Access-Control-Allow-Credentials") != "" || h.Get("Vary") != "Access-Control-Request-Headers" {
			t.Errorf("preflight for %q = %d %v, want any origin, no credentials, and an answer by the question", asked, w.Code, h)
		}
	}
}
