package sweep

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gatepost/handlers"
	"gatepost/tests/testapp"
)

// notKept are the forms of which nothing is kept for another session: the consent is asked for again, and the
// others prove or change how somebody signs in.
var notKept = regexp.MustCompile(`^/(oauth2/consent|confirm|account/security(/.*)?)$`)

var (
	hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
	formAddress = regexp.MustCompile(`<form class="form" method="post" action="([^"]+)"`)
)

// hiddenFields are those of a page.
func hiddenFields(page string) url.Values {
	out := url.Values{}
	for _, m := range hiddenInput.FindAllStringSubmatch(page, -1) {
		out.Add(m[1], html.UnescapeString(m[2]))
	}
	return out
}

// A session that ended while a page was open loses nothing: every form leads to the sign-in page and back to the
// page that it was on. What was typed is kept through the sign-in, except for secrets, and whoever has signed in
// submits it.
func TestEveryFormOutlivesItsSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	somebody := w.Member(t, "First team", "developer")
	out := somebody.OtherBrowser(t)
	send := func(r route, path, referer string, form url.Values) *testapp.Answer {
		headers := []string{"Content-Type", formType, "Sec-Fetch-Site", "same-origin", "Origin", w.URL, "Cookie", "gatepost=gone.secret"}
		if referer != "" {
			headers = append(headers, "Referer", w.URL+referer)
		}
		return w.Do(t, w.Request(t, r.method, path, form.Encode(), headers...))
	}
	seen := 0
	for _, r := range routes(t) {
		if r.method != http.MethodPost || !r.signedIn() && r.group != handlers.SignedInScript {
			continue
		}
		what, path := r.method+" "+r.pattern, w.path(t, r.pattern)
		seen++
		if r.group == handlers.SignedInScript {
			if a := send(r, path, "", nil); a.Status != http.StatusUnauthorized || !strings.Contains(a.Body, "Sign in in another tab") {
				t.Errorf("%s for a script = %d %s, want 401 that says what to do", what, a.Status, a.Body)
			}
			continue
		}
		// Without a referrer the page is one that can be opened.
		a := send(r, path, "", nil)
		next := nextOf(t, what, a)
		if page := w.owner.Get(t, next); page.Status != http.StatusOK && page.Status != http.StatusSeeOther {
			t.Errorf("%s leads back to %q = %d, want a page", what, next, page.Status)
		}
		// With one it is that page, with its query; a page that isn't there, another site's and the sign-in itself don't count.
		if got := nextOf(t, what, send(r, path, "/team/devices?q=door&page=2", nil)); got != "/team/devices?q=door&page=2" {
			t.Errorf("%s leads back to %q, want the page that it was on", what, got)
		}
		for _, odd := range []string{"/nothing/here", "/login?next=%2F", "/oauth2/consent", "//evil.example/"} {
			if got := nextOf(t, what, send(r, path, odd, nil)); got != next {
				t.Errorf("%s from %s leads back to %q, want %q", what, odd, got, next)
			}
		}
		typed := url.Values{"note": {"typed \"words\" & <more>"}, "name": {"x", "y"}, "client_secret": {"gps_typed"}, "new_password": {"typed password"}, "confirm_password": {"p"}}
		a = send(r, path, "/team/devices", typed)
		if notKept.MatchString(path) {
			nextOf(t, what+" with something typed", a)
			continue
		}
		if a.Status != http.StatusUnauthorized || !strings.Contains(a.Body, "You were signed out") {
			t.Errorf("%s with something typed = %d, want the sign-in page that keeps it", what, a.Status)
			continue
		}
		page := hiddenFields(a.Body)
		signIn := url.Values{"email": {somebody.Email}, "password": {testapp.Password}, "next": page["next"][:1], "kept": page["kept"][:1]}
		resume := out.Post(t, "/login", signIn)
		fields, action := hiddenFields(resume.Body), formAddress.FindStringSubmatch(resume.Body)
		if resume.Status != http.StatusOK || action == nil || html.UnescapeString(action[1]) != path || fields.Get("note") != typed.Get("note") || len(fields["name"]) != 2 ||
			!strings.Contains(resume.Body, `href="/team/devices"`) {
			t.Errorf("%s after signing in = %d with %v to %v, want what was typed, and the way back to its page", what, resume.Status, fields, action)
		}
		for _, body := range []string{a.Body, resume.Body} {
			if strings.Contains(body, "gps_typed") || strings.Contains(body, "typed password") || fields.Has("confirm_password") {
				t.Errorf("%s: a secret or password is written back", what)
			}
		}
	}
	if seen < 70 {
		t.Errorf("forms that were tried = %d, want at least 70", seen)
	}
}

// nextOf is the page to which an answer leads back after signing in.
func nextOf(t *testing.T, what string, a *testapp.Answer) string {
	t.Helper()
	u, err := url.Parse(a.Location)
	if err != nil || a.Status != http.StatusSeeOther || u.Path != "/login" || u.Query().Get("next") == "" {
		t.Errorf("%s without a session = %d to %q, want 303 to /login and back", what, a.Status, a.Location)
		return ""
	}
	return u.Query().Get("next")
}
