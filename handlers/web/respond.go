package web

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"gatepost/views/words"
)

// WriteJSON answers with v as JSON. The caller sets other headers before.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	h := w.Header()
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/json")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // nothing can be done for a client that has gone
	return nil
}

// Render answers with a page. It renders the whole page before it writes, so that a failure can still
// become an error page.
func Render(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	var body bytes.Buffer
	if err := page.Render(r.Context(), &body); err != nil {
		return err
	}
	// No page of ours needs a character that nobody sees: what has one is a name from before names were checked, or what a
	// stranger says.
	html := words.Harmless(body.String())
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(html)))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, html) // nothing can be done for a client that has gone
	return nil
}

// SeeOther redirects the browser after a POST, always with 303, so that no browser repeats the body
// elsewhere (RFC 9700 section 4.12).
func SeeOther(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// SetErrorHeaders sets the headers that some errors have.
func SetErrorHeaders(h http.Header, e *Error) {
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(wholeSeconds(e.RetryAfter)))
	}
	if e.Allow != "" {
		h.Set("Allow", e.Allow)
	}
}
