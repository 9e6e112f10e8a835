package api

import (
	"encoding/json"
	"errors"
	"net/http"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/web"
)

// idempotencyKey reads the Idempotency-Key header, empty if there is none. A key belongs to one
// operation of one caller.
func idempotencyKey(r *http.Request) (string, error) {
	values := r.Header.Values("Idempotency-Key")
	if len(values) == 0 {
		return "", nil
	}
	if len(values) > 1 || values[0] == "" || len(values[0]) > 200 || !web.IsText(values[0]) {
		return "", web.BadRequest("The Idempotency-Key header must be one text of 1 to 200 characters.")
	}
	return r.Method + " " + r.URL.Path + " " + values[0], nil
}

// madeBefore adds the address of what an earlier request created to the refusal of a repeated one.
func madeBefore(w http.ResponseWriter, err error, address func(target string) string) error {
	if again := (*hub.AlreadyDone)(nil); errors.As(err, &again) {
		w.Header().Set("Location", address(again.Target))
	}
	return err
}

// readOnce reads a JSON body and its idempotency key, empty if there is none. The key is bound to the
// fields that were read.
func readOnce(w http.ResponseWriter, r *http.Request, into any) (once string, err error) {
	if once, err = idempotencyKey(r); err != nil {
		return "", err
	}
	if err := web.ReadFields(w, r, into); err != nil || once == "" {
		return "", err
	}
	content, err := json.Marshal(into)
	return hub.OnceFor(once, content), err
}

// deviceAgain returns the device that an earlier request with the same key created, if err says that
// there was one. If that device is another one, or gone, it is a conflict.
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
