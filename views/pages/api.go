package pages

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// OwnerAPI is GET /owner/apis/{id}, with its forms:
//
//	POST /owner/apis/{id} (name, audience, slug, access, apps)
//	POST /owner/apis/{id}/restore (version)
//	POST /owner/apis/{id}/document (multipart: file, a file or text)
//	POST /owner/apis/{id}/fetch (address)
//	POST /owner/apis/{id}/calls (version, servers*, direct)
//	POST /owner/apis/{id}/scopes (scopes*)
type OwnerAPI struct {
	layout.Page
	ID, Name, Audience string
	Fields             APIFields // of its form
	Slug               string    // empty: it has no document
	Title              string    // of the newest document
	Version            int64

	Findings []APIFinding // of the newest document, or of the one that was refused
	Refused  bool

	Address, Text string // what came back
	Servers       []ui.Scope
	Direct        bool
	Scopes        []ui.Scope // that the document names and the catalogue lacks
	AllScopes     []string   // all scopes that the document names
	Open          []APIApp   // the apps that it is open to by name
	Versions      []APIVersion
	Errors        ui.Errors

	FieldsVersion, CallsVersion ui.Version
}

// Form is what the form of the API's name, audience and access shows.
func (m OwnerAPI) Form() ui.Form {
	fields := []ui.FormField{ui.TextField("name", "Name", m.Fields.Name), ui.TextField("audience", "Audience", m.Fields.Audience)}
	if m.Slug != "" {
		fields = append(fields, ui.TextField("slug", "Address of its reference", m.Fields.Slug))
	}
	access := m.access()
	return ui.Form{Fields: append(fields, ui.ChoiceField("access", access.Legend, access.Items), ui.TextField("apps", "Client IDs of these apps", m.Fields.Apps))}
}

// CallsForm is what the form of the approved servers shows.
func (m OwnerAPI) CallsForm() ui.Form {
	version := ui.TextField("version", "Document", strconv.FormatInt(m.Version, 10))
	version.Word = func(n string) string { return "Version " + n }
	servers := ui.FormField{Name: "servers", Label: "Approved servers"}
	for _, s := range m.Servers {
		if s.Checked {
			servers.Values = append(servers.Values, s.Name)
		}
	}
	return ui.Form{Fields: []ui.FormField{version, servers, ui.TickField("direct", "Call them directly from the browser", m.Direct)}}
}

// APIApp is an app that may request tokens for the API.
type APIApp struct{ ClientID, Name, Team string }

// APIFinding is what the check of a document found. Line 0 is the document as a whole.
type APIFinding struct {
	Line  int
	Fatal bool
	Text  string
}

// APIFields are the fields of an API that can be changed.
type APIFields struct {
	Name, Audience, Slug string
	Access, Apps         string // scopes or apps, and the client ids of the apps, one per line
}

// APIVersion is a version of a document.
type APIVersion struct {
	Version   int64
	Title, By string
	At        time.Time
}

// Render writes the page.
func (m OwnerAPI) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named(m.Name, layout.NavAPIs, len(m.Errors) > 0 || m.Refused || m.FieldsVersion.Conflict != nil || m.CallsVersion.Conflict != nil)
	return ownerAPI(m).Render(ctx, w)
}

func (m OwnerAPI) at(form string) string { return "/owner/apis/" + m.ID + "/" + form }

// access is the choice of who may request tokens.
func (m OwnerAPI) access() ui.Choices {
	byScopes := "Its document names: " + strings.Join(m.AllScopes, ", ") + "."
	if len(m.AllScopes) == 0 {
		byScopes = "Its document names no scopes, so no app can request a token for it."
	}
	return ui.Choices{
		Name: "access", Legend: "Who can request tokens for it", Error: m.Errors.For("access"),
		Hint: "Other apps get invalid_target. Tokens issued earlier stay valid until they expire.",
		Items: []ui.Choice{
			{Value: "scopes", Title: "Apps that have one of its scopes", Text: byScopes, Checked: m.Fields.Access != "apps"},
			{Value: "apps", Title: "Only these apps", Text: "Whatever their scopes.", Checked: m.Fields.Access == "apps"},
		},
	}
}

func (m OwnerAPI) findingsTitle() string {
	if m.Refused {
		return "Why the document was refused"
	}
	return "Problems in version " + strconv.FormatInt(m.Version, 10)
}

// line is the line of a finding. Older releases stored 0 for the document as a whole.
func (f APIFinding) line() string { return strconv.Itoa(max(f.Line, 1)) }

func (v APIVersion) number() string { return strconv.FormatInt(v.Version, 10) }

// serverID is the id of the i-th server's box; the first is the one that the error summary links to.
func serverID(i int) string {
	if i == 0 {
		return "f-servers"
	}
	return "f-servers-" + strconv.Itoa(i)
}

// APIRemove is GET and POST /owner/apis/{id}/remove.
type APIRemove struct {
	layout.Page
	Row   APIRow
	Facts []string
}

// Render writes the page.
func (m APIRemove) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Remove "+m.Row.Name, layout.NavAPIs, false)
	return apiRemove(m).Render(ctx, w)
}
