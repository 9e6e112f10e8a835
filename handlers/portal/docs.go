package portal

import (
	"bytes"
	"fmt"
	"html"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"gatepost/assets"
	"gatepost/db"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/hub/limit"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/playground"
	"gatepost/views/ui"
)

// docNames are the pages of assets/docs in the order in which they are listed.
var docNames = []string{"quickstart", "authorization-code", "device", "personal-tokens", "api", "secrets", "rotation", "client-keys", "audience", "iotconnect", "coming-from-netrex", "coming-from-nextome", "coming-from-nxtsoft", "tokens", "verify", "keys", "teams", "sign-in", "security", "limits", "operate", "errors"}

// The placeholders in assets/docs that are filled for each reader, besides assets.Issuer.
const (
	docClientID  = "YOUR_CLIENT_ID"
	docAlgorithm = "SIGNING_ALG"
)

// docLimits is the line of assets/docs/limits.md in whose place the table of limits comes.
const docLimits = "TABLE_OF_LIMITS\n"

// docs are the pages of the documentation, rendered once.
type docs struct {
	pages map[string]pages.Docs
	list  []pages.DocLink
}

// docReader is whom a page is filled for. ClientID is empty for someone who has no app or is signed out.
type docReader struct{ Issuer, Algorithm, ClientID string }

// loadDocs renders assets/docs. A page starts with its title as a heading of level one and a paragraph that says what
// it is about. Blocks of code that follow each other become tabs; the words after a block's language are its label.
func loadDocs() (*docs, error) {
	d := &docs{pages: map[string]pages.Docs{}}
	for _, name := range docNames {
		source, err := fs.ReadFile(assets.FS, "docs/"+name+".md")
		if err != nil {
			return nil, fmt.Errorf("portal: loadDocs: %w", err)
		}
		page, err := renderDoc(bytes.Replace(source, []byte(docLimits), []byte(limitsTable(limit.Table())), 1))
		if err != nil {
			return nil, fmt.Errorf("portal: loadDocs: %s: %w", name, err)
		}
		page.Name = name
		d.pages[name] = page
		d.list = append(d.list, pages.DocLink{Href: "/docs/" + name, Title: page.Heading, Text: page.Lead})
	}
	return d, nil
}

// page returns the page of that name, filled for its reader.
func (d *docs) page(name string, r docReader) (pages.Docs, bool) {
	page, ok := d.pages[name]
	if !ok {
		return page, false
	}
	inCode := strings.NewReplacer(assets.Issuer, r.Issuer, docAlgorithm, r.Algorithm, docClientID, r.clientID())
	inText := strings.NewReplacer(assets.Issuer, html.EscapeString(r.Issuer), docAlgorithm, r.Algorithm, docClientID, r.clientID())
	if r.ClientID == "" { // a link to the playground names an app only when there is one
		inText = strings.NewReplacer("app="+docClientID+"&amp;", "", assets.Issuer, html.EscapeString(r.Issuer), docAlgorithm, r.Algorithm)
	}
	blocks := make([]pages.DocBlock, len(page.Blocks))
	for i, b := range page.Blocks {
		blocks[i] = pages.DocBlock{ID: b.ID, HTML: inText.Replace(b.HTML)}
		for _, tab := range b.Code {
			tab.Text = inCode.Replace(tab.Text)
			blocks[i].Code = append(blocks[i].Code, tab)
		}
	}
	page.Blocks = blocks
	page.Pages = make([]pages.DocLink, len(d.list))
	for i, l := range d.list {
		l.Current = l.Href == "/docs/"+name
		page.Pages[i] = l
	}
	return page, true
}

func (r docReader) clientID() string {
	if r.ClientID == "" {
		return docClientID
	}
	return r.ClientID
}

var markdown = goldmark.New(
	goldmark.WithExtensions(extension.Table),
	goldmark.WithParserOptions(parser.WithAutoHeadingID(), parser.WithHeadingAttribute()),
)

// docBuilder collects a page: runs of text, as HTML, between blocks of code.
type docBuilder struct {
	page   pages.Docs
	source []byte
	run    bytes.Buffer
}

