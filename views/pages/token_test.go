package pages

import (
	"testing"
	"time"
)

func TestTokenRowSaysWhoseItIsAndWhatIssuedIt(t *testing.T) {
	p := page()
	m := Tokens{Page: p, App: AppHead{ClientID: "abc"}, Rows: []TokenRow{
		{JTI: "j1", Who: "Ana Conti", Scopes: []string{"read"}, Issued: p.Now.Add(-time.Minute), Expires: p.Now.Add(time.Hour), SecretHint: "k3f9", Dialect: "netrex", Refreshable: true, CanRevoke: true},
		{JTI: "j2", Issued: p.Now, Expires: p.Now.Add(time.Hour)},
	}}
	html := render(t, m)
	wants(t, html, "Ana Conti", "with secret …k3f9, netrex", "can be renewed", "the app itself", `href="/apps/abc/tokens/j1/revoke"`)
	lacks(t, html, "/j2/revoke", "revoke-all")
}
