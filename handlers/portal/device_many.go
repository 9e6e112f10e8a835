package portal

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/device"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// mostTicked is how many devices may be ticked at a time; a page has fewer.
const mostTicked = 500

// ChangeDevices groups or grants the devices that were ticked, or all that the list's filter
// leaves, for which it asks back first.
func (p *Portal) ChangeDevices(w http.ResponseWriter, r *http.Request) error {
	t, rights, err := currentTeam(r)
	if err != nil {
		return err
	}
	if !rights.Develop {
		return &hub.Forbidden{What: "change devices", WhoCan: hub.DeveloperByAdmin}
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
	if !slices.Contains([]string{"group", "template", "grant", "take"}, do) || len(form["guids"]) > mostTicked || len(form["viewers"]) > mostTicked {
		return web.BadRequest("Send the form from the page of the devices.")
	}
	all := form.Get("which") == "all"
	if !all {
		q = db.DeviceQuery{GUIDs: append([]string{}, form["guids"]...), Limit: 2}
	}
	named, total, err := p.Devices.Find(r.Context(), web.Actor(r), t.ID, q)
	if err != nil {
		return err
	}
	many := device.Many{TeamID: t.ID, Query: q, Words: device.Words(named, total, all)}
	var done string
	switch {
	case total == 0:
		err = &hub.Invalid{Fields: []hub.FieldError{{Field: "guids", Message: "Tick at least one device in the list."}}}
	case all && form.Get("confirm") == "" && (do == "group" || do == "template" || len(form["viewers"]) > 0):
		return p.askBack(w, r, t, kept, form, total)
	case do == "group":
		var n int
		n, err = p.Devices.GroupMany(r.Context(), web.Actor(r), many, form.Get("new_group"))
		done = groupedWords(n, strings.TrimSpace(form.Get("new_group")))
	case do == "template":
		var n int
		n, err = p.Devices.TemplateMany(r.Context(), web.Actor(r), many, form.Get("new_template"))
		done = templatedWords(n, form.Get("new_template"))
	default:
		var n int
		n, err = p.Devices.ShareMany(r.Context(), web.Actor(r), many, form["viewers"], do == "take")
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

func groupedWords(n int, group string) string {
	switch {
	case n == 0:
		return "Nothing changed: the devices are already grouped like that."
	case group == "":
		return words.Count(n, "device is", "devices are") + " in no group now."
	}
	return words.Count(n, "device is", "devices are") + " in the group " + group + " now."
}

func templatedWords(n int, guid string) string {
	switch {
	case n == 0:
		return "Nothing changed: the devices already have this template."
	case guid == "":
		return words.Count(n, "device has", "devices have") + " no template now."
	}
	return words.Count(n, "device has", "devices have") + " the template now."
}

func sharedWords(n int, take bool) string {
	switch {
	case n == 0 && take:
		return "Nothing changed: these viewers couldn't see the devices."
	case n == 0:
		return "Nothing changed: these viewers already see the devices."
	case take:
		return words.Count(n, "grant was", "grants were") + " revoked."
	}
	return words.Count(n, "grant was", "grants were") + " made."
}

// chooseAgain shows the list again with what is wrong with the form of several devices.
func (p *Portal) chooseAgain(w http.ResponseWriter, r *http.Request, form url.Values, faults ui.Errors) error {
	page, err := p.devicesPage(r)
	if err != nil {
		return err
	}
	faults.Move("group_name", "new_group")
	faults.Move("template_guid", "new_template")
	faults.Move("grant", "viewers")
	faults.Move("take", "viewers")
	page.Many.Which, page.Many.Group, page.Many.Template, page.Many.Ticked, page.Many.Errors = form.Get("which"), form.Get("new_group"), form.Get("new_template"), form["guids"], faults
	for i, v := range page.Many.Viewers {
		page.Many.Viewers[i].Checked = slices.Contains(form["viewers"], v.ID)
	}
	return p.again(w, r, page)
}

// askBack says what a change of all devices of a list does, before it is done.
func (p *Portal) askBack(w http.ResponseWriter, r *http.Request, t db.Team, kept url.Values, form url.Values, total int) error {
	page := pages.DevicesConfirm{Page: p.base(r), Query: kept, Do: form.Get("do"), Group: strings.TrimSpace(form.Get("new_group")), Template: form.Get("new_template"), Viewers: form["viewers"]}
	viewers, err := p.viewerBoxes(r, t.ID, form["viewers"])
	if err != nil {
		return err
	}
	var names []string
	for _, v := range viewers {
		if v.Checked {
			names = append(names, v.Name)
		}
	}
	templates, err := p.templateNames(r, t.ID)
	if err != nil {
		return err
	}
	which := words.Count(total, "device", "devices")
	who := strings.Join(names, ", ")
	switch {
	case page.Do == "grant":
		page.Title = "Grant " + which
		page.Facts = []string{"These viewers see " + which + " from then on, and so do the tokens that act for them: " + who + "."}
	case page.Do == "take":
		page.Title = "Revoke " + which
		page.Facts = []string{"These viewers lose " + which + " immediately, and so do the tokens that act for them: " + who + "."}
	case page.Do == "template" && page.Template == "":
		page.Title = "Set " + which + " to no template"
		page.Facts = []string{"Each one loses its current template."}
	case page.Do == "template":
		page.Title = "Set the template of " + which
		page.Facts = []string{"Each one gets the template " + templates.Of(page.Template).Label() + " instead of its current one."}
	case page.Group == "":
		page.Title = "Ungroup " + which
		page.Facts = []string{"Each one leaves its current group."}
	default:
		page.Title = "Group " + which
		page.Facts = []string{"Each one moves to the group " + page.Group + " and leaves its current one."}
	}
	page.Facts = append(page.Facts, filterWords(kept, templates))
	return p.show(w, r, page)
}
