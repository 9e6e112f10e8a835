package openapi

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

type deviceList struct {
	Devices []struct {
		GUID        string `json:"guid"`
		TeamID      string `json:"team_id"`
		UniqueID    string `json:"unique_id"`
		DisplayName string `json:"display_name"`
	} `json:"devices"`
	Next *string `json:"next_cursor"`
}

func (l deviceList) ids() (ids []string) {
	for _, d := range l.Devices {
		ids = append(ids, d.UniqueID)
	}
	return ids
}

// addDevice adds a device on the page, and gives its guid.
func (w *walker) addDevice(by *testapp.Person, uniqueID, name string) string {
	w.Helper()
	r := by.Post(w, "/team/devices", url.Values{"unique_id": {uniqueID}, "display_name": {name}})
	if r.Status != http.StatusSeeOther {
		w.Fatalf("POST /team/devices = %d\n%s", r.Status, r.Body)
	}
	return strings.TrimPrefix(r.Location, "/team/devices/")
}

func (w *walker) list(token, query string) (l deviceList) {
	w.Helper()
	w.send(200, http.MethodGet, "/api/v1/devices"+query, "", testapp.Bearer(token)...).JSON(w, &l)
	return l
}

// Devices are read by an app's own token and by those of a developer and a viewer.
func TestDevices(t *testing.T) {
	w := newGround(t)
	team, read, narrow := w.team, w.tokenOf("Plain", "read"), w.tokenOf("Bare", "transactions/mock")
	developer, viewer := w.app.Member(w, team.ID, "developer"), w.app.Member(w, team.ID, "viewer")
	client := w.app.AddClient(w, team.ID, "Reader", "native")
	var guids []string
	for _, name := range []string{"Bed", "Door", "Lamp"} {
		guids = append(guids, w.addDevice(developer, "SN-"+name, name))
	}
	seen, granted := developer.Authorize(w, client).AccessToken, viewer.Authorize(w, client).AccessToken

	for who, token := range map[string]string{"an app": read, "a developer": seen} {
		if got := w.list(token, "").ids(); !slices.Equal(got, []string{"SN-Bed", "SN-Door", "SN-Lamp"}) {
			w.Errorf("devices of %s = %v, want all three by name", who, got)
		}
		first := w.list(token, "?limit=2")
		if len(first.Devices) != 2 || first.Next == nil {
			w.Fatalf("first page of two = %+v", first)
		}
		if last := w.list(token, "?limit=2&cursor="+*first.Next); !slices.Equal(last.ids(), []string{"SN-Lamp"}) || last.Next != nil {
			w.Errorf("second page = %+v, want the last device", last)
		}
		w.send(200, http.MethodGet, "/api/v1/devices/"+guids[0], "", testapp.Bearer(token)...)
		w.send(200, http.MethodGet, "/api/v1/devices?team="+team.ID, "", testapp.Bearer(token)...)
		w.send(404, http.MethodGet, "/api/v1/devices?team=elsewhere", "", testapp.Bearer(token)...)
	}
	for _, query := range []string{"limit=0", "limit=201", "limit=x", "limit=", "cursor=made-up", "cursor=WzEsMl0", "limit=1&limit=2", "cursor=%00"} {
		want := 422
		switch query {
		case "limit=":
			want = 200 // as if it were not there
		case "limit=1&limit=2", "cursor=%00":
			want = 400 // not well-formed
		}
		w.check(want, "/api/v1/devices?"+query, read)
	}

	// A viewer sees what is granted, when it is granted, and nothing else by any way.
	if got := w.list(granted, "").ids(); got != nil {
		w.Errorf("devices of a viewer without grants = %v, want none", got)
	}
	id := viewerID.FindStringSubmatch(developer.Get(w, "/team/devices/"+guids[1]).Body)
	if id == nil {
		w.Fatal("the page of a device offers no viewer")
	}
	grant := func(viewers ...string) {
		w.Helper()
		if r := developer.Post(w, "/team/devices/"+guids[1], url.Values{"display_name": {"Door"}, "viewers": viewers}); r.Status != http.StatusSeeOther {
			w.Fatalf("POST /team/devices = %d\n%s", r.Status, r.Body)
		}
	}
	grant(id[1])
	if got := w.list(granted, "").ids(); !slices.Equal(got, []string{"SN-Door"}) {
		w.Errorf("devices of a viewer = %v, want the granted one", got)
	}
	w.send(200, http.MethodGet, "/api/v1/devices/"+guids[1], "", testapp.Bearer(granted)...)
	for _, guid := range []string{guids[0], guids[2], "none", "%00"} {
		w.send(404, http.MethodGet, "/api/v1/devices/"+guid, "", testapp.Bearer(granted)...)
	}
	if r := viewer.Get(w, "/team/devices"); !strings.Contains(r.Body, "SN-Door") || strings.Contains(r.Body, "SN-Bed") || strings.Contains(r.Body, "Add device") {
		w.Error("GET /team/devices of a viewer shows other than the granted device alone")
	}
	for _, guid := range []string{guids[0], "none"} {
		if r := viewer.Get(w, "/team/devices/"+guid); r.Status != http.StatusNotFound {
			w.Errorf("GET /team/devices/%s of a viewer = %d, want 404", guid, r.Status)
		}
	}
	grant()
	if got := w.list(granted, "").ids(); got != nil {
		w.Errorf("devices of a viewer whose grant went = %v, want none", got)
	}
	w.send(403, http.MethodGet, "/api/v1/devices", "", testapp.Bearer(narrow)...)
	w.send(403, http.MethodGet, "/api/v1/devices/"+guids[0], "", testapp.Bearer(narrow)...)
	if r := developer.Post(w, "/team/devices/"+guids[2]+"/remove", nil); r.Status != http.StatusSeeOther {
		w.Errorf("POST /team/devices/../remove = %d", r.Status)
	}
	w.send(404, http.MethodGet, "/api/v1/devices/"+guids[2], "", testapp.Bearer(read)...)
}

