package portal

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"gatepost/db"
	"gatepost/handlers/apidoc"
	"gatepost/handlers/hub/catalogue"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// readDocument returns what is kept with a document.
func readDocument(d db.APIDocument) (facts apidoc.Facts, findings []apidoc.Finding, err error) {
	return apidoc.DecodeFacts(d.Facts, d.Findings)
}

func findingRows(findings []apidoc.Finding) (out []pages.APIFinding) {
	for _, f := range findings {
		out = append(out, pages.APIFinding(f))
	}
	return out
}

// SaveDocument takes an API's document as a file, or as a text of that name.
func (p *Portal) SaveDocument(w http.ResponseWriter, r *http.Request) error {
	page, _, err := p.apiPage(r)
	if err != nil {
		return err
	}
	upload, err := web.ReadUpload(w, r, apidoc.MaxBytes)
	if err != nil {
		return err
	}
	defer upload.Drain()
	var text []byte
	if upload.File != nil {
		text, err = io.ReadAll(upload.File)
	}
	switch {
	case errors.Is(err, web.ErrFileTooLarge):
		page.Errors = ui.Errors{{Field: "file", Text: "The document is larger than 16 MB. Split it into several documents."}}
		return p.again(w, r, page)
	case err != nil:
		return err
	case len(text) == 0:
		page.Errors = ui.Errors{{Field: "file", Text: "Choose a file, or paste the text."}}
		return p.again(w, r, page)
	}
	if upload.Name == "" {
		page.Text = strings.ToValidUTF8(string(text), "�")
	}
	return p.takeDocument(w, r, page, text, "")
}

// FetchDocument fetches an API's document from the address that the owner names.
func (p *Portal) FetchDocument(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	page, _, err := p.apiPage(r)
	if err != nil {
		return err
	}
	page.Address = strings.TrimSpace(form.Get("address"))
	refuse := func(text string) error {
		page.Errors = ui.Errors{{Field: "address", Text: text}}
		return p.again(w, r, page)
	}
	if u, err := url.Parse(page.Address); err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || len(page.Address) > 500 {
		return refuse("Enter an address such as https://api.example.com/openapi.yaml, without a user name.")
	}
	text, err := p.Options.FetchDocument(r.Context(), page.Address)
	if err != nil {
		p.Edge.Log.Info("document not fetched", "id", web.RequestID(r), "error", err)
		// One text for all: an internal address must look the same as one where there is nothing.
		return refuse("The document couldn't be fetched. The address must be on port 443 of a public host, and answer 200 without a redirect, within 30 seconds, with at most 16 MB.")
	}
	return p.takeDocument(w, r, page, text, page.Address)
}

// takeDocument reads a document, and keeps it unless a finding is fatal.
func (p *Portal) takeDocument(w http.ResponseWriter, r *http.Request, page pages.OwnerAPI, text []byte, source string) error {
	d, err := apidoc.Read(r.Context(), text, source)
	if err != nil {
		return err
	}
	if d.JSON == nil {
		page.Findings, page.Refused = findingRows(d.Findings), true
		return p.again(w, r, page)
	}
	facts, findings, err := d.EncodeFacts()
	if err != nil {
		return err
	}
	version, err := p.Catalogue.SaveDocument(r.Context(), web.Actor(r), page.ID, catalogue.Document{
		Title: d.Title, JSON: d.JSON, Findings: findings, Facts: facts, Servers: d.Servers, Scopes: d.ScopeNames(), SourceURL: source,
	})
	if err != nil {
		return err
	}
	said := "Version " + strconv.FormatInt(version, 10) + " of the document is shown now."
	if n := len(d.Findings); n > 0 {
		said += " It has " + words.Count(n, "problem", "problems") + " to fix."
	}
	return p.done(w, r, "/owner/apis/"+page.ID, said)
}

// RestoreDocument makes an older version of a document the newest one.
func (p *Portal) RestoreDocument(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	old, err := strconv.ParseInt(form.Get("version"), 10, 64)
	if err != nil || old < 1 {
		return web.NotFound()
	}
	id := r.PathValue("id")
	version, err := p.Catalogue.RestoreDocument(r.Context(), web.Actor(r), id, old, func(d db.APIDocument) (servers, scopes []string, err error) {
		facts, _, err := readDocument(d)
		return facts.Servers, facts.ScopeNames(), err
	})
	if err != nil {
		return err
	}
	return p.done(w, r, "/owner/apis/"+id, "Version "+strconv.FormatInt(version, 10)+" is shown now. It is what version "+strconv.FormatInt(old, 10)+" was.")
}
