package portal

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"gatepost/db"
	"gatepost/handlers/web"
	"gatepost/views/pages"
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

// deviceQuery reads the filter and the order of a list from the address, and returns those
// parts of it that mean something. What is not known is left out.
func deviceQuery(r *http.Request) (q db.DeviceQuery, kept url.Values, number int, err error) {
	values := r.URL.Query()
	kept = url.Values{}
	for _, name := range []string{"q", "group", "template", "state", "sort"} {
		v := values.Get(name)
		if name == "q" {
			v = strings.TrimSpace(v)
		}
		if !web.IsText(v) || len(v) > 400 {
			return q, kept, 0, web.BadRequest("The filter in the address is too long, or isn't UTF-8 text.")
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
	if template := kept.Get("template"); template == pages.NoTemplate {
		q.NoTemplate = true
	} else {
		q.TemplateGUID = template
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
	from := ""
	if number > 1 {
		from = strconv.Itoa(number)
	}
	return pageAddress("/team/devices", kept, "page", from)
}

// DeviceList lists the devices of the team that the visitor may see.
func (p *Portal) DeviceList(w http.ResponseWriter, r *http.Request) error {
	page, err := p.devicesPage(r)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) devicesPage(r *http.Request) (pages.Devices, error) {
	t, rights, err := currentTeam(r)
	if err != nil {
		return pages.Devices{}, err
	}
	page := pages.Devices{Page: p.base(r), CanAdd: rights.Develop, CanSettings: rights.Manage, Issuer: p.Issuer}
	q, kept, number, err := deviceQuery(r)
	if err != nil {
		return page, err
	}
	for name, what := range map[string]string{"state": "state", "sort": "order"} {
		if r.URL.Query().Get(name) != "" && kept.Get(name) == "" {
			leftOut(&page.Page, what)
		}
	}
	page.Query = kept
	find := func() ([]db.Device, int, error) {
		q.Offset = (number - 1) * devicesOnPage
		return p.Devices.Find(r.Context(), web.Actor(r), t.ID, q)
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
	if page.Templates, err = p.templateNames(r, t.ID); err != nil {
		return page, err
	}
	for _, d := range devices {
		page.Rows = append(page.Rows, deviceRow(d, page.Templates))
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
	if page.Groups, err = p.Devices.Groups(r.Context(), web.Actor(r), t.ID, groupsOffered); err != nil {
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
	viewers, err := p.Devices.TeamViewers(r.Context(), web.Actor(r), teamID)
	for _, v := range viewers {
		out = append(out, pages.DeviceViewer{ID: v.PersonID, Name: v.Name, Email: v.Email, Checked: slices.Contains(ticked, v.PersonID)})
	}
	return out, err
}

// templateNames are the templates of a team that the visitor may see.
func (p *Portal) templateNames(r *http.Request, teamID string) (out pages.TemplateNames, err error) {
	list, err := p.Devices.TemplateNames(r.Context(), web.Actor(r), teamID)
	for _, t := range list {
		out = append(out, pages.TemplateName{GUID: t.GUID, Name: t.Name, Code: t.Code})
	}
	return out, err
}

// filterWords says which devices a list has.
func filterWords(kept url.Values, templates pages.TemplateNames) string {
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
	switch v := kept.Get("template"); v {
	case "":
	case pages.NoTemplate:
		parts = append(parts, "without a template")
	default:
		parts = append(parts, "with the template "+templates.Of(v).Label())
	}
	if v := kept.Get("state"); v != "" {
		parts = append(parts, v)
	}
	if len(parts) == 0 {
		return "These are all devices of the team."
	}
	return "These are the team's devices " + strings.Join(parts, ", ") + "."
}
