package pages

import (
	"context"
	"encoding/json"
	"io"

	"gatepost/views/layout"
	"gatepost/views/playground"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// Reference is GET /swagger-ui/index.html: Swagger UI over /openapi.json, with a bar that authorizes as one of the
// visitor's apps. The files of Swagger UI itself are next to it, in /swagger-ui/. With an API it is GET /apis/{slug}.
type Reference struct {
	layout.Page
	Apps []playground.App // that the visitor may try
	// Closed are the names of the visitor's apps that can't request tokens for the API.
	Closed []string
	// CanCreate offers to add an app where there is none.
	CanCreate bool
	API       ReferenceAPI   // the one shown; the portal's own has no slug
	APIs      []ReferenceAPI // those with a document, for the selector
}

// ReferenceAPI is an API that an owner brought.
type ReferenceAPI struct {
	Slug, Name string
	// Scopes are those of which an app needs one to request tokens for it. ByName says that an owner lists the apps instead.
	Scopes   []string
	ByName   bool
	Document string // the address of its document
	Scheme   string // its security scheme that takes a bearer token; may be empty
	// Ways is JSON, a list of pairs: a server, and the address of the portal's proxy for it, null for a direct call, or
	// empty for the portal itself.
	Ways     string
	Audience string // whom tokens for it are for; empty: the portal
	Note     string // where its calls go, in words
	// Expansion is what Swagger UI shows first: "none" for the tags alone; empty for the operations.
	Expansion string
	Old       string // which older version this is, in words; may be empty
}

// Render writes the page.
func (m Reference) Render(ctx context.Context, w io.Writer) error {
	title := "API reference"
	if m.API.Slug != "" {
		title = m.API.Name
	}
	m.Page = m.Named(title, layout.NavReference, false)
	return reference(m).Render(ctx, w)
}

// oauth says how Swagger UI's own dialog asks for a token: for this API alone, so that it can't use what it gets at the
// portal (RFC 8707).
func (m Reference) oauth() (string, error) {
	how := map[string]any{"usePkceWithAuthorizationCodeGrant": true}
	if m.API.Audience != "" {
		how["additionalQueryStringParams"] = map[string]string{"resource": m.API.Audience}
	}
	text, err := json.Marshal(how)
	return string(text), err
}

func (m Reference) apiOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "This portal"}}
	for _, a := range m.APIs {
		options = append(options, ui.Option{Value: a.Slug, Label: a.Name})
	}
	return options
}

// shownClosed is how many names of apps, or scopes, the page lists.
const shownClosed = 5

// closed says why apps aren't offered, and who or what changes that; empty if all are.
func (m Reference) closed() string {
	if len(m.Closed) == 0 {
		return ""
	}
	which := words.List(m.Closed, shownClosed) + " can't get a token for this API"
	switch {
	case m.API.ByName:
		return which + ": only apps that an owner of the portal has listed can."
	case len(m.API.Scopes) == 0:
		return which + ": its document names no scopes, and an owner of the portal hasn't listed any apps."
	}
	return which + " without one of its scopes: " + words.List(m.API.Scopes, shownClosed) + ". Add one in the app's settings."
}

func (m Reference) appOptions() []ui.Option { return playground.AppOptions(m.Apps) }
