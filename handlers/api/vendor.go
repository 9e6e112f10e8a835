package api

import (
	"errors"
	"net/http"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/web"
)

// writeDevices is the scope that changing devices requires.
const writeDevices = "write"

// WriteVendorError is the ErrorWriter of everything under /api/v1.1, /api/v2 and /api/v2.1.
func (h *Handlers) WriteVendorError(w http.ResponseWriter, r *http.Request, err error) {
	if d := (*denied)(nil); errors.As(err, &d) {
		w.Header().Set("WWW-Authenticate", d.challenge)
	}
	web.WriteEnvelope(w, r, err)
}

// vendorCaller returns who calls and the team of the devices: that of the solution-key header, else the
// app's, else the person's only one. An empty team means all devices that the caller reaches. A
// solution key of a team that the caller isn't in is refused as unknown.
func (h *Handlers) vendorCaller(w http.ResponseWriter, r *http.Request, scope string) (by hub.Actor, team string, err error) {
	a, err := h.admit(r, scope)
	if err != nil {
		return by, "", err
	}
	by = actor(r, a)
	if keys := r.Header.Values("Solution-Key"); len(keys) > 0 {
		unknown := fault("solution-key", "This is not the solution key of one of your teams.")
		if len(keys) > 1 || !web.IsText(keys[0]) {
			return by, "", unknown
		}
		t, err := h.DB.TeamBySolutionKey(r.Context(), keys[0])
		if err == nil {
			_, err = h.Hub.Rights(r.Context(), by, t.ID)
		}
		if errors.Is(err, db.ErrNotFound) {
			return by, "", unknown
		}
		return by, t.ID, err
	}
	if by.Kind == hub.Client {
		return by, by.TeamID, nil
	}
	if a.App.TeamID != "" {
		if _, err := h.Hub.Rights(r.Context(), by, a.App.TeamID); err == nil {
			return by, a.App.TeamID, nil
		} else if !errors.Is(err, db.ErrNotFound) {
			return by, "", err
		}
	}
	teams, err := h.Teams.Of(r.Context(), by)
	if err == nil && len(teams) == 1 {
		team = teams[0].ID
	}
	return by, team, err
}
