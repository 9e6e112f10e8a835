package api

import (
	"net/http"
	"strings"

	"gatepost/handlers/hub"
	"gatepost/handlers/hub/device"
)

// liveAttribute is something that the devices of a template report.
type liveAttribute struct {
	GUID        string  `json:"guid"`
	LocalName   string  `json:"localName"`
	Type        string  `json:"dataTypeName"`
	Unit        string  `json:"unit"`
	Description string  `json:"description"`
	Sequence    int     `json:"sequence"`
	Parent      *string `json:"parentTemplateAttributeGuid"` // of one within another
}

// LiveAttributes answers GET /api/v2.1/template-attribute/{template} with all attributes of a device template,
// in the order of its document.
func (h *Handlers) LiveAttributes(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.liveCaller(w, r, readDevices)
	if err != nil {
		return err
	}
	t, err := h.Devices.Template(r.Context(), by, team.ID, r.PathValue("template"))
	if err != nil {
		return noneAs409(err, noTemplate)
	}
	facts, err := device.ReadTemplate(t.Document)
	if err != nil {
		return err
	}
	var list []liveAttribute
	guids := map[string]string{}
	for i, a := range facts.Parts.Attributes {
		// Attributes have no ids of their own.
		one := liveAttribute{hub.EntityGUID(t.GUID, a.Name), a.Name, a.Type, a.Unit, a.Description, i + 1, nil}
		if dot := strings.LastIndexByte(a.Name, '.'); dot > 0 {
			if parent, ok := guids[a.Name[:dot]]; ok {
				one.LocalName, one.Parent = a.Name[dot+1:], &parent
			}
		}
		guids[a.Name] = one.GUID
		list = append(list, one)
	}
	return writeLive(w, "Attributes listed.", list...)
}
