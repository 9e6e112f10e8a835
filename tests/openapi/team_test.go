package openapi

import (
	"net/http"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

func TestTeam(t *testing.T) {
	w := newGround(t)
	team, stranger, token := w.team, w.stranger, w.token
	if p := w.page(token, "/api/v1/teams"); len(p.Teams) != 1 || p.Teams[0].ID != team.ID {
		w.Errorf("teams of an app = %+v, want its own", p.Teams)
	}
	at := "/api/v1/teams/" + team.ID
	w.send(200, http.MethodGet, at, "", testapp.Bearer(token)...)
	w.send(404, http.MethodGet, "/api/v1/teams/"+stranger.ID, "", testapp.Bearer(token)...)
	w.send(404, http.MethodPatch, "/api/v1/teams/"+stranger.ID, `{"name": "Taken over"}`, jsonBy(token)...)
	w.send(200, http.MethodPatch, at, `{"name": "Policlinico 2"}`, jsonBy(token)...)
	w.send(422, http.MethodPatch, at, `{"name": "`+stranger.Name+`"}`, jsonBy(token)...)
	w.send(200, http.MethodPatch, at, `{}`, jsonBy(token)...)

	// An app's word is an admin's; a person asks of others what they have done themselves.
	admin := w.app.Member(w, team.ID, "admin").AddToken(w, "One factor", "team:read", "team:write")
	w.patchFails("requires_second_factor", at, `{"name": "Half", "requires_second_factor": true}`, admin)
	if r := w.send(200, http.MethodPatch, at, `{"requires_second_factor": true}`, jsonBy(token)...); !strings.Contains(r.Body, `"requires_second_factor":true`) || strings.Contains(r.Body, "Half") {
		w.Errorf("PATCH %s = %s, want the requirement, and no name of a refused change", at, r.Body)
	}
	w.send(401, http.MethodPatch, at, `{"requires_second_factor": false}`, jsonBy(admin)...) // who has none has no token left
	w.send(200, http.MethodPatch, at, `{"requires_second_factor": false}`, jsonBy(token)...)
	w.send(403, http.MethodPost, "/api/v1/teams", `{"name": "Mine"}`, jsonBy(token)...)

	developer := w.app.Member(w, team.ID, "developer").AddToken(w, "Looks", "team:read", "team:write")
	w.send(200, http.MethodGet, "/api/v1/members", "", testapp.Bearer(developer)...)
	w.send(403, http.MethodGet, "/api/v1/invitations", "", testapp.Bearer(developer)...)
	w.send(403, http.MethodGet, "/api/v1/audit-events", "", testapp.Bearer(developer)...)
	w.send(403, http.MethodGet, at, "", testapp.Bearer(developer)...)
	w.send(403, http.MethodPost, "/api/v1/invitations", `{"email": "eve@example.com", "role": "admin"}`, jsonBy(developer)...)
	if p := w.page(developer, "/api/v1/teams"); len(p.Teams) != 0 {
		w.Errorf("teams that a developer manages = %+v, want none", p.Teams)
	}
	w.send(404, http.MethodGet, "/api/v1/members?team="+stranger.ID, "", testapp.Bearer(token)...)
	w.send(400, http.MethodGet, "/api/v1/members?team=%00", "", testapp.Bearer(token)...)
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
	if got := w.send(200, http.MethodGet, r.Location, "", testapp.Bearer(token)...); strings.Contains(got.Body, "/activate/") {
		w.Errorf("GET %s shows the link again", r.Location)
	}
	old := made
	r = w.send(201, http.MethodPost, r.Location+"/resend", "", testapp.Bearer(token)...)
	r.JSON(w, &made)
	w.app.Secret(made.URL)
	w.send(404, http.MethodGet, path+"/"+old.ID, "", testapp.Bearer(token)...)
	if p := w.page(token, path); len(p.Invitations) != 1 || p.Invitations[0].ID != made.ID {
		w.Errorf("invitations = %+v, want the one that was sent again", p.Invitations)
	}
	foreigner := w.app.Member(w, stranger.ID, "admin").AddToken(w, "Elsewhere", "team:read", "team:write")
	w.send(404, http.MethodGet, r.Location, "", testapp.Bearer(foreigner)...)
	w.send(404, http.MethodDelete, r.Location, "", testapp.Bearer(foreigner)...)
	w.send(404, http.MethodPost, r.Location+"/resend", "", testapp.Bearer(foreigner)...)
	w.send(204, http.MethodDelete, r.Location, "", testapp.Bearer(token)...)
	w.send(404, http.MethodDelete, r.Location, "", testapp.Bearer(token)...)
}

func TestAuditEvents(t *testing.T) {
	w := newGround(t)
	team, stranger, token := w.team, w.stranger, w.token
	var made createdApp
	w.send(201, http.MethodPost, "/api/v1/apps", `{"name": "Any", "scopes": ["read"]}`, jsonBy(token)...).JSON(w, &made)
	w.app.Secret(made.ClientSecret)
	w.send(200, http.MethodPatch, "/api/v1/apps/"+made.ClientID, `{"description": "Changed"}`, jsonBy(token)...)
	invited := w.send(201, http.MethodPost, "/api/v1/invitations", `{"email": "audited@example.com", "role": "viewer"}`, jsonBy(token)...)
	w.send(204, http.MethodDelete, invited.Location, "", testapp.Bearer(token)...)
	w.send(200, http.MethodPatch, "/api/v1/teams/"+team.ID, `{"name": "Audited"}`, jsonBy(token)...)

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
	w.send(422, http.MethodGet, path+"?since=yesterday", "", testapp.Bearer(token)...)
	w.send(404, http.MethodGet, path+"?team="+stranger.ID, "", testapp.Bearer(token)...)

	app := w.page(token, "/api/v1/apps?name=Any").Apps[0].ClientID
	for _, e := range w.page(token, "/api/v1/apps/"+app+"/events").Events {
		if !strings.HasPrefix(e.Action, "app.") {
			w.Errorf("event of an app = %+v", e)
		}
	}
	w.send(200, http.MethodGet, "/api/v1/scopes", "", testapp.Bearer(token)...)
	w.send(401, http.MethodGet, "/api/v1/scopes", "")
}

// An owner reaches every team, and is a member of few: the only one of theirs is the team of a call that
// names none.
func TestTheTeamOfAnOwnersCall(t *testing.T) {
	w := testapp.New(t)
	owner := w.Owner(t)
	w.AddTeam(t, "Elsewhere")
	token := owner.AddToken(t, "Owner", "apps:read", "apps:write", "read", "write", "team:read", "team:write")
	call := func(method, path, body string) *testapp.Answer {
		return w.Do(t, w.Request(t, method, path, body, jsonBy(token)...))
	}
	members := call(http.MethodGet, "/api/v1/members", "")
	if members.Status != http.StatusOK || !strings.Contains(members.Body, owner.Email) {
		t.Errorf("GET /api/v1/members by an owner of one team = %d %s, want that team's members", members.Status, members.Body)
	}
	for path, body := range map[string]string{
		"/api/v1/devices": `{"unique_id": "A", "display_name": "A"}`, "/api/v2/Device": `{"uniqueId": "B", "displayName": "B"}`, "/api/v1/apps": `{"name": "Native", "kind": "native", "scopes": ["read"]}`,
	} {
		if a := call(http.MethodPost, path, body); a.Status != http.StatusCreated {
			t.Errorf("POST %s by an owner of one team = %d %s, want 201", path, a.Status, a.Body)
		}
	}
	second := call(http.MethodPost, "/api/v1/teams", `{"name": "Second"}`) // whose first admin is the owner
	if second.Status != http.StatusCreated {
		t.Fatalf("POST /api/v1/teams = %d %s", second.Status, second.Body)
	}
	if a := call(http.MethodGet, "/api/v1/members", ""); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "You are in several teams") {
		t.Errorf("GET /api/v1/members by an owner of two teams = %d %s, want 422 that asks for one", a.Status, a.Body)
	}
}
