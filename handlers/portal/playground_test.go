package portal

import (
	"slices"
	"strings"
	"testing"

	"gatepost/db"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/oauth/grant"
	"gatepost/views/playground"
)

// An app that can't do a flow says why, and names a setting that changes it.
func TestCantPlay(t *testing.T) {
	apps := map[string]db.App{
		"server":    {AuthMethod: db.AuthSecret, Grants: []string{"client_credentials"}},
		"web":       {AuthMethod: db.AuthSecret, Grants: []string{"authorization_code", "refresh_token"}},
		"once":      {AuthMethod: db.AuthSecret, Grants: []string{"authorization_code"}},
		"native":    {AuthMethod: db.AuthNone, Grants: []string{"authorization_code", "refresh_token", grant.DeviceCode}},
		"signing":   {AuthMethod: db.AuthJWT, Grants: []string{"client_credentials"}},
		"inspector": {AuthMethod: db.AuthSecret, Grants: []string{"client_credentials"}, Introspection: "team"},
	}
	can := map[string][]string{
		playground.FlowClient:     {"server", "inspector"},
		playground.FlowCode:       {"web", "once", "native"},
		playground.FlowRefresh:    {"web", "native"},
		playground.FlowRevoke:     {"server", "web", "once", "native", "inspector"},
		playground.FlowIntrospect: {"inspector"},
		playground.FlowPersonal:   {"server", "web", "once", "native", "signing", "inspector"},
		playground.FlowDevice:     {"native"},
	}
	for flow, able := range can {
		for name, client := range apps {
			client.ClientID = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
			why, fix, href := cantPlay(flow, app.Facts{App: client})
			want := slices.Contains(able, name)
			if (why == "") != want || (fix == "") != want || (href == "") != want {
				t.Errorf("cantPlay(%s, %s) = %q, %q, %q, want it to be able = %t", flow, name, why, fix, href, want)
			}
			if href != "" && href != "/apps/new" && !strings.HasSuffix(href, client.ClientID) {
				t.Errorf("cantPlay(%s, %s) leads to %s, want the app's settings or a new app", flow, name, href)
			}
		}
	}
}
