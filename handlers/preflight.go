package handlers

import (
	"net/http"
	"strings"

	"gatepost/handlers/web"
)

const (
	// maxAskedHeaders and maxHeaderName bound what a preflight's answer repeats of its question: how many
	// names, and how long each is. Libraries add a handful, such as X-Requested-With or a trace id.
	maxAskedHeaders, maxHeaderName = 50, 100

	// usualHeaders are those that the routes read.
	usualHeaders = "Authorization, Content-Type, Idempotency-Key, If-Match, solution-key"
)

// preflight answers the question that browsers ask before a request from another origin. Any
// origin and any header is allowed, as these routes don't read cookies: who calls them from a browser
// can do no more than from a shell.
func preflight(w http.ResponseWriter, r *http.Request, methods []string) {
	h := w.Header()
	web.AllowAnyOrigin(h)
	h.Set("Allow", strings.Join(methods, ", ")+", OPTIONS")
	h.Set("Access-Control-Allow-Methods", strings.Join(methods, ", "))
	h.Set("Access-Control-Allow-Headers", allowedHeaders(r.Header.Values("Access-Control-Request-Headers")))
	h.Set("Access-Control-Max-Age", "600")
	h.Add("Vary", "Access-Control-Request-Headers")
	w.WriteHeader(http.StatusNoContent)
}

// allowedHeaders returns the names that a preflight asks for, as it wrote them. What isn't the name of a
// header, and what is beyond the bounds, is left out. Without a question the answer is usualHeaders.
func allowedHeaders(asked []string) string {
	var names []string
	for name := range strings.SplitSeq(strings.Join(asked, ","), ",") {
		if name = strings.Trim(name, " \t"); isHeaderName(name) && len(names) < maxAskedHeaders {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return usualHeaders
	}
	return strings.Join(names, ", ")
}

// isHeaderName reports whether a text is a token (RFC 9110 section 5.6.2) of a length that headers have.
func isHeaderName(name string) bool {
	if name == "" || len(name) > maxHeaderName {
		return false
	}
	return !strings.ContainsFunc(name, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", c))
	})
}
