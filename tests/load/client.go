package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// target is one way to ask for a token: the bytes of the whole request, made once, so that
// the client takes little of the processors that it shares with the server.
type target struct {
	path    string
	request []byte
}

// targets are the two dialects.
func (s *server) targets() []target {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {s.app.ClientID}, "client_secret": {s.app.ClientSecret}}
	object, _ := json.Marshal(map[string]string{"clientId": s.app.ClientID, "clientSecret": s.app.ClientSecret})
	make := func(path, contentType, body string) target {
		return target{path, fmt.Appendf(nil,
			"POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: gatepost-load\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
			path, s.address, contentType, len(body), body)}
	}
	return []target{
		make("/oauth2/token", "application/x-www-form-urlencoded", form.Encode()),
		make("/apps/auth", "application/json", string(object)),
	}
}

// measurement is what one target did in one round.
type measurement struct {
	waits   []time.Duration // of every token
	elapsed time.Duration
	cpu     time.Duration // the server's
}

// measure gets tokens over n connections, each asking again as soon as it is answered, and
// reads what that cost the server.
func (s *server) measure(ctx context.Context, t target, n int, span time.Duration) (m measurement, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	conns := make([]net.Conn, n)
	for i := range conns {
		var d net.Dialer
		if conns[i], err = d.DialContext(ctx, "tcp", s.address); err != nil {
			return m, err
		}
		defer conns[i].Close()
	}
	var left atomic.Int64
	left.Store(maxTokens)
	waits := make([][]time.Duration, n)
	var all sync.WaitGroup
	before, err := processorTime(s.process.Process.Pid)
	if err != nil {
		return m, err
	}
	begin := time.Now()
	for i, conn := range conns {
		all.Go(func() {
			var err error
			if waits[i], err = t.ask(ctx, conn, begin.Add(span), &left); err != nil {
				cancel(fmt.Errorf("%s: %w", t.path, err))
			}
		})
	}
	all.Wait()
	m.elapsed = time.Since(begin)
	after, err := processorTime(s.process.Process.Pid)
	if err != nil {
		return m, err
	}
	m.cpu = after - before
	for _, w := range waits {
		m.waits = append(m.waits, w...)
	}
	return m, context.Cause(ctx)
}

// ask gets one token after the other over one keep-alive connection.
func (t target) ask(ctx context.Context, conn net.Conn, deadline time.Time, left *atomic.Int64) ([]time.Duration, error) {
	if err := conn.SetDeadline(deadline.Add(20 * time.Second)); err != nil {
		return nil, err
	}
	answers := bufio.NewReader(conn)
	var waits []time.Duration
	for time.Now().Before(deadline) && left.Add(-1) >= 0 && ctx.Err() == nil {
		begin := time.Now()
		if _, err := conn.Write(t.request); err != nil {
			return nil, err
		}
		res, err := http.ReadResponse(answers, nil)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(res.Body)
		if err != nil {
			return nil, err
		}
		waits = append(waits, time.Since(begin))
		if res.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(`"ey`)) {
			return nil, fmt.Errorf("%s: %s", res.Status, body)
		}
	}
	return waits, nil
}
