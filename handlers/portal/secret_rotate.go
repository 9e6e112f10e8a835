package portal

import (
	"errors"
	"net/http"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

// managedBoard returns an app's board to someone who may change the app.
func (p *Portal) managedBoard(r *http.Request, what string) (app.Facts, app.RotationApp, error) {
	facts, _, err := p.managed(r, what)
	if err != nil {
		return facts, app.RotationApp{}, err
	}
	client, err := p.Apps.Rotation(r.Context(), web.Actor(r), facts.ClientID)
	return facts, client, err
}

// RotateSecretForm asks about the new secret, and when the old one expires.
func (p *Portal) RotateSecretForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.rotateSecretPage(r, r.URL.Query().Get("secret"))
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

// rotateSecretPage is the form for the old secret with this id, or for the newest live one.
func (p *Portal) rotateSecretPage(r *http.Request, oldID string) (pages.SecretRotate, error) {
	facts, client, err := p.managedBoard(r, "rotate a secret of this app")
	if err != nil {
		return pages.SecretRotate{}, err
	}
	if facts.AuthMethod == db.AuthNone {
		return pages.SecretRotate{}, hub.ErrNoSecrets
	}
	page := pages.SecretRotate{Page: p.base(r), App: appHead(facts), Once: once()}
	for _, e := range client.Secrets {
		if e.Secret.ID == oldID || oldID == "" && !e.Secret.Playground {
			page.Old = liveSecret(e, true, p.Hub.Now())
			page.Label = e.Secret.Label
			break
		}
	}
	if oldID != "" && page.Old.ID == "" {
		return page, hub.ErrSecretEnded
	}
	if len(facts.Live) >= app.MaxLiveSecrets {
		page.Off, page.OffReason = true, hub.ErrSecretLimit.Error()
	}
	return page, nil
}

// RotateSecret adds the new secret, sets when the old one expires, and answers with the one page
// that shows the new one.
func (p *Portal) RotateSecret(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	clientID, now := r.PathValue("client_id"), p.Hub.Now()
	ends, err := expiry(form.Get("expires_at"), "expires_at", now)
	in := app.RotationRequest{NewSecret: app.NewSecret{Label: form.Get("label"), ExpiresAt: ends, Once: form.Get("once")}, OldID: form.Get("old")}
	switch choice := form.Get("keep_old"); {
	case err != nil:
	case in.OldID == "" && choice == "":
		in.Keep = 24 * time.Hour // the form showed no old secret: one that was made since doesn't expire immediately
	default:
		err = keepOld(&in, choice, form.Get("keep_until"), now)
	}
	var done app.Rotated
	if err == nil {
		done, err = p.Apps.RotateSecret(r.Context(), web.Actor(r), clientID, in)
	}
	if err == nil {
		page := pages.SecretReveal{Rotated: true, Next: "/apps/" + clientID + "/secrets", OldHint: done.Old.Hint}
		if done.OldEndsAt.After(p.Hub.Now()) {
			page.OldEnds = done.OldEndsAt
		}
		return p.reveal(w, r, done.App.Name, done.New, page)
	}
	faults, ok := fieldErrors(err)
	status := http.StatusUnprocessableEntity
	if errors.Is(err, hub.ErrSecretLimit) {
		faults, ok, status = ui.Errors{{Text: "Nothing was rotated: this app already has as many secrets as it can have."}}, true, http.StatusConflict
	}
	if ok {
		page, err := p.rotateSecretPage(r, form.Get("old"))
		if err != nil {
			return err
		}
		page.Label, page.Expires, page.KeepOld, page.Until, page.Errors = form.Get("label"), form.Get("expires_at"), form.Get("keep_old"), form.Get("keep_until"), faults
		page.Once = form.Get("once")
		return web.Render(w, r, status, page)
	}
	var again *hub.AlreadyDone
	if errors.As(err, &again) {
		return p.done(w, r, "/apps/"+clientID+"/secrets", "This rotation is already done. The new secret was shown once and can't be shown again; rotate it if you didn't save it.")
	}
	return err
}

// keepOld reads when the old secret expires.
func keepOld(in *app.RotationRequest, choice, until string, now time.Time) error {
	end, err := endOf(choice, until, "keep_old", "keep_until", now)
	switch {
	case err != nil:
		return err
	case choice == "never":
		return hub.BadField("keep_old", "Choose when it expires.")
	case choice == "time":
		in.Until = end
	default:
		in.Keep = end.Sub(now)
	}
	return nil
}
