package portal

import (
	"net/http"

	"gatepost/handlers/hub"
	"gatepost/handlers/web"
	"gatepost/views/pages"
)

// Components shows every part of the design system in every state.
func (p *Portal) Components(w http.ResponseWriter, r *http.Request) error {
	if !web.VisitorOf(r).Person.Owner {
		return &hub.Forbidden{What: "see the components", WhoCan: "It is for owners of the portal."}
	}
	return p.show(w, r, pages.Components{Page: p.base(r)})
}
