package fetch

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

// REG-01: an address that a user chose must not reach the portal's own network.
func TestOnlyPublicHTTPSHostsAreReached(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a server on a loopback address was reached")
	}))
	defer server.Close()
	t.Setenv("HTTPS_PROXY", server.URL)
	t.Setenv("ALL_PROXY", server.URL)
	f, g := New(), NewGuard()
	for _, address := range []string{
		server.URL, "http://example.com/", "ftp://example.com/", "https:///x", "https://a:b@example.com/", "example.com", "", "https://%", "file:///etc/passwd", "gopher://example.com/", "HTTPS://LOCALHOST/", "https://[::ffff:7f00:1]/", "https://[0:0:0:0:0:0:0:1]/",
		"https://[::127.0.0.1]/", "https://[fe80::1%25lo]/", "https://[::1%25lo]/",
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
		ctx, cancel = context.WithTimeout(t.Context(), 2*time.Second)
		body, err = f.Document(ctx, address)
		if !errors.Is(err, ErrNotPublic) || body != nil {
			t.Errorf("Document(%s) = %q, %v, want ErrNotPublic", address, body, err)
		}
		if req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, nil); err == nil {
			res, err := g.RoundTrip(req)
			if !errors.Is(err, ErrNotPublic) {
				t.Errorf("RoundTrip(%s) = %v, %v, want ErrNotPublic", address, res, err)
			}
		}
		cancel()
	}
}

// Go takes these for names; a resolver that takes them for addresses of this machine gains nothing.
func TestOtherSpellingsOfThisMachineAreRefused(t *testing.T) {
	f := New()
	for _, address := range []string{"https://2130706433/", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.1/", "https://localhost./"} {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		if body, err := f.Document(ctx, address); err == nil {
			t.Errorf("Document(%s) = %q, want an error", address, body)
		}
		cancel()
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
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("x", keySet.body+1)) })
	mux.HandleFunc("/full", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("x", keySet.body)) })
	mux.HandleFunc("/header", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 100_000)) })
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/target", http.StatusFound) })
	mux.HandleFunc("/target", func(http.ResponseWriter, *http.Request) { reached = true })
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	server := httptest.NewTLSServer(mux)
	defer server.Close()
	f := to(server)
	for path, want := range map[string]int{"/good": 2, "/full": keySet.body, "/large": 0, "/header": 0, "/moved": 0, "/missing": 0, "/slow": 0} {
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

// The name doesn't matter: what counts is the IP address that it resolves to when the connection
// is made, even if it was another one a moment before.
func TestNamesThatLeadInsideAreRefused(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a server on a loopback address was reached") }))
	defer server.Close()
	for _, inside := range []string{"127.0.0.1:443", "[::1]:443", "[::ffff:127.0.0.1]:443", "10.1.2.3:443", "169.254.169.254:443", "[fd00::1]:443", "93.184.215.14:8443"} {
		// The dialer gets the address in place of the name, as a resolver that changed its mind would give it.
		dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
			return publicDialer().DialContext(ctx, network, inside)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		if body, err := newFetcher(dial, nil).Document(ctx, "https://public.example/openapi.json"); !errors.Is(err, ErrNotPublic) {
			t.Errorf("Document(name that resolves to %s) = %q, %v, want ErrNotPublic", inside, body, err)
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://public.example/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if res, err := (&Guard{transport(dial, nil)}).RoundTrip(req); !errors.Is(err, ErrNotPublic) {
			t.Errorf("RoundTrip(name that resolves to %s) = %v, %v, want ErrNotPublic", inside, res, err)
		}
		cancel()
	}
}

func TestGuardFollowsNoRedirectAndAddsNothing(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			t.Errorf("the redirect to %s was followed", r.URL)
		}
		r.Header.Del("Connection") // to the next hop, not to the API
		for name := range r.Header {
			t.Errorf("the request has the header %s, want none", name)
		}
		http.Redirect(w, r, "https://127.0.0.1/inside", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	f := to(server)
	g := &Guard{f.httpClient.Transport.(*http.Transport)}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://example.com/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header["User-Agent"] = nil
	res, err := g.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("RoundTrip = %d, want the redirect itself", res.StatusCode)
	}
}

func TestDocumentsMayBeLarger(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Path[1:])
		io.WriteString(w, strings.Repeat("x", n))
	}))
	defer server.Close()
	f := to(server)
	for n, good := range map[int]bool{document.body: true, document.body + 1: false} {
		body, err := f.Document(t.Context(), "https://example.com/"+strconv.Itoa(n))
		if (err == nil) != good || good && len(body) != n {
			t.Errorf("Document of %d bytes = %d bytes, %v", n, len(body), err)
		}
	}
}
