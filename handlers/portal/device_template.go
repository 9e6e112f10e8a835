package portal

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/device"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

func templateRow(t db.DeviceTemplateRow) pages.TemplateRow {
	return pages.TemplateRow{
		GUID: t.GUID, Code: t.Code, Name: t.Name, Tag: t.Tag, Attributes: t.Attributes, Commands: t.Commands, Devices: t.Devices, Changed: t.UpdatedAt,
	}
}

// DeviceTemplates lists the device templates of the team that the visitor may see.
func (p *Portal) DeviceTemplates(w http.ResponseWriter, r *http.Request) error {
	t, rights, err := currentTeam(r)
	if err != nil {
		return err
	}
	search := strings.TrimSpace(r.URL.Query().Get("q"))
	if !web.IsText(search) || len(search) > 400 {
		return web.BadRequest("The filter in the address is too long, or isn't UTF-8 text.")
	}
	page := pages.DeviceTemplates{Page: p.base(r), Search: search, CanAdd: rights.Develop}
	list, err := p.Devices.Templates(r.Context(), web.Actor(r), t.ID, search)
	if err != nil {
		return err
	}
	for _, row := range list {
		page.Rows = append(page.Rows, templateRow(row))
	}
	if !rights.Develop {
		if page.WhoCan, err = p.whoCan(r.Context(), t.ID, "grant you devices"); err != nil {
			return err
		}
	}
	return p.show(w, r, page)
}

// templateOf returns the template that the address names, and what the visitor may do in its team,
// which need not be the one that they work in.
func (p *Portal) templateOf(r *http.Request) (db.DeviceTemplateRow, hub.Rights, error) {
	t, err := p.Devices.Template(r.Context(), web.Actor(r), "", r.PathValue("template"))
	if err != nil {
		return t, hub.Rights{}, err
	}
	rights, err := p.Hub.Rights(r.Context(), web.Actor(r), t.TeamID)
	return t, rights, err
}

// changedTemplate is templateOf for a page that changes the template. what completes "You may not".
func (p *Portal) changedTemplate(r *http.Request, what string) (db.DeviceTemplateRow, error) {
	t, rights, err := p.templateOf(r)
	if err == nil && !rights.Develop {
		err = &hub.Forbidden{What: what, WhoCan: hub.DeveloperByAdmin}
	}
	return t, err
}

// DeviceTemplate shows what a template says, and how many devices use it.
func (p *Portal) DeviceTemplate(w http.ResponseWriter, r *http.Request) error {
	t, rights, err := p.templateOf(r)
	if err != nil {
		return err
	}
	page := pages.DeviceTemplate{
		Page: p.base(r), Row: templateRow(t), AuthType: t.AuthType, MessageVersion: t.MessageVersion, EdgeSupport: t.EdgeSupport, IotEdge: t.IotEdge, Greengrass: t.GreenGrass,
		Added: t.CreatedAt, CanChange: rights.Develop,
	}
	parts := device.PartsOf(t.Document)
	for _, a := range parts.Attributes {
		page.Attributes = append(page.Attributes, pages.TemplateAttribute{Name: a.Name, Type: a.Type, Unit: a.Unit, Text: a.Description})
	}
	for _, c := range parts.Commands {
		page.Commands = append(page.Commands, pages.TemplateCommand(c))
	}
	return p.show(w, r, page)
}

// DeviceTemplateJSON is a template's document as a file.
func (p *Portal) DeviceTemplateJSON(w http.ResponseWriter, r *http.Request) error {
	t, _, err := p.templateOf(r)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", "attachment; filename=\"template.json\"; filename*=UTF-8''"+url.PathEscape(t.Code+"_template.json"))
	_, _ = w.Write(t.Document) // a client that is gone can't be told
	return nil
}

// ImportTemplateForm is the form to import a device template.
func (p *Portal) ImportTemplateForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.importTemplatePage(r)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) importTemplatePage(r *http.Request) (pages.DeviceTemplateForm, error) {
	_, rights, err := currentTeam(r)
	if err == nil && !rights.Develop {
		err = &hub.Forbidden{What: "import device templates", WhoCan: hub.DeveloperByAdmin}
	}
	return pages.DeviceTemplateForm{Page: p.base(r), Once: once(), MaxKB: device.MaxTemplateSize >> 10}, err
}

// ImportTemplate takes the JSON of a template as a file, or as a text of that name.
func (p *Portal) ImportTemplate(w http.ResponseWriter, r *http.Request) error {
	page, err := p.importTemplatePage(r)
	if err != nil {
		return err
	}
	t, _, err := currentTeam(r)
	if err != nil {
		return err
	}
	document, form, err := templateDocument(w, r)
	var made db.DeviceTemplate
	if err == nil {
		made, err = p.Devices.AddTemplate(r.Context(), web.Actor(r), t.ID, document, form.Get("once"))
	}
	var again *hub.AlreadyDone
	if errors.As(err, &again) {
		return web.SeeOther(w, r, "/team/device-templates/"+again.Target)
	}
	if faults, ok := templateFaults(err); ok {
		page.Text, page.Errors = string(document), faults
		return p.again(w, r, page)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, "/team/device-templates/"+made.GUID, "The template "+made.Name+" is imported.")
}

