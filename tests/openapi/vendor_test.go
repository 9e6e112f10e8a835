package openapi

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// vendorAnswer is any answer of the iotconnect dialect.
type vendorAnswer struct {
	Data    json.RawMessage `json:"data"`
	Access  string          `json:"access_token"`
	Refresh string          `json:"refresh_token"`
	Status  int             `json:"status"`
	Count   int             `json:"count"`
	Error   []struct {
		Param string `json:"param"`
	} `json:"error"`
	Links map[string]struct {
		Href string `json:"href"`
	} `json:"_links"`
}

// vendor sends a request of the iotconnect dialect, whose answer tells its status twice.
func (w *walker) vendor(status int, method, path, body string, headers ...string) (*testapp.Answer, vendorAnswer) {
	w.Helper()
	if body != "" {
		headers = append(headers, "Content-Type", "application/json")
	}
	r := w.send(status, method, path, body, headers...)
	var v vendorAnswer
	if r.Body != "" {
		if r.JSON(w, &v); v.Status != status {
			w.Errorf("%s %s = %d, whose body says %d", method, path, status, v.Status)
		}
	}
	return r, v
}

// A person who signed in by the iotconnect login uses the devices in both versions.
func TestIoTConnect(t *testing.T) {
	w := newGround(t)
	team := w.team
	person := w.app.Member(w, team.ID, "developer")
	tokens := w.signInByPassword(team, person)
	by := testapp.Bearer(tokens.Access)
	for _, version := range []string{"/api/v1.1", "/api/v2"} {
		list := version + "/Device"
		r, made := w.vendor(201, http.MethodPost, list, `{"uniqueId": "IOT-1", "displayName": "Lamp", "deviceTemplateGuid": "A0B1C2D3-0000-4000-8000-00000000000F", "groupName": null}`, append(by, "Idempotency-Key", "one")...)
		again, _ := w.vendor(201, http.MethodPost, list, `{"uniqueId": "IOT-1", "displayName": "Lamp"}`, append(by, "Idempotency-Key", "one")...)
		w.vendor(409, http.MethodPost, list, `{"uniqueId": "IOT-2", "displayName": "Lamp"}`, append(by, "Idempotency-Key", "one")...)
		w.vendor(409, http.MethodPost, list, `{"uniqueId": "IOT-1", "displayName": "Lamp"}`, by...)
		if made.Status != 201 || again.Location != r.Location || again.Body != r.Body {
			w.Errorf("POST %s again with the same key = %s, want %s", list, again.Body, r.Body)
		}
		one := strings.TrimPrefix(r.Location, w.app.URL)
		w.vendor(200, http.MethodGet, one, "", by...)
		w.vendor(200, http.MethodGet, strings.Replace(one, one[len(list):], strings.ToUpper(one[len(list):]), 1), "", by...)
		w.vendor(200, http.MethodGet, list+"/uniqueId/IOT-1", "", by...)
		w.vendor(404, http.MethodGet, list+"/uniqueId/IOT-9", "", by...)
		w.vendor(200, http.MethodGet, list+"?sortBy=-isActive&isActive=true&searchText=lam&pageSize=500", "", append(by, "solution-key", team.SolutionKey)...)
		if _, v := w.vendor(200, http.MethodGet, list+"/count?uniqueId=IOT-1", "", by...); v.Count != 1 {
			w.Errorf("count = %d, want 1", v.Count)
		}
		for param, query := range map[string]string{
			"pageSize": "pageSize=501", "pageNumber": "pageNumber=-1", "sortBy": "sortBy=password", "isActive": "isActive=1", "searchText": "searchText=%00",
			"uniqueId": "uniqueId=a&uniqueId=b", "groupName": "groupName=" + strings.Repeat("x", 401),
		} {
			if _, v := w.vendor(400, http.MethodGet, list+"?"+query, "", by...); len(v.Error) != 1 || v.Error[0].Param != param {
				w.Errorf("GET ?%s names %v, want %s", query, v.Error, param)
			}
		}
		for param, body := range map[string]string{
			"uniqueId": `{"displayName": "x"}`, "displayName": `{"uniqueId": "IOT-3"}`, "isActive": `{"uniqueId": "IOT-3", "displayName": "x", "isActive": "yes"}`,
			"deviceTemplateGuid": `{"uniqueId": "IOT-3", "displayName": "x", "deviceTemplateGuid": "x"}`, "entityName": `{"uniqueId": "IOT-3", "displayName": "x", "entityName": "a\nb"}`,
			"groupName": `{"uniqueId": "IOT-3", "displayName": "x", "groupName": "` + strings.Repeat("é", 101) + `"}`,
		} {
			if _, v := w.vendor(400, http.MethodPost, list, body, by...); len(v.Error) != 1 || v.Error[0].Param != param {
				w.Errorf("POST %s names %v, want %s", body, v.Error, param)
			}
		}
		if _, v := w.vendor(400, http.MethodPut, one, `{"uniqueId": "IOT-4", "displayName": "x"}`, by...); len(v.Error) != 1 || v.Error[0].Param != "uniqueId" {
			w.Errorf("PUT of another unique id names %v", v.Error)
		}
		w.vendor(200, http.MethodPut, one, `{"displayName": "Lamp 2", "isActive": false}`, append(by, "If-Match", `"9", "1"`)...)
		for _, tag := range []string{`"1"`, `W/"2"`, `2`, `""`, `"x"`} {
			w.vendor(412, http.MethodPut, one, `{"displayName": "Lamp 3"}`, append(by, "If-Match", tag)...)
			w.vendor(412, http.MethodDelete, one, "", append(by, "If-Match", tag)...)
		}
		w.vendor(400, http.MethodGet, list, "", append(by, "solution-key", "made-up")...)
		w.vendor(204, http.MethodDelete, one, "", append(by, "If-Match", "*")...)
		w.vendor(404, http.MethodDelete, one, "", by...)
		w.vendor(404, http.MethodPut, one, `{"displayName": "x"}`, append(by, "If-Match", `"1"`)...)
		w.vendor(409, http.MethodPost, list, `{"uniqueId": "IOT-1", "displayName": "Lamp"}`, append(by, "Idempotency-Key", "one")...) // what it made is gone
		w.vendor(401, http.MethodGet, list, "")
		w.vendor(401, http.MethodGet, list, "", testapp.Bearer("made-up")...)
	}
}

