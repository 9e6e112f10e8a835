package api

import (
	"net/http"
	"time"

	"gatepost/db"
	"gatepost/handlers/web"
)

// readDevices is the scope that reading devices requires.
const readDevices = "read"

type deviceJSON struct {
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

func deviceOf(d db.Device) deviceJSON {
	return deviceJSON{
		d.GUID, d.TeamID, d.UniqueID, d.DisplayName, d.Active, d.TemplateGUID, d.EntityName, d.GroupName,
		moment(d.LastConnection), d.CreatedAt.UTC(), d.UpdatedAt.UTC(),
	}
}

// ListDevices answers GET /api/v1/devices with a page of the devices that the token reaches: those of its
// app's team, or those that its person can see now in any of their teams. The query can narrow them.
func (h *Handlers) ListDevices(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, readDevices)
	if err != nil {
		return err
	}
	team, err := queryID(r, "team")
	if err != nil {
		return err
	}
	q, after, err := deviceQuery(r)
	if err != nil {
		return err
	}
	rows, more, err := h.Devices.ListFrom(r.Context(), by, team, q, after)
	if err != nil {
		return err
	}
	out := struct {
		Devices []deviceJSON `json:"devices"`
		Next    *string      `json:"next_cursor"`
	}{Devices: make([]deviceJSON, len(rows))}
	for i, d := range rows {
		out.Devices[i] = deviceOf(d)
	}
	if more {
		last := rows[len(rows)-1]
		out.Next = cursorOf(last.DisplayName, last.GUID)
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

func deviceQuery(r *http.Request) (q db.DeviceQuery, after db.DeviceKey, err error) {
	if err = queryTexts(r, map[string]*string{"q": &q.Search, "unique_id": &q.UniqueID, "entity_name": &q.EntityName, "group_name": &q.GroupName, "template_guid": &q.TemplateGUID}); err != nil {
		return q, after, err
	}
	if q.Active, err = queryBool(r, "is_active"); err != nil {
		return q, after, err
	}
	place, limit, err := page(r, 2)
	if place != nil {
		after = db.DeviceKey{DisplayName: place[0], GUID: place[1]}
	}
	q.Limit = limit
	return q, after, err
}

// Device answers GET /api/v1/devices/{guid}. A device that the token does not reach is not
// found, like one that does not exist.
func (h *Handlers) Device(w http.ResponseWriter, r *http.Request) error {
	by, guid, err := h.callerAt(w, r, readDevices, "guid")
	if err != nil {
		return err
	}
	row, err := h.Devices.Get(r.Context(), by, guid)
	if err != nil {
		return err
	}
	return writeDevice(w, http.StatusOK, row)
}

// writeDevice answers with a device and the entity tag of its version.
func writeDevice(w http.ResponseWriter, status int, d db.Device) error {
	w.Header().Set("ETag", etag(d.Version))
	return web.WriteJSON(w, status, deviceOf(d))
}
