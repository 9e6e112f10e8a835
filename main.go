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
	"gatepost/static"
)

// Limits of a connection: others are served while one stalls.
const (
	headerTimeout  = 10 * time.Second
	readTimeout    = 30 * time.Second
	writeTimeout   = 60 * time.Second
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 64 << 10
	// stopTimeout is how long requests in flight have after SIGTERM.
	stopTimeout = 20 * time.Second
	// gcPercent lets the heap, of which a few MiB live, grow to five times that before it is
	// collected: at Go's default that is many times a second under load. GOGC overrides it.
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
		os.Exit(1) // asked twice: whatever is in flight is cut
	}()
	os.Exit(cli.Run(ctx, cli.Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Getenv: os.Getenv, Version: version(), Serve: serve,
	}))
}

// version is the module's, as the Go tool recorded it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// serve answers requests until ctx ends, then lets those in flight finish.
func serve(ctx context.Context, core *cli.Core, stdout io.Writer) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	s := core.Settings
	listener, err := net.Listen("tcp", s.Addr)
	if err != nil {
		return fmt.Errorf("can't listen on %s (GATEPOST_ADDR): %w", s.Addr, err)
	}
	server, err := handlers.New(ctx, handlers.Options{
		DB: core.DB, Hub: core.Hub, Key: core.Key, Minter: core.Minter, Hasher: core.Hasher, MailOn: core.Mail.Enabled(),
		Issuer: s.Issuer(), Brand: s.Brand, SigningAlg: s.SigningAlg, Static: static.FS, TrustedProxies: s.Proxies(),
		Log: core.Log, Now: time.Now,
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	ownerLink, err := core.Hub.OwnerLink(ctx)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	fmt.Fprintln(stdout, s.Brand+" serves "+s.URL)
	if ownerLink != "" {
		fmt.Fprintln(stdout, "Open this link to make the first owner (72 hours, once):\n\n  "+ownerLink+"\n")
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
		core.Log.Warn("requests were cut at the limit", "limit", stopTimeout)
		return web.Close()
	}
	<-tended // the mails that are being sent: each is bounded by the mail server's timeout
	return nil
}
