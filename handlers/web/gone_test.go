package web

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatepost/db"
)

// A client that disconnects is nobody's fault, whatever its request was doing: the log has 499 at INFO, and no error.
func TestDisconnectedClientIsNoError(t *testing.T) {
	e, log := newEdge(t, "https://portal.example.com")
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	ofContext := func(_ http.ResponseWriter, r *http.Request) error {
		return fmt.Errorf("db: App: %w", context.Cause(r.Context()))
	}
	fails := func(err error) HandlerFunc { return func(http.ResponseWriter, *http.Request) error { return err } }
	realQuery := func(_ http.ResponseWriter, r *http.Request) error {
		return e.DB.Tx(r.Context(), func(*db.Tx) error { return nil })
	}
	for name, c := range map[string]struct {
		ctx  context.Context
		h    http.Handler
		want int
	}{
		"a page":                         {canceled, e.Open(ofContext), 499},
		"a page with a session":          {canceled, e.Page(Anyone, realQuery), 499},
		"a page's script":                {canceled, e.PageJSON(Anyone, ofContext), 499},
		"the API":                        {canceled, e.Machine(ofContext, WriteProblem), 499},
		"a vendor's API":                 {canceled, e.Machine(realQuery, WriteEnvelope), 499},
		"a file":                         {canceled, e.File(ofContext), 499},
		"a transaction that was over":    {canceled, e.Machine(fails(fmt.Errorf("x: %w", sql.ErrTxDone)), WriteProblem), 499},
		"a busy database meanwhile":      {canceled, e.Machine(fails(db.ErrBusy), WriteProblem), 499},
		"a refusal before it left":       {canceled, e.Machine(fails(NotFound()), WriteProblem), 404},
		"another context's cancellation": {t.Context(), e.Machine(fails(context.Canceled), WriteProblem), 503},
		"a request that took too long":   {late, e.Machine(ofContext, WriteProblem), 503},
		"a busy database":                {t.Context(), e.Machine(fails(db.ErrBusy), WriteEnvelope), 503},
		"a mistake of ours":              {t.Context(), e.Machine(fails(errors.New("boom")), WriteProblem), 500},
	} {
		log.Reset()
		w := httptest.NewRecorder()
		e.All(c.h).ServeHTTP(w, httptest.NewRequest("GET", "/x", nil).WithContext(c.ctx))
		line := log.String()
		if w.Code != c.want || !strings.Contains(line, fmt.Sprintf("status=%d ", c.want)) {
			t.Errorf("%s = %d, logged as %s, want %d", name, w.Code, line, c.want)
		}
		if gone := c.want == 499; gone && (!strings.Contains(line, "level=INFO") || strings.Contains(line, "error=") || w.Body.Len() > 0) {
			t.Errorf("%s is logged as %s with the body %q, want INFO without an error, and no body", name, line, w.Body)
		}
		if c.want == 503 && w.Header().Get("Retry-After") == "" {
			t.Errorf("%s has no Retry-After", name)
		}
	}
}

// A body that is cut off by its client is the same. The answer is sent all the same: the client may only have closed its
// half of the connection.
func TestCutBodyIsNoError(t *testing.T) {
	e, log := newEdge(t, "https://portal.example.com")
	h := e.All(e.Machine(func(w http.ResponseWriter, r *http.Request) error {
		_, err := ReadForm(w, r)
		return err
	}, WriteProblem))
	server := httptest.NewServer(h)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /x HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\na=")
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 400 ") {
		t.Errorf("answer = %.200s, %v, want a 400", answer, err)
	}
	server.Close()
	if line := log.String(); !strings.Contains(line, "status=499 ") || !strings.Contains(line, "level=INFO") || strings.Contains(line, "error=") {
		t.Errorf("log = %s, want 499 at INFO without an error", line)
	}
}
