package testapp

import (
	"html"
	"net/http"
	"strings"
	"testing"
)

// WantStatus checks an answer's status.
func WantStatus(t testing.TB, what string, r *Answer, want int) {
	t.Helper()
	if r.Status != want {
		t.Errorf("%s = %d to %q, want %d\n%.600s", what, r.Status, r.Location, want, r.Body)
	}
}

// WantRedirect checks that an answer leads to a location by 303.
func WantRedirect(t testing.TB, what string, r *Answer, location string) {
	t.Helper()
	if r.Status != http.StatusSeeOther || r.Location != location {
		t.Errorf("%s = %d to %q, want 303 to %q\n%.600s", what, r.Status, r.Location, location, r.Body)
	}
}

// WantWords checks that a page or another text has these words.
func WantWords(t testing.TB, what, body string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(body, w) {
			_, main, _ := strings.Cut(body, "<main")
			t.Errorf("%s lacks %q\n%.1500s", what, w, main)
		}
	}
}

// WantMoveOn checks that an answer is a page that moves on to a location, and has a link for browsers that don't: what
// ends a form that may lead to a client.
func WantMoveOn(t testing.TB, what string, r *Answer, location string) {
	t.Helper()
	if r.Status != http.StatusOK || r.Location != location || !strings.Contains(r.Body, `href="`+html.EscapeString(location)+`"`) {
		t.Errorf("%s = %d to %q, want a page that moves on to %q, with a link\n%.600s", what, r.Status, r.Location, location, r.Body)
	}
}
