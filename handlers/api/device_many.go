package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/device"
	"gatepost/handlers/web"
)

// maxNamed is how many devices, or viewers, one request can name.
const maxNamed = 500

// devicesChange is the body of POST /api/v1/devices/change. GUIDs or Filter selects the devices; one
// of Group, Template, Grant and Take is the change.
type devicesChange struct {
	Team     string         `json:"team"`
	GUIDs    *[]string      `json:"guids"`
	Filter   *devicesFilter `json:"filter"`
	Group    *string        `json:"group_name" null:"clear"`
	Template *string        `json:"template_guid" null:"clear"`
	Grant    *[]string      `json:"grant"`
	Take     *[]string      `json:"take"`
}

type devicesFilter struct {
	Search       string `json:"q"`
	UniqueID     string `json:"unique_id"`
	GroupName    string `json:"group_name"`
	EntityName   string `json:"entity_name"`
	TemplateGUID string `json:"template_guid"`
	Active       *bool  `json:"is_active"`
}

// ChangeDevices answers POST /api/v1/devices/change with the number of changes.
func (h *Handlers) ChangeDevices(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, writeDevices)
	if err != nil {
		return err
	}
	var in devicesChange
	if err := web.ReadFields(w, r, &in); err != nil {
		return err
	}
	const what = "change devices"
	team, err := h.teamFor(r.Context(), by, in.Team, what)
	if err != nil {
		return err
	}
	if err := h.mayDevelop(r.Context(), by, team, what); err != nil {
		return err
	}
	many, err := h.manyDevices(r.Context(), by, team, in)
	if err != nil {
		return err
	}
	asked := 0
	for _, one := range []bool{in.Group != nil, in.Template != nil, in.Grant != nil, in.Take != nil} {
		if one {
			asked++
		}
	}
	changed := 0
	switch {
	case asked != 1:
		err = fault("group_name", "Send exactly one of group_name, template_guid, grant and take.")
	case in.Group != nil:
		changed, err = h.Devices.GroupMany(r.Context(), by, many, *in.Group)
	case in.Template != nil:
		changed, err = h.Devices.TemplateMany(r.Context(), by, many, *in.Template)
	case in.Grant != nil:
		changed, err = h.share(r.Context(), by, many, "grant", *in.Grant)
	default:
		changed, err = h.share(r.Context(), by, many, "take", *in.Take)
	}
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, map[string]int{"changed": changed})
}

func (h *Handlers) share(ctx context.Context, by hub.Actor, many device.Many, field string, viewers []string) (int, error) {
	if len(viewers) == 0 || len(viewers) > maxNamed {
		return 0, fault(field, "Write the ids of 1 to 500 viewers of the team.")
	}
	return h.Devices.ShareMany(ctx, by, many, viewers, field == "take")
}

// manyDevices returns the devices that the request selects. One that the caller does not reach is a
// mistake, like one that does not exist.
func (h *Handlers) manyDevices(ctx context.Context, by hub.Actor, team string, in devicesChange) (many device.Many, err error) {
	var q db.DeviceQuery
	switch {
	case (in.GUIDs == nil) == (in.Filter == nil):
		return many, fault("guids", "Send either guids or filter.")
	case in.Filter != nil:
		f := *in.Filter
		for _, text := range []string{f.Search, f.UniqueID, f.GroupName, f.EntityName, f.TemplateGUID} {
			if len(text) > maxQuery {
				return many, fault("filter", fmt.Sprintf("Write at most %d bytes in each field.", maxQuery))
			}
		}
		q = db.DeviceQuery{Search: f.Search, UniqueID: f.UniqueID, GroupName: f.GroupName, EntityName: f.EntityName, TemplateGUID: f.TemplateGUID, Active: f.Active}
	default:
		guids := slices.Compact(slices.Sorted(slices.Values(*in.GUIDs)))
		if len(guids) == 0 || len(guids) > maxNamed {
			return many, fault("guids", "Write the guids of 1 to 500 devices.")
		}
		q = db.DeviceQuery{GUIDs: guids}
	}
	q.Limit = 2
	named, total, err := h.Devices.Find(ctx, by, team, q)
	if err == nil && in.GUIDs != nil && total < len(q.GUIDs) {
		err = fault("guids", "One of these devices does not exist in the team, or this token does not reach it.")
	}
	return device.Many{TeamID: team, Query: q, Words: device.Words(named, total, in.GUIDs == nil)}, err
}
