package oauth

import (
	"errors"
	"net/http"

	"gatepost/handlers/hub"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

// Device answers GET /device (RFC 8628 section 3.3), also with the code in the address
// (section 3.3.1): it is filled in, and nothing is looked up until the person sends it.
func (h *Handlers) UserCodePage(w http.ResponseWriter, r *http.Request) error {
	code := grant.FormatUserCode(grant.ParseUserCode(r.URL.Query().Get("user_code")))
	return web.Render(w, r, http.StatusOK, pages.Device{Page: h.Edge.PageModel(r), UserCode: code})
}

// DeviceCode answers POST /device with the consent of the device that waits with the code.
// Wrong codes are counted, since there are few enough to guess (RFC 8628 section 5.1).
func (h *Handlers) SubmitUserCode(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	typed := form.Get("user_code")
	if len(typed) > 64 {
		typed = ""
	}
	again := func(status int, text string) error {
		return web.Render(w, r, status, pages.Device{
			Page: h.Edge.PageModel(r), UserCode: typed, Errors: ui.Errors{{Field: "user_code", Text: text}},
		})
	}
	right, err := h.Hub.GuessUserCode(web.Actor(r))
	var throttled *hub.Throttled
	if errors.As(err, &throttled) {
		web.SetErrorHeaders(w.Header(), web.Classify(err))
		return again(http.StatusTooManyRequests, "Too many wrong codes. Try again in "+ui.Span(throttled.RetryAfter)+".")
	}
	if err != nil {
		return err
	}
	ask, err := h.Grant.ConsentForUserCode(r.Context(), typed, session(r))
	if errors.Is(err, grant.ErrUserCode) {
		return again(http.StatusUnprocessableEntity, "No device waits with this code. Look at the device again: a code works for 15 minutes, and once.")
	}
	if err != nil {
		return err
	}
	right()
	web.NoteClient(r, ask.App.ClientID)
	return h.showConsent(w, r, ask)
}
