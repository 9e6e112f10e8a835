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
	"gatepost/views/ui"
	"gatepost/views/words"
)

// deviceScopes are the scopes for IoT devices. They reach only the devices that the person can
// reach.
var deviceScopes = []string{
	"read", "write", "liveview", "audiotransmit", "liveview_ptz", "liveview_light", "liveview_audioclip", "recordings", "recordings_delete", "events",
}

// showConsent asks the person for consent (RFC 6749 section 10.2; ASVS 10.7.2 lists what the
// page must say). from is the path that asks again, should the answer come too late. After a refused
// answer, faults say what is wrong with it and chosen which teams were ticked.
func (h *Handlers) showConsent(w http.ResponseWriter, r *http.Request, prompt *grant.ConsentPrompt, from string, faults ui.Errors, chosen ...string) error {
	ctx := r.Context()
	team, err := h.DB.Team(ctx, prompt.App.TeamID)
	if err != nil {
		return err
	}
	person := web.VisitorOf(r).Person
	page := pages.Consent{
		Page: h.Edge.PageModel(r), Errors: faults, App: prompt.App.Name, Team: team.Name, Description: prompt.App.Description, ClientID: prompt.App.ClientID,
		PersonName: person.Name, PersonEmail: person.Email, RedirectHost: redirectTarget(prompt.RedirectURI), Lifetime: accessDuration(prompt.App),
		RequestID: prompt.ID, From: from, UserCode: prompt.UserCode, DeviceFrom: prompt.DeviceAddress, DeviceSays: prompt.DeviceAgent, Known: prompt.AuthorizedBefore, Again: words.ConsentAgain(string(prompt.Again)),
		Claimable: prompt.RedirectURI != "" && redirect.Interceptable(prompt.RedirectURI),
	}
	if page.Scopes, err = h.consentScopes(ctx, prompt); err != nil {
		return err
	}
	if page.Teams, err = h.consentTeams(ctx, prompt, person.ID); err != nil {
		return err
	}
	status := http.StatusOK
	if len(faults) > 0 {
		status = http.StatusUnprocessableEntity
		for i := range page.Teams {
			page.Teams[i].Checked = slices.Contains(chosen, page.Teams[i].ID)
		}
	}
	return web.Render(w, r, status, page)
}

// consentScopes describes the scopes.
func (h *Handlers) consentScopes(ctx context.Context, prompt *grant.ConsentPrompt) (out []pages.ConsentScope, err error) {
	catalogue, err := h.DB.Scopes(ctx)
	for _, name := range prompt.Scopes {
		s := pages.ConsentScope{Name: name, Text: name, New: slices.Contains(prompt.NewScopes, name)}
		if i := slices.IndexFunc(catalogue, func(c db.Scope) bool { return c.Name == name }); i >= 0 {
			s.Text = catalogue[i].Sentence
		}
		out = append(out, s)
	}
	return out, err
}

// consentTeams describes the teams that the person can let the app reach, and how many devices that
// is in each.
func (h *Handlers) consentTeams(ctx context.Context, prompt *grant.ConsentPrompt, personID string) (out []pages.ConsentTeam, err error) {
	var reach []db.TeamReach
	devices := slices.ContainsFunc(prompt.Scopes, func(name string) bool { return slices.Contains(deviceScopes, name) })
	if devices && len(prompt.Teams) > 0 {
		if reach, err = h.Devices.Reach(ctx, personID); err != nil {
			return nil, err
		}
	}
	for _, t := range prompt.Teams {
		team := pages.ConsentTeam{ID: t.ID, Name: t.Name, Checked: t.Chosen}
		if devices {
			team.Reach = "no device yet"
		}
		if i := slices.IndexFunc(reach, func(r db.TeamReach) bool { return r.TeamID == t.ID }); i >= 0 {
			team.Reach = fmt.Sprintf("%d of %d devices", reach[i].Visible, reach[i].Total)
		}
		out = append(out, team)
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

// Consent answers POST /oauth2/consent, the one form of the consent page: its request, the answer, and
// the teams that were ticked.
func (h *Handlers) Consent(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	answer := form["answer"]
	if len(form["request"]) != 1 || len(answer) != 1 || answer[0] != "allow" && answer[0] != "deny" {
		return web.BadRequest("The form must name the request that it answers, and say allow or deny.")
	}
	chosen := grant.ConsentAnswer{Allow: answer[0] == "allow", Teams: form["team"]}
	result, err := h.Grant.AnswerConsent(r.Context(), form.Get("request"), chosen, session(r))
	if errors.Is(err, grant.ErrChooseTeam) {
		var prompt *grant.ConsentPrompt
		if prompt, err = h.Grant.PendingConsent(r.Context(), form.Get("request"), session(r)); err == nil {
			return h.showConsent(w, r, prompt, form.Get("from"), ui.Errors{{Field: "team", Text: "Choose at least one of your teams, or deny the request."}}, chosen.Teams...)
		}
	}
	if errors.Is(err, grant.ErrConsentNotPending) {
		return &web.Error{
			Status: http.StatusConflict, Code: "conflict", Cause: err,
			Message: "This request was already answered, has expired, or belongs to another session. Go back to the app and start again.",
			Again:   web.ConsentFrom(form),
		}
	}
	if err != nil {
		return err
	}
	if result.Location == "" {
		return web.Render(w, r, http.StatusOK, pages.DeviceCodeDone{Page: h.Edge.PageModel(r), App: result.AppName, Allowed: result.Allowed})
	}
	return h.Edge.ToClient(w, r, result.Location, result.AppName, result.Allowed)
}
