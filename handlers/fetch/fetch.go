package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"code.dny.dev/ssrf"
)

// limits bound one fetch: the response body in bytes, and the time for everything, including
// the connection.
type limits struct {
	body     int
	deadline time.Duration
	accept   string
}

var (
	keySet   = limits{64 << 10, 5 * time.Second, "application/jwk-set+json, application/json"}
	document = limits{16 << 20, 30 * time.Second, "application/vnd.oai.openapi+json, application/vnd.oai.openapi, application/json, application/yaml;q=0.9, */*;q=0.5"}
)

const (
	port = 443
	// maxHeader bounds the response header, in bytes.
	maxHeader = 16 << 10
	// maxParallel is how many fetches run at the same time; others wait.
	maxParallel = 8
)

// ErrNotPublic says that an address is not https on port 443 of a public host.
var ErrNotPublic = errors.New("fetch: not https on port 443 of a public host")

// Fetcher fetches documents. It is safe for concurrent use.
type Fetcher struct {
	httpClient *http.Client
	slots      chan struct{}
}

// New returns a Fetcher.
func New() *Fetcher { return newFetcher(publicDialer().DialContext, nil) }

// publicDialer connects only to public IP addresses on port 443.
func publicDialer() *net.Dialer { return &net.Dialer{Control: ssrf.New(ssrf.WithPorts(port)).Safe} }

// newFetcher returns a Fetcher that connects with dial and trusts the roots in tlsConfig (nil:
// the system's).
func newFetcher(dial func(context.Context, string, string) (net.Conn, error), tlsConfig *tls.Config) *Fetcher {
	return &Fetcher{
		slots: make(chan struct{}, maxParallel),
		httpClient: &http.Client{
			Transport:     transport(dial, tlsConfig),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

func transport(dial func(context.Context, string, string) (net.Conn, error), tlsConfig *tls.Config) *http.Transport {
	return &http.Transport{
		DialContext:            dial,
		TLSClientConfig:        tlsConfig,
		DisableKeepAlives:      true, // the next fetch is minutes away
		DisableCompression:     true, // a small body must not unpack to a large one
		MaxResponseHeaderBytes: maxHeader,
	}
}

// Get fetches a small document, such as a JWK set. It returns ErrNotPublic for an address that
// doesn't lead to a public https host, and an error for a response that isn't a 200 or is larger
// than 64 KiB. It takes at most 5 seconds.
func (f *Fetcher) Get(ctx context.Context, address string) ([]byte, error) {
	return f.fetch(ctx, address, keySet)
}

// Document fetches an OpenAPI document as Get does: up to 16 MiB, in at most 30 seconds.
func (f *Fetcher) Document(ctx context.Context, address string) ([]byte, error) {
	return f.fetch(ctx, address, document)
}

// isPublic says whether an address has an allowed form. Whether its host is public is checked
// when the connection is made.
func isPublic(u *url.URL) bool {
	return u.Scheme == "https" && u.Hostname() != "" && u.User == nil && (u.Port() == "" || u.Port() == fmt.Sprint(port))
}

func (f *Fetcher) fetch(ctx context.Context, address string, bounds limits) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil || !isPublic(u) {
		return nil, ErrNotPublic
	}
	ctx, cancel := context.WithTimeout(ctx, bounds.deadline)
	defer cancel()
	select {
	case f.slots <- struct{}{}:
		defer func() { <-f.slots }()
	case <-ctx.Done():
		return nil, fmt.Errorf("fetch: waiting for another fetch: %w", ctx.Err())
	}
	return f.get(ctx, u, bounds)
}

func (f *Fetcher) get(ctx context.Context, u *url.URL, bounds limits) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	req.Header.Set("Accept", bounds.accept)
	req.Header.Set("User-Agent", "Gatepost")
	res, err := f.httpClient.Do(req)
	if outer := new(url.Error); errors.As(err, &outer) {
		err = outer.Err // without the address: its query doesn't belong in the log
	}
	if err != nil {
		return nil, asNotPublic(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch: the host answered %d instead of 200", res.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, int64(bounds.body)+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("fetch: %w", err)
	case len(body) > bounds.body:
		return nil, fmt.Errorf("fetch: the response is larger than %d KiB", bounds.body>>10)
	}
	return body, nil
}

// asNotPublic returns ErrNotPublic for errors of publicDialer's check.
func asNotPublic(err error) error {
	if errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedPort) || errors.Is(err, ssrf.ErrProhibitedNetwork) {
		return fmt.Errorf("%w: %w", ErrNotPublic, err)
	}
	return fmt.Errorf("fetch: %w", err)
}

// Guard sends people's requests to public https hosts, and nowhere else. It is an
// http.RoundTripper that adds no header except Host, follows no redirects, and bounds the
// response header; the caller must bound the body and the time.
type Guard struct{ transport *http.Transport }

// NewGuard returns a Guard.
func NewGuard() *Guard { return &Guard{transport(publicDialer().DialContext, nil)} }

// RoundTrip sends a request. It returns ErrNotPublic for one that doesn't lead to a public https
// host.
func (g *Guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if !isPublic(req.URL) {
		return nil, ErrNotPublic
	}
	res, err := g.transport.RoundTrip(req)
	if err != nil {
		return nil, asNotPublic(err)
	}
	return res, nil
}
