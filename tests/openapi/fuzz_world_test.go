package openapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"gatepost/tests/testapp"
)

// How many of each kind the server has at first: apps are slow to make, and of the others
// enough for what deletes them. many is a multiple of apps, since what belongs to an app is
// known by the app's number.
const (
	apps = 5
	many = 60
)

// know notes what there is on the server: by the name of a field or parameter, by the end of
// an address, or by the path of an operation and the name, for what only that one takes.
func (f *fuzzer) know(name, value string) { f.known[name] = append(f.known[name], value) }

// fill puts something of each kind on the server, so that requests find it.
func (f *fuzzer) fill() {
	team := f.app.AddTeam(f, "Fuzz")
	f.team = team
	for i := range 6 { // each has its own limit of calls
		f.tokens = append(f.tokens, f.app.Token(f, f.app.AddApp(f, team.ID, fmt.Sprintf("Manager %d", i), everyScope...)))
	}
	owner := f.owner()
	for i := range 4 { // each has its own limit of calls
		f.personal = append(f.personal, owner.AddToken(f, fmt.Sprintf("Everything %d", i), everyScope...))
	}
	everything := f.personal[0]
	f.tokens = append(f.tokens, f.personal[1], f.personal[2])
	owner.AddTOTP(f) // so that a requirement of second factors leaves the token
	token, know := f.tokens[0], f.know
	know("team", team.ID)
	know("solution-key", team.SolutionKey)
	for _, s := range []string{"read", "write", "apps:read"} {
		know("scopes", s)
		know("scope", s)
	}
	know("redirect_uris", "https://a.example/callback")
	ownID := func(path, body string) string {
		return strings.TrimPrefix(f.send(201, http.MethodPost, path, body, jsonBy(everything)...).Location, path+"/")
	}
	for i := range many {
		api := ownID("/api/v1/apis", fmt.Sprintf(`{"name": "API %d", "audience": "urn:api:%d"}`, i, i))
		know("/apis/{id}", api)
		f.send(201, http.MethodPost, "/api/v1/apis/"+api+"/documents", meters, jsonBy(everything)...)
	}
	for range 8 {
		f.app.Member(f, team.ID, "developer")
	}
	var members struct {
		Members []struct {
			ID string `json:"person_id"`
		} `json:"members"`
	}
	f.send(200, http.MethodGet, "/api/v1/members?role=developer", "", testapp.Bearer(token)...).JSON(f, &members)
	for _, m := range members.Members {
		for _, name := range []string{"person_id", "person", "/people/{id}"} {
			know(name, m.ID)
		}
	}
	owner.Authorize(f, f.app.AddClient(f, team.ID, "Phone", "native"))
	for _, kind := range []string{"sessions", "authorizations"} {
		var list map[string]json.RawMessage
		f.send(200, http.MethodGet, "/api/v1/"+kind, "", testapp.Bearer(everything)...).JSON(f, &list)
		var rows []struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(list[kind], &rows); err != nil {
			f.Fatal(err)
		}
		for _, row := range rows {
			know("/"+kind+"/{id}", row.ID)
		}
	}
	for range 2 {
		f.app.Member(f, team.ID, "viewer")
	}
	f.send(200, http.MethodGet, "/api/v1/members?role=viewer", "", testapp.Bearer(token)...).JSON(f, &members)
	for _, m := range members.Members {
		know("/api/v1/devices/{guid}/viewers viewers", m.ID)
	}
	know("version", "1")
	know("servers", "https://meters.example.com")
	soon := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	for i := range 40 {
		know("/personal-tokens/{id}", ownID("/api/v1/personal-tokens", fmt.Sprintf(`{"name": "Token %d", "scopes": ["read"], "expires_at": %q}`, i, soon)))
	}
	know("/api/v1/personal-tokens expires_at", soon)
	for i := range apps {
		know("email", fmt.Sprintf("fuzz%d@example.com", i))
		c := f.app.AddApp(f, team.ID, fmt.Sprintf("Fuzzed %d", i), "read")
		f.app.Token(f, c)
		for name, value := range map[string]string{"client_id": c.ClientID, "clientId": c.ClientID, "client_secret": c.ClientSecret, "clientSecret": c.ClientSecret} {
			know(name, value)
		}
		path := "/api/v1/apps/" + c.ClientID
		know("jti", f.page(token, path+"/tokens").Tokens[0].ID)
		old := f.page(token, path+"/secrets").Secrets[0].ID
		know("/secrets/{id}", old)
		know("secret_id", old)
		var rotated secret
		f.send(201, http.MethodPost, path+"/secrets/rotate", `{}`, jsonBy(token)...).JSON(f, &rotated)
		f.app.Secret(rotated.ClientSecret)
		drill := f.send(201, http.MethodPost, path+"/drills", `{"secret_id": "`+rotated.ID+`", "minutes": 5}`, jsonBy(token)...)
		know("/drills/{id}", strings.TrimPrefix(drill.Location, path+"/drills/"))
		if _, id, told := strings.Cut(f.app.RequestToken(f, testapp.Credentials{ClientID: c.ClientID, ClientSecret: rotated.ClientSecret}).Body, "error_id: "); told {
			know("error_id", strings.TrimRight(id, "\"}\n "))
		}
	}
	for i := range many {
		var d struct {
			GUID string `json:"guid"`
		}
		id := fmt.Sprintf("FUZZ-%d", i)
		f.send(201, http.MethodPost, "/api/v1/devices", fmt.Sprintf(`{"unique_id": %q, "display_name": %q}`, id, id), jsonBy(token)...).JSON(f, &d)
		know("guid", d.GUID)
		know("uniqueId", id)
		know("unique_id", id)
		var invited struct {
			ID string `json:"id"`
		}
		f.send(201, http.MethodPost, "/api/v1/invitations", fmt.Sprintf(`{"email": "pool%d@example.com", "role": "viewer"}`, i), jsonBy(token)...).JSON(f, &invited)
		know("/invitations/{id}", invited.ID)
		know("/api/v1/scopes name", fmt.Sprintf("new:%d", i))
	}
	know("/teams/{id}", team.ID)
	f.fillMany(token)
	f.fillClients()
	know("cursor", *f.page(token, "/api/v1/audit-events?limit=1").Next)
	know("cursor", *f.page(token, "/api/v1/apps?limit=1").Next)
}