func (w *walker) signInByPassword(team testapp.Team, person *testapp.Person) vendorAnswer {
	w.Helper()
	w.vendor(200, http.MethodPost, "/api/v2/Auth/basic-token", "")
	_, basic := w.vendor(200, http.MethodGet, "/api/v2/Auth/basic-token", "")
	header := []string{"Authorization", "Basic " + strings.Trim(string(basic.Data), `"`), "solution-key", team.SolutionKey}
	good, _ := json.Marshal(map[string]string{"username": person.Email, "password": testapp.Password})
	w.vendor(400, http.MethodPost, "/api/v2/Auth/login", `{"username": []}`, header...)
	w.vendor(401, http.MethodPost, "/api/v2/Auth/login", `{"username": "a@example.com", "password": "b"}`, header...)
	_, v := w.vendor(200, http.MethodPost, "/api/v2/Auth/login", string(good), header...)
	w.vendor(400, http.MethodPost, "/api/v2/Auth/refresh-token", `{}`)
	w.vendor(401, http.MethodPost, "/api/v2/Auth/refresh-token", `{"refreshtoken": "gpr_made-up"}`)
	_, v = w.vendor(200, http.MethodPost, "/api/v2/Auth/refresh-token", `{"refreshtoken": "`+v.Refresh+`"}`)
	w.app.Secret(v.Access)
	return v
}
