package sweep

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"gatepost/assets"
	"gatepost/tests/testapp"
)

// deceiving are names that hide something, with what the refusal says.
var deceiving = map[string]string{
	"Meters \u202eppa suoicilam":  "U+202E (position 8)",
	"x \u2066y\u202e act for you": "U+2066 (position 3)",
	"\u200b\u200b":                "U+200B (position 1)",
	"\u3164":                      "U+3164 (position 1)",
	"pay\u200dpal":                "U+200D (position 4)",
	"Meters\U000e0041":            "U+E0041 (position 7)",
}

// naming is a field that one person fills and another reads, with what else its request needs. The JSON has the name at %s.
type naming struct {
	route, field, json string
	form               url.Values
}

// namings are all such fields. TestEveryTextOfTheAPIIsANameOrNot fails for one that is missing.
var namings = []naming{
	{"POST /api/v1/devices", "display_name", `{"unique_id": "n-1", "display_name": %s}`, nil},
	{"POST /api/v1/devices", "entity_name", `{"unique_id": "n-1", "display_name": "x", "entity_name": %s}`, nil},
	{"POST /api/v1/devices", "group_name", `{"unique_id": "n-1", "display_name": "x", "group_name": %s}`, nil},
	{"PATCH /api/v1/devices/{guid}", "display_name", `{"display_name": %s}`, nil},
	{"PATCH /api/v1/devices/{guid}", "entity_name", `{"entity_name": %s}`, nil},
	{"PATCH /api/v1/devices/{guid}", "group_name", `{"group_name": %s}`, nil},
	{"POST /api/v1/devices/change", "group_name", `{"filter": {}, "group_name": %s}`, nil},
	{"POST /api/v1/teams/{id}/device-templates", "name", `{"code": "n1", "name": %s}`, nil},
	{"POST /api/v1/teams/{id}/device-templates", "tag", `{"code": "n1", "name": "x", "tag": %s}`, nil},
	{"POST /api/v1/teams/{id}/device-templates", "messageVersion", `{"code": "n1", "name": "x", "messageVersion": %s}`, nil},
	{"PUT /api/v1/teams/{id}/device-templates/{template}", "name", `{"code": "n1", "name": %s}`, nil},
	{"PUT /api/v1/teams/{id}/device-templates/{template}", "tag", `{"code": "n1", "name": "x", "tag": %s}`, nil},
	{"PUT /api/v1/teams/{id}/device-templates/{template}", "messageVersion", `{"code": "n1", "name": "x", "messageVersion": %s}`, nil},
	{"POST /api/v1/apps", "name", `{"name": %s, "scopes": ["read"]}`, nil},
	{"POST /api/v1/apps", "description", `{"name": "x", "description": %s, "scopes": ["read"]}`, nil},
	{"PATCH /api/v1/apps/{client_id}", "name", `{"name": %s}`, nil},
	{"PATCH /api/v1/apps/{client_id}", "description", `{"description": %s}`, nil},
	{"POST /api/v1/apps/{client_id}/secrets", "label", `{"label": %s}`, nil},
	{"PATCH /api/v1/apps/{client_id}/secrets/{id}", "label", `{"label": %s}`, nil},
	{"POST /api/v1/apps/{client_id}/secrets/rotate", "label", `{"label": %s}`, nil},
	{"POST /api/v1/teams", "name", `{"name": %s}`, nil},
	{"PATCH /api/v1/teams/{id}", "name", `{"name": %s}`, nil},
	{"POST /api/v1/scopes", "sentence", `{"name": "n:1", "sentence": %s}`, nil},
	{"PATCH /api/v1/account", "name", `{"name": %s}`, nil},
	{"PATCH /api/v1/account", "phone", `{"phone": %s}`, nil},
	{"PATCH /api/v1/account", "city", `{"city": %s}`, nil},
	{"POST /api/v1/personal-tokens", "name", `{"name": %s, "scopes": ["read"]}`, nil},
	{"POST /api/v1/apis", "name", `{"name": %s, "audience": "https://n.example"}`, nil},
	{"PATCH /api/v1/apis/{id}", "name", `{"name": %s}`, nil},
	{"POST /api/v1.1/Device", "displayName", `{"uniqueId": "n-1", "displayName": %s}`, nil},
	{"POST /api/v1.1/Device", "entityName", `{"uniqueId": "n-1", "displayName": "x", "entityName": %s}`, nil},
	{"POST /api/v1.1/Device", "groupName", `{"uniqueId": "n-1", "displayName": "x", "groupName": %s}`, nil},
	{"PUT /api/v1.1/Device/{guid}", "displayName", `{"displayName": %s}`, nil},
	{"PUT /api/v1.1/Device/{guid}", "entityName", `{"displayName": "x", "entityName": %s}`, nil},
	{"PUT /api/v1.1/Device/{guid}", "groupName", `{"displayName": "x", "groupName": %s}`, nil},
	{"POST /api/v2/Device", "displayName", `{"uniqueId": "n-1", "displayName": %s}`, nil},
	{"POST /api/v2/Device", "entityName", `{"uniqueId": "n-1", "displayName": "x", "entityName": %s}`, nil},
	{"POST /api/v2/Device", "groupName", `{"uniqueId": "n-1", "displayName": "x", "groupName": %s}`, nil},
	{"PUT /api/v2/Device/{guid}", "displayName", `{"displayName": %s}`, nil},
	{"PUT /api/v2/Device/{guid}", "entityName", `{"displayName": "x", "entityName": %s}`, nil},
	{"PUT /api/v2/Device/{guid}", "groupName", `{"displayName": "x", "groupName": %s}`, nil},
	{"POST /api/v2.1/Device", "displayName", `{"uniqueId": "n-1", "displayName": %s}`, nil},
	{"POST /api/v2.1/Device", "entityName", `{"uniqueId": "n-1", "displayName": "x", "entityName": %s}`, nil},
	{"POST /api/v2.1/Device", "groupName", `{"uniqueId": "n-1", "displayName": "x", "groupName": %s}`, nil},
	{"PUT /api/v2.1/Device/{guid}", "displayName", `{"displayName": %s}`, nil},
	{"PUT /api/v2.1/Device/{guid}", "entityName", `{"displayName": "x", "entityName": %s}`, nil},
	{"PUT /api/v2.1/Device/{guid}", "groupName", `{"displayName": "x", "groupName": %s}`, nil},

	{"POST /account", "name", "", url.Values{}},
	{"POST /account", "phone", "", url.Values{"name": {"x"}}},
	{"POST /account", "city", "", url.Values{"name": {"x"}}},
	{"POST /account/security/passkeys/{id}/rename", "name", "", url.Values{}},
	{"POST /account/tokens", "name", "", url.Values{"scopes": {"read"}, "expires": {"7d"}}},
	{"POST /activate/{token}", "name", "", url.Values{"password": {testapp.Password}, "password_again": {testapp.Password}}},
	{"POST /apps", "name", "", url.Values{"scopes": {"read"}, "kind": {"server"}}},
	{"POST /apps", "description", "", url.Values{"name": {"x"}, "scopes": {"read"}, "kind": {"server"}}},
	{"POST /apps/{client_id}", "name", "", url.Values{"scopes": {"read"}, "token_lifetime": {"3600"}}},
	{"POST /apps/{client_id}", "description", "", url.Values{"name": {"x"}, "scopes": {"read"}, "token_lifetime": {"3600"}}},
	{"POST /apps/{client_id}/secrets", "label", "", url.Values{}},
	{"POST /apps/{client_id}/secrets/rotate", "label", "", url.Values{"keep": {"86400"}}},
	{"POST /owner/apis", "name", "", url.Values{"audience": {"https://n.example"}}},
	{"POST /owner/apis/{id}", "name", "", url.Values{"audience": {"https://meters.example"}, "slug": {"meters"}}},
	{"POST /owner/teams", "name", "", url.Values{}},
	{"POST /team/devices", "display_name", "", url.Values{"unique_id": {"n-1"}}},
	{"POST /team/devices", "group_name", "", url.Values{"unique_id": {"n-1"}, "display_name": {"x"}}},
	{"POST /team/devices/{guid}", "display_name", "", url.Values{}},
	{"POST /team/devices/{guid}", "group_name", "", url.Values{"display_name": {"x"}}},
	{"POST /team/devices/selected", "new_group", "", url.Values{"do": {"group"}, "which": {"all"}, "confirm": {"yes"}}},
	{"POST /team/settings", "name", "", url.Values{}},
}

