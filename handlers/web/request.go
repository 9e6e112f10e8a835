package web

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/limit"
	"gatepost/views/layout"
	"gatepost/views/words"
)

// requestInfo is what the edge knows about a request while it is answered.
type requestInfo struct {
	id      string
	address string
	browser string // SHA-256 of the TicketBrowser; empty if there is none
	pattern string
	client  string // client_id, if the handler set it
	errorID string // of a refused token request
	cause   error
	gone    bool        // the client disconnected before its response
	onError ErrorWriter // of the route
	started time.Time
	now     time.Time // by the clock of the portal, which tests move
	visitor *Visitor
	proved  proved      // by this request's step-up
	limits  *limit.Seen // what limits said to the request

	owesFactor bool // see OwesSecondFactor
}

type infoKey struct{}

func infoOf(r *http.Request) *requestInfo {
	if info, ok := r.Context().Value(infoKey{}).(*requestInfo); ok {
		return info
	}
	return &requestInfo{}
}

func withInfo(r *http.Request, info *requestInfo) *http.Request {
	ctx, limits := limit.Watch(r.Context())
	info.limits = limits
	return r.WithContext(context.WithValue(ctx, infoKey{}, info))
}

// RequestID returns the id under which this request is logged, which is also in X-Request-Id.
func RequestID(r *http.Request) string { return infoOf(r).id }

// NoteClient adds a client id to the request's log event.
func NoteClient(r *http.Request, clientID string) { infoOf(r).client = clientID }

// ClientOf returns the client id that NoteClient set.
func ClientOf(r *http.Request) string { return infoOf(r).client }

// NoteErrorID adds the error_id of the response to the request's log event.
func NoteErrorID(r *http.Request, id string) { infoOf(r).errorID = id }

// ClientAddress returns the address that the request came from. A proxy's X-Forwarded-For counts only if
// the proxy is in GATEPOST_TRUSTED_PROXIES.
func ClientAddress(r *http.Request) string { return infoOf(r).address }

// UserAgent returns the User-Agent header, cut to 200 bytes of valid text without control characters.
func UserAgent(r *http.Request) string {
	ua := r.UserAgent()
	ua = words.Harmless(strings.ToValidUTF8(ua[:min(len(ua), 1000)], ""))
	ua = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == utf8.RuneError {
			return -1
		}
		return c
	}, ua)
	if len(ua) > 200 {
		ua = strings.ToValidUTF8(ua[:200], "")
	}
	return ua
}

// Caller returns the caller of a token request, for its record.
func Caller(r *http.Request) db.Caller {
	return db.Caller{Address: ClientAddress(r), UserAgent: UserAgent(r)}
}

// Visitor is a signed-in person on a page, with the team that they work in.
type Visitor struct {
	Person  db.Person
	Session db.Session
	Teams   []db.Team
	Team    db.Team    // zero if the person is in no team
	Rights  hub.Rights // in Team
	flashes []layout.Flash
}

// VisitorOf returns the signed-in visitor of a page, or nil.
func VisitorOf(r *http.Request) *Visitor { return infoOf(r).visitor }

// Actor returns who acts with this request: the signed-in person, or somebody unknown.
func Actor(r *http.Request) hub.Actor {
	a := hub.Actor{Kind: hub.Person, Address: ClientAddress(r), UserAgent: UserAgent(r), Browser: infoOf(r).browser}
	if v := VisitorOf(r); v != nil {
		a.ID, a.Name, a.Owner = v.Person.ID, v.Person.Name, v.Person.Owner
		a.Session = v.Session.ID
		a.Proof = hub.Proof{Now: infoOf(r).now, At: v.Session.VerifiedAt, FactorAt: v.Session.FactorAt}
	}
	return a
}

// forwarded returns the client's address behind trusted proxies: the last entry of X-Forwarded-For that
// isn't one of them.
func forwarded(r *http.Request, trusted []netip.Prefix) string {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	address := remote.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && within(address, trusted); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		address = hop.Unmap()
	}
	return address.WithZone("").String()
}

func within(a netip.Addr, list []netip.Prefix) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// IsFramed says whether a browser loads the request into a frame of a page of this site, for which it sends
// the session's cookie. Other ports of the same host are the same site.
func IsFramed(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return r.Header.Get("Sec-Fetch-Dest") == "iframe" && (site == "same-site" || site == "same-origin")
}

// LocalPath returns next if it is a path of this site, otherwise fallback: a sign-in must not redirect
// to another site (RFC 9700 section 4.11.2).
func LocalPath(next, fallback string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return fallback
	}
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") {
		return fallback
	}
	return next
}

// PageForm reads the form of a page: form-encoded, at most 64 KiB of valid UTF-8. Unlike in ReadForm,
// fields can repeat, as checkboxes do.
func PageForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	body, err := readBody(w, r, "application/x-www-form-urlencoded")
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, BadRequest("The form can't be read because its encoding is wrong.")
	}
	for _, values := range form {
		for _, v := range values {
			if !IsText(v) {
				return nil, BadRequest("The form must be UTF-8 text without NUL.")
			}
		}
	}
	return form, nil
}
