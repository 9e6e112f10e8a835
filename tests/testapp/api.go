package testapp

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

var ownerAPI = regexp.MustCompile(`/owner/apis/[A-Za-z0-9_-]{16,}`)

// AddAPI has an owner add an API with a document that names these scopes, so that apps that have
// one of them can request tokens for it. It returns the path of the API's page.
func (p *Person) AddAPI(t testing.TB, name, audience string, scopes ...string) (page string) {
	t.Helper()
	WantRedirect(t, "POST /owner/apis", p.Post(t, "/owner/apis", Form("name", name, "audience", audience)), "/owner/apis")
	_, after, _ := strings.Cut(p.Get(t, "/owner/apis").Body, audience)
	if page = ownerAPI.FindString(after); page == "" {
		t.Fatalf("/owner/apis leads to no page of %s", name)
	}
	var named []string
	for _, s := range scopes {
		named = append(named, fmt.Sprintf("%q: x", s))
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormField("file")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(part, "openapi: 3.1.0\ninfo: {title: %q, version: \"1\"}\npaths: {}\ncomponents: {securitySchemes: {oauth: {type: oauth2, flows: "+
		"{clientCredentials: {tokenUrl: https://x.example/t, scopes: {%s}}}}}}\n", name, strings.Join(named, ", "))
	form.Close()
	WantRedirect(t, "POST of its document", p.Do(t, p.app.Request(t, http.MethodPost, page+"/document", body.String(),
		"Content-Type", form.FormDataContentType(), "Sec-Fetch-Site", "same-origin")), page)
	return page
}
