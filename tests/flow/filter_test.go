package flow

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

var keepsUnknown = regexp.MustCompile(`href="[^"]*zzz|value="zzz"`)

// A list whose address has a value that its filter doesn't offer shows the list without that filter, and says so.
func TestUnknownFiltersOfPagesAreLeftOut(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	for path, what := range map[string]string{
		"/owner/people?state=zzz": "Unknown state", "/team/devices?state=zzz": "Unknown state", "/team/devices?sort=zzz": "Unknown order",
		"/team/audit?kind=zzz": "Unknown kind of event", "/owner/audit?kind=zzz": "Unknown kind of event", "/team/failures?reason=zzz": "Unknown reason",
		"/owner/failures?reason=zzz": "Unknown reason", "/team/failures?within=zzz": "Unknown period",
	} {
		page := owner.Get(t, path)
		testapp.WantStatus(t, "GET "+path, page, http.StatusOK)
		testapp.WantWords(t, "GET "+path, page.Body, what, "filtered by it")
		if keepsUnknown.MatchString(page.Body) {
			t.Errorf("GET %s keeps the unknown value in its links", path)
		}
		plain, _, _ := strings.Cut(path, "?")
		if strings.Contains(owner.Get(t, plain).Body, "filtered by it") {
			t.Errorf("GET %s tells of an unknown filter without one", plain)
		}
	}
	for path, word := range map[string]string{"/owner/people?state=zzz": owner.Email, "/team/audit?kind=zzz": "activated the account"} {
		testapp.WantWords(t, "GET "+path, owner.Get(t, path).Body, word)
	}
	// A file is not a page: nobody would notice what it has.
	testapp.WantStatus(t, "GET an export with an unknown kind", owner.Get(t, "/team/audit/export.csv?kind=zzz"), http.StatusBadRequest)
}
