package openapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

// A script rotates a secret: evidence, a new secret, a drill, and the end of the old one.
func TestRotation(t *testing.T) {
	w := newGround(t)
	team, token := w.team, w.token
	c := w.app.AddApp(w, team.ID, "Rotated", "read")
	w.app.Token(w, c)
	path := "/api/v1/apps/" + c.ClientID
	old := w.page(token, path+"/secrets").Secrets[0].ID
	evidence := func() string {
		w.Helper()
		return w.send(200, http.MethodGet, path+"/secrets/"+old, "", testapp.Bearer(token)...).Body
	}
	if got := evidence(); !strings.Contains(got, `"uses":1`) || !strings.Contains(got, `"kind":"only_one"`) && !strings.Contains(got, `"kind":"in_use"`) {
		w.Errorf("the evidence of a secret that was used = %s, want its caller and a verdict", got)
	}
	w.send(409, http.MethodPost, path+"/drills", `{"secret_id": "`+old+`", "minutes": 1}`, jsonBy(token)...) // the only one

	until := time.Now().Add(48 * time.Hour).UTC().Truncate(time.Second).Format(time.RFC3339)
	var rotated struct {
		ID           string `json:"id"`
		ClientSecret string `json:"client_secret"`
		Old          string `json:"old"`
		OldEndsAt    string `json:"old_ends_at"`
	}
	w.send(201, http.MethodPost, path+"/secrets/rotate", fmt.Sprintf(`{"keep_until": %q, "old": %q}`, until, old), jsonBy(token)...).JSON(w, &rotated)
	w.app.Secret(rotated.ClientSecret)
	if rotated.Old != old || rotated.OldEndsAt != until {
		w.Errorf("rotate = %+v, want %s to end at %s", rotated, old, until)
	}
	w.fields("keep_until", 422, path+"/secrets/rotate", fmt.Sprintf(`{"keep_until": %q, "keep_old": 5}`, until), token)
	w.fields("old", 422, path+"/secrets/rotate", `{"old": "none"}`, token)
	if r := w.app.RequestToken(w, c); r.Header.Get("Gatepost-Secret-Expires") == "" {
		w.Error("a token of a secret that retires came without Gatepost-Secret-Expires")
	}

	if r := w.send(200, http.MethodPost, path+"/secrets/prove", fmt.Sprintf(`{"client_secret": %q}`, rotated.ClientSecret), jsonBy(token)...); !strings.Contains(r.Body, rotated.ID) || strings.Contains(r.Body, `"saved_at":null`) || strings.Contains(r.Body, rotated.ClientSecret) {
		w.Errorf("proof = %s, want the new secret's facts, saved, and not the secret", r.Body)
	}
	w.send(422, http.MethodPost, path+"/secrets/prove", `{"client_secret": "gps_wrong"}`, jsonBy(token)...)

	drill := w.send(201, http.MethodPost, path+"/drills", `{"secret_id": "`+old+`", "minutes": 1}`, jsonBy(token)...).Location
	w.send(409, http.MethodPost, path+"/drills", `{"secret_id": "`+old+`", "minutes": 1}`, jsonBy(token)...)
	w.send(422, http.MethodPost, path+"/drills", `{"secret_id": "`+old+`", "minutes": 6}`, jsonBy(token)...)
	refused := w.app.RequestToken(w, c)
	if refused.Status != 401 {
		w.Errorf("a token by a drilled secret = %d, want 401", refused.Status)
	}
	if r := w.send(200, http.MethodGet, drill, "", testapp.Bearer(token)...); !strings.Contains(r.Body, `"running":true`) || !strings.Contains(r.Body, `"count":1`) {
		w.Errorf("the drill = %s, want it running, with the one caller", r.Body)
	}
	w.send(200, http.MethodGet, path+"/drills", "", testapp.Bearer(token)...)
	w.send(204, http.MethodPost, drill+"/end", "", testapp.Bearer(token)...)
	w.send(409, http.MethodPost, drill+"/end", "", testapp.Bearer(token)...)
	later := w.send(201, http.MethodPost, path+"/drills", `{"secret_id": "`+old+`", "minutes": 1}`, jsonBy(token)...).Location
	w.send(204, http.MethodPost, later+"/end", "", testapp.Bearer(token)...)
	first := w.page(token, path+"/drills?limit=1")
	if len(first.Drills) != 1 || path+"/drills/"+first.Drills[0].ID != later || first.Next == nil {
		w.Fatalf("the first page of one drill = %+v, want the later one", first)
	}
	if rest := w.page(token, path+"/drills?limit=1&cursor="+*first.Next); len(rest.Drills) != 1 || path+"/drills/"+rest.Drills[0].ID != drill || rest.Next != nil {
		w.Errorf("the second page of one drill = %+v, want the first one, and no more", rest)
	}
	w.app.Token(w, c)
	w.failures(token, c, refused)

	w.patchFails("expires_at", path+"/secrets/"+old, `{"label": "half", "expires_at": "2020-01-01T00:00:00Z"}`, token)
	if strings.Contains(evidence(), `"label":"half"`) {
		w.Error("a change that was refused in part changed the label")
	}
	if r := w.send(200, http.MethodPatch, path+"/secrets/"+old, `{"label": "staging", "expires_at": null}`, jsonBy(token)...); !strings.Contains(r.Body, `"label":"staging"`) || !strings.Contains(r.Body, `"expires_at":null`) {
		w.Errorf("PATCH of a secret = %s, want the label and no end", r.Body)
	}
	w.send(204, http.MethodDelete, path+"/secrets/"+old, "", testapp.Bearer(token)...)
	w.send(409, http.MethodPatch, path+"/secrets/"+old, `{"expires_at": null}`, jsonBy(token)...)
}

