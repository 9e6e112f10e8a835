package api

import (
	"errors"
	"net/http"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/web"
)

// liveAnswer is every answer below /api/v2.1: the vendor's published client expects the status 200 and a
// list, also for one thing and for none. Count is the number on all pages.
type liveAnswer[T any] struct {
	Data    []T    `json:"data"`
	Status  int    `json:"status"`
	Message string `json:"message"`
	Count   int    `json:"count"`
}

func writeLive[T any](w http.ResponseWriter, message string, data ...T) error {
	return writeLivePage(w, message, len(data), data)
}

func writeLivePage[T any](w http.ResponseWriter, message string, count int, data []T) error {
	if data == nil {
		data = []T{}
	}
	return web.WriteJSON(w, http.StatusOK, liveAnswer[T]{data, http.StatusOK, message, count})
}

// done answers a change that returns nothing.
func done(w http.ResponseWriter, message string) error { return writeLive[struct{}](w, message) }

// liveCaller is vendorCaller for what belongs to one team.
func (h *Handlers) liveCaller(w http.ResponseWriter, r *http.Request, scope string) (by hub.Actor, team db.Team, err error) {
	by, id, err := h.vendorCaller(w, r, scope)
	if err != nil {
		return by, team, err
	}
	if id == "" {
		return by, team, fault("solution-key", "You are in several teams, or in none: choose one with the solution-key header.")
	}
	team, err = h.DB.Team(r.Context(), id)
	return by, team, err
}

// noneAs409 returns the answer to a look-up of something that doesn't exist, for which the vendor's
// client takes 409. Other errors stay as they are.
func noneAs409(err error, message string) error {
	if !isNone(err) {
		return err
	}
	return &web.Error{Status: http.StatusConflict, Code: "conflict", Message: message, Cause: err}
}

// noneAs404 is noneAs409 where the vendor's client takes 404.
func noneAs404(err error, message string) error {
	if !isNone(err) {
		return err
	}
	return &web.Error{Status: http.StatusNotFound, Code: "not_found", Message: message, Cause: err}
}

func isNone(err error) bool {
	own := (*web.Error)(nil)
	return errors.Is(err, db.ErrNotFound) || errors.As(err, &own) && own.Status == http.StatusNotFound
}
