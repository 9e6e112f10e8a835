package portal

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"gatepost/assets"
	"gatepost/views/pages"
	"gatepost/views/playground"
)

var (
	stranger = docReader{Issuer: "https://gate.example.org", Algorithm: "ES256"}
	reader   = docReader{Issuer: "https://gate.example.org", Algorithm: "ES256", ClientID: "0123456789abcdefghijklmnop"}
)

func rendered(t *testing.T, page pages.Docs) string {
	t.Helper()
	var out strings.Builder
	if err := page.Render(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func eachDoc(t *testing.T, r docReader, check func(t *testing.T, name, text string, page pages.Docs)) {
	d, err := loadDocs()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range docNames {
		t.Run(name, func(t *testing.T) {
			page, ok := d.page(name, r)
			if !ok {
				t.Fatalf("page(%q) is not there", name)
			}
			check(t, name, rendered(t, page), page)
		})
	}
}

func TestDocsAreFilledForTheReader(t *testing.T) {
	eachDoc(t, reader, func(t *testing.T, name, text string, page pages.Docs) {
		for _, hole := range []string{assets.Issuer, docClientID, docAlgorithm} {
			if strings.Contains(text, hole) {
				t.Errorf("page %s has %q, want it filled", name, hole)
			}
		}
		if page.Heading == "" || page.Lead == "" || len(page.Contents) == 0 || len(page.Pages) != len(docNames) {
			t.Errorf("page %s = heading %q, lead %q, %d sections, %d pages; want all of them", name, page.Heading, page.Lead, len(page.Contents), len(page.Pages))
		}
	})
	d, err := loadDocs()
	if err != nil {
		t.Fatal(err)
	}
	page, _ := d.page("quickstart", reader)
	for _, want := range []string{
		`export ISSUER=&#34;https://gate.example.org&#34;`,
		`export CLIENT_ID=&#34;0123456789abcdefghijklmnop&#34;`,
		`/playground/client-credentials?app=0123456789abcdefghijklmnop&amp;dialect=nextome`,
		`/playground/client-credentials?app=0123456789abcdefghijklmnop&amp;dialect=nxtsoft`,
	} {
		if !strings.Contains(rendered(t, page), want) {
			t.Errorf("the quick start has no %q, want it filled", want)
		}
	}
	if _, ok := d.page("../openapi", reader); ok {
		t.Error("page(../openapi) is there, want none")
	}
}

// Links of a reader without an app name no app; the text says what to put in.
func TestDocsForAStranger(t *testing.T) {
	eachDoc(t, stranger, func(t *testing.T, name, text string, _ pages.Docs) {
		if strings.Contains(text, "app="+docClientID) {
			t.Errorf("page %s links to the app %s, want no app in the link", name, docClientID)
		}
	})
	d, _ := loadDocs()
	page, _ := d.page("quickstart", stranger)
	if want := `export CLIENT_ID=&#34;` + docClientID; !strings.Contains(rendered(t, page), want) {
		t.Errorf("the quick start has no %q, want a placeholder", want)
	}
}

// Every link leads somewhere: to a heading, a page of the docs, a playground state, an operation of the reference, or
// an address of the portal.
func TestDocsLinks(t *testing.T) {
	d, err := loadDocs()
	if err != nil {
		t.Fatal(err)
	}
	known := []string{"/docs", "/apps/new", "/openapi.json", "/swagger-ui/index.html", "/account/tokens", "/account/authorizations", "/account/security", "/account/sessions",
		"/account/email", "/team/members", "/team/leave", "/team/exposure", "/owner/people"}
	for _, flow := range []string{playground.FlowClient, playground.FlowCode, playground.FlowRefresh, playground.FlowRevoke, playground.FlowIntrospect, playground.FlowPersonal, playground.FlowDevice} {
		known = append(known, "/playground/"+flow)
	}
	anchors := map[string][]string{}
	ids := regexp.MustCompile(`<h[1-4] id="([^"]+)"`)
	for _, name := range docNames {
		known = append(known, "/docs/"+name)
		page, _ := d.page(name, reader)
		for _, m := range ids.FindAllStringSubmatch(rendered(t, page), -1) {
			if slices.Contains(anchors["/docs/"+name], m[1]) {
				t.Errorf("page %s has the heading id %q twice", name, m[1])
			}
			anchors["/docs/"+name] = append(anchors["/docs/"+name], m[1])
		}
	}
	for _, op := range operations(t) {
		anchors["/swagger-ui/index.html"] = append(anchors["/swagger-ui/index.html"], "/"+op)
	}
	for _, name := range docNames {
		page, _ := d.page(name, reader)
		hrefs := regexp.MustCompile(`href="([^"]+)"`)
		for _, b := range page.Blocks {
			for _, m := range hrefs.FindAllStringSubmatch(b.HTML, -1) {
				checkLink(t, "/docs/"+name, strings.ReplaceAll(m[1], "&amp;", "&"), known, anchors)
			}
		}
		for _, l := range page.Contents {
			checkLink(t, "/docs/"+name, l.Href, known, anchors)
		}
	}
}

func checkLink(t *testing.T, from, href string, known []string, anchors map[string][]string) {
	t.Helper()
	if href == "https://jqlang.org" {
		return
	}
	address, anchor, anchored := strings.Cut(href, "#")
	path, _, _ := strings.Cut(address, "?")
	if path == "" {
		path = from
	}
	if !slices.Contains(known, path) {
		t.Errorf("%s links to %s, want one of %v", from, href, known)
	}
	if anchored && !slices.Contains(anchors[path], anchor) {
		t.Errorf("%s links to %s, want one of the anchors %v", from, href, anchors[path])
	}
}

// operations are the deep links of Swagger UI: tag and operationId.
func operations(t *testing.T) (out []string) {
	t.Helper()
	source, err := assets.FS.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(source)
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			out = append(out, op.Tags[0]+"/"+op.OperationID)
		}
	}
	return out
}

// What the playground links to from its answers is on the page of errors.
func TestErrorsPageHasTheCodesOfAnswers(t *testing.T) {
	d, err := loadDocs()
	if err != nil {
		t.Fatal(err)
	}
	page, _ := d.page("errors", reader)
	text := rendered(t, page)
	for _, code := range []string{"invalid_request", "invalid_client", "invalid_scope", "unsupported_grant_type", "unauthorized_client",
		"invalid_grant", "invalid_target", "authorization_pending", "slow_down", "expired_token", "inactive", "unsupported_response_type", "forbidden",
		"temporarily_unavailable", "unauthorized", "invalid_token", "insufficient_scope", "access_denied", "not_found", "conflict", "already_done", "precondition_failed", "too_many_requests", "bad_gateway", "server_error"} {
		if !strings.Contains(text, `id="`+code+`"`) {
			t.Errorf("the page of errors has no entry %q", code)
		}
	}
}