// noNames are the texts of the API that nobody reads as a name: they have a form of their own, name something that exists,
// or go back only to whom they came from.
var noNames = []string{"team", "unique_id", "template_guid", "jwks_uri", "old", "audience", "slug", "address", "email", "secret_id", "person_id", "message", "reference", "clientId", "username", "refreshtoken", "POST /api/v1/scopes name"}

func TestNamesThatDeceiveAreRefusedEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	list := routes(t)
	for _, n := range namings {
		method, pattern, _ := strings.Cut(n.route, " ")
		at := slices.IndexFunc(list, func(r route) bool { return r.method == method && r.pattern == pattern })
		if at < 0 {
			t.Errorf("%s is no route", n.route)
			continue
		}
		var version []string
		if seen := w.owner.Version(t, w.path(t, pattern)); seen != "" {
			version = []string{seen}
		}
		for name, says := range deceiving {
			body := url.Values{n.field: {name}, "seen": version}.Encode()
			if len(n.form) > 0 {
				body += "&" + n.form.Encode()
			}
			if n.json != "" {
				text, _ := json.Marshal(name)
				body = fmt.Sprintf(n.json, text)
			}
			what := fmt.Sprintf("%s with %s %+q", n.route, n.field, name)
			headers := []string{"Content-Type", list[at].takes()}
			if slices.Contains([]string{"/api/v1/teams", "/api/v1/scopes"}, pattern) {
				headers = append(headers, testapp.Bearer(w.ownerToken)...)
			}
			a := w.call(t, list[at], w.path(t, pattern), body, headers...)
			if a.Status != http.StatusUnprocessableEntity && a.Status != http.StatusBadRequest {
				t.Errorf("%s = %d %s, want it refused", what, a.Status, a.Header.Get("Location"))
			} else if !strings.Contains(a.Body, "Remove the invisible character "+says) {
				t.Errorf("%s = %d without %q", what, a.Status, says)
			}
		}
	}
	// However it came in, it isn't stored.
	for table, rows := range w.dump(t) {
		for line := range strings.SplitSeq(rows, "\n") {
			if strings.ContainsAny(line, "\u202e\u2066\u200b\u3164\U000e0041") {
				t.Errorf("%s keeps an invisible character: %+q", table, line)
			}
		}
	}
}

