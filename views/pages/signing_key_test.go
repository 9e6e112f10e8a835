package pages

import (
	"testing"
	"time"
)

func TestKeySaysFromWhenAndUntilWhen(t *testing.T) {
	p := page()
	html := render(t, SigningKeys{Page: p, CanRotate: true, Keys: []SigningKeyRow{
		{KID: "k3", State: "next", Made: p.Now, SignsFrom: p.Now.Add(23 * time.Hour)},
		{KID: "k2", State: "signs", Made: p.Now, SignsUntil: p.Now.Add(23 * time.Hour)},
		{KID: "k1", State: "verifies", Made: p.Now, PublishedUntil: p.Now.Add(30 * time.Hour)},
	}})
	wants(t, html, "signs next", "Verifies only", "stops signing", "leaves the JWKS", "in 30 h", `href="/owner/keys/rotate"`)
	lacks(t, html, "signing since", "never")
}
