package crash

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

// REL-09: SIGTERM closes the listener first, answers what is in flight, and ends with 0.
func TestTermAnswersRequestsInFlight(t *testing.T) {
	t.Parallel()
	const inFlight = 10
	app := testapp.New(t)
	team := app.AddTeam(t, "Acme")
	c := app.AddApp(t, team.ID, "Warehouse", "read")
	form := c.Form()
	var open []*request
	for range inFlight {
		open = append(open, startRequest(t, app, form[:20], form[20:]))
	}
	app.Signal(t, syscall.SIGTERM)
	waitUntilClosed(t, app)
	for _, r := range open {
		if status, body := r.finish(t); status != http.StatusOK || !strings.Contains(body, "access_token") {
			t.Errorf("a request in flight at SIGTERM = %d %s, want 200 with a token", status, body)
		}
	}
	if status := app.Wait(t); status != 0 {
		t.Errorf("exit status after SIGTERM = %d, want 0", status)
	}
	app.Start(t) // to be stopped once more by the test's end
}

// A server that is stopped under load answers right or not at all, and keeps what it answered.
func TestTermUnderLoad(t *testing.T) {
	t.Parallel()
	const workers, enough = 16, 60
	app := testapp.New(t)
	team := app.AddTeam(t, "Acme")
	c := app.AddApp(t, team.ID, "Warehouse", "read", "apps:write")
	token := app.Token(t, c)
	answered := make(chan struct{}, 100*enough)
	results := make([]answers, workers)
	var load sync.WaitGroup
	for i := range workers {
		load.Go(func() { results[i] = ask(app, c, token, fmt.Sprintf("made %d", i), answered) })
	}
	for range enough {
		<-answered
	}
	app.Restart(t)
	load.Wait()
	for _, r := range results {
		if r.failed != "" {
			t.Error(r.failed)
		}
		for _, token := range r.tokens[max(0, len(r.tokens)-5):] {
			if status := app.Me(t, token); status != http.StatusOK {
				t.Errorf("a token that was answered before SIGTERM: GET /api/v1/me = %d, want 200", status)
			}
		}
	}
}

// REL-10: a client that stalls is cut at the limit; a second signal ends the server immediately.
func TestStalledClientIsCut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		second bool
		within time.Duration
	}{
		"at the limit":        {false, 40 * time.Second},
		"by a second SIGTERM": {true, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := testapp.New(t)
			startRequest(t, app, "client_id=x&", "grant_type=client_credentials")
			started := time.Now()
			app.Signal(t, syscall.SIGTERM)
			waitUntilClosed(t, app)
			if c.second {
				app.Signal(t, syscall.SIGTERM)
			}
			status := app.Wait(t)
			if took := time.Since(started); took > c.within {
				t.Errorf("the end took %s, want at most %s", took, c.within)
			}
			if !c.second && status != 0 {
				t.Errorf("exit status = %d, want 0", status)
			}
		})
	}
}

// request is a token request of which the server has read the head and waits for the body.
type request struct {
	conn   net.Conn
	reader *bufio.Reader
	rest   string
}

// startRequest sends a request without the rest of its body. The server's 100 Continue says
// that the handler is reading it.
func startRequest(t *testing.T, app *testapp.App, first, rest string) *request {
	t.Helper()
	host := strings.TrimPrefix(app.URL, "http://")
	conn, err := net.DialTimeout("tcp", host, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(conn, "POST /oauth2/token HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n",
		host, len(first)+len(rest))
	r := &request{conn, bufio.NewReader(conn), rest}
	line, err := r.reader.ReadString('\n')
	if err != nil || !strings.Contains(line, " 100 ") {
		t.Fatalf("the server said %q, %v, want 100 Continue", line, err)
	}
	if line, err = r.reader.ReadString('\n'); err != nil || strings.TrimSpace(line) != "" {
		t.Fatalf("after 100 Continue came %q, %v", line, err)
	}
	if _, err := io.WriteString(conn, first); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *request) finish(t *testing.T) (int, string) {
	t.Helper()
	if _, err := io.WriteString(r.conn, r.rest); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(r.reader, nil)
	if err != nil {
		t.Fatalf("a request in flight got no answer: %v", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("a request in flight got half an answer: %v", err)
	}
	return res.StatusCode, string(body)
}

func waitUntilClosed(t *testing.T, app *testapp.App) {
	t.Helper()
	testapp.Until(t, 10*time.Second, "the server takes no more connections", func() bool {
		conn, err := net.DialTimeout("tcp", strings.TrimPrefix(app.URL, "http://"), time.Second)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
}
