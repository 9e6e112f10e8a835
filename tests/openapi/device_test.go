package openapi

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

func TestDeviceChanges(t *testing.T) {
	w := newGround(t)
	team, token := w.team, w.token
	const path = "/api/v1/devices"
	body := `{"unique_id": "API-1", "display_name": "Pump ☃", "group_name": "Pumps", "entity_name": "Cellar"}`
	once := append(jsonBy(token), "Idempotency-Key", "one pump")
	r := w.send(201, http.MethodPost, path, body, once...)
	if again := w.send(201, http.MethodPost, path, body, once...); again.Body != r.Body || again.Location != r.Location {
		w.Errorf("POST %s again = %s, want the same device", path, again.Body)
	}
	at, tag := r.Location, r.Header.Get("ETag")
	if got := w.send(200, http.MethodGet, at, "", testapp.Bearer(token)...); got.Body != r.Body || got.Header.Get("ETag") != tag {
		w.Errorf("GET %s = %s, want what POST answered", at, got.Body)
	}
	w.send(409, http.MethodPost, path, body, jsonBy(token)...)
	w.fields("unique_id", 422, path, `{"unique_id": "a b", "display_name": "x"}`, token)
	w.fields("display_name", 422, path, `{"unique_id": "API-2"}`, token)
	w.fields("template_guid", 422, path, `{"unique_id": "API-2", "display_name": "x", "template_guid": "x"}`, token)
	w.fields("team", 422, path, `{"unique_id": "API-2", "display_name": "x", "team": "elsewhere"}`, token)
	w.send(400, http.MethodPost, path, `{"unique_id": 1}`, jsonBy(token)...)
	for query, want := range map[string]int{
		"q=ump": 1, "q=nothing": 0, "unique_id=API-1": 1, "group_name=Pumps&entity_name=Cellar": 1, "group_name=Pumps&is_active=false": 0, "template_guid=x": 0, "q=%25": 0,
	} {
		if got := w.list(token, "?"+query); len(got.Devices) != want {
			w.Errorf("GET %s?%s = %+v, want %d devices", path, query, got, want)
		}
	}
	w.send(422, http.MethodGet, path+"?is_active=perhaps", "", testapp.Bearer(token)...)

	r = w.send(200, http.MethodPatch, at, `{"display_name": "Pump 2", "is_active": false}`, append(jsonBy(token), "If-Match", tag)...)
	if !strings.Contains(r.Body, `"display_name":"Pump 2"`) || !strings.Contains(r.Body, `"group_name":"Pumps"`) || !strings.Contains(r.Body, `"is_active":false`) {
		w.Errorf("PATCH %s = %s, want the change and no other", at, r.Body)
	}
	w.send(412, http.MethodPatch, at, `{}`, append(jsonBy(token), "If-Match", tag)...)
	w.send(412, http.MethodDelete, at, "", append(testapp.Bearer(token), "If-Match", tag)...)
	w.send(200, http.MethodPatch, at, `{"group_name": ""}`, jsonBy(token)...)
	w.send(422, http.MethodPatch, at, `{"display_name": " "}`, jsonBy(token)...)
	w.send(404, http.MethodPatch, path+"/nothing", `{}`, jsonBy(token)...)

	viewer := w.app.Member(w, team.ID, "viewer")
	members := w.page(token, "/api/v1/members?email="+url.QueryEscape(viewer.Email))
	if len(members.Members) != 1 || members.Members[0].Email != viewer.Email {
		w.Fatalf("members with one address = %+v, want one", members)
	}
	var list struct {
		Viewers []struct {
			PersonID string `json:"person_id"`
			Email    string `json:"email"`
			Granted  bool   `json:"granted"`
		} `json:"viewers"`
	}
	w.send(200, http.MethodGet, at+"/viewers", "", testapp.Bearer(token)...).JSON(w, &list)
	id := ""
	for _, v := range list.Viewers {
		if v.Email == viewer.Email {
			id = v.PersonID
		}
	}
	share := fmt.Sprintf(`{"viewers": [%q]}`, id)
	r = w.send(200, http.MethodPut, at+"/viewers", share, jsonBy(token)...)
	if !strings.Contains(r.Body, `"granted":true`) {
		w.Errorf("PUT %s/viewers = %s, want one granted", at, r.Body)
	}
	phone := w.app.AddClient(w, team.ID, "Viewer's phone", "native", "--scope", "write")
	granted := viewer.Authorize(w, phone).AccessToken
	w.send(200, http.MethodGet, at, "", testapp.Bearer(granted)...)
	w.send(403, http.MethodPatch, at, `{}`, jsonBy(granted)...)
	w.send(403, http.MethodGet, at+"/viewers", "", testapp.Bearer(granted)...)
	w.send(403, http.MethodPost, path, `{"unique_id": "API-3", "display_name": "x"}`, jsonBy(granted)...)
	w.send(412, http.MethodPut, at+"/viewers", `{"viewers": []}`, append(jsonBy(token), "If-Match", tag)...)
	w.send(422, http.MethodPut, at+"/viewers", `{"viewers": ["nobody"]}`, jsonBy(token)...)
	w.send(422, http.MethodPut, at+"/viewers", `{}`, jsonBy(token)...)
	w.send(200, http.MethodPut, at+"/viewers", `{"viewers": []}`, jsonBy(token)...)
	w.send(404, http.MethodGet, at, "", testapp.Bearer(granted)...)
	w.send(404, http.MethodPut, path+"/nothing/viewers", share, jsonBy(token)...)
	w.send(204, http.MethodDelete, at, "", testapp.Bearer(token)...)
	w.send(404, http.MethodDelete, at, "", testapp.Bearer(token)...)
}

