package portal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"gatepost/db"
	"gatepost/handlers/web"
	"gatepost/views/pages"
)

// APIReferenceStart leads to the reference of the API that the selector chose.
func (p *Portal) APIReferenceStart(w http.ResponseWriter, r *http.Request) error {
	slug := r.URL.Query().Get("api")
	if slug == "" {
		return web.SeeOther(w, r, "/swagger-ui/index.html")
	}
	api, err := p.DB.APIBySlug(r.Context(), slug)
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/apis/"+api.Slug)
}

// manyOperations is how many operations the reference shows at a time; with more it starts with the tags alone, since a
// browser takes 20 seconds to show 4,000.
const manyOperations = 500

// APIReference is Swagger UI over the document of an API that an owner brought.
func (p *Portal) APIReference(w http.ResponseWriter, r *http.Request) error {
	api, version, err := p.documentedAPI(r)
	if err != nil {
		return err
	}
	document, err := p.DB.APIDocumentHead(r.Context(), api.ID, version)
	if err != nil {
		return err
	}
	facts, _, err := readDocument(document)
	if err != nil {
		return err
	}
	ways, err := json.Marshal(p.callWays(api))
	if err != nil {
		return err
	}
	page := pages.Reference{Page: p.base(r), CanCreate: web.VisitorOf(r).Rights.Develop}
	page.API = pages.ReferenceAPI{
		Slug: api.Slug, Name: api.Name, Audience: api.Audience, Document: "/apis/" + api.Slug + "/openapi.json", Scheme: facts.Bearer, Ways: string(ways), Note: callNote(api),
	}
	if facts.Operations > manyOperations {
		page.API.Expansion = "none"
	}
	if r.URL.Query().Has("version") {
		version := strconv.FormatInt(document.Version, 10)
		page.API.Document += "?version=" + version
		page.API.Old = "This is version " + version + " of the document."
	}
	if page.APIs, err = p.documented(r); err != nil {
		return err
	}
	if page.Apps, page.Closed, err = p.ownApps(r, api); err != nil {
		return err
	}
	page.API.Scopes, page.API.ByName = api.Scopes, api.Access == db.AccessByApps
	if api.Direct {
		allowConnect(w.Header(), api.Servers)
	}
	return p.show(w, r, page)
}

// APIDocument answers GET /apis/{slug}/openapi.json.
func (p *Portal) APIDocument(w http.ResponseWriter, r *http.Request) error {
	api, version, err := p.documentedAPI(r)
	if err != nil {
		return err
	}
	_, document, err := p.DB.PackedAPIDocument(r.Context(), api.ID, version)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Vary", "Accept-Encoding")
	if db.IsPacked(document) && acceptsGzip(r) {
		w.Header().Set("Content-Encoding", "gzip")
	} else if db.IsPacked(document) {
		whole, err := p.DB.APIDocument(r.Context(), api.ID, version)
		if err != nil {
			return err
		}
		document = whole.Document
	}
	_, err = w.Write(document)
	return err
}

// acceptsGzip says whether the client takes a body that is compressed by gzip (RFC 9110, section 12.5.3).
func acceptsGzip(r *http.Request) bool {
	for one := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, quality, _ := strings.Cut(strings.ReplaceAll(one, " ", ""), ";")
		if strings.EqualFold(name, "gzip") && strings.Trim(strings.TrimPrefix(quality, "q="), "0.") != "" || strings.EqualFold(name, "gzip") && quality == "" {
			return true
		}
	}
	return false
}

// documentedAPI returns the API that the address names, and the version of its document that the query names (0: the
// newest).
func (p *Portal) documentedAPI(r *http.Request) (api db.API, version int64, err error) {
	if r.URL.Query().Has("version") {
		if version, err = strconv.ParseInt(r.URL.Query().Get("version"), 10, 64); err != nil || version < 1 {
			return db.API{}, 0, web.NotFound()
		}
	}
	api, err = p.DB.APIBySlug(r.Context(), r.PathValue("slug"))
	return api, version, err
}

// documented are the APIs with a document, for the selector. Strangers see none.
func (p *Portal) documented(r *http.Request) (out []pages.ReferenceAPI, err error) {
	if web.VisitorOf(r) == nil {
		return nil, nil
	}
	list, err := p.DB.APIs(r.Context())
	for _, a := range list {
		if a.Slug != "" {
			out = append(out, pages.ReferenceAPI{Slug: a.Slug, Name: a.Name})
		}
	}
	return out, err
}

// callWays pairs each approved server with the address of the proxy for it, or with nil
// where calls go directly; and the portal itself with nothing.
func (p *Portal) callWays(api db.API) [][2]any {
	ways := [][2]any{{p.Issuer, ""}}
	for _, s := range api.Servers {
		switch {
		case api.Direct:
			ways = append(ways, [2]any{s, nil})
		case proxied(s):
			ways = append(ways, [2]any{s, "/apis/" + api.Slug + "/proxy/" + serverKey(s)})
		}
	}
	return ways
}

// callNote says where the calls of an API go.
func callNote(api db.API) string {
	reached := slices.Clone(api.Servers)
	if !api.Direct {
		reached = slices.DeleteFunc(reached, func(s string) bool { return !proxied(s) })
	}
	switch {
	case len(reached) == 0:
		return "Read only. An owner hasn't approved a server for this API yet."
	case api.Direct:
		return "Execute calls " + strings.Join(reached, ", ") + " directly from this browser."
	}
	return "Execute calls " + strings.Join(reached, ", ") + " through this portal."
}

// serverKey names a server in the proxy's address: by what it is, not by its place in a
// list, so that no token goes to another server when the list changes.
func serverKey(server string) string {
	sum := sha256.Sum256([]byte(server))
	return hex.EncodeToString(sum[:8])
}

// allowConnect lets the page's script call the servers' origins.
func allowConnect(h http.Header, servers []string) {
	var sources []string
	for _, s := range servers {
		if u, err := url.Parse(s); err == nil && !slices.Contains(sources, u.Scheme+"://"+u.Host) {
			sources = append(sources, u.Scheme+"://"+u.Host)
		}
	}
	h.Set("Content-Security-Policy", strings.Replace(web.PageCSP, "connect-src 'self'", strings.Join(append([]string{"connect-src 'self'"}, sources...), " "), 1))
}

var errNoServer = errors.New("portal: no approved server of that name")

// ReferenceStart leads to the page of the API reference.
func (p *Portal) ReferenceStart(w http.ResponseWriter, r *http.Request) error {
	return web.SeeOther(w, r, "/swagger-ui/index.html")
}

// ReferenceRedirect is where an authorization that Swagger UI started ends, in a window of its own.
func (p *Portal) ReferenceRedirect(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, pages.ReferenceRedirect{Page: p.base(r)})
}

// Reference is the API reference. Signed in, it offers the visitor's apps to authorize as.
func (p *Portal) Reference(w http.ResponseWriter, r *http.Request) error {
	ways, err := json.Marshal(p.callWays(db.API{}))
	if err != nil {
		return err
	}
	page := pages.Reference{Page: p.base(r), API: pages.ReferenceAPI{Document: "/openapi.json", Scheme: "bearer", Ways: string(ways)}}
	if v := web.VisitorOf(r); v != nil {
		page.CanCreate = v.Rights.Develop
	}
	if page.Apps, _, err = p.ownApps(r, db.API{}); err != nil {
		return err
	}
	if page.APIs, err = p.documented(r); err != nil {
		return err
	}
	return p.show(w, r, page)
}