func renderDoc(source []byte) (pages.Docs, error) {
	b := docBuilder{source: source}
	afterCode := false
	for n := markdown.Parser().Parse(text.NewReader(source)).FirstChild(); n != nil; n = n.NextSibling() {
		code, isCode := n.(*ast.FencedCodeBlock)
		if isCode {
			b.addCode(code, afterCode)
		} else if err := b.addText(n); err != nil {
			return b.page, err
		}
		afterCode = isCode
	}
	b.endRun()
	if b.page.Heading == "" || b.page.Lead == "" {
		return b.page, fmt.Errorf("the page needs a heading of level one and a paragraph under it")
	}
	return b.page, nil
}

func (b *docBuilder) endRun() {
	if b.run.Len() > 0 {
		b.page.Blocks = append(b.page.Blocks, pages.DocBlock{HTML: b.run.String()})
		b.run.Reset()
	}
}

func (b *docBuilder) addText(n ast.Node) error {
	heading, isHeading := n.(*ast.Heading)
	switch {
	case isHeading && heading.Level == 1:
		b.page.Heading = b.plain(n)
		return nil
	case b.page.Lead == "" && n.Kind() == ast.KindParagraph:
		b.page.Lead = b.plain(n)
		return nil
	case isHeading && heading.Level == 2:
		id, _ := heading.AttributeString("id")
		b.page.Contents = append(b.page.Contents, pages.DocLink{Href: fmt.Sprintf("#%s", id), Title: b.plain(n)})
	}
	return markdown.Renderer().Render(&b.run, b.source, n)
}

func (b *docBuilder) addCode(n *ast.FencedCodeBlock, afterCode bool) {
	b.endRun()
	var info string
	if n.Info != nil {
		info = string(n.Info.Value(b.source))
	}
	language, label, labelled := strings.Cut(info, " ")
	if !labelled {
		label = language
	}
	code := strings.TrimSuffix(string(n.Lines().Value(b.source)), "\n")
	if !afterCode {
		b.page.Blocks = append(b.page.Blocks, pages.DocBlock{ID: "code-" + strconv.Itoa(len(b.page.Blocks))})
	}
	block := &b.page.Blocks[len(b.page.Blocks)-1]
	block.Code = append(block.Code, ui.CodeTab{ID: strconv.Itoa(len(block.Code)), Label: label, Text: code})
}

// plain is the text of a node without its marks.
func (b *docBuilder) plain(n ast.Node) string {
	var out strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the walker never fails
		if t, ok := n.(*ast.Text); ok && entering {
			out.Write(t.Segment.Value(b.source))
			if t.SoftLineBreak() {
				out.WriteByte(' ')
			}
		}
		return ast.WalkContinue, nil
	})
	return out.String()
}

// DocsIndex lists the pages of the documentation.
func (p *Portal) DocsIndex(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, pages.DocsIndex{Page: p.base(r), Pages: p.docs.list})
}

// Docs is one page of the documentation, filled with the visitor's first app that its examples work with.
func (p *Portal) Docs(w http.ResponseWriter, r *http.Request) error {
	reader := docReader{Issuer: p.Issuer, Algorithm: p.Grant.Keys.Algorithm()}
	if v := web.VisitorOf(r); v != nil && v.Rights.Develop {
		apps, err := p.Apps.ListFacts(r.Context(), web.Actor(r), v.Team.ID)
		if err != nil {
			return err
		}
		works := func(f app.Facts) bool { return f.Manage && docWorks(r.PathValue("page"), f) }
		if i := slices.IndexFunc(apps, works); i >= 0 {
			reader.ClientID = apps[i].ClientID
		}
	}
	page, ok := p.docs.page(r.PathValue("page"), reader)
	if !ok {
		return web.NotFound()
	}
	page.Page = p.base(r)
	return p.show(w, r, page)
}

// docWorks says whether the examples of a page work with an app.
func docWorks(page string, f app.Facts) bool {
	flow := playground.FlowClient
	switch page {
	case "client-keys":
		return f.AuthMethod == db.AuthJWT
	case "authorization-code", "coming-from-netrex":
		flow = playground.FlowCode
	case "device":
		flow = playground.FlowDevice
	}
	why, _, _ := cantPlay(flow, f)
	return why == ""
}
