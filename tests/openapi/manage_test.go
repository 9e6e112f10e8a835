package openapi

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gatepost/tests/testapp"
)

var everyScope = []string{"read", "write", "transactions/mock", "apps:read", "apps:write", "team:read", "team:write", "account:read", "account:write", "portal:read", "portal:write"}

// page is any list of the API.
type page struct {
	Apps, Secrets, Tokens, Teams, Members, Invitations, Events []struct {
		ID       string `json:"id"`
		ClientID string `json:"client_id"`
		Name     string `json:"name"`
		Action   string `json:"action"`
		Email    string `json:"email"`
		Kind     string `json:"kind"`
	}
	Next *string `json:"next_cursor"`
}

func (w *walker) page(token, path string) (p page) {
	w.Helper()
	w.send(200, http.MethodGet, path, "", bearer(token)...).JSON(w, &p)
	return p
}

// manage walks what a script does to run a portal, by an app's token that may do everything
// in its team.
func (w *walker) manage(team, stranger testapp.Team, foreign testapp.Credentials) {
	token := w.app.Token(w, w.app.AddApp(w, team.ID, "Manager", everyScope...))
	w.changesApp(token, foreign)
	w.rotates(token, foreign)
	w.tokensOfApp(token, foreign)
	w.changesDevices(team, token)
	w.runsTeam(team, stranger, token)
	w.audits(team, stranger, token)
	w.limits(token)
}

func (w *walker) changesApp(token string, foreign testapp.Credentials) {
	var app createdApp
	w.send(201, http.MethodPost, "/api/v1/apps", `{"name": "Changes", "scopes": ["read"], "kind": "web", "redirect_uris": ["https://a.example/cb"]}`, jsonBy(token)...).JSON(w, &app)
	w.app.Secret(app.ClientSecret)
	path := "/api/v1/apps/" + app.ClientID
	patch := func(status int, body string, headers ...string) *testapp.Answer {
		w.Helper()
		return w.send(status, http.MethodPatch, path, body, append(jsonBy(token), headers...)...)
	}
	first := w.send(200, http.MethodGet, path, "", bearer(token)...).Header.Get("ETag")
	r := patch(200, `{"description": "Changed", "token_lifetime": 900, "refresh": true}`, "If-Match", first)
	for _, want := range []string{`"description":"Changed"`, `"token_lifetime":900`, `"name":"Changes"`, `"refresh_token"`, `"scopes":["read"]`, `"https://a.example/cb"`} {
		if !strings.Contains(r.Body, want) {
			w.Errorf("PATCH %s = %s, want %s in it", path, r.Body, want)
		}
	}
	patch(412, `{"name": "Late"}`, "If-Match", first)
	patch(412, `{"name": "Late"}`, "If-Match", `"made-up", W/"weak"`)
	patch(200, `{"name": "Any"}`, "If-Match", "*")
	if same := patch(200, `{}`); same.Header.Get("ETag") != w.send(200, http.MethodGet, path, "", bearer(token)...).Header.Get("ETag") {
		w.Error("ETag of a PATCH and of the GET after it differ")
	}
	const key = `{"kty": "EC", "crv": "P-256", "kid": "k", "use": "sig", "alg": "ES256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`
	if r := patch(200, `{"auth_method": "private_key_jwt", "jwks": `+key+`}`); !strings.Contains(r.Body, `"crv":"P-256"`) {
		w.Errorf("PATCH of jwks = %s, want the key in it", r.Body)
	}
	if r := patch(200, `{"jwks_uri": "https://keys.example/jwks.json"}`); !strings.Contains(r.Body, `"jwks":null`) {
		w.Errorf("PATCH of jwks_uri = %s, want it in the place of jwks", r.Body)
	}
	patch(200, `{"auth_method": "client_secret", "introspection": "team"}`)
	for field, body := range map[string]string{
		"scopes": `{"scopes": ["no such"]}`, "name": `{"name": ""}`, "token_lifetime": `{"token_lifetime": 9223372036854775807}`, "redirect_uris": `{"redirect_uris": []}`,
		"introspection": `{"introspection": "portal"}`, "auth_method": `{"auth_method": "magic"}`, "jwks": `{"auth_method": "private_key_jwt", "jwks": {"kty": 1}}`,
	} {
		var p problem
		if patch(422, body).JSON(w, &p); len(p.Errors) != 1 || p.Errors[0].Field != field {
			w.Errorf("PATCH %s: errors = %+v, want one for %s", body, p.Errors, field)
		}
	}
	for _, body := range []string{``, `[]`, `{"name": 1}`, `{"scopes": [null]}`, `{"token_lifetime": 1.5}`} {
		patch(400, body)
	}
	w.send(404, http.MethodPatch, "/api/v1/apps/"+foreign.ClientID, `{}`, jsonBy(token)...)

	// A token can't give an app, itself included, what it has not got.
	narrow := w.app.AddApp(w, w.teamOf(token), "Narrow", "apps:write")
	w.send(422, http.MethodPatch, "/api/v1/apps/"+narrow.ClientID, `{"scopes": ["apps:write", "team:write"]}`, jsonBy(w.app.Token(w, narrow))...)

	// The same key makes one app.
	once := append(jsonBy(token), "Idempotency-Key", "make one")
	made := w.send(201, http.MethodPost, "/api/v1/apps", `{"name": "Once", "scopes": ["read"]}`, once...)
	var second createdApp
	made.JSON(w, &second)
	w.app.Secret(second.ClientSecret)
	if again := w.send(409, http.MethodPost, "/api/v1/apps", `{"name": "Once", "scopes": ["read"]}`, once...); again.Location != made.Location {
		w.Errorf("the same Idempotency-Key again leads to %q, want %q", again.Location, made.Location)
	}
	w.send(400, http.MethodPost, "/api/v1/apps", `{"name": "Twice", "scopes": ["read"]}`, append(jsonBy(token), "Idempotency-Key", strings.Repeat("x", 201))...)

	// Pages and filters.
	var names []string
	for path := "/api/v1/apps?limit=2"; path != ""; {
		p := w.page(token, path)
		path = ""
		if p.Next != nil {
			path = "/api/v1/apps?limit=2&cursor=" + *p.Next
		}
		for _, a := range p.Apps {
			names = append(names, a.Name)
		}
	}
	if all := w.page(token, "/api/v1/apps?limit=200"); !slices.IsSorted(names) || len(all.Apps) != len(names) || len(names) < 4 {
		w.Errorf("apps page by page = %q, want the %d of the one page by name", names, len(all.Apps))
	}
	if p := w.page(token, "/api/v1/apps?name=Once&kind=server"); len(p.Apps) != 1 || p.Apps[0].ClientID != second.ClientID {
		w.Errorf("apps named Once = %+v, want one", p.Apps)
	}
}

