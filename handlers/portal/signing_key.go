package portal

import (
	"errors"
	"net/http"

	"gatepost/handlers/keys"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

// SigningKeys lists the portal's published signing keys.
func (p *Portal) SigningKeys(w http.ResponseWriter, r *http.Request) error {
	list, err := p.Catalogue.SigningKeys(r.Context(), web.Actor(r), p.Keys)
	if err != nil {
		return err
	}
	page := pages.SigningKeys{Page: p.base(r), CanRotate: true}
	for _, k := range list {
		page.Keys = append(page.Keys, pages.SigningKeyRow{
			KID: k.KID, Algorithm: k.Algorithm, State: k.State, Made: k.CreatedAt,
			SignsFrom: k.SignsFrom, SignsUntil: k.SignsUntil, PublishedUntil: k.PublishedUntil,
		})
		if k.State == keys.Next {
			page.CanRotate, page.Reason = false, "The next key is published already: another one can follow when it signs."
		}
	}
	return p.show(w, r, page)
}

// RotateSigningKeyForm says what a rotation does before it is done.
func (p *Portal) RotateSigningKeyForm(w http.ResponseWriter, r *http.Request) error {
	list, err := p.Catalogue.SigningKeys(r.Context(), web.Actor(r), p.Keys)
	if err != nil {
		return err
	}
	for _, k := range list {
		if k.State == keys.Next {
			return web.SeeOther(w, r, "/owner/keys")
		}
	}
	return p.show(w, r, pages.SigningKeyRotate{Page: p.base(r), Facts: []string{
		"A new key is published at once.",
		"It begins to sign " + ui.Span(keys.PublishFirst) + " later, when nobody can hold a JWKS without it any more. Until then the present key signs.",
		"The present key stays published until the last token that it signed has ended: " + ui.Span(keys.KeepPublished) + " after its last signature.",
		"No token stops working, and no service has to do anything, if it reads the JWKS again when its " + ui.Span(keys.MaxAge) + " are over.",
	}})
}

// RotateSigningKey makes the new key.
func (p *Portal) RotateSigningKey(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.PageForm(w, r); err != nil {
		return err
	}
	_, err := p.Catalogue.RotateKey(r.Context(), web.Actor(r), p.Keys)
	if errors.Is(err, keys.ErrRotating) {
		return web.SeeOther(w, r, "/owner/keys") // the page says what is under way
	}
	if err != nil {
		return err
	}
	return p.done(w, r, "/owner/keys", "The new key is published. The page says when it begins to sign.")
}
