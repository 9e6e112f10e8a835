package testapp

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatepost/handlers"
	"gatepost/handlers/cli"
	"gatepost/handlers/fetch"
	"gatepost/handlers/setup"
	"gatepost/static"
)

// Within serves the first server's database and key a second time, in the test's own process
// and at another address: for what no setting may change, which change does.
func Within(t testing.TB, first *App, change func(*handlers.Options)) *App {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := &App{DB: first.DB, Dir: first.Dir, Log: &Log{}, URL: "http://" + strings.Replace(listener.Addr().String(), "127.0.0.1", "localhost", 1)}
	a.env = append(append(a.env, first.env...), "GATEPOST_URL="+a.URL)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	go func() {
		ended <- cli.Run(ctx, cli.Env{Args: []string{"serve"}, Stdin: strings.NewReader(""), Stdout: a.Log, Stderr: a.Log, Getenv: a.setting, Serve: serveOn(listener, change)})
	}()
	t.Cleanup(func() {
		stop()
		if status := <-ended; status != 0 {
			t.Errorf("the server in the test's process ended with %d:\n%s", status, a.Log)
		}
		a.checkLog(t)
	})
	Until(t, startsWithin, "the server in the test's process is ready", func() bool {
		res, err := http.Get(a.URL + "/readyz")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	return a
}

func serveOn(listener net.Listener, change func(*handlers.Options)) func(context.Context, *setup.Portal, io.Writer) error {
	return func(ctx context.Context, portal *setup.Portal, _ io.Writer) error {
		o := handlers.Options{Static: static.FS}
		change(&o)
		server, err := handlers.New(ctx, portal, o)
		if err != nil {
			return err
		}
		h := &http.Server{Handler: server, ReadHeaderTimeout: time.Minute}
		go func() {
			<-ctx.Done()
			_ = h.Close()
		}()
		if err := h.Serve(listener); err != http.ErrServerClosed {
			return err
		}
		return nil
	}
}

// Upstream answers calls to https://api.example.com; what leads elsewhere meets the guard
// that every server has.
func Upstream(t testing.TB, h http.Handler) http.RoundTripper {
	t.Helper()
	server := httptest.NewTLSServer(h)
	t.Cleanup(server.Close)
	transport := server.Client().Transport.(*http.Transport).Clone() // whose certificate is for example.com
	transport.TLSClientConfig.ServerName = "example.com"
	transport.DisableCompression = true
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
	}
	return reach{transport, fetch.NewGuard()}
}

type reach struct{ test, guard http.RoundTripper }

func (r reach) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host == "api.example.com" {
		return r.test.RoundTrip(req)
	}
	return r.guard.RoundTrip(req)
}
