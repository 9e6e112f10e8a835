package portal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/apidoc"
	"gatepost/handlers/web"
)

const (
	// proxyBody is the longest request and the longest answer that the proxy forwards, in bytes.
	proxyBody = 5 << 20
	// proxyTime is how long a call may take.
	proxyTime = 30 * time.Second
	// proxyTurns is how many calls run at a time; others are told to come back.
	proxyTurns = 16
)

// sent are the headers that a call may have besides those that the document names; all others,
// such as cookies and what tells of the browser and of proxies before us, stay here.
var sent = []string{"Accept", "Authorization", "Content-Type", "If-Match", "If-Modified-Since", "If-None-Match", "If-Unmodified-Since", "Idempotency-Key", "Prefer"}

// neverSent are headers that no document can ask for.
var neverSent = []string{"Accept-Charset", "Accept-Encoding", "Connection", "Content-Length", "Cookie", "Date", "Expect", "Forwarded", "Host", "Keep-Alive",
	"Origin", "Referer", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "User-Agent", "Via", "X-Real-Ip"}

// answered are the headers of an answer that come back. None of them acts on our origin.
var answered = []string{"Content-Encoding", "Content-Language", "Content-Type", "Deprecation", "Etag", "Last-Modified", "Link", "Ratelimit", "Ratelimit-Limit",
	"Ratelimit-Policy", "Ratelimit-Remaining", "Ratelimit-Reset", "Retry-After", "Sunset", "X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset", "X-Total-Count"}

// active are the kinds of answers that a browser would run as a page of ours, were they opened.
var active = []string{"text/html", "application/xhtml+xml", "image/svg+xml", "text/javascript", "application/javascript"}

// ProxyAPI forwards a call of a signed-in person from the reference to a server that the
// API's document declares and an owner approved.
func (p *Portal) ProxyAPI(w http.ResponseWriter, r *http.Request) error {
	if !byScript(r) {
		return &web.Error{Status: http.StatusForbidden, Code: "access_denied", Message: "Calls to an API start on its page of the reference."}
	}
	select {
	case p.calls <- struct{}{}:
		defer func() { <-p.calls }()
	default:
		return &web.Error{Status: http.StatusServiceUnavailable, Code: "temporarily_unavailable", Message: "Too many calls are running right now. Try again in a few seconds.", RetryAfter: 3 * time.Second}
	}
	api, facts, err := p.apiFacts(r)
	if err != nil {
		return err
	}
	target, err := proxyTarget(api, r)
	if errors.Is(err, errNoServer) {
		return web.NotFound()
	} else if err != nil {
		return err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, proxyBody))
	if tooLong := new(http.MaxBytesError); errors.As(err, &tooLong) {
		return &web.Error{Status: http.StatusRequestEntityTooLarge, Code: "invalid_request", Message: "The portal forwards bodies of up to 5 MB."}
	} else if err != nil {
		return web.Incomplete(err)
	}
	ctx, cancel := context.WithTimeout(r.Context(), proxyTime)
	defer cancel()
	out, err := http.NewRequestWithContext(ctx, r.Method, target.String(), bytes.NewReader(body))
	if err != nil {
		return badGateway("The call isn't a valid request.", err)
	}
	if len(body) == 0 {
		out.Body, out.GetBody, out.ContentLength = http.NoBody, nil, 0
	}
	out.Header = sentHeader(r.Header, facts)
	res, err := p.Reach.RoundTrip(out)
	if err != nil {
		return badGateway("The server could not be reached: it must be a public host that speaks https on port 443 and answers within 30 seconds.", err)
	}
	defer res.Body.Close()
	return giveAnswer(w, res)
}

// apiFacts returns the API that the address names, with the facts of its newest document. The
// query belongs to the server, and is ignored.
func (p *Portal) apiFacts(r *http.Request) (db.API, apidoc.Facts, error) {
	api, err := p.DB.APIBySlug(r.Context(), r.PathValue("slug"))
	if err != nil {
		return db.API{}, apidoc.Facts{}, err
	}
	newest, err := p.DB.APIDocuments(r.Context(), api.ID, 1)
	if err != nil {
		return db.API{}, apidoc.Facts{}, err
	}
	if len(newest) == 0 {
		return db.API{}, apidoc.Facts{}, db.ErrNotFound
	}
	facts, _, err := readDocument(newest[0])
	return api, facts, err
}

