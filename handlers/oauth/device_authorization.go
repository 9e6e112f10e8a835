package oauth

import (
	"net/http"
	"net/url"
	"time"

	"gatepost/handlers/oauth/dialect"
	"gatepost/handlers/web"
)

// deviceAuthorizationResponse is the response of RFC 8628 section 3.2. Times are in seconds.
type deviceAuthorizationResponse struct {
	DeviceCode              string `json:"device_code"`
	UserCode                string `json:"user_code"`
	VerificationURI         string `json:"verification_uri"`
	VerificationURIComplete string `json:"verification_uri_complete"`
	ExpiresIn               int64  `json:"expires_in"`
	Interval                int64  `json:"interval"`
}

// verificationPath is the page where people enter user codes: RFC 8628's verification_uri.
const verificationPath = "/device"

// DeviceAuthorization answers POST /oauth2/device_authorization (RFC 8628 section 3.1).
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
	d, err := h.Grant.StartDeviceAuthorization(r.Context(), req)
	if err != nil {
		return err
	}
	setNoStore(w.Header())
	return web.WriteJSON(w, http.StatusOK, deviceAuthorizationResponse{
		DeviceCode: d.DeviceCode, UserCode: d.UserCode, VerificationURI: h.Issuer + verificationPath,
		VerificationURIComplete: h.Issuer + verificationPath + "?" + url.Values{"user_code": {d.UserCode}}.Encode(),
		ExpiresIn:               int64(d.ExpiresIn / time.Second), Interval: int64(d.Interval / time.Second),
	})
}