// Several devices change in one call.
func TestManyDevicesChange(t *testing.T) {
	w := newGround(t)
	team, stranger, token, foreign := w.team, w.stranger, w.token, w.foreign
	const path, change = "/api/v1/devices", "/api/v1/devices/change"
	var guids []string
	for _, id := range []string{"MANY-1", "MANY-2", "MANY-3"} {
		r := w.send(201, http.MethodPost, path, `{"unique_id": "`+id+`", "display_name": "Fan", "group_name": "Fans"}`, jsonBy(token)...)
		guids = append(guids, strings.TrimPrefix(r.Location, path+"/"))
	}
	elsewhere := w.app.Token(w, w.app.AddApp(w, stranger.ID, "Fans elsewhere", "read", "write"))
	theirs := strings.TrimPrefix(w.send(201, http.MethodPost, path, `{"unique_id": "MANY-1", "display_name": "Fan", "group_name": "Fans"}`, jsonBy(elsewhere)...).Location, path+"/")
	changes := func(want int, body, by string) {
		w.Helper()
		var got struct {
			Changed int `json:"changed"`
		}
		if w.send(200, http.MethodPost, change, body, jsonBy(by)...).JSON(w, &got); got.Changed != want {
			w.Errorf("POST %s of %s changed %d, want %d", change, body, got.Changed, want)
		}
	}
	two := fmt.Sprintf(`"guids": [%q, %q]`, guids[0], guids[1])
	changes(2, `{`+two+`, "group_name": "Vents"}`, token)
	changes(0, `{`+two+`, "group_name": "Vents"}`, token)
	changes(1, `{"filter": {"group_name": "Fans"}, "group_name": ""}`, token)
	changes(0, `{"filter": {"q": "no such device"}, "group_name": "Gone"}`, token)
	if got := w.list(token, "?group_name=Vents"); len(got.Devices) != 2 {
		w.Errorf("devices in the new group = %+v, want two", got)
	}
	if got := w.list(elsewhere, "?group_name=Fans"); len(got.Devices) != 1 {
		w.Errorf("devices of the other team = %+v, want the one, grouped as before", got)
	}

	viewer := w.app.Member(w, team.ID, "viewer")
	id := w.members(token, viewer.Email)[0]
	phone := w.app.AddClient(w, team.ID, "Many on a phone", "native", "--scope", "write")
	granted := viewer.Authorize(w, phone).AccessToken
	changes(2, fmt.Sprintf(`{%s, "grant": [%q]}`, two, id), token)
	if got := w.list(granted, ""); len(got.Devices) != 2 {
		w.Errorf("devices of the viewer = %+v, want the two that were granted", got)
	}
	changes(1, fmt.Sprintf(`{"filter": {"unique_id": "MANY-1"}, "take": [%q]}`, id), token)
	if got := w.list(granted, ""); len(got.Devices) != 1 || got.Devices[0].UniqueID != "MANY-2" {
		w.Errorf("devices of the viewer = %+v, want the one that was not taken back", got)
	}
	w.send(403, http.MethodPost, change, `{"filter": {}, "group_name": "Mine"}`, jsonBy(granted)...)
	w.send(403, http.MethodPost, change, `{"filter": {}, "group_name": "Mine"}`, jsonBy(w.app.Token(w, foreign))...)
	for body, field := range map[string]string{
		`{"group_name": "x"}`:                                                       "guids",
		`{` + two + `, "filter": {}, "group_name": "x"}`:                            "guids",
		`{"guids": [], "group_name": "x"}`:                                          "guids",
		fmt.Sprintf(`{"guids": [%q, %q], "group_name": "x"}`, guids[0], theirs):     "guids",
		`{"filter": {"q": "` + strings.Repeat("x", 1025) + `"}, "group_name": "x"}`: "filter",
		`{` + two + `}`: "group_name",
		`{` + two + `, "group_name": "x", "grant": ["y"]}`:                "group_name",
		`{` + two + `, "group_name": "` + strings.Repeat("x", 300) + `"}`: "group_name",
		`{` + two + `, "grant": []}`:                                      "grant",
		`{` + two + `, "take": ["nobody"]}`:                               "take",
		`{"team": "elsewhere", ` + two + `, "group_name": "x"}`:           "team",
	} {
		w.fields(field, 422, change, body, token)
	}
	for _, body := range []string{`{"guids": "x"}`, `{"filter": []}`, `{"guids": [null]}`, `{"filter": {"is_active": "yes"}}`, `{"grant": [1]}`} {
		w.send(400, http.MethodPost, change, body, jsonBy(token)...)
	}
	if got := w.list(token, "?group_name=x"); len(got.Devices) != 0 {
		w.Errorf("devices in the group of refused changes = %+v, want none", got)
	}
}

