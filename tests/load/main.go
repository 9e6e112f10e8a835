package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// What is measured, and for how long: after the build, a run takes about five minutes.
const (
	rounds    = 14
	span      = 500 * time.Millisecond // of one measurement in a round
	warmUp    = 500 * time.Millisecond
	maxTokens = 100_000 // of one measurement: a bound, not a goal
	limit     = 6 * time.Minute
)

var connections = []int{1, 16, 64}

func main() {
	onlyFloods := flag.Bool("floods", false, "send only the floods")
	good := flag.Bool("good", false, "be the clients whose waits are measured: used by the program itself")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	do := func() error { return run(ctx, *onlyFloods) }
	if *good {
		do = func() error { return runGood(ctx, os.Stdin, os.Stdout) }
	}
	if err := do(); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, onlyFloods bool) error {
	algorithm := cmp.Or(os.Getenv("GATEPOST_SIGNING_ALG"), "RS256")
	raw, err := newRawSigner(algorithm)
	if err != nil {
		return err
	}
	fmt.Printf("Gatepost, %s, %s/%s, %d processors, %s.\n", algorithm, runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	fmt.Println("Building and starting the server on a fresh database.")
	s, err := startServer(ctx, algorithm)
	if err != nil {
		return err
	}
	defer s.stop()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()

	r := &report{algorithm: algorithm}
	if r.idle, err = residentMemory(s.process.Process.Pid); err != nil {
		return err
	}
	targets := s.targets()
	for _, t := range targets { // the first token of a process pays for its argon2
		if _, err := s.measure(ctx, t, slices.Max(connections), warmUp); err != nil {
			return err
		}
	}
	if !onlyFloods {
		if err := s.measureTokens(ctx, r, raw, targets); err != nil {
			return err
		}
	}
	floods, err := s.endureAll(ctx)
	if err != nil {
		return err
	}
	if err := s.stop(); err != nil {
		return err
	}
	if !onlyFloods {
		if err := r.print(os.Stdout); err != nil {
			return err
		}
	}
	return printFloods(os.Stdout, floods)
}

// measureTokens measures each target in rounds, in turn with raw signatures.
func (s *server) measureTokens(ctx context.Context, r *report, raw *rawSigner, targets []target) error {
	stolen := stolenTime()
	for round := range rounds {
		fmt.Fprintf(os.Stderr, "\rround %d of %d ", round+1, rounds)
		for _, t := range targets {
			for _, n := range connections {
				if err := r.addRaw(raw); err != nil {
					return err
				}
				m, err := s.measure(ctx, t, n, span)
				if err != nil {
					return err
				}
				r.add(t.path, n, m)
			}
		}
	}
	fmt.Fprintln(os.Stderr)
	r.stolen = stolenTime() - stolen
	var err error
	r.after, err = residentMemory(s.process.Process.Pid)
	return err
}
