package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	floodRounds      = 5 // of all floods in turn: one alone is as much noise as flood
	floodSpan        = 8 * time.Second
	floodConnections = 400
	floodEvery       = 2 * time.Second       // 400 at the same time, again and again
	tokenEvery       = 20 * time.Millisecond // of the good client

	email    = "ana@example.com"
	password = "violet-anchor-teapot-9"
)

// flood is what floodConnections send at the same time, and again every floodEvery.
type flood struct {
	name    string
	request func(n int64) []byte // nil: a quiet time, in which nobody sends
}

// floods are a quiet time, then each flood alone.
func (s *server) floods() []flood {
	stranger := func(n int64, place string) []byte {
		return s.post("/login", place, url.Values{"email": {fmt.Sprintf("nobody%d@example.com", n)}, "password": {"wrong-wrong-wrong-9"}}.Encode())
	}
	return []flood{
		{"none", nil},
		{"wrong sign-ins, one IPv4 address", func(n int64) []byte { return stranger(n, "203.0.113.9") }},
		{"wrong sign-ins, one IPv6 /48, a new /64 each", func(n int64) []byte { return stranger(n, fmt.Sprintf("2001:db8:1:%x::1", n%0x10000)) }},
		{"wrong client secrets", func(n int64) []byte {
			return s.post("/oauth2/token", "203.0.113.9", url.Values{
				"grant_type": {"client_credentials"}, "client_id": {s.app.ClientID}, "client_secret": {madeUp(s.app.ClientSecret, n)}}.Encode())
		}},
	}
}

// madeUp has the form of a secret, but characters of its own: a stranger can't make its tag.
func madeUp(secret string, n int64) string {
	digits := fmt.Sprintf("%06d", n%1_000_000)
	middle := len(secret) / 2
	return secret[:middle] + digits + secret[middle+len(digits):]
}

// post is a request with a form, from a place: the server trusts X-Forwarded-For from loopback.
func (s *server) post(path, place, body string) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nX-Forwarded-For: %s\r\nUser-Agent: gatepost-load\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", path, s.address, place, len(body), body)
}

// endured is what others noticed of a flood.
type endured struct {
	name          string
	answers       map[int]int     // to the flood, by status
	atNew, atKnow []time.Duration // good sign-ins from new places and from a known one
	tokens        []time.Duration // of the good client
	p99s          []time.Duration // of its tokens, by round
	refused       int             // good sign-ins and tokens that were refused
	cpu           time.Duration
}

// endureAll sends the floods in turn, several times, and returns what each cost in all its rounds.
func (s *server) endureAll(ctx context.Context) ([]endured, error) {
	floods := s.floods()
	all := make([]endured, len(floods))
	for round := range floodRounds {
		for i, f := range floods {
			fmt.Fprintf(os.Stderr, "\rround %d of %d, flood: %-50s", round+1, floodRounds, f.name)
			e, err := s.endure(ctx, f)
			if err != nil {
				return nil, err
			}
			all[i].add(e)
		}
	}
	fmt.Fprintln(os.Stderr)
	return all, nil
}

func (e *endured) add(more endured) {
	more.p99s = []time.Duration{quantile(more.tokens, 0.99)}
	if e.answers == nil {
		*e = more
		return
	}
	e.p99s = append(e.p99s, more.p99s...)
	for status, n := range more.answers {
		e.answers[status] += n
	}
	e.atNew, e.atKnow, e.tokens = append(e.atNew, more.atNew...), append(e.atKnow, more.atKnow...), append(e.tokens, more.tokens...)
	e.refused += more.refused
	e.cpu += more.cpu
}

// endure measures the good client and, during a flood, good sign-ins.
func (s *server) endure(ctx context.Context, f flood) (e endured, err error) {
	e = endured{name: f.name, answers: map[int]int{}}
	before, err := processorTime(s.process.Process.Pid)
	if err != nil {
		return e, err
	}
	signIn := url.Values{"email": {email}, "password": {password}}
	good, err := goodClients{s.address, f.request != nil, signIn.Encode(), s.targets()[0].request, s.places.Load()}.start(ctx)
	if err != nil {
		return e, err
	}
	err = s.send(ctx, f, e.answers)
	w, failed := good()
	s.places.Store(w.Places)
	e.atNew, e.atKnow, e.tokens, e.refused = w.AtNew, w.AtKnown, w.Tokens, w.Refused
	after, unread := processorTime(s.process.Process.Pid)
	e.cpu = after - before
	return e, errors.Join(err, failed, unread)
}

// send sends the flood for floodSpan and counts the answers by status.
func (s *server) send(ctx context.Context, f flood, answers map[int]int) error {
	if f.request == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, floodSpan)
	defer cancel()
	var sent atomic.Int64
	var mu sync.Mutex
	var errs []error
	var all sync.WaitGroup
	for range floodConnections {
		all.Go(func() {
			err := s.repeat(ctx, floodEvery, func(int64) []byte { return f.request(sent.Add(1)) }, func(status int, _ time.Duration) {
				mu.Lock()
				defer mu.Unlock()
				answers[status]++
			})
			if err != nil {
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// newPlace is an address from which nobody has signed in.
func (s *server) newPlace() string {
	n := s.places.Add(1)
	return fmt.Sprintf("198.18.%d.%d", n/250, n%250+1)
}

// repeat sends requests over one connection, which it replaces when the server closes it.
func (s *server) repeat(ctx context.Context, every time.Duration, request func(n int64) []byte, took func(status int, wait time.Duration)) error {
	var conn net.Conn
	var answers *bufio.Reader
	defer func() {
		if conn != nil {
			conn.Close()
		}
	}()
	for n := int64(0); ctx.Err() == nil; n++ {
		bytes := request(n)
		begin := time.Now()
		if conn == nil {
			var err error
			if conn, err = net.DialTimeout("tcp", s.address, 10*time.Second); err != nil {
				return err
			}
			answers = bufio.NewReader(conn)
		}
		if err := conn.SetDeadline(begin.Add(60 * time.Second)); err != nil {
			return err
		}
		if _, err := conn.Write(bytes); err != nil {
			return err
		}
		res, err := http.ReadResponse(answers, nil)
		if err != nil {
			return fmt.Errorf("%s: %w", strings.SplitN(string(bytes), "\r\n", 2)[0], err)
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			return err
		}
		took(res.StatusCode, time.Since(begin))
		if res.Close {
			conn.Close()
			conn = nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(every - time.Since(begin)):
		}
	}
	return nil
}