// templateDocument reads the form of a template's JSON. The text is empty if it can't be shown again.
func templateDocument(w http.ResponseWriter, r *http.Request) (document []byte, form url.Values, err error) {
	upload, err := web.ReadUpload(w, r, device.MaxTemplateSize)
	if err != nil {
		return nil, nil, err
	}
	defer upload.Drain()
	if upload.File != nil {
		document, err = io.ReadAll(upload.File)
	}
	switch {
	case errors.Is(err, web.ErrFileTooLarge):
		return nil, nil, hub.BadField("document", "The JSON is larger than %d KB. Remove what isn't part of the template.", device.MaxTemplateSize>>10)
	case err != nil:
		return nil, nil, err
	case !web.IsText(string(document)):
		return nil, nil, hub.BadField("document", "The file isn't text in UTF-8. Save it as UTF-8 and try again.")
	}
	return bytes.TrimPrefix(document, []byte("\xef\xbb\xbf")), upload.Form, nil
}

// templateFaults returns what a form of a template's JSON shows after an error: all of it at the text, in
// which it can be fixed.
func templateFaults(err error) (ui.Errors, bool) {
	if errors.Is(err, hub.ErrTemplateExists) {
		return ui.Errors{{Field: "text", Text: "code: " + err.Error() + " Write another code."}}, true
	}
	faults, ok := fieldErrors(err)
	for i, f := range faults {
		if f.Field != "document" {
			faults[i].Text = f.Field + ": " + f.Text
		}
		faults[i].Field = "text"
	}
	return faults, ok
}

// EditTemplateForm is the form to change a template's JSON.
func (p *Portal) EditTemplateForm(w http.ResponseWriter, r *http.Request) error {
	t, err := p.changedTemplate(r, "change device templates")
	if err != nil {
		return err
	}
	return p.show(w, r, p.editTemplatePage(r, t))
}

func (p *Portal) editTemplatePage(r *http.Request, t db.DeviceTemplateRow) pages.DeviceTemplateForm {
	row := templateRow(t)
	return pages.DeviceTemplateForm{Page: p.base(r), Row: &row, Version: t.Version, MaxKB: device.MaxTemplateSize >> 10, Text: string(t.Document)}
}

// SaveTemplate replaces a template's JSON. If somebody else has changed it since the form was opened, the
// form comes back with both texts.
func (p *Portal) SaveTemplate(w http.ResponseWriter, r *http.Request) error {
	t, err := p.changedTemplate(r, "change device templates")
	if err != nil {
		return err
	}
	page := p.editTemplatePage(r, t)
	document, form, err := templateDocument(w, r)
	if err == nil {
		page.Version, _ = strconv.ParseInt(form.Get("version"), 10, 64) // 0 is no version
		_, err = p.Devices.ReplaceTemplate(r.Context(), web.Actor(r), t.TeamID, t.GUID, []int64{page.Version}, document)
	}
	if errors.Is(err, hub.ErrTemplateChanged) {
		page.Current, page.Text, page.Version = string(t.Document), string(document), t.Version
		page.Errors = ui.Errors{{Field: "text", Text: "Somebody changed this template while you were editing it. Compare both texts, then save again."}}
		return web.Render(w, r, http.StatusConflict, page)
	}
	if faults, ok := templateFaults(err); ok {
		page.Text, page.Errors = string(document), faults
		return p.again(w, r, page)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, "/team/device-templates/"+t.GUID, "The template is saved.")
}

// RemoveTemplateForm asks for the template's name before it is deleted.
func (p *Portal) RemoveTemplateForm(w http.ResponseWriter, r *http.Request) error {
	page, _, err := p.removeTemplatePage(r)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) removeTemplatePage(r *http.Request) (pages.DeviceTemplateRemove, db.DeviceTemplateRow, error) {
	t, err := p.changedTemplate(r, "delete device templates")
	if err == nil && t.Devices > 0 {
		err = &hub.InUse{Devices: t.Devices}
	}
	return pages.DeviceTemplateRemove{Page: p.base(r), Row: templateRow(t), Facts: []string{
		"The template " + t.Name + " (" + t.Code + ") is removed with its JSON. Download the JSON first if you may need it again.",
		"No device uses it. A template imported later gets a new GUID, even from the same JSON.",
	}}, t, err
}

// RemoveTemplate deletes a template when its name was typed.
func (p *Portal) RemoveTemplate(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	page, t, err := p.removeTemplatePage(r)
	if err != nil {
		return err
	}
	if faults := wrongName(form, "template", t.Name); faults != nil {
		page.Errors = faults
		return p.again(w, r, page)
	}
	if err := p.Devices.RemoveTemplate(r.Context(), web.Actor(r), t.TeamID, t.GUID, nil); err != nil {
		return err
	}
	return p.done(w, r, "/team/device-templates", "The template "+t.Name+" is deleted.")
}
