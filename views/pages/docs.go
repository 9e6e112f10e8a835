package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// Docs is GET /docs/{page}: a page of the documentation, filled for its reader.
type Docs struct {
	layout.Page
	Name          string // of the page, as in its address
	Heading, Lead string
	Blocks        []DocBlock
	Contents      []DocLink // sections of the page
	Pages         []DocLink // of the documentation
}

// DocBlock is a run of text, as HTML that the portal rendered from its own Markdown, or code: one block, or the same
// thing in several languages.
type DocBlock struct {
	HTML string
	Code []ui.CodeTab
	ID   string // of the code, unique on the page
}

// DocLink leads to a page or a section.
type DocLink struct {
	Href, Title, Text string
	Current           bool
}

// Render writes the page.
func (m Docs) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named(m.Heading, layout.NavDocs, false)
	return docs(m).Render(ctx, w)
}

// DocsIndex is GET /docs.
type DocsIndex struct {
	layout.Page
	Pages []DocLink
}

// Render writes the page.
func (m DocsIndex) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Docs", layout.NavDocs, false)
	return docsIndex(m).Render(ctx, w)
}
