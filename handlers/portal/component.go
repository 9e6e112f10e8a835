package portal

import (
	"net/http"

	"gatepost/handlers/web"
	"gatepost/views/pages"
)

// Components shows every part of the design system in every state.
func (p *Portal) Components(w http.ResponseWriter, r *http.Request) error {
	if err := p.Hub.MayOwn(r.Context(), web.Actor(r), "see the components"); err != nil {
		return err
	}
	return p.show(w, r, pages.Components{Page: p.base(r)})
}
