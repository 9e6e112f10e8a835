package api

import (
	"encoding/json"
	"errors"
	"net/http"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/web"
)

// idempotencyKey reads the header Idempotency-Key, empty when there is none. A key counts for
// one operation of one caller.
func idempotencyKey(r *http.Request) (string, error) {
	values := r.Header.Values("Idempotency-Key")
	if len(values) == 0 {
		return "", nil
	}
	if len(values) > 1 || values[0] == "" || len(values[0]) > 200 || !web.IsText(values[0]) {
		return "", web.BadRequest("The header Idempotency-Key is one text of 1 to 200 characters.")
	}
	return r.Method + " " + r.URL.Path + " " + values[0], nil
}

// madeBefore puts the address of what a repeated request has made already into its refusal.
func madeBefore(w http.ResponseWriter, err error, address func(target string) string) error {
	if again := (*hub.AlreadyDone)(nil); errors.As(err, &again) {
		w.Header().Set("Location", address(again.Target))
	}
	return err
}

// readOnce reads a JSON body and the key that makes the request count once (empty: none). The
// key counts for what was read alone.
func readOnce(w http.ResponseWriter, r *http.Request, into any) (once string, err error) {
	if once, err = idempotencyKey(r); err != nil {
		return "", err
	}
	if err := web.ReadJSON(w, r, into); err != nil || once == "" {
		return "", err
	}
	content, err := json.Marshal(into)
	return hub.OnceFor(once, content), err
}

// deviceAgain gives the device that an earlier request with the same key made, where err says
// that there was one. A key that made another device, or one that is gone, is a conflict.
func (h *Handlers) deviceAgain(r *http.Request, by hub.Actor, err error, team, uniqueID string) (db.Device, error) {
	again := (*hub.AlreadyDone)(nil)
	if !errors.As(err, &again) {
		return db.Device{}, err
	}
	d, err := h.Devices.Get(r.Context(), by, again.Target)
	if errors.Is(err, db.ErrNotFound) || err == nil && (d.TeamID != team || d.UniqueID != uniqueID) {
		return d, again
	}
	return d, err
}

func noContent(w http.ResponseWriter) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}
