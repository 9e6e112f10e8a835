package pages

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// TemplateRow is a device template of the list.
type TemplateRow struct {
	GUID, Code, Name, Tag         string
	Attributes, Commands, Devices int
	Changed                       time.Time
}

func (t TemplateRow) href() string { return "/team/device-templates/" + t.GUID }

// devices is the list of the devices that use it.
func (t TemplateRow) devices() string { return "/team/devices?template=" + t.GUID }

// DeviceTemplates is GET /team/device-templates: field q of the address.
type DeviceTemplates struct {
	layout.Page
	Rows   []TemplateRow
	Search string
	CanAdd bool
	WhoCan string // who could grant devices, where CanAdd is false
}

// Render writes the page.
func (m DeviceTemplates) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Device templates", layout.NavTeam, false)
	return deviceTemplates(m).Render(ctx, w)
}

func (m DeviceTemplates) count() string {
	if len(m.Rows) == 0 {
		return ""
	}
	if m.Search != "" {
		return words.Count(len(m.Rows), "template matches", "templates match")
	}
	return words.Count(len(m.Rows), "template", "templates")
}

// TemplateExample is a template to start from.
const TemplateExample = `{
  "code": "pump2",
  "name": "Pump 2",
  "authType": 2,
  "attributes": [
    {"name": "pressure", "type": "DECIMAL", "unit": "bar"},
    {"name": "running", "type": "BOOLEAN"}
  ],
  "commands": [
    {"name": "Restart", "command": "restart", "requiredParam": false, "requiredAck": true}
  ],
  "messageVersion": "2.1"
}`

// DeviceTemplate is GET /team/device-templates/{template}.
type DeviceTemplate struct {
	layout.Page
	Row                              TemplateRow
	AuthType                         int64 // 0: the document doesn't say
	MessageVersion                   string
	EdgeSupport, IotEdge, Greengrass bool
	Added                            time.Time
	Attributes                       []TemplateAttribute
	Commands                         []TemplateCommand
	CanChange                        bool
}

// TemplateAttribute is something that a device reports.
type TemplateAttribute struct{ Name, Type, Unit, Text string }

// TemplateCommand is something that a device can be told to do.
type TemplateCommand struct {
	Name, Command        string
	Param, Ack, Firmware bool
}

func (c TemplateCommand) needs() string {
	var parts []string
	if c.Param {
		parts = append(parts, "takes a parameter")
	}
	if c.Ack {
		parts = append(parts, "acknowledged")
	}
	if c.Firmware {
		parts = append(parts, "updates the firmware")
	}
	return words.Capital(strings.Join(parts, ", "))
}

// Render writes the page.
func (m DeviceTemplate) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named(m.Row.Name, layout.NavTeam, false)
	return deviceTemplate(m).Render(ctx, w)
}

// authTypes are the vendor's numbers for how a device proves who it is.
var authTypes = map[int64]string{1: "Token", 2: "CA-signed certificate", 3: "Self-signed certificate", 4: "TPM", 5: "Symmetric key", 7: "Individual CA certificate"}

func (m DeviceTemplate) auth() string {
	if m.AuthType == 0 {
		return ""
	}
	number := strconv.FormatInt(m.AuthType, 10)
	if name, ok := authTypes[m.AuthType]; ok {
		return name + " (type " + number + ")"
	}
	return "Type " + number
}

func (m DeviceTemplate) edge() string {
	var parts []string
	for _, p := range []struct {
		on   bool
		name string
	}{{m.EdgeSupport, "Edge rules on the device"}, {m.IotEdge, "Azure IoT Edge"}, {m.Greengrass, "AWS IoT Greengrass"}} {
		if p.on {
			parts = append(parts, p.name)
		}
	}
	return strings.Join(parts, ", ")
}

// facts leaves out what the document doesn't say.
func (m DeviceTemplate) facts() []ui.KVItem {
	items := []ui.KVItem{{Key: "Code", Value: m.Row.Code, Copy: true}, {Key: "GUID", Value: m.Row.GUID, Copy: true}}
	for _, f := range []ui.KVItem{{Key: "Tag", Value: m.Row.Tag}, {Key: "Authentication", Value: m.auth()}, {Key: "Message version", Value: m.MessageVersion}, {Key: "Edge", Value: m.edge()}} {
		if f.Value != "" {
			items = append(items, f)
		}
	}
	return append(items,
		ui.KVItem{Key: "Devices", Body: templateDevices(m.Row)},
		ui.KVItem{Key: "Imported", Body: ui.Time{At: m.Added, Now: m.Now}},
		ui.KVItem{Key: "Changed", Body: ui.Time{At: m.Row.Changed, Now: m.Now}})
}

// DeviceTemplateForm is GET /team/device-templates/import and, with a Row, GET /team/device-templates/{template}/edit. Its
// forms of multipart/form-data have the JSON in the field file, as a file or as text, after once or version.
type DeviceTemplateForm struct {
	layout.Page
	Row     *TemplateRow // nil: a new template
	Once    string
	Version int64
	MaxKB   int
	Text    string // in the form
	Current string // the stored JSON, where somebody else has changed it meanwhile
	Errors  ui.Errors
}

// Render writes the page.
func (m DeviceTemplateForm) Render(ctx context.Context, w io.Writer) error {
	title := "Import template"
	if m.Row != nil {
		title = "Edit " + m.Row.Name
	}
	m.Page = m.Named(title, layout.NavTeam, len(m.Errors) > 0)
	return deviceTemplateForm(m).Render(ctx, w)
}

func (m DeviceTemplateForm) action() string {
	if m.Row != nil {
		return m.Row.href()
	}
	return "/team/device-templates"
}

func (m DeviceTemplateForm) hint() string {
	return "The JSON that the IoTConnect portal exports for a template, up to " + strconv.Itoa(m.MaxKB) + " KB."
}

func (m DeviceTemplateForm) pasteTitle() string {
	if m.Row != nil {
		return "Edit the JSON"
	}
	return "Paste the JSON"
}

func (m DeviceTemplateForm) pasteText() string {
	if m.Row != nil {
		return "Devices that use the template keep it, even with another code or name."
	}
	return ""
}

// DeviceTemplateRemove is GET and POST /team/device-templates/{template}/remove: field confirm_name.
type DeviceTemplateRemove struct {
	layout.Page
	Row    TemplateRow
	Facts  []string
	Errors ui.Errors
}

// Render writes the page.
func (m DeviceTemplateRemove) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Delete "+m.Row.Name, layout.NavTeam, len(m.Errors) > 0)
	return deviceTemplateRemove(m).Render(ctx, w)
}
