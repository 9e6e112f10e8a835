// Package handlers puts the parts of the server together: New takes what main has opened
// and gives the one http.Handler; routes.go is the one table of addresses.
package handlers

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"gatepost/assets"
	"gatepost/db"
	"gatepost/handlers/api"
	"gatepost/handlers/fetch"
	"gatepost/handlers/hub"
	"gatepost/handlers/keys"
	"gatepost/handlers/oauth"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/portal"
	"gatepost/handlers/secret"
	"gatepost/handlers/web"
)

// Options are what a server is made from; all but TrustedProxies are required.
type Options struct {
	DB             *db.DB
	Hub            *hub.Hub
	Key            secret.Key
	Minter         *secret.Minter
	Hasher         *secret.Hasher
	MailOn         bool
	Issuer         *url.URL
	Brand          string
	SigningAlg     string // RS256, ES256 or EdDSA
	Static         fs.FS
	TrustedProxies []netip.Prefix
	Log            *slog.Logger
	Now            func() time.Time
	// Reach carries calls to the APIs of owners. No setting leads here: nil, as main leaves it, reaches public https
	// hosts only; tests have servers of their own.
	Reach http.RoundTripper
}

// verifiedSecrets is how many client secrets a process remembers as checked: about 100
// bytes each.
const verifiedSecrets = 100_000

// Server answers every address of the portal.
type Server struct {
	http.Handler
	keys *keys.Ring
	db   *db.DB
	hub  *hub.Hub
	log  *slog.Logger
}

// New makes the server. It makes a signing key when the database has none for the algorithm.
func New(ctx context.Context, o Options) (*Server, error) {
	issuer := o.Issuer.String()
	ring, err := keys.Open(ctx, o.DB, keys.Options{Algorithm: o.SigningAlg, EncryptionKey: o.Key.Derive("signing keys"), Now: o.Now})
	if err != nil {
		return nil, err
	}
	fetcher := fetch.New()
	grants := grant.New(grant.Options{
		DB: o.DB, Keys: ring, Minter: o.Minter, Hasher: o.Hasher, Verified: secret.NewVerified(verifiedSecrets), Issuer: issuer, Now: o.Now,
		FetchKeys: fetcher.Get,
	})
	if o.Reach == nil {
		o.Reach = fetch.NewGuard()
	}
	edge, err := web.New(web.Options{
		DB: o.DB, Hub: o.Hub, Issuer: o.Issuer, Brand: o.Brand, Static: o.Static, TrustedProxies: o.TrustedProxies, Log: o.Log, Now: o.Now,
	})
	if err != nil {
		return nil, err
	}
	pages, err := portal.New(portal.Options{
		Edge: edge, Hub: o.Hub, DB: o.DB, Grant: grants, Keys: ring, Issuer: issuer, MailOn: o.MailOn, FetchDocument: fetcher.Document, Reach: o.Reach,
	})
	if err != nil {
		return nil, err
	}
	spec, err := assets.FS.ReadFile("openapi.yaml")
	if err != nil {
		return nil, fmt.Errorf("handlers: %w", err)
	}
	document, err := api.Document(spec, issuer)
	if err != nil {
		return nil, err
	}
	clients := oauth.New(oauth.Options{Grant: grants, Keys: ring, Edge: edge, Hub: o.Hub, DB: o.DB, Issuer: issuer, BasicKey: o.Key.Derive("basic token")})
	programs := api.New(api.Options{
		Grant: grants, Hub: o.Hub, DB: o.DB, Keys: ring, Issuer: issuer, OpenAPI: document, FetchDocument: fetcher.Document, Log: o.Log, Now: o.Now,
	})
	r := newRouter(pages, clients, programs, edge, o.DB)
	return &Server{Handler: edge.All(r), keys: ring, db: o.DB, hub: o.Hub, log: o.Log}, nil
}

// Rows that Purge removes at once, and how often it comes.
const (
	purgeLimit = 5000
	purgeEvery = 10 * time.Minute
	keysEvery  = time.Minute
	warnEvery  = time.Hour
)

// How many mails a process sends at once, so that one slow answer delays few others; and how often each sender looks
// for mails whose wait is over or that another process queued. Those of this process wake one at once.
const (
	mailSenders = 4
	mailEvery   = 2 * time.Second
)

// Tend does what a running server owes its database until ctx ends: it takes up signing
// keys that another process made, removes rows whose use has ended, warns of secrets that end
// soon, and sends the mails of the outbox. It returns when the mails that are being sent are through.
func (s *Server) Tend(ctx context.Context) {
	var senders sync.WaitGroup
	for range mailSenders {
		senders.Go(func() { s.sendMails(ctx) })
	}
	defer senders.Wait()
	refresh, purge := time.NewTicker(keysEvery), time.NewTicker(purgeEvery)
	defer refresh.Stop()
	defer purge.Stop()
	warn := time.NewTimer(0) // a server that is often started anew warns too
	defer warn.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-refresh.C:
			err = s.keys.Refresh(ctx)
		case <-purge.C:
			err = s.purge(ctx)
		case <-warn.C:
			err = s.hub.Warn(ctx)
			warn.Reset(warnEvery)
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			s.log.Error("tending failed", "error", err)
		}
	}
}

// sendMails is one sender: it sends what is due, then waits for more.
func (s *Server) sendMails(ctx context.Context) {
	look := time.NewTicker(mailEvery)
	defer look.Stop()
	for {
		for found := true; found && ctx.Err() == nil; {
			var err error
			if found, err = s.hub.DeliverMail(ctx); err != nil && !errors.Is(err, context.Canceled) {
				s.log.Error("sending mails failed", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		case <-s.db.MailQueued():
		}
	}
}

func (s *Server) purge(ctx context.Context) error {
	for {
		n, err := s.db.Purge(ctx, purgeLimit)
		if err != nil || n < purgeLimit {
			return err
		}
	}
}
