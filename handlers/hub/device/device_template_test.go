package device_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/device"
)

// vendorTemplate is a template as the vendor's portal exports it, with this code and name.
func vendorTemplate(code, name string) []byte {
	return fmt.Appendf(nil, `{
    "code": %q, "name": %q, "authType": 2, "isEdgeSupport": "0", "tag": null,
    "attributes": [
        {"name": "temperature", "type": "DECIMAL", "description": "", "unit": "°C", "aggregateTypes": []},
        {"name": "position", "type": "OBJECT", "description": null, "childs": [
            {"name": "lat_lon", "type": "LATLONG", "unit": null, "attributeColor": "#0062b1"}, {"name": "alt", "type": "DECIMAL", "unit": "m"}]}
    ],
    "commands": [{"name": "Restart", "command": "restart", "requiredParam": false, "requiredAck": true, "isOTACommand": false}],
    "messageVersion": "2.1", "msgCode": "43WPJCX", "greenGrass": "1", "wireless": "0",
    "properties": {"description": null, "dataFrequency": "60", "fileSupport": false}, "_meta": {"version": "2.0"}
}`, code, name)
}

func (f *fixture) template(t *testing.T, a hub.Actor, code string) db.DeviceTemplate {
	t.Helper()
	d, err := f.Devices.AddTemplate(context.Background(), a, f.OwnTeam.ID, vendorTemplate(code, "Template "+code), "")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (f *fixture) codes(t *testing.T, a hub.Actor, search string) (out []string) {
	t.Helper()
	list, err := f.Devices.Templates(context.Background(), a, f.OwnTeam.ID, search)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range list {
		out = append(out, fmt.Sprint(row.Code, " ", row.Devices))
	}
	return out
}

// What the vendor's portal exports is kept byte for byte, and says what devices of the template report.
func TestReadTemplate(t *testing.T) {
	document := vendorTemplate("pump2", "Pump 2")
	f, err := device.ReadTemplate(append([]byte("\xef\xbb\xbf"), document...))
	if err != nil {
		t.Fatal(err)
	}
	want := db.DeviceTemplate{Code: "pump2", Name: "Pump 2", AuthType: 2, MessageVersion: "2.1", GreenGrass: true, Attributes: 4, Commands: 1, Document: document}
	if fmt.Sprint(f.DeviceTemplate) != fmt.Sprint(want) {
		t.Errorf("ReadTemplate = %+v, want %+v", f.DeviceTemplate, want)
	}
	parts := device.TemplateParts{
		Attributes: []device.TemplateAttribute{
			{"temperature", "DECIMAL", "°C", ""}, {"position", "OBJECT", "", ""}, {"position.lat_lon", "LATLONG", "", ""}, {"position.alt", "DECIMAL", "m", ""},
		},
		Commands: []device.TemplateCommand{{Name: "Restart", Command: "restart", Ack: true}},
	}
	if fmt.Sprint(f.Parts) != fmt.Sprint(parts) {
		t.Errorf("ReadTemplate has %+v, want %+v", f.Parts, parts)
	}
	if f, err = device.ReadTemplate([]byte(`{"code": "a", "name": " A ", "authType": "5", "messageVersion": 1.0, "isEdgeSupport": true, "isIotEdgeEnable": "True"}`)); err != nil {
		t.Fatal(err)
	}
	if f.Name != "A" || f.AuthType != 5 || f.MessageVersion != "1.0" || !f.EdgeSupport || !f.IotEdge || f.GreenGrass {
		t.Errorf("ReadTemplate of other spellings = %+v", f.DeviceTemplate)
	}
}

// Each finding names the key, or the place of broken JSON.
func TestReadTemplateSaysWhatToChange(t *testing.T) {
	deep := strings.Repeat(`{"name":"a","childs":[`, 9) + strings.Repeat("]}", 9)
	many := strings.Repeat(`{"name":"a"},`, 1000) + `{"name":"a"}`
	for document, want := range map[string]string{
		"":  "document: There is no JSON.",
		"{": "document: The JSON stops before",
		"{\n  \"code\": \"a\",\n  \"name\" \"A\"}": "document: Line 3, column 10 isn't valid JSON.",
		"{\"code\": \"a\",\n}":                     "document: Line 2, column 1 isn't valid JSON.",
		"[]":                                       "document: The JSON isn't a device template.",
		"null":                                     "document: The JSON isn't a device template.",
		"\"a\"":                                    "document: The JSON isn't a device template.",
		"\xff\xfe{\x00":                            "document: The file isn't text in UTF-8.",
		`{"code":"a","name":"A"} {}`:               "document: Line 1, column 25 follows the end",
		"{\"code\":\"a\",\"name\":\"" + strings.Repeat("a", device.MaxTemplateSize) + "\"}": "document: The JSON is larger than 256 KB.",
		`{"name":"A"}`:                                        "code: Write 1 to 10 letters and digits",
		`{"code":"my-template","name":"A"}`:                   "code: Write 1 to 10 letters and digits",
		`{"code":"12345678901","name":"A"}`:                   "code: Write 1 to 10 letters and digits",
		`{"code":"größe","name":"A"}`:                         "code: Write 1 to 10 letters and digits",
		`{"code":7,"name":"A"}`:                               "code: Write a text in quotes.",
		`{"code":"a"}`:                                        "name: Write a name for the template",
		`{"code":"a","name":["A"]}`:                           "name: Write a text in quotes.",
		`{"code":"a","name":"A\u202eB"}`:                      "name: Remove the invisible character U+202E",
		`{"code":"a","name":"A\u0000B"}`:                      "name: Use one line of text",
		`{"code":"a","name":"A","authType":"x"}`:              "authType: Write a whole number",
		`{"code":"a","name":"A","authType":-1}`:               "authType: Write a whole number",
		`{"code":"a","name":"A","greenGrass":"yes"}`:          "greenGrass: Write true or false.",
		`{"code":"a","name":"A","attributes":{}}`:             "attributes: Write a list of objects",
		`{"code":"a","name":"A","attributes":[1]}`:            "attributes: Write a list of objects",
		`{"code":"a","name":"A","attributes":[{},{}]}`:        "attributes[0].name: Write the attribute's name.",
		`{"code":"a","name":"A","commands":[{"x":1}]}`:        "commands[0].name: Write the command's name.",
		`{"code":"a","name":"A","attributes":[` + deep + `]}`: "attributes[0].childs[0].childs[0].childs[0].childs[0].childs[0].childs[0].childs[0].childs: Attributes can be up to 8 levels",
		`{"code":"a","name":"A","attributes":[` + many + `]}`: "attributes: A template can have up to 1,000 attributes and commands. This one has 1,001.",
	} {
		_, err := device.ReadTemplate([]byte(document))
		var invalid *hub.Invalid
		if !errors.As(err, &invalid) || !strings.HasPrefix(invalid.Error(), want) {
			t.Errorf("ReadTemplate(%.60s) = %v, want %s", document, err, want)
		}
	}
	_, err := device.ReadTemplate([]byte(`{"code":"a","name":"A","attributes":[` + strings.Repeat("{},", 99) + `{}]}`))
	var invalid *hub.Invalid
	if !errors.As(err, &invalid) || len(invalid.Fields) != 21 || invalid.Fields[20].Message != "80 problems aren't listed here. Fix these first." {
		t.Errorf("ReadTemplate with 100 problems = %v, want 20 of them and how many are left", err)
	}
}

// The table of roles in CONTRIBUTING.md: admins and developers change templates, viewers see those that their devices use.
func TestWhoSeesAndChangesTemplates(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	admin, dev, viewer := f.Join(t, "Ana", hub.Admin), f.Join(t, "Dario", hub.Developer), f.Join(t, "Vito", hub.Viewer)
	client := hub.Actor{Kind: hub.Client, ID: "c", Name: "Sync", TeamID: f.OwnTeam.ID, Scopes: []string{"write"}}
	pump, valve := f.template(t, dev, "pump"), f.template(t, client, "Valve2")
	d, err := f.Devices.Add(ctx, admin, f.OwnTeam.ID, device.Fields{UniqueID: "SN-1", DisplayName: "D", Active: true, TemplateGUID: strings.ToUpper(pump.GUID)}, "")
	if err != nil || d.TemplateGUID != pump.GUID {
		t.Fatalf("Add with a template in upper case = %q, %v, want its own guid", d.TemplateGUID, err)
	}
	for _, a := range []hub.Actor{admin, dev, client} {
		if got, want := f.codes(t, a, ""), []string{"pump 1", "Valve2 0"}; !slices.Equal(got, want) {
			t.Errorf("Templates(%s) = %q, want %q", a.Name, got, want)
		}
	}
	if got := f.codes(t, dev, "vALV"); !slices.Equal(got, []string{"Valve2 0"}) {
		t.Errorf("Templates(vALV) = %q, want the one", got)
	}
	if got := f.codes(t, viewer, ""); got != nil {
		t.Errorf("Templates of a viewer without devices = %q, want none", got)
	}
	if err := f.Devices.Save(ctx, admin, d.GUID, device.Change{DisplayName: "D", Viewers: []string{viewer.ID}}); err != nil {
		t.Fatal(err)
	}
	if got := f.codes(t, viewer, ""); !slices.Equal(got, []string{"pump 1"}) {
		t.Errorf("Templates of a viewer with a device = %q, want its template", got)
	}
	if got, err := f.Devices.TemplateByCode(ctx, viewer, f.OwnTeam.ID, "PUMP"); err != nil || got.GUID != pump.GUID || !bytes.Equal(got.Document, pump.Document) {
		t.Errorf("TemplateByCode(PUMP) = %v, %v, want the template with its document", got, err)
	}
	if got, err := f.Devices.Template(ctx, dev, f.OwnTeam.ID, strings.ToUpper(valve.GUID)); err != nil || got.Code != "Valve2" {
		t.Errorf("Template in upper case = %v, %v, want it", got, err)
	}
	_, err = f.Devices.Template(ctx, viewer, f.OwnTeam.ID, valve.GUID)
	wantMissing(t, "Template that a viewer doesn't see", err)
	_, err = f.Devices.TemplateByCode(ctx, dev, f.OwnTeam.ID, "none")
	wantMissing(t, "TemplateByCode of none", err)
	_, err = f.Devices.Template(ctx, dev, f.OwnTeam.ID, "none")
	wantMissing(t, "Template of no guid", err)

	var forbidden *hub.Forbidden
	_, err = f.Devices.AddTemplate(ctx, viewer, f.OwnTeam.ID, vendorTemplate("x", "X"), "")
	_, replaceErr := f.Devices.ReplaceTemplate(ctx, viewer, f.OwnTeam.ID, pump.GUID, nil, vendorTemplate("x", "X"))
	for what, err := range map[string]error{"AddTemplate": err, "ReplaceTemplate": replaceErr, "RemoveTemplate": f.Devices.RemoveTemplate(ctx, viewer, f.OwnTeam.ID, pump.GUID, nil)} {
		if !errors.As(err, &forbidden) || forbidden.WhoCan != hub.DeveloperByAdmin {
			t.Errorf("%s by a viewer = %v, want it forbidden, with who can grant it", what, err)
		}
	}
	elsewhere, err := f.Teams.Add(ctx, hub.OperatorActor(), "Elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Devices.AddTemplate(ctx, admin, elsewhere.ID, vendorTemplate("x", "X"), "")
	wantMissing(t, "AddTemplate in another team", err)
	home := f.OwnTeam
	f.OwnTeam = elsewhere
	stranger := f.Join(t, "Eve", hub.Admin)
	_, err = f.Devices.Template(ctx, stranger, elsewhere.ID, pump.GUID)
	wantMissing(t, "Template of another team", err)
	wantMissing(t, "RemoveTemplate of another team", f.Devices.RemoveTemplate(ctx, stranger, elsewhere.ID, valve.GUID, nil))
	_, err = f.Devices.Templates(ctx, stranger, home.ID, "")
	wantMissing(t, "Templates of another team", err)
}

func wantMissing(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, db.ErrNotFound) {
		t.Errorf("%s = %v, want db.ErrNotFound", what, err)
	}
}

// A template lives until no device uses it. Each change leaves an audit event, a refused one none.
func TestTemplateIsAddedChangedAndRemoved(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	pump := f.template(t, ana, "pump")
	if _, err := f.Devices.AddTemplate(ctx, ana, f.OwnTeam.ID, vendorTemplate("PUMP", "Another"), ""); !errors.Is(err, hub.ErrTemplateExists) {
		t.Errorf("AddTemplate with a code that exists = %v, want ErrTemplateExists", err)
	}
	once := "a one-time key"
	valve, err := f.Devices.AddTemplate(ctx, ana, f.OwnTeam.ID, vendorTemplate("valve", "Valve"), once)
	if err != nil {
		t.Fatal(err)
	}
	var done *hub.AlreadyDone
	if _, err := f.Devices.AddTemplate(ctx, ana, f.OwnTeam.ID, vendorTemplate("valve", "Valve"), once); !errors.As(err, &done) || done.Target != valve.GUID {
		t.Errorf("AddTemplate twice = %v, want *AlreadyDone with the first", err)
	}
	if _, err := f.Devices.ReplaceTemplate(ctx, ana, f.OwnTeam.ID, pump.GUID, []int64{7}, vendorTemplate("p2", "P2")); !errors.Is(err, hub.ErrTemplateChanged) {
		t.Errorf("ReplaceTemplate of another version = %v, want ErrTemplateChanged", err)
	}
	if _, err := f.Devices.ReplaceTemplate(ctx, ana, f.OwnTeam.ID, pump.GUID, nil, vendorTemplate("VALVE", "P2")); !errors.Is(err, hub.ErrTemplateExists) {
		t.Errorf("ReplaceTemplate with another's code = %v, want ErrTemplateExists", err)
	}
	changed, err := f.Devices.ReplaceTemplate(ctx, ana, f.OwnTeam.ID, pump.GUID, []int64{1}, []byte(`{"code": "p2", "name": "P2"}`))
	if err != nil || changed.GUID != pump.GUID || changed.Code != "p2" || changed.Attributes != 0 || changed.Version != 2 {
		t.Errorf("ReplaceTemplate = %+v, %v, want the other document's facts in version 2", changed, err)
	}
	var devices []db.Device
	for _, id := range []string{"1", "2"} {
		d, err := f.Devices.Add(ctx, ana, f.OwnTeam.ID, device.Fields{UniqueID: id, DisplayName: id, TemplateGUID: pump.GUID}, "")
		if err != nil {
			t.Fatal(err)
		}
		devices = append(devices, d)
	}
	var used *hub.InUse
	if err := f.Devices.RemoveTemplate(ctx, ana, f.OwnTeam.ID, pump.GUID, nil); !errors.As(err, &used) || used.Devices != 2 || !strings.HasPrefix(err.Error(), "2 devices use this template.") {
		t.Errorf("RemoveTemplate with two devices = %v, want their number", err)
	}
	for i, d := range devices {
		if _, err := f.Devices.Replace(ctx, ana, d.GUID, nil, device.Fields{DisplayName: d.DisplayName, TemplateGUID: strings.ToUpper(valve.GUID)}); err != nil {
			t.Fatal(err)
		}
		if got, err := f.Devices.Get(ctx, ana, d.GUID); err != nil || got.TemplateGUID != valve.GUID {
			t.Fatalf("device after Replace has the template %q, %v, want %q", got.TemplateGUID, err, valve.GUID)
		}
		if i == 0 {
			continue
		}
		if err := f.Devices.RemoveTemplate(ctx, ana, f.OwnTeam.ID, pump.GUID, []int64{1}); !errors.Is(err, hub.ErrTemplateChanged) {
			t.Errorf("RemoveTemplate of another version = %v, want ErrTemplateChanged", err)
		}
		if err := f.Devices.RemoveTemplate(ctx, ana, f.OwnTeam.ID, strings.ToUpper(pump.GUID), []int64{2}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = f.Devices.Template(ctx, ana, f.OwnTeam.ID, pump.GUID)
	wantMissing(t, "Template after its removal", err)
	// A guid that names no template is kept as it was sent.
	const foreign = "A1B2C3D4-0000-4000-8000-00000000000F"
	d, err := f.Devices.Add(ctx, ana, f.OwnTeam.ID, device.Fields{UniqueID: "3", DisplayName: "3", TemplateGUID: foreign}, "")
	if err != nil || d.TemplateGUID != foreign {
		t.Errorf("Add with the guid of another system = %q, %v, want it as it was", d.TemplateGUID, err)
	}
	var got []string
	events, err := f.DB.AuditEvents(ctx, db.AuditQuery{TeamID: f.OwnTeam.ID, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if strings.HasPrefix(e.Action, "device_template.") {
			got = append(got, fmt.Sprintf("%s %s: %s", e.Action, e.TargetName, e.Detail))
		}
	}
	slices.Reverse(got)
	want := []string{
		"device_template.added Template pump: with the code pump", "device_template.added Valve: with the code valve",
		"device_template.changed P2: was named Template pump; had the code pump", "device_template.removed P2: with the code p2",
	}
	if !slices.Equal(got, want) {
		t.Errorf("events =\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestATeamHasUpToSoManyTemplates(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	for i := range device.MaxTemplates {
		f.template(t, ana, fmt.Sprint("t", i))
	}
	_, err := f.Devices.AddTemplate(ctx, ana, f.OwnTeam.ID, vendorTemplate("more", "More"), "")
	var invalid *hub.Invalid
	if !errors.As(err, &invalid) || !strings.Contains(err.Error(), "The team has 200 device templates, the maximum.") {
		t.Errorf("AddTemplate beyond the limit = %v, want what to do", err)
	}
}
