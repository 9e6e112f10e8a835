package portal

import (
	"net/http"

	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/words"
)

// RetireSecretForm asks when a secret expires.
func (p *Portal) RetireSecretForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.retireSecretPage(r)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) retireSecretPage(r *http.Request) (pages.SecretRetire, error) {
	facts, app, err := p.managedBoard(r, "change when a secret of this app expires")
	if err != nil {
		return pages.SecretRetire{}, err
	}
	page := pages.SecretRetire{Page: p.base(r), App: appHead(facts)}
	for _, e := range app.Secrets {
		if e.Secret.ID != r.PathValue("id") {
			continue
		}
		page.Secret = liveSecret(e, true, p.Hub.Now())
		page.End = "never"
		if !e.Secret.ExpiresAt.IsZero() {
			page.End, page.Until = "time", e.Secret.ExpiresAt.UTC().Format("2006-01-02T15:04")
		}
		return page, nil
	}
	_, _, err = p.secretOf(r, "change when a secret of this app expires")
	return page, err
}

// RetireSecret changes when a secret expires.
func (p *Portal) RetireSecret(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.retireSecretPage(r)
	if err != nil {
		return err
	}
	end, err := endOf(form.Get("expires_at"), form.Get("until"), "expires_at", "until", p.Hub.Now())
	if err == nil {
		err = p.Apps.RetireAt(r.Context(), web.Actor(r), page.App.ClientID, page.Secret.ID, end)
	}
	if faults, ok := fieldErrors(err); ok {
		page.End, page.Until, page.Errors = form.Get("expires_at"), form.Get("until"), faults
		return p.again(w, r, page)
	}
	if err != nil {
		return err
	}
	said := "The secret …" + page.Secret.Hint + " no longer expires. It works until it is revoked."
	if !end.IsZero() {
		said = "The secret …" + page.Secret.Hint + " expires " + words.Relative(end, p.Hub.Now()) + ", on " + words.Exact(end) + ". It works until then."
	}
	return p.done(w, r, "/apps/"+page.App.ClientID+"/secrets", said)
}
