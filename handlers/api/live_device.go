package api

import (
	"net/http"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/device"
	"gatepost/handlers/web"
)

// liveDevice is a device below /api/v2.1.
type liveDevice struct {
	vendorFacts
	Acquired       int    `json:"isAcquired"` // 1 if the device has connected at least once
	EdgeSupport    bool   `json:"isEdgeSupport"`
	ParentAcquired bool   `json:"isParentAcquired"` // the portal has no devices behind others
	MessageVersion string `json:"messageVersion"`   // of the device's template
}

// defaultMessageVersion is the version of the vendor's messages that this shape belongs to, for devices
// whose template isn't known or doesn't say.
const defaultMessageVersion = "2.1"

// liveDevices returns devices in the live shape, with what their templates say.
func (h *Handlers) liveDevices(r *http.Request, by hub.Actor, devices []db.Device) ([]liveDevice, error) {
	templates, err := h.templatesOf(r, by, devices)
	if err != nil {
		return nil, err
	}
	list := make([]liveDevice, len(devices))
	for i, d := range devices {
		t := templates[d.TemplateGUID]
		list[i] = liveDevice{vendorFacts: factsOf(d), EdgeSupport: t.EdgeSupport, MessageVersion: defaultMessageVersion}
		if t.MessageVersion != "" {
			list[i].MessageVersion = t.MessageVersion
		}
		if !d.LastConnection.IsZero() {
			list[i].Acquired = 1
		}
	}
	return list, nil
}

func (h *Handlers) writeLiveDevice(w http.ResponseWriter, r *http.Request, by hub.Actor, d db.Device, message string) error {
	list, err := h.liveDevices(r, by, []db.Device{d})
	if err != nil {
		return err
	}
	w.Header().Set("ETag", etag(d.Version))
	return writeLive(w, message, list...)
}

const (
	noDevice         = "There is no device with this guid."
	noDeviceUniqueID = "The team has no device with this unique id."
)

// LiveDevice answers GET /api/v2.1/Device/{guid}.
func (h *Handlers) LiveDevice(w http.ResponseWriter, r *http.Request) error {
	by, _, err := h.vendorCaller(w, r, readDevices)
	if err != nil {
		return err
	}
	d, err := h.deviceAt(r, by)
	if err != nil {
		return noneAs409(err, noDevice)
	}
	return h.writeLiveDevice(w, r, by, d, "Device found.")
}

// LiveDeviceByUniqueID answers GET /api/v2.1/Device/uniqueId/{uniqueId}.
func (h *Handlers) LiveDeviceByUniqueID(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.vendorCaller(w, r, readDevices)
	if err != nil {
		return err
	}
	d, err := h.deviceByUniqueID(r, by, team)
	if err != nil {
		return noneAs409(err, noDeviceUniqueID)
	}
	return h.writeLiveDevice(w, r, by, d, "Device found.")
}

// liveDeviceBody is the body of POST and PUT: that of the other versions, and what the vendor's client
// sends.
type liveDeviceBody struct {
	UniqueID     string  `json:"uniqueId"`
	DisplayName  string  `json:"displayName"`
	IsActive     *bool   `json:"isActive"`
	TemplateGUID *string `json:"deviceTemplateGuid"`
	EntityName   *string `json:"entityName"`
	GroupName    *string `json:"groupName"`
	EntityGUID   *string `json:"entityGuid"`      // the device's group, or the team for none
	Certificate  *string `json:"certificateText"` // checked, and not kept
}

// readLiveDevice reads the body of POST and PUT.
func (h *Handlers) readLiveDevice(w http.ResponseWriter, r *http.Request, by hub.Actor, team db.Team) (in device.Fields, entity string, err error) {
	var body liveDeviceBody
	if err := web.ReadJSON(w, r, &body); err != nil {
		return in, "", err
	}
	in = deviceBody{body.UniqueID, body.DisplayName, body.IsActive, body.TemplateGUID, body.EntityName, body.GroupName}.fields()
	entity = hub.EntityGUID(team.ID, in.GroupName)
	if text := body.Certificate; text != nil {
		switch {
		case strings.Contains(*text, "PRIVATE KEY"):
			return in, "", fault("certificateText", "Send the certificate alone, and keep the private key on the device. Make a new key: this one was sent.")
		case strings.TrimSpace(*text) != "" && !strings.Contains(*text, "-----BEGIN CERTIFICATE"):
			return in, "", fault("certificateText", "Send a certificate as PEM text, or leave this out.")
		}
	}
	if body.EntityGUID != nil && strings.TrimSpace(*body.EntityGUID) != "" {
		e, err := h.entity(r, by, team, *body.EntityGUID)
		if isNone(err) {
			return in, "", fault("entityGuid", noEntity)
		} else if err != nil {
			return in, "", err
		}
		entity, in.GroupName = e.GUID, ""
		if e.Parent != nil {
			in.GroupName = e.Name
		}
	}
	return in, entity, h.checkTemplate(r, by, team, &in)
}

