package api

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/device"
	"gatepost/handlers/web"
)

// liveTemplate is a device template.
type liveTemplate struct {
	GUID           string `json:"guid"`
	Code           string `json:"templateCode"`
	Name           string `json:"templateName"`
	EdgeSupport    bool   `json:"isEdgeSupport"`
	IotEdge        bool   `json:"isIotEdgeEnable"`
	AuthType       int64  `json:"authType"`
	Tag            string `json:"tag"`
	MessageVersion string `json:"messageVersion"`
	GreenGrass     bool   `json:"greenGrass"`
}

func liveTemplateOf(t db.DeviceTemplate) liveTemplate {
	version := t.MessageVersion
	if version == "" {
		version = defaultMessageVersion
	}
	return liveTemplate{t.GUID, t.Code, t.Name, t.EdgeSupport, t.IotEdge, t.AuthType, t.Tag, version, t.GreenGrass}
}

const (
	noTemplate     = "The team has no device template with this guid."
	noTemplateCode = "The team has no device template with this code."
)

// LiveTemplates answers GET /api/v2.1/device-template.
func (h *Handlers) LiveTemplates(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.liveCaller(w, r, readDevices)
	if err != nil {
		return err
	}
	values, err := spellParams(r.URL.Query())
	if err != nil {
		return err
	}
	if values.Get("pageSize") == "" {
		values.Set("pageSize", "100")
	}
	values.Del("sortBy") // always by name
	q, _, err := vendorQuery(values)
	if err != nil {
		return err
	}
	rows, err := h.Devices.Templates(r.Context(), by, team.ID, q.Search)
	if err != nil {
		return err
	}
	list := make([]liveTemplate, len(rows))
	for i, t := range rows {
		list[i] = liveTemplateOf(t.DeviceTemplate)
	}
	from := min(q.Offset, len(list))
	return writeLivePage(w, "Device templates listed.", len(list), list[from:min(from+q.Limit, len(list))])
}

// LiveTemplate answers GET /api/v2.1/device-template/{template}.
func (h *Handlers) LiveTemplate(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.liveCaller(w, r, readDevices)
	if err != nil {
		return err
	}
	t, err := h.Devices.Template(r.Context(), by, team.ID, r.PathValue("template"))
	if err != nil {
		return noneAs404(err, noTemplate)
	}
	return writeLive(w, "Device template found.", liveTemplateOf(t.DeviceTemplate))
}

// LiveTemplateByCode answers GET /api/v2.1/device-template/template-code/{code}.
func (h *Handlers) LiveTemplateByCode(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.liveCaller(w, r, readDevices)
	if err != nil {
		return err
	}
	t, err := h.Devices.TemplateByCode(r.Context(), by, team.ID, r.PathValue("code"))
	if err != nil {
		return noneAs409(err, noTemplateCode)
	}
	return writeLive(w, "Device template found.", liveTemplateOf(t.DeviceTemplate))
}

// liveNewTemplate is the answer of an import.
type liveNewTemplate struct {
	GUID string `json:"deviceTemplateGuid"`
}

// AddLiveTemplate answers POST /api/v2.1/device-template/quick, a form whose field file has the JSON.
func (h *Handlers) AddLiveTemplate(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.liveCaller(w, r, writeDevices)
	if err != nil {
		return err
	}
	if err := h.mayDevelop(r.Context(), by, team.ID, "import device templates"); err != nil {
		return err
	}
	upload, err := web.ReadUpload(w, r, device.MaxTemplateSize)
	if err != nil {
		return err
	}
	if upload.File == nil {
		return fault("file", "Send the device template's JSON in the form field file.")
	}
	document, err := io.ReadAll(upload.File)
	if errors.Is(err, web.ErrFileTooLarge) {
		return &web.Error{Status: http.StatusRequestEntityTooLarge, Code: "invalid_request", Message: "The file is larger than 256 KiB.", Cause: err}
	} else if err != nil {
		return err
	}
	t, err := h.Devices.AddTemplate(r.Context(), by, team.ID, document, "")
	if err != nil {
		return vendorFault(err)
	}
	return writeLive(w, "Device template created.", liveNewTemplate{t.GUID})
}

// DeleteLiveTemplate answers DELETE /api/v2.1/device-template/{template}.
func (h *Handlers) DeleteLiveTemplate(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.liveCaller(w, r, writeDevices)
	if err != nil {
		return err
	}
	if err := h.Devices.RemoveTemplate(r.Context(), by, team.ID, strings.ToLower(r.PathValue("template")), seenVersions(r)); err != nil {
		return noneAs404(err, noTemplate)
	}
	return done(w, "Device template deleted.")
}

// templatesOf returns the templates of devices that the caller sees, by the guid that the devices have.
func (h *Handlers) templatesOf(r *http.Request, by hub.Actor, devices []db.Device) (map[string]db.DeviceTemplate, error) {
	found, asked := map[string]db.DeviceTemplate{}, map[string]bool{}
	for _, d := range devices {
		if d.TemplateGUID == "" || asked[d.TeamID] {
			continue
		}
		asked[d.TeamID] = true
		rows, err := h.Devices.TemplateNames(r.Context(), by, d.TeamID)
		if err != nil {
			return nil, err
		}
		for _, t := range rows {
			found[t.GUID], found[strings.ToUpper(t.GUID)] = t.DeviceTemplate, t.DeviceTemplate
		}
	}
	return found, nil
}

// checkTemplate refuses a device whose template the team doesn't have.
func (h *Handlers) checkTemplate(r *http.Request, by hub.Actor, team db.Team, in *device.Fields) error {
	if in.TemplateGUID == "" {
		return nil
	}
	t, err := h.Devices.Template(r.Context(), by, team.ID, in.TemplateGUID)
	if isNone(err) {
		return fault("deviceTemplateGuid", noTemplate)
	}
	in.TemplateGUID = t.GUID
	return err
}
