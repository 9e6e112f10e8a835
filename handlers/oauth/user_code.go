package oauth

import (
	"errors"
	"net/http"
	"net/url"

	"gatepost/handlers/hub"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

// maxTypedCode bounds what is shown again after a wrong user code, in bytes.
const maxTypedCode = 64

// UserCodePage answers GET /device (RFC 8628 section 3.3). A code in the query (section 3.3.1)
// is filled in, but nothing is looked up until the person submits it.
func (h *Handlers) UserCodePage(w http.ResponseWriter, r *http.Request) error {
	code := grant.FormatUserCode(grant.ParseUserCode(r.URL.Query().Get("user_code")))
	return web.Render(w, r, http.StatusOK, pages.DeviceCode{Page: h.Edge.PageModel(r), UserCode: code})
}

// userCodePath is the page for a user code, with the code filled in.
func userCodePath(code string) string { return "/device?user_code=" + url.QueryEscape(code) }

// SubmitUserCode answers POST /device with the consent page of the device authorization that is
// pending for the code. Wrong codes are counted, since there are few enough to guess (RFC 8628
// section 5.1).
func (h *Handlers) SubmitUserCode(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	typed := form.Get("user_code")
	if len(typed) > maxTypedCode {
		typed = ""
	}
	showError := func(status int, text string) error {
		return web.Render(w, r, status, pages.DeviceCode{
			Page: h.Edge.PageModel(r), UserCode: typed, Errors: ui.Errors{{Field: "user_code", Text: text}},
		})
	}
	correct, err := h.Hub.GuessUserCode(r.Context(), web.Actor(r))
	var throttled *hub.Throttled
	if errors.As(err, &throttled) {
		web.SetErrorHeaders(w.Header(), web.Classify(err))
		return showError(http.StatusTooManyRequests, throttled.Error())
	}
	if err != nil {
		return err
	}
	prompt, err := h.Grant.ConsentForUserCode(r.Context(), typed, session(r))
	if errors.Is(err, grant.ErrUserCode) {
		return showError(http.StatusUnprocessableEntity, "No device is waiting for this code. Check the device again: a code works once, for 15 minutes.")
	}
	if err != nil {
		return err
	}
	if err := correct(); err != nil {
		return err
	}
	web.NoteClient(r, prompt.App.ClientID)
	return h.showConsent(w, r, prompt, userCodePath(prompt.UserCode), nil)
}