func TestEveryTextOfTheAPIIsANameOrNot(t *testing.T) {
	t.Parallel()
	text, err := assets.FS.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	document, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			if operation.RequestBody == nil || strings.HasPrefix(path, "/oauth2/") {
				continue
			}
			kind := operation.RequestBody.Value.Content.Get("application/json")
			if kind == nil || kind.Schema == nil {
				continue
			}
			route := method + " " + path
			for name, p := range kind.Schema.Value.Properties {
				s := p.Value
				if s.Type == nil || !s.Type.Includes("string") || s.Format != "" || s.Pattern != "" || len(s.Enum) > 0 || slices.Contains(noNames, name) || slices.Contains(noNames, route+" "+name) {
					continue
				}
				if !slices.ContainsFunc(namings, func(n naming) bool { return n.route == route && n.field == name }) {
					t.Errorf("%s takes the text %s, which the sweep of names doesn't send", route, name)
				}
			}
		}
	}
}

func TestNamesOfAllScriptsAreTakenAsTheyAre(t *testing.T) {
	t.Parallel()
	a := testapp.New(t)
	owner := a.Owner(t)
	for _, name := range []string{"Caffè ☕", "مستشفى", "👩\u200d💻 Ward", "O'Neil & Sons <b>", "می\u200cخواهم", "क्\u200dष"} {
		made := owner.AddApp(t, name, "read")
		if stored := testapp.One[string](t, a, "SELECT name FROM apps WHERE client_id = $1", made.ClientID); stored != name {
			t.Errorf("the app %q is stored as %q", name, stored)
		}
		escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "'", "&#39;").Replace(name)
		if page := owner.Get(t, "/apps/"+made.ClientID).Body; !strings.Contains(page, escaped) {
			t.Errorf("the page of the app %q doesn't show its name", name)
		}
	}
}

