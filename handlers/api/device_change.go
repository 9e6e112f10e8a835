package api

import (
	"errors"
	"net/http"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/device"
	"gatepost/handlers/web"
)

// deviceChange is the body of PATCH /api/v1/devices/{guid}. Missing fields stay
// unchanged; null empties a text.
type deviceChange struct {
	DisplayName  *string `json:"display_name"`
	Active       *bool   `json:"is_active"`
	TemplateGUID *string `json:"template_guid" null:"clear"`
	EntityName   *string `json:"entity_name" null:"clear"`
	GroupName    *string `json:"group_name" null:"clear"`
}

// of returns the device's fields with the change applied.
func (c deviceChange) of(d db.Device) device.Fields {
	out := device.Fields{DisplayName: d.DisplayName, Active: d.Active, TemplateGUID: d.TemplateGUID, EntityName: d.EntityName, GroupName: d.GroupName}
	put(&out.DisplayName, c.DisplayName)
	put(&out.Active, c.Active)
	put(&out.TemplateGUID, c.TemplateGUID)
	put(&out.EntityName, c.EntityName)
	put(&out.GroupName, c.GroupName)
	for _, text := range []*string{&out.DisplayName, &out.TemplateGUID, &out.EntityName, &out.GroupName} {
		*text = strings.TrimSpace(*text)
	}
	return out
}

// AddDevice answers POST /api/v1/devices with the new device. A repeated request with the same
// Idempotency-Key gets the same device.
func (h *Handlers) AddDevice(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, writeDevices)
	if err != nil {
		return err
	}
	var in struct {
		deviceChange
		Team     string `json:"team"`
		UniqueID string `json:"unique_id"`
	}
	once, err := readOnce(w, r, &in)
	if err != nil {
		return err
	}
	team, err := h.teamFor(r.Context(), by, in.Team, "add devices")
	if err != nil {
		return err
	}
	fields := in.of(db.Device{Active: true})
	fields.UniqueID = strings.TrimSpace(in.UniqueID)
	d, err := h.Devices.Add(r.Context(), by, team, fields, once)
	if err != nil {
		d, err = h.deviceAgain(r, by, err, team, fields.UniqueID)
	}
	if err != nil {
		return err
	}
	d.CreatedAt, d.UpdatedAt = wholeSecond(d.CreatedAt), wholeSecond(d.UpdatedAt)
	w.Header().Set("Location", "/api/v1/devices/"+d.GUID)
	return writeDevice(w, http.StatusCreated, d)
}

// ChangeDevice answers PATCH /api/v1/devices/{guid} with the changed device.
func (h *Handlers) ChangeDevice(w http.ResponseWriter, r *http.Request) error {
	by, guid, err := h.callerAt(w, r, writeDevices, "guid")
	if err != nil {
		return err
	}
	var in deviceChange
	if err := web.ReadFields(w, r, &in); err != nil {
		return err
	}
	const attempts = 3 // for a change without If-Match
	for attempt := 1; ; attempt++ {
		had, err := h.Devices.Get(r.Context(), by, guid)
		if err != nil {
			return err
		}
		if !fits(r, etag(had.Version)) {
			return hub.ErrDeviceChanged
		}
		d, err := h.Devices.Replace(r.Context(), by, guid, []int64{had.Version}, in.of(had))
		if errors.Is(err, hub.ErrDeviceChanged) && attempt < attempts && r.Header.Get("If-Match") == "" {
			continue
		}
		if err != nil {
			return err
		}
		return writeDevice(w, http.StatusOK, d)
	}
}

// DeleteDevice answers DELETE /api/v1/devices/{guid}.
func (h *Handlers) DeleteDevice(w http.ResponseWriter, r *http.Request) error {
	by, guid, err := h.callerAt(w, r, writeDevices, "guid")
	if err != nil {
		return err
	}
	if err := h.Devices.Remove(r.Context(), by, guid, seenVersions(r)); err != nil {
		return err
	}
	return noContent(w)
}

type deviceViewer struct {
	PersonID string `json:"person_id"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	Granted  bool   `json:"granted"`
}

// DeviceViewers answers GET /api/v1/devices/{guid}/viewers with the viewers of the device's team, for
// people who can change the device.
func (h *Handlers) DeviceViewers(w http.ResponseWriter, r *http.Request) error {
	by, guid, err := h.callerAt(w, r, writeDevices, "guid")
	if err != nil {
		return err
	}
	return h.writeViewers(w, r, by, guid)
}

func (h *Handlers) writeViewers(w http.ResponseWriter, r *http.Request, by hub.Actor, guid string) error {
	d, err := h.Devices.Get(r.Context(), by, guid)
	if err != nil {
		return err
	}
	rows, err := h.Devices.Viewers(r.Context(), by, guid)
	if err != nil {
		return err
	}
	viewers := make([]deviceViewer, len(rows))
	for i, v := range rows {
		viewers[i] = deviceViewer{v.PersonID, v.Name, v.Email, v.Granted}
	}
	w.Header().Set("ETag", etag(d.Version))
	return web.WriteJSON(w, http.StatusOK, map[string]any{"viewers": viewers})
}

// ShareDevice answers PUT /api/v1/devices/{guid}/viewers, which makes the viewers in the body
// the only ones who can see the device.
func (h *Handlers) ShareDevice(w http.ResponseWriter, r *http.Request) error {
	by, guid, err := h.callerAt(w, r, writeDevices, "guid")
	if err != nil {
		return err
	}
	var in struct {
		Viewers *[]string `json:"viewers"`
	}
	if err := web.ReadFields(w, r, &in); err != nil {
		return err
	}
	if in.Viewers == nil {
		return fault("viewers", "Write the ids of the viewers who can see the device, or an empty list.")
	}
	if err := h.Devices.Share(r.Context(), by, guid, seenVersions(r), *in.Viewers); err != nil {
		return err
	}
	return h.writeViewers(w, r, by, guid)
}
