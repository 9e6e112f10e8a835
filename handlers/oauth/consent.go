package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"gatepost/db"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/redirect"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

// deviceScopes are the scopes that reach devices, and so as far as their person does.
var deviceScopes = []string{
	"read", "write", "liveview", "audiotransmit", "liveview_ptz", "liveview_light", "liveview_audioclip", "recordings", "recordings_delete", "events",
}

// showConsent asks the person (RFC 6749 section 10.2; ASVS 10.7.2 says what of it in words).
func (h *Handlers) showConsent(w http.ResponseWriter, r *http.Request, ask *grant.ConsentPrompt) error {
	ctx := r.Context()
	team, err := h.DB.Team(ctx, ask.App.TeamID)
	if err != nil {
		return err
	}
	person := web.VisitorOf(r).Person
	page := pages.Consent{
		Page: h.Edge.PageModel(r), App: ask.App.Name, Team: team.Name, Description: ask.App.Description, ClientID: ask.App.ClientID,
		PersonName: person.Name, PersonEmail: person.Email, RedirectHost: redirectTarget(ask.RedirectURI), Lifetime: accessDuration(ask.App),
		RequestID: ask.ID, UserCode: ask.UserCode, DeviceFrom: ask.DeviceInfo, Known: ask.AuthorizedBefore,
		Claimable: ask.RedirectURI != "" && redirect.Interceptable(ask.RedirectURI),
	}
	if page.Scopes, err = h.consentScopes(ctx, ask, person.ID); err != nil {
		return err
	}
	web.AllowForm(w.Header(), grant.FormSource(ask.RedirectURI))
	return web.Render(w, r, http.StatusOK, page)
}

// consentScopes puts the scopes into words, with what the person's own access makes of them.
func (h *Handlers) consentScopes(ctx context.Context, ask *grant.ConsentPrompt, personID string) ([]pages.ConsentScope, error) {
	catalogue, err := h.DB.Scopes(ctx)
	if err != nil {
		return nil, err
	}
	visible, total, err := h.Devices.Reach(ctx, personID)
	if err != nil {
		return nil, err
	}
	reach := fmt.Sprintf("%d of %d devices", visible, total)
	if total == 0 {
		reach = "no device yet"
	}
	var out []pages.ConsentScope
	for _, name := range ask.Scopes {
		s := pages.ConsentScope{Name: name, Text: name, New: slices.Contains(ask.NewScopes, name)}
		if i := slices.IndexFunc(catalogue, func(c db.Scope) bool { return c.Name == name }); i >= 0 {
			s.Text = catalogue[i].Sentence
		}
		if slices.Contains(deviceScopes, name) {
			s.Reach = reach
		}
		out = append(out, s)
	}
	return out, nil
}

// backTo names where the browser goes afterwards.
func redirectTarget(redirectURI string) string {
	u, err := url.Parse(redirectURI)
	switch {
	case err != nil || redirectURI == "":
		return ""
	case u.Scheme == "https":
		return u.Host
	case u.Scheme == "http":
		return "a program on this device, at " + u.Host
	}
	return "a program on this device, by " + u.Scheme + ":"
}

// lifetime says how long a yes lasts.
func accessDuration(app db.App) string {
	each := ui.Seconds(int(app.TokenLifetime / time.Second))
	if !slices.Contains(app.Grants, grant.RefreshToken) {
		return "Once, for " + each + ". Then the app has to ask again."
	}
	return fmt.Sprintf("Until you end it, at the most %d days. Each token works for %s.", int(grant.RefreshAbsolute/(24*time.Hour)), each)
}

// Consent answers POST /oauth2/consent, the one form of the consent page.
func (h *Handlers) Consent(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	answer := form["answer"]
	if len(form["request"]) != 1 || len(answer) != 1 || answer[0] != "allow" && answer[0] != "deny" {
		return web.BadRequest("The form must say which request it answers, and allow or deny.")
	}
	out, err := h.Grant.AnswerConsent(r.Context(), form.Get("request"), answer[0] == "allow", session(r))
	if errors.Is(err, grant.ErrConsentNotPending) {
		return &web.Error{
			Status: http.StatusConflict, Code: "conflict", Cause: err,
			Message: "This was answered before, has expired, or was asked in another session. Go back to the app and start again.",
		}
	}
	if err != nil {
		return err
	}
	if out.Location == "" {
		return web.Render(w, r, http.StatusOK, pages.DeviceDone{Page: h.Edge.PageModel(r), App: out.AppName, Allowed: out.Allowed})
	}
	return redirectToClient(w, out.Location)
}
