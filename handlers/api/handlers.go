// Package api answers programs that hold an access token, and describes itself to them:
//
//	/api/v1/me
//	/api/v1/apps.. with their secrets, tokens and events
//	/api/v1/devices.. and who sees them
//	/api/v1/teams.., members.., invitations.., audit-events, auth-failures..
//	/api/v1/personal-tokens.., authorizations.., sessions..: the account of the token's person
//	/api/v1/portal, signing-keys.., apis.., scopes: what the portal's owners keep
//	/api/v1.1/Device.., /api/v2/Device.. (the iotconnect dialect), whose failures have that vendor's shape
//	POST /transactions/mock (NXTsoft's sample API)
//	GET /openapi.json · GET /swagger-ui/{file}
//
// The token comes in the header Authorization alone (RFC 6750 section 2.1). A call by an app's own token reaches what its
// team has. A token that stands for a person reaches what that person may see and do at that moment, as far as the
// token's scopes go; which that is, are the rules of package hub. Failures are problem details (RFC 9457),
// whose type is an entry of the page /docs/errors.
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
	"gatepost/handlers/hub/team"
	"gatepost/handlers/keys"
	"gatepost/handlers/oauth/grant"
)

// Options are what the handlers work with; all but Log and Now are required.
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

// Handlers answer the addresses of the package. They are safe for concurrent use.
type Handlers struct {
	Options
	openAPITag string
	swagger    http.Handler
	called     sync.Map // client ids whose first call is written, until the process ends
	calls      *buckets
}

// New makes Handlers.
func New(o Options) *Handlers {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Handlers{Options: o, openAPITag: entityTag(o.OpenAPI), swagger: swaggerFiles(), calls: newBuckets(callBurst, callsPerSecond, o.Now)}
}
