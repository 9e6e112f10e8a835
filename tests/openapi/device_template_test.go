package openapi

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// A team's device templates, from the vendor's JSON to their removal.
func TestDeviceTemplates(t *testing.T) {
	w := newGround(t)
	token := w.token
	path := "/api/v1/teams/" + w.team.ID + "/device-templates"
	document := `{"code": "pump2", "name": "Pump 2 ☃", "authType": 5, "msgCode": "43WPJCX", "greenGrass": "1", "properties": {"dataFrequency": "60"},
		"attributes": [{"name": "position", "type": "OBJECT", "childs": [{"name": "alt", "type": "DECIMAL", "unit": "m"}]}], "commands": [{"name": "Restart", "command": "restart", "requiredAck": true}]}`
	once := append(jsonBy(token), "Idempotency-Key", "one template")
	r := w.send(201, http.MethodPost, path, document, once...)
	if again := w.send(201, http.MethodPost, path, document, once...); again.Body != r.Body || again.Location != r.Location {
		w.Errorf("POST %s again = %s, want the same template", path, again.Body)
	}
	at, tag := r.Location, r.Header.Get("ETag")
	read := w.send(200, http.MethodGet, at, "", testapp.Bearer(token)...)
	if read.Body != r.Body || read.Header.Get("ETag") != tag {
		w.Errorf("GET %s = %s, want what POST answered", at, read.Body)
	}
	var got struct {
		GUID     string          `json:"guid"`
		Document json.RawMessage `json:"document"`
	}
	read.JSON(w, &got)
	var kept, sent any
	if json.Unmarshal(got.Document, &kept) != nil || json.Unmarshal([]byte(document), &sent) != nil || !equalJSON(kept, sent) {
		w.Errorf("GET %s has the document %s, want %s", at, got.Document, document)
	}
	testapp.WantWords(w, "the template", read.Body, `"auth_type":5`, `"is_greengrass":true`, `"attribute_count":2`, `"name":"position.alt","type":"DECIMAL","unit":"m"`, `"required_ack":true`)

	w.send(409, http.MethodPost, path, strings.Replace(document, "pump2", "PUMP2", 1), jsonBy(token)...)
	for field, body := range map[string]string{
		"code": `{"name": "x"}`, "name": `{"code": "x"}`, "authType": `{"code": "x", "name": "x", "authType": true}`,
		"attributes[0].name": `{"code": "x", "name": "x", "attributes": [{}]}`, "document": `{"code": "x",}`,
	} {
		if a := w.app.Do(w, w.app.Request(w, http.MethodPost, path, body, jsonBy(token)...)); a.Status != 422 || !strings.Contains(a.Body, `"field":"`+field+`"`) {
			w.Errorf("POST %s of %s = %d %s, want 422 for %s", path, body, a.Status, a.Body, field)
		}
	}
	w.send(413, http.MethodPost, path, `{"code": "x", "name": "`+strings.Repeat("x", 256<<10)+`"}`, jsonBy(token)...)
	w.send(415, http.MethodPost, path, document, append(testapp.Bearer(token), "Content-Type", "text/plain")...)
	large := `{"code": "large", "name": "Large", "more": "` + strings.Repeat("x", 200<<10) + `"}`
	other := w.send(201, http.MethodPost, path, large, jsonBy(token)...).Location

	device := w.send(201, http.MethodPost, "/api/v1/devices", `{"unique_id": "T-1", "display_name": "T", "template_guid": "`+strings.ToUpper(got.GUID)+`"}`, jsonBy(token)...)
	if !strings.Contains(device.Body, `"template_guid":"`+got.GUID+`"`) {
		w.Errorf("POST /api/v1/devices of a template in upper case = %s, want its own guid", device.Body)
	}
	if found := w.list(token, "?template_guid="+strings.ToUpper(got.GUID)); len(found.Devices) != 1 {
		w.Errorf("devices of the template = %+v, want one", found)
	}
	foreign := "A1B2C3D4-0000-4000-8000-00000000000F"
	if r := w.send(201, http.MethodPost, "/api/v1/devices", `{"unique_id": "T-2", "display_name": "T", "template_guid": "`+foreign+`"}`, jsonBy(token)...); !strings.Contains(r.Body, foreign) {
		w.Errorf("POST /api/v1/devices with the guid of another system = %s, want it kept", r.Body)
	}
	list := func(query string) string {
		w.Helper()
		return w.send(200, http.MethodGet, path+query, "", testapp.Bearer(token)...).Body
	}
	testapp.WantWords(w, "the list", list(""), `"device_count":1`, `"device_count":0`, `"next_cursor":null`)
	if body := list("?q=PUMP"); strings.Count(body, `"guid"`) != 1 {
		w.Errorf("GET %s?q=PUMP = %s, want one", path, body)
	}
	var page struct {
		Next *string `json:"next_cursor"`
	}
	first := w.send(200, http.MethodGet, path+"?limit=1", "", testapp.Bearer(token)...)
	if first.JSON(w, &page); page.Next == nil || !strings.Contains(first.Body, `"code":"large"`) || !strings.Contains(list("?limit=1&cursor="+*page.Next), `"code":"pump2"`) {
		w.Errorf("GET %s?limit=1 = %s, want two pages by name", path, first.Body)
	}

	change := "/api/v1/devices/change"
	if r := w.send(200, http.MethodPost, change, `{"filter": {"template_guid": "`+foreign+`"}, "template_guid": "`+strings.ToUpper(got.GUID)+`"}`, jsonBy(token)...); !strings.Contains(r.Body, `"changed":1`) {
		w.Errorf("POST %s of the devices of another system's template = %s, want one changed", change, r.Body)
	}
	testapp.WantWords(w, "the list after a change of many", list(""), `"device_count":2`)
	w.fields("template_guid", 422, change, `{"filter": {}, "template_guid": "`+foreign+`"}`, token)
	w.fields("group_name", 422, change, `{"filter": {}, "template_guid": "", "group_name": ""}`, token)
	w.send(200, http.MethodPost, change, `{"filter": {"unique_id": "T-2"}, "template_guid": ""}`, jsonBy(token)...)

	w.send(412, http.MethodPut, at, document, append(jsonBy(token), "If-Match", `"7"`)...)
	w.send(409, http.MethodPut, at, `{"code": "large", "name": "x"}`, jsonBy(token)...)
	w.send(422, http.MethodPut, at, `{"code": "large"}`, jsonBy(token)...)
	changed := w.send(200, http.MethodPut, at, `{"code": "p3", "name": "Pump 3"}`, append(jsonBy(token), "If-Match", tag)...)
	testapp.WantWords(w, "the changed template", changed.Body, `"code":"p3"`, `"attributes":[]`, `"device_count":1`, got.GUID)
	w.send(412, http.MethodDelete, at, "", append(testapp.Bearer(token), "If-Match", tag)...)
	if used := w.send(409, http.MethodDelete, at, "", testapp.Bearer(token)...); !strings.Contains(used.Body, "1 device uses this template.") {
		w.Errorf("DELETE %s while a device uses it = %s, want how many", at, used.Body)
	}

	// A viewer reads the templates of granted devices and changes none.
	viewer := w.app.Member(w, w.team.ID, "viewer")
	phone := w.app.AddClient(w, w.team.ID, "Installer's phone", "native", "--scope", "write")
	granted := viewer.Authorize(w, phone).AccessToken
	w.send(404, http.MethodGet, at, "", testapp.Bearer(granted)...)
	w.send(200, http.MethodPut, device.Location+"/viewers", `{"viewers": ["`+w.members(token, viewer.Email)[0]+`"]}`, jsonBy(token)...)
	w.send(200, http.MethodGet, at, "", testapp.Bearer(granted)...)
	w.send(404, http.MethodGet, other, "", testapp.Bearer(granted)...)
	w.send(403, http.MethodPost, path, document, jsonBy(granted)...)
	w.send(403, http.MethodPut, at, document, jsonBy(granted)...)
	w.send(403, http.MethodDelete, at, "", testapp.Bearer(granted)...)
	stranger := w.app.Token(w, w.app.AddApp(w, w.stranger.ID, "Stranger", "read", "write"))
	w.send(404, http.MethodGet, at, "", testapp.Bearer(stranger)...)
	w.send(404, http.MethodPost, path, document, jsonBy(stranger)...)

	w.send(204, http.MethodDelete, device.Location, "", testapp.Bearer(token)...)
	w.send(204, http.MethodDelete, at, "", testapp.Bearer(token)...)
	w.send(404, http.MethodDelete, at, "", testapp.Bearer(token)...)
	w.send(404, http.MethodPut, at, document, jsonBy(token)...)
	w.send(404, http.MethodGet, path+"/nothing", "", testapp.Bearer(token)...)
}

// equalJSON says whether two decoded values are the same.
func equalJSON(a, b any) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}
