package sweep

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// eachPage calls fn with every page of the table that is shown to its owner as HTML, and gives how
// many there are.
func (w *world) eachPage(t *testing.T, fn func(r route, path string, a *testapp.Answer)) (seen int) {
	t.Helper()
	for _, r := range routes(t) {
		if r.method != http.MethodGet || !r.page() {
			continue
		}
		path := w.path(t, r.pattern) + w.query(r)
		a := w.call(t, r, path, "")
		if a.Status == http.StatusOK && strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			fn(r, path, a)
			seen++
		}
	}
	return seen
}

// asksOneThing are the pages without a menu: they ask one question and lead back.
var asksOneThing = []string{"/confirm", "/device", "/handovers/{id}"}

// ACC-37, ASVS 7.4.4: whoever is signed in can sign out from every page that has a menu.
func TestEverySignedInPageOffersSignOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seen := 0
	w.eachPage(t, func(r route, path string, a *testapp.Answer) {
		if !r.signedIn() || slices.Contains(asksOneThing, r.pattern) {
			return
		}
		seen++
		if !strings.Contains(a.Body, `<form method="post" action="/logout">`) {
			t.Errorf("GET %s has no button that signs out", path)
		}
	})
	if seen < 40 {
		t.Errorf("pages that were looked at = %d, want at least 40", seen)
	}
}

var passwordInput = regexp.MustCompile(`<input [^>]*name="[a-z_]*password"[^>]*>`)

// ACC-28, ASVS 6.2.6 and 6.2.7: a password is masked, named for password managers, and can be pasted.
func TestPasswordFieldsAreMaskedAndTakePastes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pages := map[string]string{}
	w.eachPage(t, func(_ route, path string, a *testapp.Answer) { pages[path] = a.Body })
	for _, path := range []string{"/login", "/forgot", w.path(t, "/activate/{token}")} {
		pages[path+" signed out"] = w.Visitor(t).Get(t, path).Body
	}
	w.Stale(t)
	pages["/confirm after two hours"] = w.owner.Get(t, "/confirm?next=%2Fapps").Body
	seen := 0
	for path, body := range pages {
		for _, input := range passwordInput.FindAllString(body, -1) {
			seen++
			if !strings.Contains(input, `type="password"`) || !strings.Contains(input, `autocomplete="current-password"`) && !strings.Contains(input, `autocomplete="new-password"`) {
				t.Errorf("%s has %s, want it masked, and named for password managers", path, input)
			}
			if strings.Contains(input, "maxlength") || strings.Contains(input, "readonly") {
				t.Errorf("%s has %s, which cuts or refuses what is pasted", path, input)
			}
		}
	}
	if seen < 6 {
		t.Errorf("fields for passwords = %d, want at least 6", seen)
	}
	scripts, err := filepath.Glob(filepath.Join(testapp.Root(), "static", "*.js"))
	if err != nil || len(scripts) < 5 {
		t.Fatalf("scripts = %v, %v", scripts, err)
	}
	for _, script := range scripts {
		if text, err := os.ReadFile(script); err != nil || strings.Contains(string(text), "paste") {
			t.Errorf("%s listens to pastes (%v)", filepath.Base(script), err)
		}
	}
}