// fillMany is what changes of many devices, imports and mails do well with.
func (f *fuzzer) fillMany(token string) {
	for i, guid := range f.known["guid"] {
		f.know("/api/v1/devices/change guids", guid)
		f.know("/api/v1/devices/change group_name", fmt.Sprintf("Group %d", i%3))
	}
	templates := "/api/v1/teams/" + f.team.ID + "/device-templates"
	for i := range many {
		made := f.send(201, http.MethodPost, templates, fmt.Sprintf(`{"code": "fuzz%d", "name": "Fuzzed"}`, i), jsonBy(token)...).Location
		f.know("template", strings.TrimPrefix(made, templates+"/"))
		f.know("deviceTemplateGuid", strings.TrimPrefix(made, templates+"/"))
		f.know("/template-code/{code}", fmt.Sprintf("fuzz%d", i))
		f.know("/api/v1/teams/{id}/device-templates code", fmt.Sprintf("new%d", i))
		f.know("/api/v1/teams/{id}/device-templates/{template} code", fmt.Sprintf("other%d", i))
	}
	f.know("/api/v1/device-imports ", "unique_id,display_name\nFILE-1,Lamp\n") // a body has no name
	f.know("/device-imports/{id}", strings.TrimPrefix(f.send(202, http.MethodPost, "/api/v1/device-imports", "unique_id,display_name\nFILE-2,Lamp\n",
		append(testapp.Bearer(token), "Content-Type", "text/csv")...).Location, "/api/v1/device-imports/"))
	var l mailList
	f.send(202, http.MethodPost, "/api/v1/mails/test", "", testapp.Bearer(f.personal[0])...)
	f.send(200, http.MethodGet, "/api/v1/mails", "", testapp.Bearer(f.personal[0])...).JSON(f, &l)
	for _, m := range l.Mails {
		f.know("/mails/{id}", m.ID)
		f.know("/mails/{id}/retry", m.ID)
	}
}

// fillClients makes the clients and the person by whom the requests for tokens can do well.
// No other request knows of them: what rotates, disables or deletes has its own victims.
func (f *fuzzer) fillClients() {
	service := f.app.AddApp(f, f.team.ID, "Service", "read")
	f.allowIntrospection(f.team, service)
	for _, path := range []string{"/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"} {
		f.know(path+" client_id", service.ClientID)
		f.know(path+" client_secret", service.ClientSecret)
		f.know(path+" token", "made up")
	}
	f.know("/oauth2/token grant_type", "client_credentials")
	f.know("/apps/auth clientId", service.ClientID)
	f.know("/apps/auth clientSecret", service.ClientSecret)
	f.know("/oauth2/device_authorization client_id", f.app.AddClient(f, f.team.ID, "Camera", "native").ClientID)

	_, challenge := testapp.Verifier()
	for name, value := range map[string]string{
		"client_id": f.app.AddClient(f, f.team.ID, "Board", "web").ClientID, "redirect_uri": testapp.Redirect, "code_challenge": challenge, "code_challenge_method": "S256",
	} {
		f.know("/oauth2/auth "+name, value)
	}

	person := f.app.Member(f, f.team.ID, "developer")
	f.know("/api/v2/Auth/refresh-token refreshtoken", f.signInByPassword(f.team, person).Refresh)
	f.know("/api/v2/Auth/login username", person.Email)
	f.know("/api/v2/Auth/login password", testapp.Password)
	again := f.app.Member(f, f.team.ID, "developer")
	f.know("/api/v2.1/Auth/refresh-token refreshtoken", f.signInByPassword(f.team, again).Refresh)
	f.know("/api/v2.1/Auth/login username", again.Email)
	f.know("/api/v2.1/Auth/login password", testapp.Password)
}

// renew puts back what a PATCH may have changed for all: the settings of the portal and the
// rules of the team.
func (f *fuzzer) renew() {
	f.send(200, http.MethodPatch, "/api/v1/portal", `{"iotconnect_login": true, "personal_tokens_without_end": false, "long_passwords": false}`, jsonBy(f.personal[0])...)
	f.send(200, http.MethodPatch, "/api/v1/teams/"+f.team.ID+"/rules", `{"max_secret_days": 0, "max_token_days": 0}`, jsonBy(f.personal[0])...)
	f.send(200, http.MethodPatch, "/api/v1/teams/"+f.team.ID, `{"requires_second_factor": false}`, jsonBy(f.personal[0])...)
}
