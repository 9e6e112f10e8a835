package api

import (
	"net/http"
	"time"

	"gatepost/db"
	"gatepost/handlers/web"
)

// readDevices is the scope that the addresses of devices ask for.
const readDevices = "read"

type device struct {
	GUID             string     `json:"guid"`
	TeamID           string     `json:"team_id"`
	UniqueID         string     `json:"unique_id"`
	DisplayName      string     `json:"display_name"`
	Active           bool       `json:"is_active"`
	TemplateGUID     string     `json:"template_guid"`
	EntityName       string     `json:"entity_name"`
	GroupName        string     `json:"group_name"`
	LastConnectionAt *time.Time `json:"last_connection_at"`
	CreatedAt        time.Time  `json:"created_at"`
	UpdatedAt        time.Time  `json:"updated_at"`
}

func deviceOf(d db.Device) device {
	return device{
		d.GUID, d.TeamID, d.UniqueID, d.DisplayName, d.Active, d.TemplateGUID, d.EntityName, d.GroupName,
		moment(d.LastConnection), d.CreatedAt.UTC(), d.UpdatedAt.UTC(),
	}
}

// Devices answers GET /api/v1/devices with a page of the devices that the token reaches: those of its app's team, or
// those that its person may see now, in all of their teams; the query's team keeps it to one.
func (h *Handlers) Devices(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(r, readDevices)
	if err != nil {
		return err
	}
	team, err := queryID(r, "team")
	if err != nil {
		return err
	}
	after, limit, err := page(r)
	if err != nil {
		return err
	}
	rows, more, err := h.Hub.Devices(r.Context(), by, team, after, limit)
	if err != nil {
		return err
	}
	out := struct {
		Devices []device `json:"devices"`
		Next    *string  `json:"next_cursor"`
	}{Devices: make([]device, len(rows))}
	for i, d := range rows {
		out.Devices[i] = deviceOf(d)
	}
	if more {
		last := rows[len(rows)-1]
		cursor := web.Cursor(last.DisplayName, last.GUID)
		out.Next = &cursor
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// Device answers GET /api/v1/devices/{guid}. A device that the token does not reach is not found, as one that does
// not exist.
func (h *Handlers) Device(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(r, readDevices)
	if err != nil {
		return err
	}
	guid, err := pathID(r, "guid")
	if err != nil {
		return err
	}
	row, err := h.Hub.Device(r.Context(), by, guid)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, deviceOf(row))
}
