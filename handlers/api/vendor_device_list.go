package api

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/web"
)

type vendorList struct {
	Data    []vendorDevice  `json:"data"`
	Status  int             `json:"status"`
	Message string          `json:"message"`
	Count   int             `json:"count"` // on all pages
	Links   map[string]link `json:"_links"`
}

// The size of pages, and of their parameters.
const (
	defaultPageSize = 50
	maxPageSize     = 500
	maxPageNumber   = 1_000_000
	maxValue        = 400 // bytes of a filter, as no field is longer
)

// VendorDevices answers GET /api/v1.1/Device and /api/v2/Device.
func (h *Handlers) VendorDevices(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.vendorCaller(w, r, readDevices)
	if err != nil {
		return err
	}
	q, number, err := vendorQuery(r.URL.Query())
	if err != nil {
		return err
	}
	rows, total, err := h.Devices.Find(r.Context(), by, team, q)
	if err != nil {
		return err
	}
	out := vendorList{Data: make([]vendorDevice, len(rows)), Status: http.StatusOK, Message: "Devices listed.", Count: total}
	for i, d := range rows {
		out.Data[i] = h.vendorDevice(r, d)
	}
	out.Links = h.pageLinks(r, q.Limit, number, total)
	return web.WriteJSON(w, http.StatusOK, out)
}

// pageLinks returns the list's own address and those of the previous and next pages.
func (h *Handlers) pageLinks(r *http.Request, size, number, total int) map[string]link {
	at := func(n int) link {
		query := r.URL.Query()
		query.Set("pageNumber", strconv.Itoa(n))
		query.Set("pageSize", strconv.Itoa(size))
		return link{h.collection(r) + "?" + query.Encode()}
	}
	links := map[string]link{"self": at(number)}
	if number*size < total {
		links["next"] = at(number + 1)
	}
	if number > 1 {
		links["prev"] = at(min(number-1, max(1, (total+size-1)/size))) // beyond the end, the last page
	}
	return links
}

// vendorSorts are the values of sortBy, in lower case.
var vendorSorts = map[string]db.DeviceSort{
	"displayname": db.SortDisplayName, "uniqueid": db.SortUniqueID, "isactive": db.SortActive, "devicetemplateguid": db.SortTemplate,
	"entityname": db.SortEntity, "groupname": db.SortGroup, "lastconnection": db.SortLastConnection,
}

// vendorParams are the query parameters of a list.
var vendorParams = []string{"pageSize", "pageNumber", "sortBy", "searchText", "isActive", "uniqueId", "deviceTemplateGuid", "entityName", "groupName"}

// vendorQuery reads the parameters of a list; unknown ones are ignored.
func vendorQuery(values url.Values) (q db.DeviceQuery, number int, err error) {
	bad := &hub.Invalid{}
	wrong := func(param, text string) {
		bad.Fields = append(bad.Fields, hub.FieldError{Field: param, Message: text})
	}
	for _, name := range vendorParams {
		if len(values[name]) > 1 {
			wrong(name, "Send this only once.")
		} else if v := values.Get(name); len(v) > maxValue || !web.IsText(v) {
			wrong(name, "Write at most "+strconv.Itoa(maxValue)+" bytes of UTF-8 text without NUL.")
		}
	}
	whole := func(param string, otherwise, most int) int {
		text := values.Get(param)
		if text == "" {
			return otherwise
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > most {
			wrong(param, "Write a number from 1 to "+strconv.Itoa(most)+".")
			return otherwise
		}
		return n
	}
	q.Limit = whole("pageSize", defaultPageSize, maxPageSize)
	number = whole("pageNumber", 1, maxPageNumber)
	q.Offset = (number - 1) * q.Limit
	q.Search, q.UniqueID, q.TemplateGUID = strings.TrimSpace(values.Get("searchText")), values.Get("uniqueId"), values.Get("deviceTemplateGuid")
	q.EntityName, q.GroupName = values.Get("entityName"), values.Get("groupName")
	if text := values.Get("isActive"); text != "" {
		active := strings.EqualFold(text, "true")
		if !active && !strings.EqualFold(text, "false") {
			wrong("isActive", "Write true or false.")
		}
		q.Active = &active
	}
	if text := values.Get("sortBy"); text != "" {
		var ok bool
		if q.Sort, q.Descending, ok = vendorSort(text); !ok {
			wrong("sortBy", "Write one of displayName, uniqueId, isActive, deviceTemplateGuid, entityName, groupName, lastConnection, followed by asc or desc, or with - in front.")
		}
	}
	if len(bad.Fields) > 0 {
		return q, number, bad
	}
	return q, number, nil
}

// vendorSort reads displayName, -displayName, displayName asc or displayName desc.
func vendorSort(text string) (column db.DeviceSort, descending, ok bool) {
	words := strings.Fields(strings.ToLower(text))
	if len(words) == 0 || len(words) > 2 {
		return "", false, false
	}
	name, descending := strings.CutPrefix(words[0], "-")
	if len(words) == 2 {
		if descending || !slices.Contains([]string{"asc", "desc"}, words[1]) {
			return "", false, false
		}
		descending = words[1] == "desc"
	}
	column, ok = vendorSorts[name]
	return column, descending, ok
}

// VendorCount answers GET /Device/count.
func (h *Handlers) VendorCount(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.vendorCaller(w, r, readDevices)
	if err != nil {
		return err
	}
	q, _, err := vendorQuery(r.URL.Query())
	if err != nil {
		return err
	}
	q.Limit = 0
	_, total, err := h.Devices.Find(r.Context(), by, team, q)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, struct {
		Data    int    `json:"data"`
		Status  int    `json:"status"`
		Message string `json:"message"`
		Count   int    `json:"count"`
	}{total, http.StatusOK, "Devices counted.", total})
}
