package openapi

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// A person who signed in by the live shape of the iotconnect dialect uses all of it.
func TestLiveIoTConnect(t *testing.T) {
	w := newGround(t)
	person := w.app.Member(w, w.team.ID, "developer")
	const at = "/api/v2.1"
	w.vendor(200, http.MethodGet, "/api/uisdk/solutionkey/"+w.team.SolutionKey+"/env/poc?version=2.1&pf=aws", "")
	w.vendor(200, http.MethodPost, at+"/Auth/basic-token", "")
	_, basic := w.vendor(200, http.MethodGet, at+"/Auth/basic-token", "")
	login, err := json.Marshal(map[string]string{"username": person.Email, "password": testapp.Password})
	if err != nil {
		t.Fatal(err)
	}
	_, tokens := w.vendor(200, http.MethodPost, at+"/Auth/login", string(login), "Authorization", "Basic "+string(basic.Data[1:len(basic.Data)-1]), "solution-key", w.team.SolutionKey)
	w.app.Secret(tokens.Access)
	w.app.Secret(tokens.Refresh)
	by := testapp.Bearer(tokens.Access)
	first := func(answer vendorAnswer, member string) string {
		t.Helper()
		var list []map[string]any
		if err := json.Unmarshal(answer.Data, &list); err != nil || len(list) == 0 {
			t.Fatalf("data = %s, want a list with %s", answer.Data, member)
		}
		text, _ := list[0][member].(string)
		return text
	}
	_, found := w.vendor(200, http.MethodGet, at+"/User/"+url.PathEscape(person.Email)+"/availability", "", by...)
	w.vendor(200, http.MethodGet, at+"/User/"+first(found, "guid"), "", by...)
	w.vendor(404, http.MethodGet, at+"/User/nobody", "", by...)
	w.send(204, http.MethodGet, at+"/User/nobody@example.com/availability", "", by...)

	upload := func(status int, document string) vendorAnswer {
		t.Helper()
		body := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"file\"\r\n\r\n" + document + "\r\n--x--\r\n"
		r := w.send(status, http.MethodPost, at+"/device-template/quick", body, append(by, "Content-Type", "multipart/form-data; boundary=x")...)
		var v vendorAnswer
		r.JSON(t, &v)
		return v
	}
	template := first(upload(200, `{"code": "pump2", "name": "Pump 2", "messageVersion": "1.0", "isEdgeSupport": true, "attributes": [{"name": "flow", "type": "DECIMAL", "unit": "l/s"}]}`), "deviceTemplateGuid")
	upload(409, `{"code": "PUMP2", "name": "Pump 2"}`)
	for param, document := range map[string]string{"code": `{"code": "a code", "name": "x"}`, "name": `{"code": "x1"}`, "file": `{"code": `} {
		if v := upload(400, document); len(v.Error) != 1 || v.Error[0].Param != param {
			t.Errorf("the import of %s names %v, want %s", document, v.Error, param)
		}
	}
	upload(413, strings.Repeat("x", 300<<10))
	w.vendor(415, http.MethodPost, at+"/device-template/quick", `{"code": "x1", "name": "x"}`, by...)
	w.vendor(400, http.MethodPost, at+"/device-template/quick", "", append(by, "Content-Type", "multipart/form-data; boundary=x")...)
	w.vendor(200, http.MethodGet, at+"/device-template?pageSize=1&searchText=PUMP", "", by...)
	w.vendor(200, http.MethodGet, at+"/device-template/"+strings.ToUpper(template), "", by...)
	w.vendor(200, http.MethodGet, at+"/device-template/template-code/Pump2", "", by...)
	w.vendor(409, http.MethodGet, at+"/device-template/template-code/a-code", "", by...)
	w.vendor(200, http.MethodGet, at+"/template-attribute/"+template, "", by...)
	w.vendor(409, http.MethodGet, at+"/template-attribute/nothing", "", by...)

	devices := at + "/Device"
	_, made := w.vendor(200, http.MethodPost, devices, `{"uniqueId": "IOT-1", "displayName": "Lamp", "deviceTemplateGuid": "`+strings.ToUpper(template)+`", "groupName": "Lamps"}`, append(by, "Idempotency-Key", "live")...)
	_, again := w.vendor(200, http.MethodPost, devices, `{"uniqueId": "IOT-1", "displayName": "Lamp"}`, append(by, "Idempotency-Key", "live")...)
	guid := first(made, "newid")
	if first(again, "newid") != guid {
		t.Errorf("POST again with the same key = %s, want %s", again.Data, made.Data)
	}
	if r, _ := w.vendor(200, http.MethodGet, devices+"/"+guid, "", by...); !strings.Contains(r.Body, `"isEdgeSupport":true`) || !strings.Contains(r.Body, `"messageVersion":"1.0"`) {
		t.Errorf("the device = %s, want what its template says", r.Body)
	}
	for _, path := range []string{"/Entity", "/Entity/lookup"} {
		if _, list := w.vendor(200, http.MethodGet, at+path, "", by...); list.Count != 2 {
			t.Errorf("%s lists %d, want the team and a group", path, list.Count)
		}
	}
	lamps := first(made, "entityGuid")
	if r, _ := w.vendor(200, http.MethodGet, at+"/Entity/"+lamps, "", by...); !strings.Contains(r.Body, `"Lamps"`) {
		t.Errorf("the entity of the new device = %s, want its group", r.Body)
	}
	w.vendor(409, http.MethodGet, at+"/Entity/nothing", "", by...)
	w.vendor(200, http.MethodPost, devices, `{"uniqueId": "IOT-2", "displayName": "Lamp 2", "groupName": "Other", "entityGuid": "`+strings.ToUpper(lamps)+`"}`, by...)
	for query, want := range map[string]int{
		"entityguid=" + lamps: 2, "EntityGuid=" + lamps + "&uniqueid=ot-2": 1, "groupName=Other": 0, "TemplateGuid=" + strings.ToUpper(template): 1, "Status=inactive": 0, "isActive=true": 2,
		"Acquired=inprogress": 0, "Acquired=released": 2, "isEdge=true": 0, "isGateway=false": 2, "EntityGuid=nothing": 0, "pageSize=1&pageNumber=2": 2, "pageNumber=2": 2, "UniqueId=lamp": 0,
	} {
		if _, list := w.vendor(200, http.MethodGet, devices+"?"+query, "", by...); list.Count != want {
			t.Errorf("GET ?%s counts %d, want %d", query, list.Count, want)
		}
		if _, number := w.vendor(200, http.MethodGet, devices+"/count?"+query, "", by...); number.Count != want {
			t.Errorf("GET /count?%s = %d, want %d", query, number.Count, want)
		}
	}
	for param, query := range map[string]string{"pageSize": "PAGESIZE=0", "Status": "Status=on", "Acquired": "acquired=1", "templateguid": "TemplateGuid=a&templateguid=b", "entityguid": "entityguid=%00"} {
		if _, v := w.vendor(400, http.MethodGet, devices+"?"+query, "", by...); len(v.Error) != 1 || v.Error[0].Param != param {
			t.Errorf("GET ?%s names %v, want %s", query, v.Error, param)
		}
	}
	for param, body := range map[string]string{
		"entityGuid": `{"uniqueId": "x", "displayName": "x", "entityGuid": "x"}`, "deviceTemplateGuid": `{"uniqueId": "x", "displayName": "x", "deviceTemplateGuid": "x"}`,
		"certificateText": `{"uniqueId": "x", "displayName": "x", "certificateText": "x"}`, "uniqueId": `{"uniqueId": "?", "displayName": "x"}`,
	} {
		if _, v := w.vendor(400, http.MethodPost, devices, body, by...); len(v.Error) != 1 || v.Error[0].Param != param {
			t.Errorf("POST %s names %v, want %s", body, v.Error, param)
		}
	}
	one := devices + "/" + guid
	w.vendor(200, http.MethodGet, devices+"/uniqueId/IOT-1", "", by...)
	w.vendor(200, http.MethodPut, one+"/status", `{"isActive": false}`, by...)
	w.vendor(400, http.MethodPut, one+"/status", `{}`, by...)
	w.vendor(409, http.MethodPut, devices+"/nothing/status", `{"isActive": false}`, by...)
	w.vendor(412, http.MethodPut, one, `{"displayName": "Lamp"}`, append(by, "If-Match", `"1"`)...)
	w.vendor(409, http.MethodDelete, at+"/device-template/"+template, "", by...)
	w.vendor(200, http.MethodPut, one, `{"displayName": "Lamp", "entityGuid": "`+lamps+`"}`, append(by, "If-Match", `"2"`)...)
	w.vendor(200, http.MethodDelete, one, "", by...)
	w.vendor(409, http.MethodDelete, one, "", by...)
	w.vendor(200, http.MethodDelete, at+"/device-template/"+template, "", by...)
	w.vendor(404, http.MethodDelete, at+"/device-template/"+template, "", by...)
	w.vendor(200, http.MethodPost, at+"/Auth/refresh-token", `{"refreshtoken": "`+tokens.Refresh+`"}`)
}
