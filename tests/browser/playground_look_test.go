package browser

import (
	"context"
	"testing"

	"gatepost/tests/testapp"
)

// partOfPlayground has each flow, before and after an answer.
func partOfPlayground(t *testing.T, chrome context.Context) {
	b, app, _ := newPlayground(t, chrome)
	web := app.AddClient(t, "First team", "Night watch", "web")
	native := app.AddClient(t, "First team", "Camera", "native", "--redirect-uri", app.URL+"/playground/callback")
	b.mayRefuse("/oauth2/token")
	var sights []sight
	for flow, c := range map[string]testapp.Credentials{"authorization-code": native, "refresh": web, "revoke": web, "introspect": web, "personal-token": {}, "device": native} {
		sights = append(sights, sight{name: "playground-" + flow, path: "/playground/" + flow + "?app=" + c.ClientID})
	}
	sights = append(sights,
		sight{name: "playground-add-redirect", path: "/playground/authorization-code?app=" + web.ClientID},
		sight{name: "playground-callback", path: "/playground/callback?state=x&code=gpc_x"},
		sight{name: "playground-device-asking", path: "/playground/device?app=" + native.ClientID, act: func(b *tab) {
			b.click("button", "Ask for a code")
			b.sees("Asks again in")
			b.holds("device_code")
		}},
		sight{name: "playground-refused", path: "/playground/refresh?app=" + web.ClientID, act: func(b *tab) {
			b.fill("Client secret", "gps_wrong")
			b.fill("Refresh token", "gpr_wrong")
			b.click("button", "Refresh token")
			b.answered("/oauth2/token", 401)
		}},
	)
	b.look(sights)
}
