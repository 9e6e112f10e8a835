package portal

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

const (
	// devicesOnPage is how many devices a page of the list shows.
	devicesOnPage = 25
	// groupsOffered is how many groups the forms offer.
	groupsOffered = 200
)

// deviceSorts are the columns behind the words of pages.DeviceSorts.
var deviceSorts = map[string]db.DeviceSort{
	"": db.SortDisplayName, "name": db.SortDisplayName, "unique_id": db.SortUniqueID, "group": db.SortGroup, "connected": db.SortLastConnection,
}

// deviceQuery reads the filter and the order of a list from the address, and gives back those
// parts of it that mean something. What is not known is left out.
func deviceQuery(r *http.Request) (q db.DeviceQuery, kept url.Values, number int, err error) {
	values := r.URL.Query()
	kept = url.Values{}
	for _, name := range []string{"q", "group", "state", "sort"} {
		v := values.Get(name)
		if name == "q" {
			v = strings.TrimSpace(v)
		}
		if !web.IsText(v) || len(v) > 400 {
			return q, kept, 0, web.BadRequest("The address has a filter that is too long, or not text in UTF-8.")
		}
		if v != "" {
			kept.Set(name, v)
		}
	}
	q.Search = kept.Get("q")
	if group := kept.Get("group"); group == pages.NoGroup {
		q.NoGroup = true
	} else {
		q.GroupName = group
	}
	switch state := kept.Get("state"); state {
	case "active", "inactive":
		active := state == "active"
		q.Active = &active
	default:
		kept.Del("state")
	}
	name, descending := strings.CutPrefix(kept.Get("sort"), "-")
	sort, ok := deviceSorts[name]
	if !ok {
		kept.Del("sort")
		sort, descending = db.SortDisplayName, false
	}
	q.Sort, q.Descending, q.Limit = sort, descending, devicesOnPage
	number, _ = strconv.Atoi(values.Get("page")) // 0: the first
	return q, kept, min(max(number, 1), maxPage), nil
}

// listAddress is the list's with a filter and a page's number.
func listAddress(kept url.Values, number int) string {
	query := url.Values{}
	for name, v := range kept {
		query[name] = v
	}
	if number > 1 {
		query.Set("page", strconv.Itoa(number))
	}
	if len(query) == 0 {
		return "/team/devices"
	}
	return "/team/devices?" + query.Encode()
}

// Devices lists the devices of the team that the visitor may see.
func (p *Portal) Devices(w http.ResponseWriter, r *http.Request) error {
	page, err := p.devicesPage(r)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) devicesPage(r *http.Request) (pages.TeamDevices, error) {
	t, rights, err := team(r)
	if err != nil {
		return pages.TeamDevices{}, err
	}
	page := pages.TeamDevices{Page: p.base(r), CanAdd: rights.Develop, CanSettings: rights.Manage, Issuer: p.Issuer}
	q, kept, number, err := deviceQuery(r)
	if err != nil {
		return page, err
	}
	page.Query = kept
	find := func() ([]db.Device, int, error) {
		q.Offset = (number - 1) * devicesOnPage
		return p.Hub.FindDevices(r.Context(), web.Actor(r), t.ID, q)
	}
	devices, total, err := find()
	if last := (total + devicesOnPage - 1) / devicesOnPage; err == nil && number > max(last, 1) {
		number = max(last, 1) // the page was there once
		devices, total, err = find()
	}
	if err != nil {
		return page, err
	}
	page.Total, page.From = total, q.Offset+1
	for _, d := range devices {
		page.Rows = append(page.Rows, deviceRow(d))
	}
	if number > 2 {
		page.First = listAddress(kept, 1)
	}
	if number > 1 {
		page.Prev = listAddress(kept, number-1)
	}
	if q.Offset+len(devices) < total {
		page.Next = listAddress(kept, number+1)
	}
	if page.Groups, err = p.Hub.DeviceGroups(r.Context(), web.Actor(r), t.ID, groupsOffered); err != nil {
		return page, err
	}
	if !rights.Develop {
		page.WhoCan, err = p.whoCan(r.Context(), t.ID, "grant you devices")
		return page, err
	}
	page.Many.Viewers, err = p.viewerBoxes(r, t.ID, nil)
	return page, err
}

// viewerBoxes are the viewers of a team, those with the ids ticked.
func (p *Portal) viewerBoxes(r *http.Request, teamID string, ticked []string) (out []pages.DeviceViewer, err error) {
	viewers, err := p.Hub.TeamViewers(r.Context(), web.Actor(r), teamID)
	for _, v := range viewers {
		out = append(out, pages.DeviceViewer{ID: v.PersonID, Name: v.Name, Email: v.Email, Checked: slices.Contains(ticked, v.PersonID)})
	}
	return out, err
}

// mostTicked is how many devices may be ticked at once; a page has fewer.
const mostTicked = 500