// liveNewDevice is the answer of POST.
type liveNewDevice struct {
	GUID       string `json:"newid"`
	EntityGUID string `json:"entityGuid"`
	UniqueID   string `json:"uniqueId"`
}

// AddLiveDevice answers POST /api/v2.1/Device. A repeated request with the same Idempotency-Key gets the
// same device.
func (h *Handlers) AddLiveDevice(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.liveCaller(w, r, writeDevices)
	if err != nil {
		return err
	}
	if err := h.mayDevelop(r.Context(), by, team.ID, "add devices"); err != nil {
		return err
	}
	once, err := idempotencyKey(r)
	if err != nil {
		return err
	}
	in, entity, err := h.readLiveDevice(w, r, by, team)
	if err != nil {
		return err
	}
	d, err := h.Devices.Add(r.Context(), by, team.ID, in, once)
	if err != nil {
		d, err = h.deviceAgain(r, by, err, team.ID, in.UniqueID)
	}
	if err != nil {
		return vendorFault(err)
	}
	w.Header().Set("ETag", etag(d.Version))
	return writeLive(w, "Device created.", liveNewDevice{d.GUID, entity, d.UniqueID})
}

// SaveLiveDevice answers PUT /api/v2.1/Device/{guid}.
func (h *Handlers) SaveLiveDevice(w http.ResponseWriter, r *http.Request) error {
	by, d, err := h.liveChange(w, r)
	if err != nil {
		return err
	}
	team, err := h.DB.Team(r.Context(), d.TeamID)
	if err != nil {
		return err
	}
	in, _, err := h.readLiveDevice(w, r, by, team)
	if err != nil {
		return err
	}
	if d, err = h.Devices.Replace(r.Context(), by, d.GUID, seenVersions(r), in); err != nil {
		return noneAs409(vendorFault(err), noDevice)
	}
	return h.writeLiveDevice(w, r, by, d, "Device updated.")
}

// SetLiveDeviceStatus answers PUT /api/v2.1/Device/{guid}/status.
func (h *Handlers) SetLiveDeviceStatus(w http.ResponseWriter, r *http.Request) error {
	by, d, err := h.liveChange(w, r)
	if err != nil {
		return err
	}
	var body struct {
		Active *bool `json:"isActive"`
	}
	if err := web.ReadJSON(w, r, &body); err != nil {
		return err
	}
	if body.Active == nil {
		return fault("isActive", "Write true or false.")
	}
	if err := h.Devices.SetActive(r.Context(), by, d.GUID, *body.Active); err != nil {
		return noneAs409(err, noDevice)
	}
	return done(w, "Device updated.")
}

// DeleteLiveDevice answers DELETE /api/v2.1/Device/{guid}.
func (h *Handlers) DeleteLiveDevice(w http.ResponseWriter, r *http.Request) error {
	by, d, err := h.liveChange(w, r)
	if err != nil {
		return err
	}
	if err := h.Devices.Remove(r.Context(), by, d.GUID, seenVersions(r)); err != nil {
		return noneAs409(err, noDevice)
	}
	return done(w, "Device deleted.")
}

// liveChange returns who changes which device, whom its team lets change devices.
func (h *Handlers) liveChange(w http.ResponseWriter, r *http.Request) (by hub.Actor, d db.Device, err error) {
	if by, _, err = h.vendorCaller(w, r, writeDevices); err != nil {
		return by, d, err
	}
	if d, err = h.deviceAt(r, by); err != nil {
		return by, d, noneAs409(err, noDevice)
	}
	return by, d, h.mayDevelop(r.Context(), by, d.TeamID, "change this device")
}