var viewerID = regexp.MustCompile(`name="viewers" value="([^"]+)"`)

// check is a GET whose query need not be what the document says.
func (w *walker) check(status int, path, token string) {
	w.Helper()
	if r := w.app.Do(w, w.app.Request(w, http.MethodGet, path, "", testapp.Bearer(token)...)); r.Status != status {
		w.Errorf("GET %s = %d %s, want %d", path, r.Status, r.Body, status)
	}
}

// Tokens act for people: a personal token of an admin, and an app's token for a viewer.
func TestPeople(t *testing.T) {
	w := newGround(t)
	team, other, foreign := w.team, w.stranger, w.foreign
	admin, viewer := w.app.Member(w, team.ID, "admin"), w.app.Member(w, team.ID, "viewer")
	token := admin.AddToken(w, "Terraform", "apps:read", "apps:write", "read")
	var who me
	w.send(200, http.MethodGet, "/api/v1/me", "", testapp.Bearer(token)...).JSON(w, &who)
	if who.Type != "person" || who.ClientID != "" || who.Name != admin.Name || who.Person == nil || who.Person.Name != admin.Name || who.Team != nil || len(who.Teams) != 1 {
		w.Errorf("GET /api/v1/me by a personal token = %+v, want the person alone", who)
	}
	client := w.app.AddClient(w, team.ID, "Phone", "native", "--scope", "apps:read")
	tokens := viewer.Authorize(w, client)
	who = me{}
	w.send(200, http.MethodGet, "/api/v1/me", "", testapp.Bearer(tokens.AccessToken)...).JSON(w, &who)
	if who.Type != "person" || who.ClientID != client.ClientID || who.Name != viewer.Name || who.Person == nil {
		w.Errorf("GET /api/v1/me by an app for a person = %+v, want both", who)
	}

	// An admin's: the apps of the team. A viewer's: none, whatever the scopes say.
	var apps struct {
		Apps []struct {
			ClientID string `json:"client_id"`
			TeamID   string `json:"team_id"`
		} `json:"apps"`
	}
	w.send(200, http.MethodGet, "/api/v1/apps", "", testapp.Bearer(token)...).JSON(w, &apps)
	if len(apps.Apps) == 0 {
		w.Error("an admin's token lists no app")
	}
	for _, a := range apps.Apps {
		if a.TeamID != team.ID {
			w.Errorf("an admin's token lists the app %s of another team", a.ClientID)
		}
	}
	w.send(200, http.MethodGet, "/api/v1/apps?team="+team.ID, "", testapp.Bearer(token)...)
	w.send(404, http.MethodGet, "/api/v1/apps?team="+other.ID, "", testapp.Bearer(token)...)
	w.send(404, http.MethodGet, "/api/v1/apps/"+foreign.ClientID, "", testapp.Bearer(token)...)
	w.send(200, http.MethodGet, "/api/v1/apps/"+client.ClientID+"/secrets", "", testapp.Bearer(token)...)
	w.send(403, http.MethodGet, "/api/v1/apps", "", testapp.Bearer(tokens.AccessToken)...) // the scope isn't a viewer's
	w.send(403, http.MethodGet, "/api/v1/apps?team="+team.ID, "", testapp.Bearer(tokens.AccessToken)...)
	w.send(403, http.MethodGet, "/api/v1/apps/"+client.ClientID, "", testapp.Bearer(tokens.AccessToken)...)
	w.send(403, http.MethodGet, "/api/v1/apps/"+client.ClientID+"/secrets", "", testapp.Bearer(tokens.AccessToken)...)
}