// failures walks the refused requests: the client saw an error_id, the team sees why.
func (w *walker) failures(token string, c testapp.Credentials, refused *testapp.Answer) {
	const path = "/api/v1/auth-failures"
	var list struct {
		Failures []struct {
			ID     string `json:"error_id"`
			Reason string `json:"reason"`
		} `json:"auth_failures"`
	}
	w.send(200, http.MethodGet, path+"?client_id="+c.ClientID+"&reason=drill", "", testapp.Bearer(token)...).JSON(w, &list)
	if len(list.Failures) != 1 || !strings.Contains(refused.Body, list.Failures[0].ID) {
		w.Fatalf("failures by the drill = %+v, want the one that the client saw: %s", list, refused.Body)
	}
	w.send(200, http.MethodGet, path+"/"+list.Failures[0].ID, "", testapp.Bearer(token)...)
	stranger := w.app.Token(w, w.app.AddApp(w, w.app.AddTeam(w, "Not concerned").ID, "Tool", "apps:read"))
	w.send(404, http.MethodGet, path+"/"+list.Failures[0].ID, "", testapp.Bearer(stranger)...)
	w.send(404, http.MethodGet, path+"/none", "", testapp.Bearer(token)...)
}

// The rules of a team, its members' roles, and what they know.
func TestRules(t *testing.T) {
	w := newGround(t)
	owner, team, token := w.owner(), w.team, w.token
	path := "/api/v1/teams/" + team.ID
	if r := w.send(200, http.MethodPatch, path+"/rules", `{"max_secret_days": 90, "warn_days": [7, 1]}`, jsonBy(token)...); !strings.Contains(r.Body, `"max_secret_days":90`) {
		w.Errorf("PATCH of the rules = %s, want 90 days", r.Body)
	}
	w.send(200, http.MethodGet, path+"/rules", "", testapp.Bearer(token)...)
	w.send(200, http.MethodGet, path+"/violations?limit=1", "", testapp.Bearer(token)...)
	w.check(422, path+"/violations?cursor=made-up", token)
	w.patchFails("max_secret_days", path+"/rules", `{"max_secret_days": -1}`, token)
	w.send(200, http.MethodPatch, path+"/rules", `{"max_secret_days": 0}`, jsonBy(token)...)

	person := w.app.Member(w, team.ID, "developer")
	person.AddApp(w, "Made by a leaver", "read")
	person.AddApp(w, "Another by a leaver", "read")
	var members struct {
		Members []struct {
			ID    string `json:"person_id"`
			Email string `json:"email"`
		} `json:"members"`
	}
	w.send(200, http.MethodGet, "/api/v1/members?email="+person.Email, "", testapp.Bearer(token)...).JSON(w, &members)
	id := members.Members[0].ID
	one := "/api/v1/members/" + id
	if r := w.send(200, http.MethodPatch, one, `{"role": "viewer"}`, jsonBy(token)...); !strings.Contains(r.Body, `"role":"viewer"`) {
		w.Errorf("PATCH %s = %s, want a viewer", one, r.Body)
	}
	w.patchFails("role", one, `{"role": "king"}`, token)
	if r := w.send(200, http.MethodGet, "/api/v1/exposures?person="+id, "", testapp.Bearer(token)...); strings.Count(r.Body, `"lost":true`) != 2 {
		w.Errorf("what a demoted person knows = %s, want both secrets as lost", r.Body)
	}
	w.send(200, http.MethodPatch, one, `{"role": "developer"}`, jsonBy(token)...)
	if r := w.send(200, http.MethodPost, "/api/v1/exposures/retire", `{"person_id": "`+id+`", "lost_only": true}`, jsonBy(token)...); !strings.Contains(r.Body, `"exposures":[]`) {
		w.Errorf("retire what a developer may no longer know = %s, want nothing", r.Body)
	}
	w.send(204, http.MethodDelete, one, "", testapp.Bearer(token)...)
	w.send(404, http.MethodDelete, one, "", testapp.Bearer(token)...)
	if r := w.send(200, http.MethodGet, "/api/v1/exposures?person="+id, "", testapp.Bearer(token)...); !strings.Contains(r.Body, `"how":["made"]`) {
		w.Errorf("what a leaver knows = %s, want the secret that they made", r.Body)
	}
	if known := w.page(token, "/api/v1/exposures?limit=1&person="+id); len(known.Exposures) != 1 || known.Next == nil {
		w.Errorf("the first page of one exposure = %+v, want one of the two", known)
	} else if rest := w.page(token, "/api/v1/exposures?limit=1&person="+id+"&cursor="+*known.Next); len(rest.Exposures) != 1 || rest.Next != nil || rest.Exposures[0].SecretID == known.Exposures[0].SecretID {
		w.Errorf("the second page of one exposure = %+v, want the other one", rest)
	}
	w.send(422, http.MethodGet, "/api/v1/exposures", "", testapp.Bearer(token)...)
	if r := w.send(200, http.MethodPost, "/api/v1/exposures/retire", `{"person_id": "`+id+`", "keep_old": 3600}`, jsonBy(token)...); strings.Contains(r.Body, `"expires_at":null`) {
		w.Errorf("retire = %s, want an end for each", r.Body)
	}

	// An owner gives an app to another team; an app's own token can't.
	c := w.app.AddApp(w, team.ID, "Moves", "read")
	to := `{"team": "` + w.app.AddTeam(w, "New home").ID + `"}`
	everywhere := owner.AddToken(w, "Transfers", "apps:write", "apps:read", "read")
	w.send(404, http.MethodPost, "/api/v1/apps/"+c.ClientID+"/transfer", to, jsonBy(token)...)
	w.send(200, http.MethodPost, "/api/v1/apps/"+c.ClientID+"/transfer", to, jsonBy(everywhere)...)
}
