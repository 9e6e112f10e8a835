package portal

import (
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/words"
)

// RetireSecretForm asks when a secret expires.
func (p *Portal) RetireSecretForm(w http.ResponseWriter, r *http.Request) error {
	page, _, err := p.retireSecretPage(r)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

// retireSecretPage returns the page, and the secret as it shows it.
func (p *Portal) retireSecretPage(r *http.Request) (pages.SecretRetire, *app.SeenSecret, error) {
	facts, board, err := p.managedBoard(r, "change when a secret of this app expires")
	if err != nil {
		return pages.SecretRetire{}, nil, err
	}
	page := pages.SecretRetire{Page: p.base(r), App: appHead(facts)}
	for _, e := range board.Secrets {
		if e.Secret.ID != r.PathValue("id") {
			continue
		}
		page.Secret = liveSecret(e, true, p.Hub.Now())
		page.End = "never"
		if !e.Secret.ExpiresAt.IsZero() {
			page.End, page.Until = "time", e.Secret.ExpiresAt.UTC().Format("2006-01-02T15:04")
		}
		return page, app.SeenOf(e.Secret), nil
	}
	_, _, err = p.secretOf(r, "change when a secret of this app expires")
	return page, nil, err
}

// RetireSecret changes when a secret expires.
func (p *Portal) RetireSecret(w http.ResponseWriter, r *http.Request) error {
	clientID := r.PathValue("client_id")
	var (
		seen *app.SeenSecret
		hint string
		end  time.Time
	)
	return saveEdit(p, w, r, edit[pages.SecretRetire]{
		page: func() (page pages.SecretRetire, err error) {
			page, seen, err = p.retireSecretPage(r)
			hint = page.Secret.Hint
			return page, err
		},
		form: pages.SecretRetire.Form,
		save: func(form url.Values) (err error) {
			if end, err = endOf(form.Get("expires_at"), form.Get("until"), "expires_at", "until", p.Hub.Now()); err != nil {
				return err
			}
			return p.Apps.RetireAt(r.Context(), web.Actor(r), clientID, r.PathValue("id"), seen, end)
		},
		again: func(page pages.SecretRetire, back cameBack) (templ.Component, error) {
			page.End, page.Until, page.Errors, page.Version = back.Get("expires_at"), back.Get("until"), back.faults, back.version
			return page, nil
		},
		log: changesOf(clientID, hub.ActionSecretEndChanged, hub.ActionSecretRetiring),
		done: func() error {
			said := "The secret …" + hint + " no longer expires. It works until it is revoked."
			if !end.IsZero() {
				said = "The secret …" + hint + " expires " + words.Relative(end, p.Hub.Now()) + ", on " + words.Exact(end) + ". It works until then."
			}
			return p.done(w, r, "/apps/"+clientID+"/secrets", said)
		},
	})
}