// A name that was stored before names were checked.
func TestStoredNamesAreShownHarmless(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Exec(t, "UPDATE apps SET name = $1, description = $1 WHERE client_id = $2", "x \u2066y\u202e act for you", w.credentials.ClientID)
	w.Exec(t, "UPDATE people SET name = $1", "Ma\u200brio\u202e")
	w.Exec(t, "UPDATE teams SET name = $1", "Uf\u3164ficio\u202e")
	for _, r := range routes(t) {
		if r.method != http.MethodGet || !r.page() {
			continue
		}
		path := w.path(t, r.pattern)
		if a := w.call(t, r, path, ""); strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") && strings.ContainsAny(a.Body, "\u2066\u202e\u200b\u3164") {
			t.Errorf("GET %s shows a character that deceives", path)
		}
	}
	// It is confirmed as it is shown.
	a := w.owner.Post(t, "/apps/"+w.credentials.ClientID+"/delete", url.Values{"confirm_name": {"x y act for you"}})
	if a.Status != http.StatusSeeOther {
		t.Errorf("POST /apps/{client_id}/delete with the name as shown = %d, want 303\n%s", a.Status, a.Body)
	}
}

// What people see is what signs in: an address with an invisible character is the address without it.
func TestInvisibleCharactersMakeNoSecondAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hide := func(email string) string {
		return "\ufeff" + strings.Replace(email, "@", "\u200b@\u2060", 1) + "\u200d\u00a0"
	}
	visitor := w.Visitor(t)
	in := visitor.Post(t, "/login", url.Values{"email": {hide(strings.ToUpper(w.owner.Email))}, "password": {testapp.Password}})
	testapp.WantStatus(t, "sign in with an address that hides characters", in, http.StatusSeeOther)
	invited := w.owner.Post(t, "/team/invitations", url.Values{"email": {hide("New@example.com")}, "role": {"viewer"}})
	if invited.Status >= 400 {
		t.Fatalf("POST /team/invitations = %d", invited.Status)
	}
	if n := testapp.One[int](t, w.App, "SELECT count(*) FROM links WHERE email = 'new@example.com'"); n != 1 {
		t.Errorf("invitations to new@example.com = %d, want 1", n)
	}
	// The command line reads the same addresses.
	w.Run(t, "", "user", "add", "--email", hide("cli@example.com"), "--name", "Cli")
	if n := testapp.One[int](t, w.App, "SELECT count(*) FROM people WHERE email = 'cli@example.com'"); n != 1 {
		t.Errorf("people with cli@example.com = %d, want 1", n)
	}
	var members struct {
		Members []struct {
			Email string `json:"email"`
		} `json:"members"`
	}
	path := "/api/v1/members?" + url.Values{"email": {hide(w.owner.Email)}}.Encode()
	w.Do(t, w.Request(t, http.MethodGet, path, "", testapp.Bearer(w.token)...)).JSON(t, &members)
	if len(members.Members) != 1 || members.Members[0].Email != w.owner.Email {
		t.Errorf("GET /api/v1/members with the address = %v, want the one", members.Members)
	}
}