// teamOf is the team of an app's token.
func (w *walker) teamOf(token string) string {
	var who me
	w.send(200, http.MethodGet, "/api/v1/me", "", bearer(token)...).JSON(w, &who)
	return who.Team.ID
}

func (w *walker) rotates(token string, foreign testapp.Credentials) {
	var app createdApp
	w.send(201, http.MethodPost, "/api/v1/apps", `{"name": "Turns", "scopes": ["read"]}`, jsonBy(token)...).JSON(w, &app)
	w.app.Secret(app.ClientSecret)
	path := "/api/v1/apps/" + app.ClientID + "/secrets"
	old := testapp.Credentials{ClientID: app.ClientID, ClientSecret: app.ClientSecret}
	rotate := func(status int, body string, headers ...string) (made secret) {
		w.Helper()
		r := w.send(status, http.MethodPost, path+"/rotate", body, append(jsonBy(token), headers...)...)
		if status == 201 {
			r.JSON(w, &made)
			w.app.Secret(made.ClientSecret)
			w.app.Token(w, testapp.Credentials{ClientID: app.ClientID, ClientSecret: made.ClientSecret})
			if got := w.send(200, http.MethodGet, r.Location, "", bearer(token)...); !strings.Contains(got.Body, made.ID) || strings.Contains(got.Body, "gps_") {
				w.Errorf("GET %s = %s, want the new secret's facts", r.Location, got.Body)
			}
		}
		return made
	}
	rotate(201, `{"keep_old": 3600, "label": "next"}`, "Idempotency-Key", "turn")
	rotate(409, `{"keep_old": 3600, "label": "next"}`, "Idempotency-Key", "turn")
	w.app.Token(w, old) // still good
	rotate(201, `{"keep_old": 0}`)
	w.app.Token(w, old) // its promised end stands
	p := w.page(token, path+"?limit=1")
	if len(p.Secrets) != 1 || p.Next == nil {
		w.Fatalf("first page of secrets = %+v", p)
	}
	if rest := w.page(token, path+"?cursor="+*p.Next); len(rest.Secrets) != 2 || rest.Next != nil {
		w.Errorf("the other secrets = %+v, want two", rest)
	}
	if p := w.page(token, path+"?state=revoked"); len(p.Secrets) != 1 {
		w.Errorf("revoked secrets = %+v, want one", p.Secrets)
	}
	rotate(422, `{"keep_old": -1}`)
	rotate(422, `{"keep_old": 7776001}`)
	rotate(422, `{"label": "`+strings.Repeat("x", 200)+`"}`)
	rotate(400, `{"keep_old": "1h"}`)
	w.send(404, http.MethodPost, "/api/v1/apps/"+foreign.ClientID+"/secrets/rotate", `{}`, jsonBy(token)...)
	w.send(404, http.MethodGet, path+"/nothing", "", bearer(token)...)
	w.send(400, http.MethodGet, path+"?limit=0", "", bearer(token)...)
}