func TestPeopleMakeApps(t *testing.T) {
	w := newGround(t)
	team, other := w.team, w.stranger
	admin := w.app.Member(w, team.ID, "admin")
	token := admin.AddToken(w, "Terraform", "apps:read", "apps:write", "read")
	const path = "/api/v1/apps"
	var made struct {
		createdApp
		TeamID     string   `json:"team_id"`
		Redirects  []string `json:"redirect_uris"`
		Grants     []string `json:"grant_types"`
		AuthMethod string   `json:"auth_method"`
	}
	board := `{"name": "Person's board", "kind": "web", "redirect_uris": ["https://board.example/callback"], "refresh": true, "scopes": ["read"]}`
	r := w.send(201, http.MethodPost, path, board, jsonBy(token)...)
	r.JSON(w, &made)
	w.app.Secret(made.ClientSecret)
	if made.TeamID != team.ID || made.ClientSecret == "" || !slices.Contains(made.Grants, "refresh_token") || len(made.Redirects) != 1 {
		w.Errorf("POST %s = %s, want a web app of the person's team with a secret", path, r.Body)
	}
	made.ClientSecret, made.Secret = "", secret{}
	phone := `{"team": "` + team.ID + `", "name": "Person's phone", "kind": "native", "redirect_uris": ["com.example.phone:/callback"], "scopes": ["read"]}`
	r = w.send(201, http.MethodPost, path, phone, jsonBy(token)...)
	r.JSON(w, &made)
	if made.AuthMethod != "none" || strings.Contains(r.Body, "secret\"") {
		w.Errorf("POST %s = %s, want a native app without a secret", path, r.Body)
	}
	w.fields("redirect_uris", 422, path, `{"name": "No way back", "kind": "web", "scopes": ["read"]}`, token)
	w.fields("kind", 422, path, `{"name": "What", "kind": "toaster", "scopes": ["read"]}`, token)
	w.fields("team", 422, path, `{"name": "Elsewhere", "team": "`+other.ID+`", "scopes": ["read"]}`, token)
	// A personal token can't give an app what it has not got itself, even an admin's.
	narrow := admin.AddToken(w, "Makes apps", "apps:write")
	w.send(403, http.MethodPost, path, `{"name": "Raised", "scopes": ["apps:read"]}`, jsonBy(narrow)...)

	// Who has several teams names one. An owner has them all.
	everywhere := w.owner().AddToken(w, "Everything", "apps:write", "read", "team:write", "team:read")
	r = w.send(201, http.MethodPost, "/api/v1/teams", `{"name": "Third"}`, jsonBy(everywhere)...)
	w.send(200, http.MethodGet, r.Location, "", testapp.Bearer(everywhere)...)
	w.fields("name", 422, "/api/v1/teams", `{"name": "Third"}`, everywhere)
	w.send(422, http.MethodGet, "/api/v1/members", "", testapp.Bearer(everywhere)...) // which team?
	w.fields("team", 422, path, `{"name": "Which", "scopes": ["read"]}`, everywhere)
	w.send(201, http.MethodPost, path, `{"name": "That one", "team": "`+other.ID+`", "scopes": ["read"]}`, jsonBy(everywhere)...).JSON(w, &made)
	w.app.Secret(made.ClientSecret)
	w.send(404, http.MethodDelete, path+"/"+made.ClientID, "", testapp.Bearer(token)...)
	w.send(204, http.MethodDelete, path+"/"+made.ClientID, "", testapp.Bearer(everywhere)...)
}
