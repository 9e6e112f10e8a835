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

const (
	port = 443
	// maxBody is the longest answer that is read, in bytes.
	maxBody = 64 << 10
	// maxHeader bounds the answer's header, in bytes.
	maxHeader = 16 << 10
	// deadline is for all of one fetch, connecting included.
	deadline = 5 * time.Second
	// parallel is how many fetches run at once; others wait for their turn.
	parallel = 8
)

// ErrNotPublic says that an address is not https on port 443 of a public host.
var ErrNotPublic = errors.New("fetch: not https on port 443 of a public host")

// Fetcher gets documents. It is safe for concurrent use.
type Fetcher struct {
	client *http.Client
	turns  chan struct{}
}

// New makes a Fetcher.
func New() *Fetcher {
	guarded := &net.Dialer{Control: ssrf.New(ssrf.WithPorts(port)).Safe}
	return newFetcher(guarded.DialContext, nil)
}

// newFetcher makes a Fetcher that connects by dial and trusts the roots of tlsConfig (nil:
// the system's).
func newFetcher(dial func(context.Context, string, string) (net.Conn, error), tlsConfig *tls.Config) *Fetcher {
	return &Fetcher{
		turns: make(chan struct{}, parallel),
		client: &http.Client{
			Transport: &http.Transport{
				DialContext:            dial,
				TLSClientConfig:        tlsConfig,
				DisableKeepAlives:      true, // the next fetch is minutes away
				DisableCompression:     true, // a small body must not unpack to a large one
				MaxResponseHeaderBytes: maxHeader,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Get gives the body at an address. An address that leads elsewhere than to a public https
// host gives ErrNotPublic; an answer that is not 200, or larger than 64 KiB, is an error too.
func (f *Fetcher) Get(ctx context.Context, address string) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Port() != "" && u.Port() != fmt.Sprint(port) {
		return nil, ErrNotPublic
	}
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	select {
	case f.turns <- struct{}{}:
		defer func() { <-f.turns }()
	case <-ctx.Done():
		return nil, fmt.Errorf("fetch: waiting for a turn: %w", ctx.Err())
	}
	return f.get(ctx, u)
}

func (f *Fetcher) get(ctx context.Context, u *url.URL) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	req.Header.Set("User-Agent", "Gatepost")
	res, err := f.client.Do(req)
	if outer := new(url.Error); errors.As(err, &outer) {
		err = outer.Err // without the address, whose query is not for the log
	}
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedPort), errors.Is(err, ssrf.ErrProhibitedNetwork):
		return nil, fmt.Errorf("%w: %w", ErrNotPublic, err)
	case err != nil:
		return nil, fmt.Errorf("fetch: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch: the host answers %d in place of 200", res.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("fetch: %w", err)
	case len(body) > maxBody:
		return nil, fmt.Errorf("fetch: the answer is larger than %d KiB", maxBody>>10)
	}
	return body, nil
}