func (w *walker) tokensOfApp(token string, foreign testapp.Credentials) {
	c := w.app.AddApp(w, w.teamOf(token), "Many", "read")
	path := "/api/v1/apps/" + c.ClientID + "/tokens"
	var live []string
	for range 3 {
		live = append(live, w.app.Token(w, c))
	}
	var ids []string
	for at := path + "?limit=1"; at != ""; {
		p := w.page(token, at)
		if at = ""; p.Next != nil {
			at = path + "?limit=1&cursor=" + *p.Next
		}
		for _, t := range p.Tokens {
			if t.Kind != "access" {
				w.Errorf("kind of a token = %q, want access", t.Kind)
			}
			ids = append(ids, t.ID)
		}
	}
	slices.Sort(ids)
	if len(slices.Compact(ids)) != 3 {
		w.Fatalf("tokens page by page = %v, want three", ids)
	}
	w.send(200, http.MethodGet, path+"/"+ids[0], "", bearer(token)...)
	w.send(204, http.MethodDelete, path+"/"+ids[0], "", bearer(token)...)
	w.send(404, http.MethodDelete, path+"/"+ids[0], "", bearer(token)...)
	w.send(404, http.MethodGet, path+"/"+ids[0], "", bearer(token)...)
	w.send(404, http.MethodDelete, "/api/v1/apps/"+foreign.ClientID+"/tokens/"+ids[1], "", bearer(token)...)
	w.send(404, http.MethodGet, "/api/v1/apps/"+foreign.ClientID+"/tokens", "", bearer(token)...)
	w.send(404, http.MethodDelete, "/api/v1/apps/"+foreign.ClientID+"/tokens", "", bearer(token)...)
	w.send(400, http.MethodGet, path+"?cursor=WyJ4IiwieSJd", "", bearer(token)...)
	w.send(204, http.MethodDelete, path, "", bearer(token)...)
	for _, t := range live {
		if got := w.app.Me(w, t); got != http.StatusUnauthorized {
			w.Errorf("a revoked token = %d, want 401", got)
		}
	}
	if p := w.page(token, path); len(p.Tokens) != 0 || p.Next != nil {
		w.Errorf("tokens after their revocation = %+v, want none", p)
	}
	w.send(403, http.MethodGet, path, "", bearer(w.app.Token(w, c))...)
}

