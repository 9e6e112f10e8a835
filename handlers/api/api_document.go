package api

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"gatepost/db"
	"gatepost/handlers/apidoc"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/catalogue"
	"gatepost/handlers/web"
)

// apiDocument is one version of the OpenAPI document of an API.
type apiDocument struct {
	Version   int64           `json:"version"`
	Title     string          `json:"title"`
	CreatedBy string          `json:"created_by"` // a person's id
	CreatedAt time.Time       `json:"created_at"`
	Servers   []string        `json:"servers"` // that the document declares
	Scopes    []apidoc.Scope  `json:"scopes"`  // that the document names
	Findings  []finding       `json:"findings"`
	Document  json.RawMessage `json:"document,omitempty"`
}

// finding is a problem of a document.
type finding struct {
	Line  int    `json:"line"`
	Fatal bool   `json:"fatal"`
	Text  string `json:"text"`
}

func documentOf(d db.APIDocument) (apiDocument, error) {
	facts, all, err := apidoc.DecodeFacts(d.Facts, d.Findings)
	return apiDocument{
		d.Version, d.Title, d.CreatedBy, d.CreatedAt.UTC(), list(facts.Servers), list(facts.Scopes), findingsOf(all), d.Document,
	}, err
}

func findingsOf(all []apidoc.Finding) []finding {
	out := make([]finding, len(all))
	for i, f := range all {
		out[i] = finding(f)
		out[i].Line = max(f.Line, 1) // older versions said 0 for the whole document
	}
	return out
}

func declared(d db.APIDocument) (servers, scopes []string, err error) {
	facts, _, err := apidoc.DecodeFacts(d.Facts, d.Findings)
	return facts.Servers, facts.ScopeNames(), err
}

// Documents answers GET /api/v1/apis/{id}/documents with the versions, newest first, without
// the documents themselves.
func (h *Handlers) Documents(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, readPortal, "id")
	if err != nil {
		return err
	}
	place, limit, err := page(r, 1)
	if err != nil {
		return err
	}
	before := int64(0)
	if place != nil {
		if before, err = strconv.ParseInt(place[0], 10, 64); err != nil || before < 1 {
			return badCursor()
		}
	}
	if _, err := h.Catalogue.API(r.Context(), by, id); err != nil {
		return err
	}
	rows, err := h.DB.APIDocumentsBefore(r.Context(), id, before, limit+1)
	if err != nil {
		return err
	}
	out := struct {
		Documents []apiDocument `json:"documents"`
		Next      *string       `json:"next_cursor"`
	}{Documents: []apiDocument{}}
	for i, row := range rows {
		if i == limit {
			out.Next = cursorOf(strconv.FormatInt(rows[i-1].Version, 10))
			break
		}
		one, err := documentOf(row)
		if err != nil {
			return err
		}
		out.Documents = append(out.Documents, one)
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// version returns the version of a document in the path.
func version(r *http.Request) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue("version"), 10, 64)
	if err != nil || n < 1 {
		return 0, web.NotFound()
	}
	return n, nil
}

// Document answers GET /api/v1/apis/{id}/documents/{version} with the document.
func (h *Handlers) Document(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, readPortal, "id")
	if err != nil {
		return err
	}
	number, err := version(r)
	if err != nil {
		return err
	}
	if _, err := h.Catalogue.API(r.Context(), by, id); err != nil {
		return err
	}
	row, err := h.DB.APIDocument(r.Context(), id, number)
	if err != nil {
		return err
	}
	return writeDocument(w, http.StatusOK, row)
}

func writeDocument(w http.ResponseWriter, status int, d db.APIDocument) error {
	out, err := documentOf(d)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, status, out)
}

// documentTypes are the content types that a document can have.
var documentTypes = []string{"application/json", "application/yaml", "application/x-yaml", "text/yaml"}

// AddDocument answers POST /api/v1/apis/{id}/documents, whose body is an OpenAPI document in
// JSON or YAML, with the new version. A document with fatal problems gets 422 with
// the findings.
func (h *Handlers) AddDocument(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, writePortal, "id")
	if err != nil {
		return err
	}
	if _, err := h.Catalogue.API(r.Context(), by, id); err != nil {
		return err
	}
	body, err := web.ReadFile(w, r, apidoc.MaxBytes, documentTypes...)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(body)
	if errors.Is(err, web.ErrFileTooLarge) {
		return fileTooLarge("The document is larger than 16 MB. Split it into several documents.")
	}
	if err != nil {
		return err
	}
	return h.keepDocument(w, r, by, id, text, "")
}

// FetchDocument answers POST /api/v1/apis/{id}/documents/fetch with the new version, which
// the portal fetches.
func (h *Handlers) FetchDocument(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, writePortal, "id")
	if err != nil {
		return err
	}
	if _, err := h.Catalogue.API(r.Context(), by, id); err != nil {
		return err
	}
	var in struct {
		Address string `json:"address"`
	}
	if err := web.ReadFields(w, r, &in); err != nil {
		return err
	}
	if u, err := url.Parse(in.Address); err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || len(in.Address) > 500 {
		return fault("address", "Write an address such as https://api.example.com/openapi.yaml, without a user name.")
	}
	text, err := h.Options.FetchDocument(r.Context(), in.Address)
	if err != nil {
		h.Log.Info("document not fetched", "id", web.RequestID(r), "error", err)
		// One text for all failures, so that nobody can probe which internal addresses answer.
		return fault("address", "The document can't be fetched. The address must be on port 443 of a public host and answer 200 without a redirect, within 30 seconds, with at most 16 MB.")
	}
	return h.keepDocument(w, r, by, id, text, in.Address)
}

// keepDocument parses a document, and stores it unless a finding is fatal.
func (h *Handlers) keepDocument(w http.ResponseWriter, r *http.Request, by hub.Actor, id string, text []byte, source string) error {
	d, err := apidoc.Read(r.Context(), text, source)
	if err != nil {
		return err
	}
	if d.JSON == nil {
		bad := &hub.Invalid{}
		for _, f := range d.Findings {
			if f.Fatal {
				bad.Fields = append(bad.Fields, hub.FieldError{Field: "line " + strconv.Itoa(f.Line), Message: f.Text})
			}
		}
		return bad
	}
	facts, findings, err := d.EncodeFacts()
	if err != nil {
		return err
	}
	made, err := h.Catalogue.SaveDocument(r.Context(), by, id, catalogue.Document{
		Title: d.Title, JSON: d.JSON, Findings: findings, Facts: facts, Servers: d.Servers, Scopes: d.ScopeNames(), SourceURL: source,
	})
	if err != nil {
		return err
	}
	return h.writeMade(w, r, id, made)
}

func (h *Handlers) writeMade(w http.ResponseWriter, r *http.Request, id string, version int64) error {
	row, err := h.DB.APIDocumentHead(r.Context(), id, version) // the caller has just sent the rest
	if err != nil {
		return err
	}
	w.Header().Set("Location", apiAddress(id)+"/documents/"+strconv.FormatInt(version, 10))
	return writeDocument(w, http.StatusCreated, row)
}

// RestoreDocument answers POST /api/v1/apis/{id}/documents/{version}/restore with the new
// version, a copy of that one.
func (h *Handlers) RestoreDocument(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, writePortal, "id")
	if err != nil {
		return err
	}
	if err := web.NoFields(w, r); err != nil {
		return err
	}
	number, err := version(r)
	if err != nil {
		return err
	}
	made, err := h.Catalogue.RestoreDocument(r.Context(), by, id, number, declared)
	if err != nil {
		return err
	}
	return h.writeMade(w, r, id, made)
}
