package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"time"
)

// goodClients are those whose waits are measured during a flood. They run in a process of their
// own: the Go scheduler of the process that sends the flood would make them wait for its 400
// connections, which in earnest are those of another machine.
type goodClients struct {
	Address string
	SignIn  bool   // whether somebody signs in, too
	Form    string // of the sign-ins
	Token   []byte // the request of the good client
	Places  int64  // from which somebody has signed in
}

// waits are what goodClients noticed.
type waits struct {
	AtNew, AtKnown, Tokens []time.Duration
	Refused                int
	Places                 int64
}

// start runs the clients for floodSpan in a process of their own, and returns what waits for
// their result.
func (g goodClients) start(ctx context.Context) (result func() (waits, error), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	input, err := json.Marshal(g)
	if err != nil {
		return nil, err
	}
	c := exec.CommandContext(ctx, self, "-good")
	var out bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(input), &out, os.Stderr
	if err := c.Start(); err != nil {
		return nil, err
	}
	return func() (w waits, err error) {
		if err := c.Wait(); err != nil {
			return w, fmt.Errorf("the good clients: %w", err)
		}
		return w, json.Unmarshal(out.Bytes(), &w)
	}, nil
}

// runGood is that process: it reads goodClients and writes waits, as JSON.
func runGood(ctx context.Context, in io.Reader, out io.Writer) error {
	var g goodClients
	if err := json.NewDecoder(in).Decode(&g); err != nil {
		return err
	}
	s := &server{address: g.Address}
	s.places.Store(g.Places)
	ctx, cancel := context.WithTimeout(ctx, floodSpan)
	defer cancel()
	var w waits
	var mu sync.Mutex
	var errs []error
	var all sync.WaitGroup
	repeat := func(every time.Duration, list *[]time.Duration, want int, request func(int64) []byte) {
		all.Go(func() {
			err := s.repeat(ctx, every, request, func(status int, wait time.Duration) {
				mu.Lock()
				defer mu.Unlock()
				if *list = append(*list, wait); status != want {
					w.Refused++
				}
			})
			if err != nil {
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			}
		})
	}
	if g.SignIn {
		repeat(0, &w.AtNew, http.StatusSeeOther, func(int64) []byte { return s.post("/login", s.newPlace(), g.Form) })
		repeat(0, &w.AtKnown, http.StatusSeeOther, func(int64) []byte { return s.post("/login", "192.0.2.1", g.Form) })
	}
	repeat(tokenEvery, &w.Tokens, http.StatusOK, func(int64) []byte { return g.Token })
	all.Wait()
	if len(errs) > 0 {
		return errs[0]
	}
	w.Places = s.places.Load()
	return json.NewEncoder(out).Encode(w)
}
