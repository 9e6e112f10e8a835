package portal

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"gatepost/db"
	"gatepost/handlers/hub/device"
	"gatepost/handlers/web"
	"gatepost/views/layout"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

func previewAddress(id string) string { return "/team/device-imports/" + id + "/preview" }

// DeviceImportPreview shows what an uploaded file would add, before anything is added.
func (p *Portal) DeviceImportPreview(w http.ResponseWriter, r *http.Request) error {
	preview, err := p.previewOf(r)
	if err != nil {
		return p.noPreview(w, r, err)
	}
	return p.show(w, r, p.previewPage(r, preview))
}

// previewOf returns the preview that the address names.
func (p *Portal) previewOf(r *http.Request) (device.Preview, error) {
	t, _, err := currentTeam(r)
	if err != nil {
		return device.Preview{}, err
	}
	return p.Devices.FindPreview(r.Context(), web.Actor(r), t.ID, r.PathValue("id"))
}

// noPreview leads on where there is no preview any more: to its import, or to the form for another file.
func (p *Portal) noPreview(w http.ResponseWriter, r *http.Request, err error) error {
	switch {
	case errors.Is(err, device.ErrPreviewExpired):
		if err := p.Edge.Flash(w, r, layout.Flash{Tone: "warn", Title: "The preview has expired", Text: "Nothing was added. Choose the file again."}); err != nil {
			return err
		}
		return web.SeeOther(w, r, "/team/device-imports")
	case errors.Is(err, db.ErrNotFound):
		i, _, err := p.deviceImportOf(r)
		if err != nil {
			return err
		}
		return web.SeeOther(w, r, "/team/device-imports/"+i.ID)
	}
	return err
}

func (p *Portal) previewPage(r *http.Request, preview device.Preview) pages.DeviceImportPreview {
	page := pages.DeviceImportPreview{
		Page: p.base(r), ID: preview.ID, FileName: preview.FileName, Expires: preview.ExpiresAt, Encoding: preview.Encoding, Separator: preview.Separator,
		Names: device.ImportColumns, Faults: preview.Faults, Lines: preview.Lines, Ready: preview.Ready, RefusedLines: preview.Refused,
		Kept: len(preview.Lost), Refused: refusedRows(preview.Lost),
	}
	for _, at := range preview.Shown() {
		c := preview.Columns[at]
		page.Columns = append(page.Columns, pages.PreviewColumn{Field: columnField(at), Number: at + 1, Heading: c.Heading, Is: c.Column, Example: c.Example})
	}
	for _, row := range preview.Rows {
		page.Rows = append(page.Rows, pages.PreviewRow{Line: row.Line, Values: row.Values, Refused: row.Refused})
	}
	return page
}

// columnField is the name of the field that says what a column is.
func columnField(at int) string { return "column_" + strconv.Itoa(at) }

// AnswerDeviceImportPreview adds the devices of a preview (do is add), discards its file (discard), or reads it with
// other columns. Columns that differ from those shown are never added unseen.
func (p *Portal) AnswerDeviceImportPreview(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	preview, err := p.previewOf(r)
	if err != nil {
		return p.noPreview(w, r, err)
	}
	t, _, err := currentTeam(r)
	if err != nil {
		return err
	}
	do := form.Get("do")
	if do == "discard" {
		if err := p.Devices.Discard(r.Context(), web.Actor(r), t.ID, preview.ID); err != nil {
			return err
		}
		return p.done(w, r, "/team/device-imports", "The file is discarded. Nothing was added.")
	}
	choice := preview.Choice()
	for _, at := range preview.Shown() {
		if name := columnField(at); form.Has(name) {
			choice[at] = form.Get(name)
		}
		if choice[at] != "" && !slices.Contains(device.ImportColumns, choice[at]) {
			return web.BadRequest("A column can't be %q.", choice[at])
		}
	}
	if !slices.Equal(choice, preview.Choice()) {
		if err := p.Devices.Choose(r.Context(), web.Actor(r), t.ID, preview.ID, choice); err != nil {
			return err
		}
		text := "The columns are changed. Check what would be added."
		if do == "add" {
			text = "Nothing was added yet: the columns are changed. Check the preview, then add the devices."
		}
		return p.done(w, r, previewAddress(preview.ID), text)
	}
	if do != "add" {
		return web.SeeOther(w, r, previewAddress(preview.ID))
	}
	i, err := p.Devices.Confirm(r.Context(), web.Actor(r), t.ID, preview.ID)
	if faults, ok := fieldErrors(err); ok {
		page := p.previewPage(r, preview)
		page.Errors = ui.Errors{{Text: faults[0].Text}}
		return p.again(w, r, page)
	}
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/team/device-imports/"+i.ID)
}

// previewReport is the report of the lines that a preview refuses.
func (p *Portal) previewReport(w http.ResponseWriter, r *http.Request) error {
	preview, err := p.previewOf(r)
	if errors.Is(err, device.ErrPreviewExpired) {
		return web.NotFound()
	}
	if err != nil {
		return err
	}
	return p.sendReport(w, preview.FileName, preview.Lost, reportNote(preview.Refused, len(preview.Lost)))
}
