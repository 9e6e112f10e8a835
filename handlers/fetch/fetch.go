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

// limits bound one fetch: the answer in bytes, and all of it, connecting included, in time.
type limits struct {
	body     int
	deadline time.Duration
	accept   string
}

var (
	keySet   = limits{64 << 10, 5 * time.Second, "application/jwk-set+json, application/json"}
	document = limits{5 << 20, 10 * time.Second, "application/vnd.oai.openapi+json, application/vnd.oai.openapi, application/json, application/yaml;q=0.9, */*;q=0.5"}
)

const (
	port = 443
	// maxHeader bounds the answer's header, in bytes.
	maxHeader = 16 << 10
	// parallel is how many fetches run at once; others wait for their turn.
	maxParallel = 8
)

// ErrNotPublic says that an address is not https on port 443 of a public host.
var ErrNotPublic = errors.New("fetch: not https on port 443 of a public host")

// Fetcher gets documents. It is safe for concurrent use.
type Fetcher struct {
	httpClient *http.Client
	slots      chan struct{}
}

// New makes a Fetcher.
func New() *Fetcher { return newFetcher(publicDialer().DialContext, nil) }

// guarded connects to public addresses on port 443 only.
func publicDialer() *net.Dialer { return &net.Dialer{Control: ssrf.New(ssrf.WithPorts(port)).Safe} }

// newFetcher makes a Fetcher that connects by dial and trusts the roots of tlsConfig (nil:
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

// Get gives a small document, such as a JWK set. An address that leads elsewhere than to a
// public https host gives ErrNotPublic; an answer that is not 200, or larger than 64 KiB, is
// an error too. It takes at most 5 seconds.
func (f *Fetcher) Get(ctx context.Context, address string) ([]byte, error) {
	return f.fetch(ctx, address, keySet)
}

// Document is Get for an OpenAPI document: up to 5 MiB, in at most 10 seconds.
func (f *Fetcher) Document(ctx context.Context, address string) ([]byte, error) {
	return f.fetch(ctx, address, document)
}

// public says whether an address has the form of one that is fetched from.
func isPublic(u *url.URL) bool {
	return u.Scheme == "https" && u.Hostname() != "" && u.User == nil && (u.Port() == "" || u.Port() == fmt.Sprint(port))
}

func (f *Fetcher) fetch(ctx context.Context, address string, most limits) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil || !isPublic(u) {
		return nil, ErrNotPublic
	}
	ctx, cancel := context.WithTimeout(ctx, most.deadline)
	defer cancel()
	select {
	case f.slots <- struct{}{}:
		defer func() { <-f.slots }()
	case <-ctx.Done():
		return nil, fmt.Errorf("fetch: waiting for a turn: %w", ctx.Err())
	}
	return f.get(ctx, u, most)
}

func (f *Fetcher) get(ctx context.Context, u *url.URL, most limits) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	req.Header.Set("Accept", most.accept)
	req.Header.Set("User-Agent", "Gatepost")
	res, err := f.httpClient.Do(req)
	if outer := new(url.Error); errors.As(err, &outer) {
		err = outer.Err // without the address, whose query is not for the log
	}
	if err != nil {
		return nil, asNotPublic(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch: the host answers %d in place of 200", res.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, int64(most.body)+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("fetch: %w", err)
	case len(body) > most.body:
		return nil, fmt.Errorf("fetch: the answer is larger than %d KiB", most.body>>10)
	}
	return body, nil
}

// refused gives ErrNotPublic for the guard's own errors.
func asNotPublic(err error) error {
	if errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedPort) || errors.Is(err, ssrf.ErrProhibitedNetwork) {
		return fmt.Errorf("%w: %w", ErrNotPublic, err)
	}
	return fmt.Errorf("fetch: %w", err)
}

// Guard carries requests of people to public https hosts: one request, one answer, and
// nothing else. It adds no header but Host, follows no redirect, and bounds the answer's
// header; body and time are the caller's to bound. It is an http.RoundTripper.
type Guard struct{ transport *http.Transport }

// NewGuard makes a Guard.
func NewGuard() *Guard { return &Guard{transport(publicDialer().DialContext, nil)} }

// RoundTrip sends a request. One that leads elsewhere than to a public https host gives ErrNotPublic.
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
