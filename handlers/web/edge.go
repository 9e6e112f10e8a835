package web

import (
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"runtime"
	"runtime/debug"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/hub/limit"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/secret"
)

// Options are the dependencies of an Edge.
type Options struct {
	DB             *db.DB
	Hub            *hub.Hub
	Accounts       *account.Accounts
	Teams          *team.Teams
	Issuer         *url.URL
	Brand          string
	Static         fs.FS
	TrustedProxies []netip.Prefix
	Log            *slog.Logger
	Now            func() time.Time
	Build          Build
}

// Edge wraps handlers with the checks and headers of their audience.
type Edge struct {
	Options
	// Pages returns the pattern, without its method, of the page for people at a path; empty if there is none. The
	// router sets it before it serves.
	Pages   func(path string) string
	assets  *assets
	store   *store
	pace    *pace
	origins *http.CrossOriginProtection
	secure  bool // the portal's URL is https
}

// New makes an Edge.
func New(o Options) (*Edge, error) {
	e := &Edge{Options: o, secure: o.Issuer.Scheme == "https", origins: http.NewCrossOriginProtection()}
	if err := e.origins.AddTrustedOrigin(o.Issuer.Scheme + "://" + o.Issuer.Host); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	var err error
	if e.assets, err = newAssets(o.Static); err != nil {
		return nil, err
	}
	e.pace = newPace(pacePerProcessor * runtime.NumCPU())
	e.store = newStore(o.DB, o.Now, e.secure)
	return e, nil
}

// All wraps the whole server: request id, client address, the turns of a place, log, panics, and
// the headers that every response has.
func (e *Edge) All(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := &requestInfo{id: secret.ID()[:16], address: forwarded(r, e.TrustedProxies), started: time.Now(), now: e.Now()}
		if token := e.Ticket(r, TicketBrowser); token != "" {
			n.browser = secret.HashToken(token)
		}
		r = withInfo(r, n)
		leave := e.pace.enter(r.Context(), secret.Network(n.address))
		defer leave()
		rec := &recorder{ResponseWriter: w, limits: n.limits}
		h := w.Header()
		h.Set("X-Request-Id", n.id)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		if e.secure {
			h.Set("Strict-Transport-Security", "max-age=63072000")
		}
		defer e.finish(rec, r, n)
		next.ServeHTTP(rec, r)
	})
}

// finish logs the request, and answers if its handler panicked.
func (e *Edge) finish(w *recorder, r *http.Request, n *requestInfo) {
	attrs := []any{"id", n.id, "method", r.Method, "pattern", n.pattern, "address", n.address}
	if p := recover(); p != nil {
		if p == http.ErrAbortHandler {
			panic(p)
		}
		n.cause = fmt.Errorf("panic: %v", p)
		attrs = append(attrs, "stack", string(debug.Stack()))
		if w.status == 0 {
			onError := n.onError
			if onError == nil {
				onError = WriteProblem
			}
			onError(w, r, n.cause)
		}
	}
	status := w.code()
	if n.gone {
		status = statusGone
	}
	attrs = append(attrs, "status", status, "ms", time.Since(n.started).Milliseconds())
	if n.client != "" {
		attrs = append(attrs, "client_id", n.client)
	}
	if n.visitor != nil {
		attrs = append(attrs, "person", n.visitor.Person.ID)
	}
	if n.errorID != "" {
		attrs = append(attrs, "error_id", n.errorID)
	}
	level := slog.LevelInfo
	if n.cause != nil {
		attrs = append(attrs, "error", n.cause.Error())
		if status >= 500 {
			level = slog.LevelError
		}
	}
	e.Log.Log(r.Context(), level, "request", attrs...)
}

// Machine wraps a handler for programs: no cookies and no caching. Any origin can read the response, as
// it depends on no credential of the browser (TOK-19).
func (e *Edge) Machine(h HandlerFunc, onError ErrorWriter) http.Handler {
	return e.adapt(func(w http.ResponseWriter, r *http.Request) error {
		header := w.Header()
		AllowAnyOrigin(header)
		header.Set("Cache-Control", "no-store")
		return h(w, r)
	}, onError)
}

// SecretExpires is the header field of a token response with the time when the client's secret expires,
// as an HTTP date. Only responses for a retiring secret have it.
const SecretExpires = "Gatepost-Secret-Expires"

// AllowAnyOrigin sets the CORS headers of a response for programs.
func AllowAnyOrigin(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "X-Request-Id, WWW-Authenticate, Retry-After, Location, ETag, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, "+SecretExpires)
}

// adapt turns a HandlerFunc into a Handler, whose error goes to the log and to onError. An error that comes of
// the client's disconnecting is none: the log has 499 and no error.
func (e *Edge) adapt(h HandlerFunc, onError ErrorWriter) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := infoOf(r)
		n.pattern, n.onError = r.Pattern, onError
		switch err := h(w, r); {
		case err == nil:
		case cutOff(err): // the client may still read
			n.gone = true
			onError(w, r, err)
		case Gone(r, err):
			n.gone = true
			w.WriteHeader(statusGone)
		default:
			n.cause = err
			onError(w, r, err)
		}
	})
}

// recorder remembers the status of a response for the log, and adds the headers of its limit.
type recorder struct {
	http.ResponseWriter
	limits *limit.Seen
	status int
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		if v, ok := w.limits.Verdict(); ok {
			setLimitHeaders(w.Header(), status, v)
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the original writer.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *recorder) code() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}
