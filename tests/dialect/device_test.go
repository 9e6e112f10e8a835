package dialect

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	_ "modernc.org/sqlite" // the driver named "sqlite"

	"gatepost/tests/testapp"
)

const devices = "/api/v2/Device"

func (c client) add(uniqueID, name string) (path string) {
	c.Helper()
	r, _ := c.send(http.StatusCreated, http.MethodPost, devices, fmt.Sprintf(`{"uniqueId": %q, "displayName": %q, "groupName": "Secret ward"}`, uniqueID, name))
	return strings.TrimPrefix(r.Location, c.app.URL)
}

// A viewer's token never tells of another device: not by list, guid, unique id, count,
// filter, sort, link or error text.
func TestViewersSeeGrantedDevicesOnly(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team, other := app.AddTeam(t, "Acme"), app.AddTeam(t, "Elsewhere")
	developer, viewer, stranger := app.Member(t, team.ID, "developer"), app.Member(t, team.ID, "viewer"), app.Member(t, other.ID, "admin")
	c := client{t, app, nil}
	dev, see, foreign := c.login(team, developer.Email), c.login(team, viewer.Email), c.login(other, stranger.Email)
	door, hidden := dev.add("SN-door", "Door"), dev.add("SN-hidden", "Hidden")

	granting := strings.Replace(door, devices, "/team/devices", 1)
	id := regexp.MustCompile(`name="viewers"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="viewers"`).FindStringSubmatch(developer.Get(t, granting).Body)
	if id == nil {
		t.Fatal("the page of a device offers no viewer")
	}
	if r := developer.Post(t, granting, url.Values{"display_name": {"Door"}, "group_name": {"Secret ward"}, "is_active": {"on"}, "viewers": {id[1] + id[2]}}); r.Status != http.StatusSeeOther {
		t.Fatalf("POST %s = %d", granting, r.Status)
	}
	for _, query := range []string{"", "?pageSize=1", "?sortBy=groupName", "?sortBy=-displayName", "?searchText=d", "?groupName=Secret+ward", "?isActive=true"} {
		r, e := see.send(http.StatusOK, http.MethodGet, devices+query, "")
		if e.Count != 1 || e.Links["next"].Href != "" || strings.Contains(strings.ToLower(r.Body), "hidden") || !strings.Contains(r.Body, "SN-door") {
			t.Errorf("GET %s of a viewer = %s, want the door alone", devices+query, r.Body)
		}
		if _, e := see.send(http.StatusOK, http.MethodGet, devices+"/count"+query, ""); e.Count != 1 {
			t.Errorf("count%s of a viewer = %d, want 1", query, e.Count)
		}
	}
	for _, query := range []string{"?uniqueId=SN-hidden", "?searchText=idde", "?pageNumber=2"} {
		if r, e := see.send(http.StatusOK, http.MethodGet, devices+query, ""); string(e.Data) != "[]" {
			t.Errorf("GET %s of a viewer = %s, want none", devices+query, r.Body)
		}
	}
	// The hidden device is answered like one that doesn't exist.
	none := devices + "/0198f3a2-7c1e-7b41-9d0a-5e2f6a1c3b47"
	for _, who := range []client{see, foreign} {
		for _, ask := range []struct{ method, hidden, none, body string }{
			{http.MethodGet, hidden, none, ""}, {http.MethodDelete, hidden, none, ""}, {http.MethodPut, hidden, none, `{"displayName": "x"}`},
			{http.MethodPut, hidden, none, `{"uniqueId": "x"}`}, {http.MethodGet, devices + "/uniqueId/SN-hidden", devices + "/uniqueId/SN-none", ""},
		} {
			for _, match := range []string{"", `"1"`, `"7"`} {
				if match != "" {
					who = who.with("If-Match", match)
				}
				one, _ := who.send(http.StatusNotFound, ask.method, ask.hidden, ask.body)
				two, _ := who.send(http.StatusNotFound, ask.method, ask.none, ask.body)
				if one.Body != two.Body {
					t.Errorf("%s %s = %s, and of one that there is not %s", ask.method, ask.hidden, one.Body, two.Body)
				}
			}
		}
	}
	// Viewers can't change what they see, or add to it.
	see.send(http.StatusForbidden, http.MethodPut, door, `{"displayName": "Mine"}`)
	see.send(http.StatusForbidden, http.MethodDelete, door, "")
	see.send(http.StatusForbidden, http.MethodPost, devices, `{"uniqueId": "SN-hidden", "displayName": "Taken?"}`)
	see.send(http.StatusForbidden, http.MethodPost, devices, `{"uniqueId": "SN-free", "displayName": "Taken?"}`)
	for _, key := range []string{other.SolutionKey, "made-up"} {
		if r, _ := see.with("solution-key", key).send(http.StatusBadRequest, http.MethodGet, devices, ""); !strings.Contains(r.Body, "not the solution key of one of your teams") {
			t.Errorf("GET with a solution key of no team of theirs = %s", r.Body)
		}
	}
	// Another team may use the same unique id.
	foreign.add("SN-door", "Their door")
	if _, e := foreign.send(http.StatusOK, http.MethodGet, devices, ""); e.Count != 1 {
		t.Errorf("devices of another team = %d, want 1", e.Count)
	}
}

