// Gatepost is a developer portal and OAuth 2.0 authorization server in one binary.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"gatepost/handlers"
	"gatepost/handlers/cli"
	"gatepost/handlers/setup"
	"gatepost/static"
)

// Limits of a connection, so that a stalled one doesn't keep others waiting.
const (
	headerTimeout  = 10 * time.Second
	readTimeout    = 30 * time.Second
	writeTimeout   = 60 * time.Second
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 64 << 10
	// stopTimeout is how long requests in flight have after SIGTERM.
	stopTimeout = 20 * time.Second
	// gcPercent lets the heap, a few MiB of which are live, grow to five times that between
	// collections: at Go's default they come many times a second under load. GOGC overrides it.
	gcPercent = 400
)

func main() {
	ctx, stop := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		<-signals
		stop()
		<-signals
		os.Exit(1) // the second signal doesn't wait for requests in flight
	}()
	os.Exit(cli.Run(ctx, cli.Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Getenv: os.Getenv, Build: handlers.ReadBuild(version, commit, date), Serve: serve,
	}))
}

// What make release stamps by the linker's flag -X. Other builds know what the Go tool recorded.
var version, commit, date string

// serve answers requests until ctx is done, then waits for those in flight.
func serve(ctx context.Context, portal *setup.Portal, stdout io.Writer) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	listener, err := net.Listen("tcp", portal.Settings.Addr)
	if err != nil {
		return fmt.Errorf("can't listen on %s (GATEPOST_ADDR): %w", portal.Settings.Addr, err)
	}
	server, err := handlers.New(ctx, portal, handlers.Options{Static: static.FS, Build: handlers.ReadBuild(version, commit, date)})
	if err == nil {
		err = greet(ctx, portal, stdout)
	}
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	tended := make(chan struct{})
	go func() {
		defer close(tended)
		server.Tend(ctx)
	}()
	web := &http.Server{
		Handler: server, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
	}
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	limit, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if err := web.Shutdown(limit); err != nil {
		portal.Log.Warn("requests were cut off at the time limit", "limit", stopTimeout)
		return web.Close()
	}
	<-tended // the mails that are being sent: the mail server's timeout bounds each
	return nil
}

// greet prints the portal's address, and the link that creates the first owner if there is none.
func greet(ctx context.Context, portal *setup.Portal, stdout io.Writer) error {
	link, err := portal.Hub.OwnerLink(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, portal.Settings.Brand+" serves "+portal.Settings.URL)
	if link != "" {
		fmt.Fprintln(stdout, "Open this link to make the first owner (72 hours, once):\n\n  "+link+"\n")
	}
	return nil
}