// members are the ids of the members with an address.
func (w *walker) members(token, email string) (ids []string) {
	w.Helper()
	var list struct {
		Members []struct {
			ID string `json:"person_id"`
		} `json:"members"`
	}
	w.send(200, http.MethodGet, "/api/v1/members?email="+url.QueryEscape(email), "", testapp.Bearer(token)...).JSON(w, &list)
	for _, m := range list.Members {
		ids = append(ids, m.ID)
	}
	if len(ids) == 0 {
		w.Fatalf("no member has the address %s", email)
	}
	return ids
}

func TestDeviceImports(t *testing.T) {
	w := newGround(t)
	stranger, token, foreign := w.stranger, w.token, w.foreign
	const path = "/api/v1/device-imports"
	csv := func(by string, headers ...string) []string {
		return append(append(testapp.Bearer(by), "Content-Type", "text/csv; charset=utf-8"), headers...)
	}
	file := "unique_id,display_name,group\nCSV-1,\"Lamp, ☃\",Lamps\nCSV 2,Lamp,\nCSV-1,Again,\n"
	r := w.send(202, http.MethodPost, path+"?file_name=lamps.csv", file, csv(token, "Idempotency-Key", "lamps")...)
	var done struct {
		State   string `json:"state"`
		Lines   int    `json:"lines"`
		Added   int    `json:"added"`
		Refused []struct {
			Line     int    `json:"line"`
			UniqueID string `json:"unique_id"`
			Reason   string `json:"reason"`
		} `json:"refused_lines"`
	}
	testapp.Until(w, 30*time.Second, "the import is done", func() bool {
		w.send(200, http.MethodGet, r.Location, "", testapp.Bearer(token)...).JSON(w, &done)
		return done.State == "done"
	})
	if done.Lines != 3 || done.Added != 1 || len(done.Refused) != 2 || done.Refused[0].Line != 3 || done.Refused[0].UniqueID != "CSV 2" || done.Refused[1].Line != 4 || !strings.Contains(done.Refused[1].Reason, "Line 2") {
		w.Errorf("GET %s = %+v, want one device, and lines 3 and 4 refused", r.Location, done)
	}
	if got := w.list(token, "?unique_id=CSV-1"); len(got.Devices) != 1 || got.Devices[0].DisplayName != "Lamp, ☃" {
		w.Errorf("the device of the file = %+v, want Lamp, ☃", got)
	}
	if again := w.send(409, http.MethodPost, path+"?file_name=lamps.csv", file, csv(token, "Idempotency-Key", "lamps")...); again.Location != r.Location {
		w.Errorf("the same Idempotency-Key again leads to %q, want %q", again.Location, r.Location)
	}
	if other := w.send(422, http.MethodPost, path, file+"CSV-9,Lamp,\n", csv(token, "Idempotency-Key", "lamps")...); !strings.Contains(other.Body, `"field":"Idempotency-Key"`) {
		w.Errorf("the same Idempotency-Key for another file = %s, want the header named", other.Body)
	}
	for _, bad := range []string{"", "unique_id\nCSV-3\n", "unique_id,display_name\n", "\xff\xfeu\x00", "unique_id,display_name,colour\nCSV-3,Lamp,red\n"} {
		if r := w.send(422, http.MethodPost, path, bad, csv(token)...); !strings.Contains(r.Body, `"field":"file"`) {
			w.Errorf("POST %s of %q = %s, want the fault in the file", path, bad, r.Body)
		}
	}
	w.send(413, http.MethodPost, path, "unique_id,display_name\n"+strings.Repeat("x,", 5_000_000), csv(token)...)
	w.send(415, http.MethodPost, path, file, jsonBy(token)...)
	w.send(415, http.MethodPost, path, file, csv(token, "Content-Encoding", "gzip")...)
	w.send(422, http.MethodPost, path, file, append(testapp.Bearer(token), "Content-Type", "text/csv", "Idempotency-Key", "lamps")...) // of another name
	if got := w.send(200, http.MethodGet, path+"?limit=1", "", testapp.Bearer(token)...); !strings.Contains(got.Body, `"file_name":"lamps.csv"`) || !strings.Contains(got.Body, `"started_by":"Manager"`) {
		w.Errorf("GET %s = %s, want the import by its app", path, got.Body)
	}
	dry(w, csv(token))
	elsewhere := w.app.Token(w, w.app.AddApp(w, stranger.ID, "Imports elsewhere", "write"))
	w.send(404, http.MethodGet, r.Location, "", testapp.Bearer(elsewhere)...)
	w.send(404, http.MethodGet, path+"?team="+stranger.ID, "", testapp.Bearer(token)...)
	w.send(404, http.MethodPost, path+"?team="+stranger.ID, file, csv(token)...)
	w.send(403, http.MethodPost, path, file, csv(w.app.Token(w, foreign))...)
}
