package api

import (
	"fmt"
	"net/http"
	"time"

	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
)

// RotateSecret answers POST /api/v1/apps/{client_id}/secrets/rotate with a new secret, shown once.
// The old one, which is the latest or the one that the body names, keeps working until the time in the
// body, or for a day.
func (h *Handlers) RotateSecret(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, writeApps, "client_id")
	if err != nil {
		return err
	}
	var in struct {
		Label     string     `json:"label" null:"clear"`
		ExpiresAt *time.Time `json:"expires_at" null:"clear"`
		KeepOld   *int64     `json:"keep_old"` // seconds
		KeepUntil *time.Time `json:"keep_until" null:"clear"`
		Old       string     `json:"old"` // id of the secret to retire
	}
	once, err := readOnce(w, r, &in)
	if err != nil {
		return err
	}
	request := app.RotationRequest{
		NewSecret: app.NewSecret{Label: in.Label, ExpiresAt: orZero(in.ExpiresAt), Once: once}, Keep: 24 * time.Hour, Until: orZero(in.KeepUntil), OldID: in.Old,
	}
	switch most := int64(app.MaxKeepOld / time.Second); {
	case in.KeepOld == nil:
	case in.KeepUntil != nil && !in.KeepUntil.IsZero():
		return fault("keep_until", "Send keep_old or keep_until, not both.")
	case *in.KeepOld < 0 || *in.KeepOld > most:
		return fault("keep_old", fmt.Sprintf("Write a number of seconds from 0 to %d.", most))
	default:
		request.Keep = time.Duration(*in.KeepOld) * time.Second
	}
	made, err := h.Apps.RotateSecret(r.Context(), by, id, request)
	if err != nil {
		return madeBefore(w, err, secretsAddress)
	}
	w.Header().Set("Location", secretsAddress(id)+"/"+made.New.ID)
	return web.WriteJSON(w, http.StatusCreated, struct {
		clientSecret
		ClientID     string     `json:"client_id"`
		ClientSecret string     `json:"client_secret"`
		Old          string     `json:"old"`
		OldEndsAt    *time.Time `json:"old_ends_at"`
	}{newSecret(made.New, by.Name), id, made.New.Plain, made.Old.ID, moment(made.OldEndsAt)})
}
