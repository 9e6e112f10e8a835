package pages

import (
	"testing"
)

func TestRedirectProblemOffersToAddWhatMayBeAdded(t *testing.T) {
	const received = "https://app.example.com/cb/"
	m := RedirectProblem{
		Page: page(), App: "Hub", ClientID: "abc", Received: received, CanAdd: true, Next: "/oauth2/auth?state=1",
		Registered: DiffRedirects(received, []string{"https://app.example.com/cb", "https://other.example.com/"}),
	}
	html := render(t, m)
	wants(t, html, `<mark class="bad">/</mark>`, "slash at the end", "https://other.example.com/", "Add it only if it is yours",
		`action="/apps/abc/redirect-uris"`, `name="redirect_uri" value="`+received+`"`, `name="next" value="/oauth2/auth?state=1"`, "Add this URI")
	m.AddRefused = "Write https."
	html = render(t, m)
	wants(t, html, "Write https.")
	lacks(t, html, "Add this URI", `name="redirect_uri"`)
	m.CanAdd, m.WhoCan = false, "Ana Conti can add it."
	html = render(t, m)
	wants(t, html, "Ana Conti can add it.")
	lacks(t, html, "Add this URI", "<form")
}
