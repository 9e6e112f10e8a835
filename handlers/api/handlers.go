package api

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/hub/catalogue"
	"gatepost/handlers/hub/device"
	"gatepost/handlers/hub/limit"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/keys"
	"gatepost/handlers/oauth/grant"
)

// Options are the dependencies of Handlers. Log and Now are optional.
type Options struct {
	Grant     *grant.Server
	Hub       *hub.Hub
	Accounts  *account.Accounts
	Teams     *team.Teams
	Apps      *app.Apps
	Devices   *device.Devices
	Catalogue *catalogue.Catalogue
	DB        *db.DB
	Keys      *keys.Ring
	Issuer    string
	OpenAPI   []byte // the document as JSON, as Document makes it
	// FetchDocument fetches an API's document from an address of a public host.
	FetchDocument func(ctx context.Context, address string) ([]byte, error)
	Log           *slog.Logger
	Now           func() time.Time
}

// Handlers answer the routes of this package. They are safe for concurrent use.
type Handlers struct {
	Options
	openAPITag string
	swagger    http.Handler
	called     sync.Map // client ids whose first call this process has recorded
	calls      *limit.Buckets
	parameters parameters
}

// New makes Handlers.
func New(o Options) *Handlers {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	parameters, err := parametersOf(o.OpenAPI)
	if err != nil {
		panic(err) // Document made it
	}
	return &Handlers{Options: o, openAPITag: entityTag(o.OpenAPI), swagger: swaggerFiles(), calls: limit.NewBuckets(limit.Calls, o.Now), parameters: parameters}
}
