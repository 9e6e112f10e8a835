package web

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/views/layout"
)

// note is what the edge knows of a request while it is answered.
type note struct {
	id      string
	address string
	pattern string
	client  string // client_id, when the handler told
	errorID string // of a refusal whose reason is kept
	cause   error
	onError ErrorWriter // of the handler that answers
	started time.Time
	visitor *Visitor
}

type noteKey struct{}

func noteOf(r *http.Request) *note {
	if n, ok := r.Context().Value(noteKey{}).(*note); ok {
		return n
	}
	return &note{}
}

func withNote(r *http.Request, n *note) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), noteKey{}, n))
}

// RequestID is the id under which this request is logged; the answer's X-Request-Id.
func RequestID(r *http.Request) string { return noteOf(r).id }

// NoteClient puts a client id into the request's log event.
func NoteClient(r *http.Request, clientID string) { noteOf(r).client = clientID }

// ClientOf is the client id that NoteClient was told.
func ClientOf(r *http.Request) string { return noteOf(r).client }

// NoteErrorID puts the error_id that a client is told into the request's log event.
func NoteErrorID(r *http.Request, id string) { noteOf(r).errorID = id }

// ClientAddress is the address that the request came from. A proxy's X-Forwarded-For counts
// only when the proxy is one of GATEPOST_TRUSTED_PROXIES.
func ClientAddress(r *http.Request) string { return noteOf(r).address }

// UserAgent is the User-Agent header, cut to 200 bytes of valid text without control characters.
func UserAgent(r *http.Request) string {
	ua := strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c == utf8.RuneError {
			return -1
		}
		return c
	}, r.UserAgent())
	if len(ua) > 200 {
		ua = strings.ToValidUTF8(ua[:200], "")
	}
	return ua
}

// Caller is who asks for a token, for its record.
func Caller(r *http.Request) db.Caller {
	return db.Caller{Address: ClientAddress(r), UserAgent: UserAgent(r)}
}

// Visitor is who looks at a page: a signed-in person with the team that they work in.
type Visitor struct {
	Person  db.Person
	Session db.Session
	Teams   []db.Team
	Team    db.Team    // zero when the person is in no team
	Rights  hub.Rights // in Team
	flashes []layout.Flash
}

// VisitorOf is the signed-in visitor of a page, or nil.
func VisitorOf(r *http.Request) *Visitor { return noteOf(r).visitor }

// Actor is who acts by this request: the signed-in person, or somebody unknown.
func Actor(r *http.Request) hub.Actor {
	a := hub.Actor{Kind: hub.Person, Address: ClientAddress(r), UserAgent: UserAgent(r)}
	if v := VisitorOf(r); v != nil {
		a.ID, a.Name, a.Owner = v.Person.ID, v.Person.Name, v.Person.Owner
	}
	return a
}

// forwarded finds the client's address behind trusted proxies: the last entry of
// X-Forwarded-For that is not one of them.
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

// LocalPath gives next when it is a path of this site, else fallback: a sign-in must not
// send anybody elsewhere (RFC 9700 section 4.11.2).
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

// PageForm reads the form of a page: form-encoded, at most 64 KiB of valid UTF-8. Unlike in
// ReadForm a field may be repeated, as ticked boxes are.
func PageForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	body, err := readBody(w, r, "application/x-www-form-urlencoded")
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, BadRequest("The form could not be read: its encoding is broken.")
	}
	for _, values := range form {
		for _, v := range values {
			if !IsText(v) {
				return nil, BadRequest("The form has bytes that are not text in UTF-8.")
			}
		}
	}
	return form, nil
}
