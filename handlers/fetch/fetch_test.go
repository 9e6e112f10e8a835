package fetch

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// BAR REG-01: an address that a user chose must not reach the portal's own network.
func TestOnlyPublicHTTPSHostsAreReached(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a server on a loopback address was reached")
	}))
	defer server.Close()
	t.Setenv("HTTPS_PROXY", server.URL)
	t.Setenv("ALL_PROXY", server.URL)
	f := New()
	for _, address := range []string{
		server.URL, "http://example.com/", "ftp://example.com/", "https:///x", "https://a:b@example.com/", "example.com", "", "https://%",
		"https://example.com:8443/", "https://127.0.0.1:22/",
		"https://localhost/",
		"https://127.0.0.1/", "https://127.1.2.3/", "https://0.0.0.0/", "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.1.1/",
		"https://100.64.0.1/", "https://169.254.169.254/latest/meta-data/", "https://192.0.0.8/", "https://192.0.2.1/", "https://192.88.99.1/",
		"https://198.18.0.1/", "https://198.51.100.1/", "https://203.0.113.1/", "https://224.0.0.1/", "https://240.0.0.1/", "https://255.255.255.255/",
		"https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::7f00:1]/",
		"https://[64:ff9b:1::1]/", "https://[100::1]/", "https://[2001::1]/", "https://[2001:db8::1]/", "https://[2002:7f00:1::]/",
		"https://[fc00::1]/", "https://[fd12::1]/", "https://[fe80::1]/", "https://[ff02::1]/",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		body, err := f.Get(ctx, address)
		cancel()
		if !errors.Is(err, ErrNotPublic) || body != nil {
			t.Errorf("Get(%s) = %q, %v, want ErrNotPublic", address, body, err)
		}
	}
}

// to makes a Fetcher whose connections all lead to one server, as if its address were public.
func to(server *httptest.Server) *Fetcher {
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
	}
	return newFetcher(dial, server.Client().Transport.(*http.Transport).TLSClientConfig)
}

func TestAnswersAreBoundedAndRedirectsNotFollowed(t *testing.T) {
	reached := false
	mux := http.NewServeMux()
	mux.HandleFunc("/good", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "" || r.Header.Get("Authorization") != "" || r.Header.Get("Cookie") != "" {
			t.Errorf("request headers = %v, want nothing of the portal's and no encoding", r.Header)
		}
		io.WriteString(w, "{}")
	})
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("x", maxBody+1)) })
	mux.HandleFunc("/full", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("x", maxBody)) })
	mux.HandleFunc("/header", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 100_000)) })
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/target", http.StatusFound) })
	mux.HandleFunc("/target", func(http.ResponseWriter, *http.Request) { reached = true })
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	server := httptest.NewTLSServer(mux)
	defer server.Close()
	f := to(server)
	for path, want := range map[string]int{"/good": 2, "/full": maxBody, "/large": 0, "/header": 0, "/moved": 0, "/missing": 0, "/slow": 0} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		body, err := f.Get(ctx, "https://example.com"+path)
		cancel()
		if len(body) != want || (err == nil) != (want > 0) {
			t.Errorf("Get(%s) = %d bytes, %v, want %d bytes", path, len(body), err, want)
		}
		if err != nil && strings.Contains(err.Error(), path) {
			t.Errorf("Get(%s) says %q, want nothing of the address", path, err)
		}
	}
	if reached {
		t.Error("a redirect was followed")
	}
	if _, err := f.Get(t.Context(), "https://another.example/good"); err == nil {
		t.Error("Get(host that the certificate is not for) = nil, want an error")
	}
}