// byScript says whether a request comes from a script of ours, as far as the browser tells:
// nothing else may call, and no answer may be opened as a page.
func byScript(r *http.Request) bool {
	site, dest := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Sec-Fetch-Dest")
	return (site == "" || site == "same-origin") && (dest == "" || dest == "empty")
}

// proxied says whether the proxy can reach a server.
func proxied(server string) bool {
	u, err := url.Parse(server)
	return err == nil && apidoc.ValidServer(server) && u.Scheme == "https" && (u.Port() == "" || u.Port() == "443")
}

// proxyTarget returns the address behind the proxy's: below an approved server's, and nowhere else.
func proxyTarget(api db.API, r *http.Request) (*url.URL, error) {
	at := slices.IndexFunc(api.Servers, func(s string) bool { return serverKey(s) == r.PathValue("server") && proxied(s) })
	if at < 0 || api.Direct {
		return nil, errNoServer
	}
	// The path as it came: a slash inside of a segment stays escaped.
	prefix := "/apis/" + r.PathValue("slug") + "/proxy/" + r.PathValue("server") + "/"
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), prefix)
	if !ok {
		return nil, web.NotFound()
	}
	if isOddPath(rest) {
		return nil, errOddPath
	}
	server, err := url.Parse(api.Servers[at])
	if err != nil {
		return nil, err
	}
	target, err := url.Parse(api.Servers[at] + "/" + rest)
	if err != nil {
		return nil, web.BadRequest("The path isn't encoded correctly.")
	}
	target.RawQuery = r.URL.RawQuery
	if target.Scheme != "https" || target.Host != server.Host || target.User != nil || target.Fragment != "" || !strings.HasPrefix(target.Path, server.Path+"/") {
		return nil, errNoServer
	}
	return target, nil
}

// sentHeader returns the headers of the call: those that any call may have, and those that the document names.
func sentHeader(in http.Header, facts apidoc.Facts) http.Header {
	out := http.Header{"User-Agent": nil} // none in place of Go's own
	take := func(name string) {
		if values := in.Values(name); len(values) > 0 {
			out[http.CanonicalHeaderKey(name)] = slices.Clone(values)
		}
	}
	for _, name := range sent {
		take(name)
	}
	for _, name := range facts.Headers {
		name = http.CanonicalHeaderKey(name)
		if !slices.Contains(neverSent, name) && !strings.HasPrefix(name, "Sec-") && !strings.HasPrefix(name, "Proxy-") && !strings.HasPrefix(name, "X-Forwarded-") {
			take(name)
		}
	}
	return out
}

// giveAnswer passes a server's answer to the page's script, without any power over our origin.
func giveAnswer(w http.ResponseWriter, res *http.Response) error {
	switch {
	case res.StatusCode >= 300 && res.StatusCode < 400 && res.StatusCode != http.StatusNotModified:
		return badGateway("The server answered with a redirect, which the portal doesn't follow.", nil)
	case res.StatusCode < 200:
		return badGateway("The server asked for another protocol, which the portal doesn't support.", nil)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, proxyBody+1))
	switch {
	case err != nil:
		return badGateway("The server's answer didn't arrive completely within 30 seconds.", err)
	case len(body) > proxyBody:
		return badGateway("The server's answer is larger than 5 MB.", nil)
	}
	h := w.Header()
	for _, name := range answered {
		if values := res.Header.Values(name); len(values) > 0 {
			h[name] = values
		}
	}
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/octet-stream")
	}
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || slices.Contains(active, kind) {
		h.Set("Content-Disposition", "attachment")
	}
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	w.WriteHeader(res.StatusCode)
	_, _ = w.Write(body) // a client that is gone can't be told
	return nil
}

func badGateway(message string, cause error) error {
	return &web.Error{Status: http.StatusBadGateway, Code: "bad_gateway", Message: message, Cause: cause}
}
