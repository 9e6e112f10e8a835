package sweep

import (
	"net/http"
	"strings"
	"testing"

	"gatepost/handlers"
	"gatepost/tests/testapp"
)

// A browser between the password and the second factor gets to no page of a signed-in person:
// what it holds is a cookie of another kind, also under the name of the session's.
func TestHalfASignInOpensNothing(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	owner.AddTOTP(t)
	half := owner.OtherBrowser(t)
	half.FirstStep(t, testapp.Password)
	var ticket string
	for _, c := range half.Cookies(t) {
		if strings.HasSuffix(c.Name, "-second") {
			ticket = c.Value
		}
	}
	if ticket == "" {
		t.Fatal("the browser holds no ticket after the password")
	}
	seen := 0
	for _, r := range routes(t) {
		if !r.signedIn() && !r.script() || r.group == handlers.PublicScript {
			continue
		}
		path := placeholder.ReplaceAllString(r.pattern, "x")
		headers := []string{"Content-Type", formType, "Sec-Fetch-Site", "same-origin", "Origin", app.URL}
		forged := app.Request(t, r.method, path, "", append(headers, "Cookie", "gatepost="+ticket)...)
		for what, a := range map[string]*testapp.Answer{"half a sign-in": half.Do(t, app.Request(t, r.method, path, "", headers...)), "its ticket as a session": app.Do(t, forged)} {
			led := a.Status == http.StatusSeeOther && strings.HasPrefix(a.Location, "/login?")
			if !led && a.Status != http.StatusUnauthorized {
				t.Errorf("%s %s with %s = %d to %q, want the way to /login or 401", r.method, path, what, a.Status, a.Location)
			}
		}
		seen++
	}
	if seen < 100 {
		t.Errorf("routes that were tried = %d, want at least 100", seen)
	}
}
