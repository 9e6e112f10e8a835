package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"gatepost/db"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/redirect"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/words"
)

// deviceScopes are the scopes for IoT devices. They reach only the devices that the person can
// reach.
var deviceScopes = []string{
	"read", "write", "liveview", "audiotransmit", "liveview_ptz", "liveview_light", "liveview_audioclip", "recordings", "recordings_delete", "events",
}

// showConsent asks the person for consent (RFC 6749 section 10.2; ASVS 10.7.2 lists what the
// page must say).
func (h *Handlers) showConsent(w http.ResponseWriter, r *http.Request, prompt *grant.ConsentPrompt) error {
	ctx := r.Context()
	team, err := h.DB.Team(ctx, prompt.App.TeamID)
	if err != nil {
		return err
	}
	person := web.VisitorOf(r).Person
	page := pages.Consent{
		Page: h.Edge.PageModel(r), App: prompt.App.Name, Team: team.Name, Description: prompt.App.Description, ClientID: prompt.App.ClientID,
		PersonName: person.Name, PersonEmail: person.Email, RedirectHost: redirectTarget(prompt.RedirectURI), Lifetime: accessDuration(prompt.App),
		RequestID: prompt.ID, UserCode: prompt.UserCode, DeviceFrom: prompt.DeviceInfo, Known: prompt.AuthorizedBefore,
		Claimable: prompt.RedirectURI != "" && redirect.Interceptable(prompt.RedirectURI),
	}
	if page.Scopes, err = h.consentScopes(ctx, prompt, person.ID); err != nil {
		return err
	}
	web.AllowForm(w.Header(), grant.FormSource(prompt.RedirectURI))
	return web.Render(w, r, http.StatusOK, page)
}

// consentScopes describes the scopes, and how far each one reaches for this person.
func (h *Handlers) consentScopes(ctx context.Context, prompt *grant.ConsentPrompt, personID string) ([]pages.ConsentScope, error) {
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
	for _, name := range prompt.Scopes {
		s := pages.ConsentScope{Name: name, Text: name, New: slices.Contains(prompt.NewScopes, name)}
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

// redirectTarget describes where the browser goes afterwards.
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
	return "a program on this device, through " + u.Scheme + ":"
}

// accessDuration says how long the access lasts.
func accessDuration(app db.App) string {
	each := words.Lifetime(app.TokenLifetime)
	if !slices.Contains(app.Grants, grant.RefreshToken) {
		return "Once, for " + each + ". After that, the app must ask again."
	}
	return "Until you revoke it, for at most " + words.Lifetime(grant.RefreshAbsolute) + ". Each token works for " + each + "."
}

// Consent answers POST /oauth2/consent, the one form of the consent page.
func (h *Handlers) Consent(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	answer := form["answer"]
	if len(form["request"]) != 1 || len(answer) != 1 || answer[0] != "allow" && answer[0] != "deny" {
		return web.BadRequest("The form must name the request that it answers, and say allow or deny.")
	}
	result, err := h.Grant.AnswerConsent(r.Context(), form.Get("request"), answer[0] == "allow", session(r))
	if errors.Is(err, grant.ErrConsentNotPending) {
		return &web.Error{
			Status: http.StatusConflict, Code: "conflict", Cause: err,
			Message: "This request was already answered, has expired, or belongs to another session. Go back to the app and start again.",
		}
	}
	if err != nil {
		return err
	}
	if result.Location == "" {
		return web.Render(w, r, http.StatusOK, pages.DeviceCodeDone{Page: h.Edge.PageModel(r), App: result.AppName, Allowed: result.Allowed})
	}
	return redirectToClient(w, result.Location)
}
