package api

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/device"
	"gatepost/handlers/web"
)

// templateJSON is a device template in a list. Empty texts and 0 are what its document doesn't say.
type templateJSON struct {
	GUID           string    `json:"guid"`
	TeamID         string    `json:"team_id"`
	Code           string    `json:"code"`
	Name           string    `json:"name"`
	Tag            string    `json:"tag"`
	AuthType       int64     `json:"auth_type"`
	MessageVersion string    `json:"message_version"`
	EdgeSupport    bool      `json:"is_edge_support"`
	IotEdge        bool      `json:"is_iot_edge"`
	GreenGrass     bool      `json:"is_greengrass"`
	Attributes     int       `json:"attribute_count"`
	Commands       int       `json:"command_count"`
	Devices        int       `json:"device_count"`
	CreatedAt      time.Time `json:"created_at"`
	UpdatedAt      time.Time `json:"updated_at"`
}

type attributeJSON struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Unit        string `json:"unit"`
	Description string `json:"description"`
}

type commandJSON struct {
	Name     string `json:"name"`
	Command  string `json:"command"`
	Param    bool   `json:"required_param"`
	Ack      bool   `json:"required_ack"`
	Firmware bool   `json:"is_ota"`
}

func templateOf(t db.DeviceTemplateRow) templateJSON {
	return templateJSON{
		t.GUID, t.TeamID, t.Code, t.Name, t.Tag, t.AuthType, t.MessageVersion, t.EdgeSupport, t.IotEdge, t.GreenGrass,
		t.Attributes, t.Commands, t.Devices, wholeSecond(t.CreatedAt), wholeSecond(t.UpdatedAt),
	}
}

// writeTemplate answers with a template, its document and the entity tag of its version.
func writeTemplate(w http.ResponseWriter, status int, t db.DeviceTemplateRow) error {
	parts := device.PartsOf(t.Document)
	out := struct {
		templateJSON
		Attributes []attributeJSON `json:"attributes"`
		Commands   []commandJSON   `json:"commands"`
		Document   json.RawMessage `json:"document"`
	}{templateOf(t), make([]attributeJSON, len(parts.Attributes)), make([]commandJSON, len(parts.Commands)), t.Document}
	for i, a := range parts.Attributes {
		out.Attributes[i] = attributeJSON(a)
	}
	for i, c := range parts.Commands {
		out.Commands[i] = commandJSON(c)
	}
	w.Header().Set("ETag", etag(t.Version))
	return web.WriteJSON(w, status, out)
}

// DeviceTemplates answers GET /api/v1/teams/{id}/device-templates with a page of the templates that the
// token reaches: a viewer's are those of the devices granted to them.
func (h *Handlers) DeviceTemplates(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.callerAt(w, r, readDevices, "id")
	if err != nil {
		return err
	}
	search, err := query(r, "q")
	if err != nil {
		return err
	}
	after, limit, err := page(r, 2)
	if err != nil {
		return err
	}
	rows, err := h.Devices.Templates(r.Context(), by, team, search)
	if err != nil {
		return err
	}
	rows, next := cut(rows, func(t db.DeviceTemplateRow) []string { return []string{strings.ToLower(t.Name), t.GUID} }, after, limit)
	out := struct {
		Templates []templateJSON `json:"device_templates"`
		Next      *string        `json:"next_cursor"`
	}{make([]templateJSON, len(rows)), next}
	for i, t := range rows {
		out.Templates[i] = templateOf(t)
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// AddDeviceTemplate answers POST /api/v1/teams/{id}/device-templates, whose body is the vendor's JSON,
// with the new template. Callers without the right to import are refused before it is read.
func (h *Handlers) AddDeviceTemplate(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.callerAt(w, r, writeDevices, "id")
	if err != nil {
		return err
	}
	if err := h.mayDevelop(r.Context(), by, team, "import device templates"); err != nil {
		return err
	}
	once, err := idempotencyKey(r)
	if err != nil {
		return err
	}
	document, err := readTemplate(w, r)
	if err != nil {
		return err
	}
	if once != "" {
		sum := sha256.Sum256(document)
		once = hub.OnceFor(once, sum[:])
	}
	made, err := h.Devices.AddTemplate(r.Context(), by, team, document, once)
	guid := made.GUID
	var again *hub.AlreadyDone
	if errors.As(err, &again) {
		guid, err = again.Target, nil
	}
	if err != nil {
		return err
	}
	t, err := h.Devices.Template(r.Context(), by, team, guid)
	if err != nil {
		return err
	}
	w.Header().Set("Location", fmt.Sprintf("/api/v1/teams/%s/device-templates/%s", team, guid))
	return writeTemplate(w, http.StatusCreated, t)
}

// readTemplate returns a body that is the JSON of a template.
func readTemplate(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := web.ReadFile(w, r, device.MaxTemplateSize, "application/json")
	if err != nil {
		return nil, err
	}
	document, err := io.ReadAll(body)
	if errors.Is(err, web.ErrFileTooLarge) {
		return nil, fileTooLarge(fmt.Sprintf("The JSON is larger than %d KB. Remove what isn't part of the template.", device.MaxTemplateSize>>10))
	}
	return document, err
}

// DeviceTemplate answers GET /api/v1/teams/{id}/device-templates/{template}.
func (h *Handlers) DeviceTemplate(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.callerAt(w, r, readDevices, "id")
	if err != nil {
		return err
	}
	t, err := h.Devices.Template(r.Context(), by, team, r.PathValue("template"))
	if err != nil {
		return err
	}
	return writeTemplate(w, http.StatusOK, t)
}

// ReplaceDeviceTemplate answers PUT /api/v1/teams/{id}/device-templates/{template}, whose body is the
// vendor's JSON, with the changed template. Devices keep the template.
func (h *Handlers) ReplaceDeviceTemplate(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.callerAt(w, r, writeDevices, "id")
	if err != nil {
		return err
	}
	if err := h.mayDevelop(r.Context(), by, team, "change device templates"); err != nil {
		return err
	}
	document, err := readTemplate(w, r)
	if err != nil {
		return err
	}
	changed, err := h.Devices.ReplaceTemplate(r.Context(), by, team, r.PathValue("template"), seenVersions(r), document)
	if err != nil {
		return err
	}
	t, err := h.Devices.Template(r.Context(), by, team, changed.GUID)
	if err != nil {
		return err
	}
	return writeTemplate(w, http.StatusOK, t)
}

// DeleteDeviceTemplate answers DELETE /api/v1/teams/{id}/device-templates/{template}.
func (h *Handlers) DeleteDeviceTemplate(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.callerAt(w, r, writeDevices, "id")
	if err != nil {
		return err
	}
	if err := h.Devices.RemoveTemplate(r.Context(), by, team, r.PathValue("template"), seenVersions(r)); err != nil {
		return err
	}
	return noContent(w)
}
