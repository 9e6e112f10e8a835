// Package handlers builds the HTTP server: New takes an open portal and returns one
// http.Handler; routes.go is the one table of routes.
package handlers

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"

	"gatepost/assets"
	"gatepost/db"
	"gatepost/handlers/api"
	"gatepost/handlers/fetch"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/keys"
	"gatepost/handlers/oauth"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/portal"
	"gatepost/handlers/secret"
	"gatepost/handlers/setup"
	"gatepost/handlers/web"
)

// Options are what a server needs apart from an open portal.
type Options struct {
	Static fs.FS // what browsers load
	Build  web.Build
	// Reach carries calls to the APIs of owners. Nil reaches public https hosts only; tests
	// bring servers of their own.
	Reach http.RoundTripper
}

// ReadBuild tells which program is running: see web.ReadBuild.
func ReadBuild(version, commit, date string) web.Build { return web.ReadBuild(version, commit, date) }

// verifiedSecrets is how many checked client secrets a process remembers, at about 100 bytes
// each.
const verifiedSecrets = 100_000

// Server answers every address of the portal.
type Server struct {
	http.Handler
	keys *keys.Ring
	db   *db.DB
	hub  *hub.Hub
	apps *app.Apps
	log  *slog.Logger
}

// New makes the server. It creates a signing key if the database has none for the algorithm.
func New(ctx context.Context, open *setup.Portal, o Options) (*Server, error) {
	issuer := open.Settings.Issuer().String()
	ring, err := keys.Open(ctx, open.DB, keys.Options{
		Algorithm: open.Settings.SigningAlg, Box: open.Key.NewBox(keys.Purpose), Now: open.Now,
	})
	if err != nil {
		return nil, err
	}
	fetcher := fetch.New()
	grants := grant.New(grant.Options{
		DB: open.DB, Keys: ring, Minter: open.Minter, Hasher: open.Hasher, Verified: secret.NewVerified(verifiedSecrets),
		Issuer: issuer, Now: open.Now, Ring: open.Key, FetchKeys: fetcher.Get,
		OnHeld: func(ctx context.Context, tx *db.Tx, app db.App, caller db.Caller) error {
			return open.Apps.MailHeldToken(ctx, tx, hub.HolderActor(caller.Address, caller.UserAgent), app)
		},
	})
	if o.Reach == nil {
		o.Reach = fetch.NewGuard()
	}
	edge, err := web.New(web.Options{
		DB: open.DB, Hub: open.Hub, Accounts: open.Accounts, Teams: open.Teams, Issuer: open.Settings.Issuer(), Brand: open.Settings.Brand, Static: o.Static,
		TrustedProxies: open.Settings.Proxies(), Log: open.Log, Now: open.Now, Build: o.Build,
	})
	if err != nil {
		return nil, err
	}
	pages, err := portal.New(portal.Options{
		Edge: edge, Hub: open.Hub, Accounts: open.Accounts, Teams: open.Teams, Apps: open.Apps, Devices: open.Devices, Catalogue: open.Catalogue,
		DB: open.DB, Grant: grants, Keys: ring, Issuer: issuer, MailOn: open.Mail.Enabled(),
		FetchDocument: fetcher.Document, Reach: o.Reach,
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
	clients := oauth.New(oauth.Options{
		Grant: grants, Keys: ring, Edge: edge, Hub: open.Hub, Accounts: open.Accounts, Apps: open.Apps, Devices: open.Devices,
		DB: open.DB, Issuer: issuer, Key: open.Key,
	})
	programs := api.New(api.Options{
		Grant: grants, Hub: open.Hub, Accounts: open.Accounts, Teams: open.Teams, Apps: open.Apps, Devices: open.Devices, Catalogue: open.Catalogue,
		DB: open.DB, Keys: ring, Issuer: issuer, OpenAPI: document, FetchDocument: fetcher.Document,
		Log: open.Log, Now: open.Now,
	})
	r := newRouter(pages, clients, programs, edge, open.DB)
	return &Server{Handler: edge.All(r), keys: ring, db: open.DB, hub: open.Hub, apps: open.Apps, log: open.Log}, nil
}
