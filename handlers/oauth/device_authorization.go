package oauth

import (
	"net/http"
	"net/url"
	"time"

	"gatepost/handlers/oauth/dialect"
	"gatepost/handlers/web"
)

// deviceAuthorization is the answer of RFC 8628 section 3.2. Times are seconds.
type deviceAuthorizationResponse struct {
	DeviceCode              string `json:"device_code"`
	UserCode                string `json:"user_code"`
	VerificationURI         string `json:"verification_uri"`
	VerificationURIComplete string `json:"verification_uri_complete"`
	ExpiresIn               int64  `json:"expires_in"`
	Interval                int64  `json:"interval"`
}

// devicePath is the page where people type user codes.
const devicePath = "/device"

// DeviceAuthorization answers POST /oauth2/device_authorization.
func (h *Handlers) DeviceAuthorization(w http.ResponseWriter, r *http.Request) error {
	return recordBody(w, r, h.deviceAuthorization)
}

func (h *Handlers) deviceAuthorization(w http.ResponseWriter, r *http.Request) error {
	if err := rejectQuery(r); err != nil {
		return err
	}
	form, err := web.ReadForm(w, r, dialect.Resource)
	if err != nil {
		return err
	}
	req, err := dialect.Credentials(r.Header.Values("Authorization"), form)
	logClient(r, req.ClientID)
	if err != nil {
		return err
	}
	req.Scope, req.Resources, req.Caller = form.Get("scope"), dialect.Resources(form), web.Caller(r)
	if err := h.Hub.CountUserCodeRequest(req.Caller.Address); err != nil {
		return err
	}
	started, err := h.Grant.StartDeviceAuthorization(r.Context(), req)
	if err != nil {
		return err
	}
	setNoStore(w.Header())
	return web.WriteJSON(w, http.StatusOK, deviceAuthorizationResponse{
		DeviceCode: started.DeviceCode, UserCode: started.UserCode, VerificationURI: h.Issuer + devicePath,
		VerificationURIComplete: h.Issuer + devicePath + "?" + url.Values{"user_code": {started.UserCode}}.Encode(),
		ExpiresIn:               int64(started.ExpiresIn / time.Second), Interval: int64(started.Interval / time.Second),
	})
}
