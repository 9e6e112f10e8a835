package portal

import (
	"errors"
	"net/http"

	"gatepost/handlers/keys"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/words"
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
			page.CanRotate, page.Reason = false, "The next key is already published. You can rotate again once it signs."
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
		"A new key is published immediately.",
		"It starts to sign " + words.Span(keys.PublishFirst) + " later, once every cached JWKS has it. Until then the current key signs.",
		"The current key stays published until the last token that it signed has expired: " + words.Span(keys.KeepPublished) + " after its last signature.",
		"No token stops working, and services don't need to do anything as long as they reload the JWKS after its max-age of " + words.Span(keys.MaxAge) + ".",
	}})
}

// RotateSigningKey publishes the new key.
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
	return p.done(w, r, "/owner/keys", "The new key is published. This page shows when it starts to sign.")
}