func (w *walker) changesDevices(team testapp.Team, token string) {
	const path = "/api/v1/devices"
	body := `{"unique_id": "API-1", "display_name": "Pump ☃", "group_name": "Pumps", "entity_name": "Cellar"}`
	once := append(jsonBy(token), "Idempotency-Key", "one pump")
	r := w.send(201, http.MethodPost, path, body, once...)
	if again := w.send(201, http.MethodPost, path, body, once...); again.Body != r.Body || again.Location != r.Location {
		w.Errorf("POST %s again = %s, want the same device", path, again.Body)
	}
	at, tag := r.Location, r.Header.Get("ETag")
	if got := w.send(200, http.MethodGet, at, "", bearer(token)...); got.Body != r.Body || got.Header.Get("ETag") != tag {
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
	w.send(400, http.MethodGet, path+"?is_active=perhaps", "", bearer(token)...)

	r = w.send(200, http.MethodPatch, at, `{"display_name": "Pump 2", "is_active": false}`, append(jsonBy(token), "If-Match", tag)...)
	if !strings.Contains(r.Body, `"display_name":"Pump 2"`) || !strings.Contains(r.Body, `"group_name":"Pumps"`) || !strings.Contains(r.Body, `"is_active":false`) {
		w.Errorf("PATCH %s = %s, want the change and no other", at, r.Body)
	}
	w.send(412, http.MethodPatch, at, `{}`, append(jsonBy(token), "If-Match", tag)...)
	w.send(412, http.MethodDelete, at, "", append(bearer(token), "If-Match", tag)...)
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
	w.send(200, http.MethodGet, at+"/viewers", "", bearer(token)...).JSON(w, &list)
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
	w.send(200, http.MethodGet, at, "", bearer(granted)...)
	w.send(403, http.MethodPatch, at, `{}`, jsonBy(granted)...)
	w.send(403, http.MethodGet, at+"/viewers", "", bearer(granted)...)
	w.send(403, http.MethodPost, path, `{"unique_id": "API-3", "display_name": "x"}`, jsonBy(granted)...)
	w.send(412, http.MethodPut, at+"/viewers", `{"viewers": []}`, append(jsonBy(token), "If-Match", tag)...)
	w.send(422, http.MethodPut, at+"/viewers", `{"viewers": ["nobody"]}`, jsonBy(token)...)
	w.send(422, http.MethodPut, at+"/viewers", `{}`, jsonBy(token)...)
	w.send(200, http.MethodPut, at+"/viewers", `{"viewers": []}`, jsonBy(token)...)
	w.send(404, http.MethodGet, at, "", bearer(granted)...)
	w.send(404, http.MethodPut, path+"/nothing/viewers", share, jsonBy(token)...)
	w.send(204, http.MethodDelete, at, "", bearer(token)...)
	w.send(404, http.MethodDelete, at, "", bearer(token)...)
}

func (w *walker) runsTeam(team, stranger testapp.Team, token string) {
	if p := w.page(token, "/api/v1/teams"); len(p.Teams) != 1 || p.Teams[0].ID != team.ID {
		w.Errorf("teams of an app = %+v, want its own", p.Teams)
	}
	at := "/api/v1/teams/" + team.ID
	w.send(200, http.MethodGet, at, "", bearer(token)...)
	w.send(404, http.MethodGet, "/api/v1/teams/"+stranger.ID, "", bearer(token)...)
	w.send(404, http.MethodPatch, "/api/v1/teams/"+stranger.ID, `{"name": "Taken over"}`, jsonBy(token)...)
	w.send(200, http.MethodPatch, at, `{"name": "Policlinico 2"}`, jsonBy(token)...)
	w.send(422, http.MethodPatch, at, `{"name": "`+stranger.Name+`"}`, jsonBy(token)...)
	w.send(200, http.MethodPatch, at, `{}`, jsonBy(token)...)
	w.send(403, http.MethodPost, "/api/v1/teams", `{"name": "Mine"}`, jsonBy(token)...)

	developer := w.personalToken(w.app.Member(w, team.ID, "developer"), "Looks", "team:read", "team:write")
	w.send(200, http.MethodGet, "/api/v1/members", "", bearer(developer)...)
	w.send(403, http.MethodGet, "/api/v1/invitations", "", bearer(developer)...)
	w.send(403, http.MethodGet, "/api/v1/audit-events", "", bearer(developer)...)
	w.send(403, http.MethodGet, at, "", bearer(developer)...)
	w.send(403, http.MethodPost, "/api/v1/invitations", `{"email": "eve@example.com", "role": "admin"}`, jsonBy(developer)...)
	if p := w.page(developer, "/api/v1/teams"); len(p.Teams) != 0 {
		w.Errorf("teams that a developer manages = %+v, want none", p.Teams)
	}
	w.send(404, http.MethodGet, "/api/v1/members?team="+stranger.ID, "", bearer(token)...)
	w.send(400, http.MethodGet, "/api/v1/members?team=%00", "", bearer(token)...)
	if p := w.page(token, "/api/v1/members?role=admin&limit=1"); len(p.Members) > 1 {
		w.Errorf("members = %+v, want one page of one", p.Members)
	}

	const path = "/api/v1/invitations"
	var made struct {
		ID  string `json:"id"`
		URL string `json:"url"`
	}
	invite := append(jsonBy(token), "Idempotency-Key", "invite Ana")
	r := w.send(201, http.MethodPost, path, `{"email": "Ana@Example.com", "role": "viewer"}`, invite...)
	r.JSON(w, &made)
	w.app.Secret(made.URL)
	if !strings.HasPrefix(made.URL, w.app.URL+"/activate/") || r.Location != path+"/"+made.ID {
		w.Errorf("POST %s = %s to %s, want a link and the invitation's address", path, r.Body, r.Location)
	}
	if again := w.send(409, http.MethodPost, path, `{"email": "Ana@Example.com", "role": "viewer"}`, invite...); again.Location != r.Location {
		w.Errorf("the same Idempotency-Key again leads to %q, want %q", again.Location, r.Location)
	}
	if other := w.send(422, http.MethodPost, path, `{"email": "bob@example.com", "role": "viewer"}`, invite...); !strings.Contains(other.Body, `"field":"Idempotency-Key"`) {
		w.Errorf("the same Idempotency-Key for another request = %s, want the header named", other.Body)
	}
	w.fields("email", 422, path, `{"email": "nobody", "role": "viewer"}`, token)
	w.fields("role", 422, path, `{"email": "b@example.com", "role": "king"}`, token)
	if got := w.send(200, http.MethodGet, r.Location, "", bearer(token)...); strings.Contains(got.Body, "/activate/") {
		w.Errorf("GET %s shows the link again", r.Location)
	}
	old := made
	r = w.send(201, http.MethodPost, r.Location+"/resend", "", bearer(token)...)
	r.JSON(w, &made)
	w.app.Secret(made.URL)
	w.send(404, http.MethodGet, path+"/"+old.ID, "", bearer(token)...)
	if p := w.page(token, path); len(p.Invitations) != 1 || p.Invitations[0].ID != made.ID {
		w.Errorf("invitations = %+v, want the one that was sent again", p.Invitations)
	}
	foreigner := w.personalToken(w.app.Member(w, stranger.ID, "admin"), "Elsewhere", "team:read", "team:write")
	w.send(404, http.MethodGet, r.Location, "", bearer(foreigner)...)
	w.send(404, http.MethodDelete, r.Location, "", bearer(foreigner)...)
	w.send(404, http.MethodPost, r.Location+"/resend", "", bearer(foreigner)...)
	w.send(204, http.MethodDelete, r.Location, "", bearer(token)...)
	w.send(404, http.MethodDelete, r.Location, "", bearer(token)...)
}

func (w *walker) audits(team, stranger testapp.Team, token string) {
	const path = "/api/v1/audit-events"
	first := w.page(token, path+"?limit=3")
	if len(first.Events) != 3 || first.Next == nil {
		w.Fatalf("first page of events = %+v", first)
	}
	next := w.page(token, path+"?limit=3&cursor="+*first.Next)
	if len(next.Events) != 3 || next.Events[0].ID >= first.Events[2].ID {
		w.Errorf("second page of events = %+v after %+v, want older ones", next, first)
	}
	cancelled := w.page(token, path+"?action=invitation.cancelled")
	if len(cancelled.Events) != 1 || cancelled.Events[0].Action != "invitation.cancelled" {
		w.Errorf("events of one action = %+v, want one", cancelled)
	}
	for query, want := range map[string]bool{"since=2001-01-01T00:00:00Z": true, "until=2001-01-01T00:00:00Z": false, "actor=nobody": false, "target=" + team.ID: true} {
		if p := w.page(token, path+"?"+query); (len(p.Events) > 0) != want {
			w.Errorf("GET %s?%s = %d events, want some: %t", path, query, len(p.Events), want)
		}
	}
	w.send(400, http.MethodGet, path+"?since=yesterday", "", bearer(token)...)
	w.send(404, http.MethodGet, path+"?team="+stranger.ID, "", bearer(token)...)

	app := w.page(token, "/api/v1/apps?name=Any").Apps[0].ClientID
	for _, e := range w.page(token, "/api/v1/apps/"+app+"/events").Events {
		if !strings.HasPrefix(e.Action, "app.") {
			w.Errorf("event of an app = %+v", e)
		}
	}
	w.send(200, http.MethodGet, "/api/v1/scopes", "", bearer(token)...)
	w.send(401, http.MethodGet, "/api/v1/scopes", "")
}

// limits are told with each answer.
func (w *walker) limits(token string) {
	first := w.send(200, http.MethodGet, "/api/v1/me", "", bearer(token)...).Header
	if first.Get("RateLimit-Limit") == "" || first.Get("RateLimit-Remaining") == "" || first.Get("RateLimit-Reset") == "" {
		w.Errorf("GET /api/v1/me without RateLimit headers: %v", first)
	}
	if !strings.Contains(first.Get("Access-Control-Expose-Headers"), "RateLimit-Remaining") {
		w.Errorf("Access-Control-Expose-Headers = %q, want the RateLimit headers", first.Get("Access-Control-Expose-Headers"))
	}
}
