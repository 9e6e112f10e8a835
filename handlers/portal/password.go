package portal

import (
	"net/http"

	"gatepost/handlers/hub"
)

// passwordLength is how many characters a form asks for at least. It is a hint: hub checks.
func (p *Portal) passwordLength(r *http.Request) int {
	n, err := p.Hub.PasswordLength(r.Context())
	if err != nil {
		return hub.MinPassword
	}
	return n
}