func TestPagesLinkToEachOther(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team := app.AddTeam(t, "Acme")
	c := client{t, app, nil}.login(team, app.Member(t, team.ID, "developer").Email)
	for i := range 5 {
		c.add(fmt.Sprint("SN-", i), fmt.Sprint("Lamp ", 9-i))
	}
	seen, path := "", devices+"?pageSize=2&sortBy=uniqueId+desc&searchText=lamp"
	for range 3 {
		r, e := c.send(http.StatusOK, http.MethodGet, path, "")
		for _, m := range regexp.MustCompile(`"uniqueId":"SN-(\d)"`).FindAllStringSubmatch(r.Body, -1) {
			seen += m[1]
		}
		if e.Count != 5 || e.Links["self"].Href == "" {
			t.Errorf("GET %s counts %d, want 5, with a link to itself", path, e.Count)
		}
		path = strings.TrimPrefix(e.Links["next"].Href, app.URL)
	}
	if seen != "43210" || path != "" {
		t.Errorf("three pages of two = %s, then %q; want 43210 and no more", seen, path)
	}
	_, e := c.send(http.StatusOK, http.MethodGet, devices+"?pageSize=2&pageNumber=9", "")
	if prev := e.Links["prev"].Href; !strings.Contains(prev, "pageNumber=3&") || string(e.Data) != "[]" {
		t.Errorf("behind the end: prev = %s, want the last page", prev)
	}
}

// Of several simultaneous changes of one version one wins; simultaneous requests with the same
// Idempotency-Key make one device.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team := app.AddTeam(t, "Acme")
	c := client{t, app, nil}.login(team, app.Member(t, team.ID, "developer").Email)
	path := c.add("SN-1", "Door")
	count := func(method, path, body string, headers ...string) map[int]int {
		var (
			mu       sync.Mutex
			done     sync.WaitGroup
			statuses = map[int]int{}
		)
		for i := range 8 {
			done.Go(func() {
				text := strings.ReplaceAll(body, "{i}", fmt.Sprint(i))
				r := app.Do(t, app.Request(t, method, path, text, append(append([]string{"Content-Type", "application/json"}, c.headers...), headers...)...))
				mu.Lock()
				statuses[r.Status]++
				mu.Unlock()
			})
		}
		done.Wait()
		return statuses
	}
	if got := count(http.MethodPut, path, `{"displayName": "Door {i}"}`, "If-Match", `"1"`); got[200] != 1 || got[412] != 7 {
		t.Errorf("eight changes of version 1 at once = %v, want one 200 and seven 412", got)
	}
	if got := count(http.MethodPost, devices, `{"uniqueId": "SN-2", "displayName": "Lamp"}`, "Idempotency-Key", "k"); got[201] != 8 {
		t.Errorf("eight times the same POST at once = %v, want 201 for each", got)
	}
	if got := count(http.MethodPost, devices, `{"uniqueId": "SN-3", "displayName": "Lamp"}`); got[201] != 1 || got[409] != 7 {
		t.Errorf("eight POSTs of a unique id at once = %v, want one 201 and seven 409", got)
	}
	if _, e := c.send(http.StatusOK, http.MethodGet, devices+"/count", ""); e.Count != 3 {
		t.Errorf("devices after it = %d, want 3", e.Count)
	}
	if got := count(http.MethodDelete, path, "", "If-Match", `"2"`); got[204] != 1 || got[404]+got[412] != 7 {
		t.Errorf("eight times DELETE at once = %v, want one 204", got)
	}
}

func TestBusyDatabaseIs503(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team := app.AddTeam(t, "Acme")
	c := client{t, app, nil}.login(team, app.Member(t, team.ID, "developer").Email)
	lock, err := sql.Open("sqlite", "file:"+app.DB+"?_pragma=busy_timeout(20000)") // the server may be writing
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	lock.SetMaxOpenConns(1)
	if _, err := lock.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	r, _ := c.send(http.StatusServiceUnavailable, http.MethodPost, devices, `{"uniqueId": "SN-1", "displayName": "Door"}`)
	if r.Header.Get("Retry-After") == "" {
		t.Errorf("503 without Retry-After: %s", r.Body)
	}
	c.send(http.StatusOK, http.MethodGet, devices, "") // reading goes on
	if _, err := lock.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	c.add("SN-1", "Door")
}
