package web

import (
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/secret"
)

// Options are what an Edge works with.
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
}

// Edge wraps handlers for their audience.
type Edge struct {
	Options
	assets  *assets
	store   *store
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
	e.store = newStore(o.DB, o.Now, e.secure)
	return e, nil
}

// All is around every request: id, address, log, panics, and the headers that no answer
// goes without.
func (e *Edge) All(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := &note{id: secret.ID()[:16], address: forwarded(r, e.TrustedProxies), started: time.Now()}
		r = withNote(r, n)
		rec := &recorder{ResponseWriter: w}
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

// finish logs the request, and answers when its handler panicked.
func (e *Edge) finish(w *recorder, r *http.Request, n *note) {
	attrs := []any{"id", n.id, "method", r.Method, "pattern", n.pattern, "address", n.address}
	if p := recover(); p != nil {
		if p == http.ErrAbortHandler {
			panic(p)
		}
		n.cause = fmt.Errorf("panic: %v", p)
		attrs = append(attrs, "stack", string(debug.Stack()))
		if w.status == 0 {
			answer := n.onError
			if answer == nil {
				answer = WriteProblem
			}
			answer(w, r, n.cause)
		}
	}
	attrs = append(attrs, "status", w.code(), "ms", time.Since(n.started).Milliseconds())
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
		if w.code() >= 500 {
			level = slog.LevelError
		}
	}
	e.Log.Log(r.Context(), level, "request", attrs...)
}

// Machine is around an address for programs: no cookies, no caching, any origin may read
// the answer since no credential of the browser's takes part (TOK-19).
func (e *Edge) Machine(h HandlerFunc, onError ErrorWriter) http.Handler {
	return e.adapt(func(w http.ResponseWriter, r *http.Request) error {
		header := w.Header()
		AllowAnyOrigin(header)
		header.Set("Cache-Control", "no-store")
		return h(w, r)
	}, onError)
}

// SecretExpires is the header field of a token response that says when the client's secret
// stops to work, as an HTTP date: only of one that is retiring.
const SecretExpires = "Gatepost-Secret-Expires"

// AllowAnyOrigin writes the CORS headers of an answer for programs.
func AllowAnyOrigin(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "X-Request-Id, WWW-Authenticate, Retry-After, Location, ETag, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, "+SecretExpires)
}

// adapt turns a HandlerFunc into a Handler: its error goes to the log and to onError.
func (e *Edge) adapt(h HandlerFunc, onError ErrorWriter) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := noteOf(r)
		n.pattern, n.onError = r.Pattern, onError
		if err := h(w, r); err != nil {
			n.cause = err
			onError(w, r, err)
		}
	})
}

// recorder remembers the status of an answer for the log.
type recorder struct {
	http.ResponseWriter
	status int
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *recorder) code() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}
