package api

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/device"
	"gatepost/handlers/web"
)

// vendorFacts are what a device has in each version of the vendor's API.
type vendorFacts struct {
	GUID           string     `json:"guid"`
	UniqueID       string     `json:"uniqueId"`
	DisplayName    string     `json:"displayName"`
	IsActive       bool       `json:"isActive"`
	TemplateGUID   *string    `json:"deviceTemplateGuid"`
	EntityName     *string    `json:"entityName"`
	GroupName      *string    `json:"groupName"`
	LastConnection *time.Time `json:"lastConnection"`
}

// vendorDevice is a device in the format of IoTConnect's document.
type vendorDevice struct {
	vendorFacts
	Links map[string]link `json:"_links"`
}

// link is a HAL link.
type link struct {
	Href string `json:"href"`
}

type vendorOne struct {
	Data    vendorDevice `json:"data"`
	Status  int          `json:"status"`
	Message string       `json:"message"`
}

// collection returns the address of the devices in the version of the request.
func (h *Handlers) collection(r *http.Request) string {
	before, _, _ := strings.Cut(r.URL.Path, "/Device")
	return h.Issuer + before + "/Device"
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (h *Handlers) vendorDevice(r *http.Request, d db.Device) vendorDevice {
	base := h.collection(r)
	return vendorDevice{factsOf(d), map[string]link{
		"self": {base + "/" + d.GUID}, "related": {base + "/uniqueId/" + url.PathEscape(d.UniqueID)}, "collection": {base},
	}}
}

func factsOf(d db.Device) vendorFacts {
	return vendorFacts{
		GUID: d.GUID, UniqueID: d.UniqueID, DisplayName: d.DisplayName, IsActive: d.Active, TemplateGUID: optional(d.TemplateGUID),
		EntityName: optional(d.EntityName), GroupName: optional(d.GroupName), LastConnection: moment(d.LastConnection),
	}
}

// VendorDevice answers GET /Device/{guid}.
func (h *Handlers) VendorDevice(w http.ResponseWriter, r *http.Request) error {
	by, _, err := h.vendorCaller(w, r, readDevices)
	if err != nil {
		return err
	}
	d, err := h.deviceAt(r, by)
	if err != nil {
		return err
	}
	return h.writeVendorDevice(w, r, http.StatusOK, d, "Device found.")
}

// deviceAt returns the device whose guid the path has.
func (h *Handlers) deviceAt(r *http.Request, by hub.Actor) (db.Device, error) {
	guid, err := vendorGUID(r)
	if err != nil {
		return db.Device{}, err
	}
	return h.Devices.Get(r.Context(), by, guid)
}

// VendorDeviceByUniqueID answers GET /Device/uniqueId/{uniqueId}. If several of the
// caller's teams have a device with that id, the solution-key header selects one.
func (h *Handlers) VendorDeviceByUniqueID(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.vendorCaller(w, r, readDevices)
	if err != nil {
		return err
	}
	d, err := h.deviceByUniqueID(r, by, team)
	if err != nil {
		return err
	}
	return h.writeVendorDevice(w, r, http.StatusOK, d, "Device found.")
}

// deviceByUniqueID returns the device whose unique id the path has.
func (h *Handlers) deviceByUniqueID(r *http.Request, by hub.Actor, team string) (db.Device, error) {
	id := r.PathValue("uniqueId")
	if !web.IsText(id) || len(id) > 200 {
		return db.Device{}, web.NotFound()
	}
	rows, _, err := h.Devices.Find(r.Context(), by, team, db.DeviceQuery{UniqueID: id, Limit: 2})
	switch {
	case err != nil:
		return db.Device{}, err
	case len(rows) == 0:
		return db.Device{}, web.NotFound()
	case len(rows) > 1:
		return db.Device{}, fault("solution-key", "Several of your teams have a device with this unique id: choose one with the solution-key header.")
	}
	return rows[0], nil
}

func (h *Handlers) writeVendorDevice(w http.ResponseWriter, r *http.Request, status int, d db.Device, message string) error {
	w.Header().Set("ETag", etag(d.Version))
	return web.WriteJSON(w, status, vendorOne{h.vendorDevice(r, d), status, message})
}

func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// vendorGUID returns the guid in the path. The vendor's clients write GUIDs in either case.
func vendorGUID(r *http.Request) (string, error) {
	id := strings.ToLower(r.PathValue("guid"))
	if !idForm.MatchString(id) {
		return "", web.NotFound()
	}
	return id, nil
}

// seenVersions reads If-Match (RFC 9110 section 13.1.1): the versions that the caller believes are
// current, or nil for any. A tag that the portal didn't issue matches no version.
func seenVersions(r *http.Request) []int64 {
	values := r.Header.Values("If-Match")
	if len(values) == 0 {
		return nil
	}
	seen := []int64{}
	for tag := range strings.SplitSeq(strings.Join(values, ","), ",") {
		tag = strings.Trim(tag, " \t")
		if tag == "*" {
			return nil
		}
		if n, err := strconv.ParseInt(strings.Trim(tag, `"`), 10, 64); err == nil && etag(n) == tag {
			seen = append(seen, n)
		}
	}
	return seen
}

// deviceBody is the body of POST and PUT. Missing fields are empty, and isActive is true.
type deviceBody struct {
	UniqueID     string  `json:"uniqueId"`
	DisplayName  string  `json:"displayName"`
	IsActive     *bool   `json:"isActive"`
	TemplateGUID *string `json:"deviceTemplateGuid"`
	EntityName   *string `json:"entityName"`
	GroupName    *string `json:"groupName"`
}

func (b deviceBody) fields() device.Fields {
	text := func(p *string) string {
		if p == nil {
			return ""
		}
		return strings.TrimSpace(*p)
	}
	return device.Fields{
		UniqueID: strings.TrimSpace(b.UniqueID), DisplayName: strings.TrimSpace(b.DisplayName), Active: b.IsActive == nil || *b.IsActive,
		TemplateGUID: text(b.TemplateGUID), EntityName: text(b.EntityName), GroupName: text(b.GroupName),
	}
}

// vendorNames are the vendor's names of a device's fields.
var vendorNames = map[string]string{
	"unique_id": "uniqueId", "display_name": "displayName", "template_guid": "deviceTemplateGuid", "entity_name": "entityName", "group_name": "groupName", "document": "file",
}

// vendorFault returns err with the fields of hub.Invalid under the vendor's names.
func vendorFault(err error) error {
	bad := (*hub.Invalid)(nil)
	if !errors.As(err, &bad) {
		return err
	}
	out := &hub.Invalid{}
	for _, f := range bad.Fields {
		if name, ok := vendorNames[f.Field]; ok {
			f.Field = name
		}
		out.Fields = append(out.Fields, f)
	}
	return out
}

// AddVendorDevice answers POST /Device. A repeated request with the same Idempotency-Key
// gets the same device.
func (h *Handlers) AddVendorDevice(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.vendorCaller(w, r, writeDevices)
	if err != nil {
		return err
	}
	if team == "" {
		if team, _, err = h.onlyTeam(r.Context(), by); err != nil {
			return err
		}
	}
	if team == "" {
		return fault("solution-key", "You are in several teams, or in none: choose the device's team with the solution-key header.")
	}
	once, err := idempotencyKey(r)
	if err != nil {
		return err
	}
	var body deviceBody
	if err := web.ReadJSON(w, r, &body); err != nil {
		return err
	}
	d, err := h.Devices.Add(r.Context(), by, team, body.fields(), once)
	if err != nil {
		d, err = h.deviceAgain(r, by, err, team, body.fields().UniqueID)
	}
	if err != nil {
		return vendorFault(err)
	}
	w.Header().Set("Location", h.collection(r)+"/"+d.GUID)
	return h.writeVendorDevice(w, r, http.StatusCreated, d, "Device created.")
}

// SaveVendorDevice answers PUT /Device/{guid}.
func (h *Handlers) SaveVendorDevice(w http.ResponseWriter, r *http.Request) error {
	by, guid, seen, err := h.vendorChange(w, r)
	if err != nil {
		return err
	}
	var body deviceBody
	if err := web.ReadJSON(w, r, &body); err != nil {
		return err
	}
	d, err := h.Devices.Replace(r.Context(), by, guid, seen, body.fields())
	if err != nil {
		return vendorFault(err)
	}
	return h.writeVendorDevice(w, r, http.StatusOK, d, "Device updated.")
}

// DeleteVendorDevice answers DELETE /Device/{guid}.
func (h *Handlers) DeleteVendorDevice(w http.ResponseWriter, r *http.Request) error {
	by, guid, seen, err := h.vendorChange(w, r)
	if err != nil {
		return err
	}
	if err := h.Devices.Remove(r.Context(), by, guid, seen); err != nil {
		return err
	}
	return noContent(w)
}

func (h *Handlers) vendorChange(w http.ResponseWriter, r *http.Request) (by hub.Actor, guid string, seen []int64, err error) {
	if by, _, err = h.vendorCaller(w, r, writeDevices); err != nil {
		return by, "", nil, err
	}
	guid, err = vendorGUID(r)
	return by, guid, seenVersions(r), err
}