// ChangeDevices groups or grants the devices that were ticked, or all that the list's filter
// leaves, for which it asks back first.
func (p *Portal) ChangeDevices(w http.ResponseWriter, r *http.Request) error {
	t, rights, err := team(r)
	if err != nil {
		return err
	}
	if !rights.Develop {
		return &hub.Forbidden{What: "change devices", WhoCan: "An admin of the team can give you the role developer."}
	}
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	q, kept, number, err := deviceQuery(r)
	if err != nil {
		return err
	}
	do := form.Get("do")
	if !slices.Contains([]string{"group", "grant", "take"}, do) || len(form["device"]) > mostTicked || len(form["viewer"]) > mostTicked {
		return web.BadRequest("Send the form from the page of the devices.")
	}
	all := form.Get("which") == "all"
	if !all {
		q = db.DeviceQuery{GUIDs: append([]string{}, form["device"]...), Limit: 2}
	}
	named, total, err := p.Hub.FindDevices(r.Context(), web.Actor(r), t.ID, q)
	if err != nil {
		return err
	}
	many := hub.ManyDevices{TeamID: t.ID, Query: q, Words: devicesWords(named, total, all)}
	var done string
	switch {
	case total == 0:
		err = &hub.Invalid{Fields: []hub.FieldError{{Field: "device", Message: "Tick at least one device on the list."}}}
	case all && form.Get("confirm") == "" && (do == "group" || len(form["viewer"]) > 0):
		return p.askBack(w, r, t, kept, form, total)
	case do == "group":
		var n int
		n, err = p.Hub.GroupDevices(r.Context(), web.Actor(r), many, form.Get("new_group"))
		done = groupedWords(n, strings.TrimSpace(form.Get("new_group")))
	default:
		var n int
		n, err = p.Hub.ShareDevices(r.Context(), web.Actor(r), many, form["viewer"], do == "take")
		done = sharedWords(n, do == "take")
	}
	if faults, ok := fieldErrors(err); ok {
		return p.chooseAgain(w, r, form, faults)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, listAddress(kept, number), done)
}

// devicesWords names devices for the audit log.
func devicesWords(named []db.Device, total int, all bool) string {
	if all || len(named) == 0 {
		return ui.Number(total) + " devices of a list"
	}
	words := named[0].DisplayName
	switch {
	case total == 2 && len(named) > 1:
		words += " and " + named[1].DisplayName
	case total > 1:
		words += " and " + ui.Number(total-1) + " more"
	}
	return words
}

func groupedWords(n int, group string) string {
	switch {
	case n == 0:
		return "Nothing changed: the devices were grouped so before."
	case group == "":
		return plural(n, "device is", "devices are") + " in no group now."
	}
	return plural(n, "device is", "devices are") + " in the group " + group + " now."
}

func sharedWords(n int, take bool) string {
	switch {
	case n == 0 && take:
		return "Nothing changed: these viewers did not see the devices."
	case n == 0:
		return "Nothing changed: these viewers saw the devices before."
	case take:
		return plural(n, "grant was", "grants were") + " taken back."
	}
	return plural(n, "grant was", "grants were") + " made."
}

// chooseAgain shows the list again with what is wrong with the form of several devices.
func (p *Portal) chooseAgain(w http.ResponseWriter, r *http.Request, form url.Values, faults ui.Errors) error {
	page, err := p.devicesPage(r)
	if err != nil {
		return err
	}
	for i := range faults {
		if faults[i].Field == "group" {
			faults[i].Field = "new_group"
		}
	}
	page.Many.Which, page.Many.Group, page.Many.Ticked, page.Many.Errors = form.Get("which"), form.Get("new_group"), form["device"], faults
	for i, v := range page.Many.Viewers {
		page.Many.Viewers[i].Checked = slices.Contains(form["viewer"], v.ID)
	}
	return p.again(w, r, page)
}

// askBack says what a change of all devices of a list does, before it is done.
func (p *Portal) askBack(w http.ResponseWriter, r *http.Request, t db.Team, kept url.Values, form url.Values, total int) error {
	page := pages.DevicesConfirm{Page: p.base(r), Query: kept, Do: form.Get("do"), Group: strings.TrimSpace(form.Get("new_group")), Viewers: form["viewer"]}
	viewers, err := p.viewerBoxes(r, t.ID, form["viewer"])
	if err != nil {
		return err
	}
	var names []string
	for _, v := range viewers {
		if v.Checked {
			names = append(names, v.Name)
		}
	}
	which := plural(total, "device", "devices")
	who := strings.Join(names, ", ")
	switch {
	case page.Do == "grant":
		page.Title = "Grant " + which
		page.Facts = []string{"These viewers see " + which + " from then on, and so do the tokens that act for them: " + who + "."}
	case page.Do == "take":
		page.Title = "Take back " + which
		page.Facts = []string{"These viewers lose " + which + " at once, and so do the tokens that act for them: " + who + "."}
	case page.Group == "":
		page.Title = "Ungroup " + which
		page.Facts = []string{"They are in no group from then on. Which group they were in is not kept."}
	default:
		page.Title = "Group " + which
		page.Facts = []string{"They are in the group " + page.Group + " from then on. Which group they were in is not kept."}
	}
	page.Facts = append(page.Facts, filterWords(kept))
	return p.show(w, r, page)
}

// filterWords says which devices a list has.
func filterWords(kept url.Values) string {
	var parts []string
	if v := kept.Get("q"); v != "" {
		parts = append(parts, "with "+v+" in the name or the unique id")
	}
	switch v := kept.Get("group"); v {
	case "":
	case pages.NoGroup:
		parts = append(parts, "in no group")
	default:
		parts = append(parts, "in the group "+v)
	}
	if v := kept.Get("state"); v != "" {
		parts = append(parts, v)
	}
	if len(parts) == 0 {
		return "These are all devices of the team."
	}
	return "These are the team's devices " + strings.Join(parts, ", ") + "."
}
