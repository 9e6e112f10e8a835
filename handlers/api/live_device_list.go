package api

import (
	"net/http"
	"net/url"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/web"
)

// livePageSize is the number of devices of a page below /api/v2.1, unless the request says another.
const livePageSize = 100

// liveFilters are the parameters of the vendor's client for a list of devices, in lower case.
var liveFilters = []string{"templateguid", "entityguid", "status", "acquired", "isedge", "isgateway", "wireless"}

// LiveDevices answers GET /api/v2.1/Device.
func (h *Handlers) LiveDevices(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.vendorCaller(w, r, readDevices)
	if err != nil {
		return err
	}
	q, none, err := h.liveQuery(r, by, team)
	if err != nil {
		return err
	}
	var (
		rows  []db.Device
		total int
	)
	if !none {
		if rows, total, err = h.Devices.Find(r.Context(), by, team, q); err != nil {
			return err
		}
	}
	list, err := h.liveDevices(r, by, rows)
	if err != nil {
		return err
	}
	return writeLivePage(w, "Devices listed.", total, list)
}

// LiveCount answers GET /api/v2.1/Device/count.
func (h *Handlers) LiveCount(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.vendorCaller(w, r, readDevices)
	if err != nil {
		return err
	}
	q, none, err := h.liveQuery(r, by, team)
	if err != nil {
		return err
	}
	total := 0
	if q.Limit = 0; !none {
		if _, total, err = h.Devices.Find(r.Context(), by, team, q); err != nil {
			return err
		}
	}
	return writeLivePage(w, "Devices counted.", total, []int{total})
}

// liveQuery reads the parameters of a list, whose names are in any case. none says that no device has
// what they ask for.
func (h *Handlers) liveQuery(r *http.Request, by hub.Actor, team string) (q db.DeviceQuery, none bool, err error) {
	values, err := spellParams(r.URL.Query())
	if err != nil {
		return q, false, err
	}
	if values.Get("pageSize") == "" {
		values["pageSize"] = nil
	}
	part := values.Get("uniqueId") // here a part of it, as the vendor's client says
	values.Del("uniqueId")
	if q, _, err = vendorQuery(values); err != nil {
		return q, false, err
	}
	if values.Get("pageSize") == "" {
		q.Limit = livePageSize
		q.Offset = q.Offset / defaultPageSize * livePageSize
	}
	q.UniqueIDPart = part
	if guid := values.Get("templateguid"); guid != "" {
		q.TemplateGUID = guid
	}
	switch status := strings.ToLower(values.Get("status")); status {
	case "":
	case "active", "inactive":
		q.Active = new(status == "active")
	default:
		return q, false, fault("Status", "Write active or inactive.")
	}
	switch strings.ToLower(values.Get("acquired")) {
	case "":
	case "acquired":
		q.Connected = new(true)
	case "released":
		q.Connected = new(false)
	case "inprogress":
		none = true
	default:
		return q, false, fault("Acquired", "Write acquired, released or inprogress.")
	}
	for _, name := range []string{"isedge", "isgateway", "wireless"} {
		// Nothing in the portal is a gateway or wireless, and edge support is the template's.
		none = none || strings.EqualFold(values.Get(name), "true")
	}
	guid := values.Get("entityguid")
	if guid == "" {
		return q, none, nil
	}
	if team == "" {
		return q, false, fault("solution-key", "You are in several teams, or in none: choose one with the solution-key header.")
	}
	t, err := h.DB.Team(r.Context(), team)
	if err != nil {
		return q, false, err
	}
	switch e, err := h.entity(r, by, t, guid); {
	case isNone(err):
		none = true
	case err != nil:
		return q, false, err
	case e.Parent != nil:
		q.GroupName = e.Name
	}
	return q, none, nil
}

// spellParams returns the parameters of a list under the names that vendorQuery reads, and those of
// liveFilters in lower case. Others are left out.
func spellParams(sent url.Values) (url.Values, error) {
	out := url.Values{}
	for name, values := range sent {
		for _, known := range append(liveFilters, vendorParams...) {
			if !strings.EqualFold(name, known) {
				continue
			}
			if out[known] = append(out[known], values...); len(out[known]) > 1 {
				return nil, fault(known, "Send this only once.")
			}
			if v := out.Get(known); len(v) > maxValue || !web.IsText(v) {
				return nil, fault(known, "Write at most 400 bytes of UTF-8 text without NUL.")
			}
		}
	}
	return out, nil
}
