package api

import (
	"errors"
	"net/http"
	"time"

	"gatepost/handlers/keys"
	"gatepost/handlers/web"
)

type signingKey struct {
	KID            string     `json:"kid"`
	Algorithm      string     `json:"alg"`
	State          string     `json:"state"` // next, signs or verifies
	CreatedAt      time.Time  `json:"created_at"`
	SignsFrom      time.Time  `json:"signs_from"`
	SignsUntil     *time.Time `json:"signs_until"`
	PublishedUntil *time.Time `json:"published_until"`
}

func keyOf(k keys.Key) signingKey {
	return signingKey{k.KID, k.Algorithm, k.State, wholeSecond(k.CreatedAt), wholeSecond(k.SignsFrom), moment(k.SignsUntil), moment(k.PublishedUntil)}
}

// SigningKeys answers GET /api/v1/signing-keys with the published keys, newest first.
func (h *Handlers) SigningKeys(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, readPortal)
	if err != nil {
		return err
	}
	rows, err := h.Catalogue.SigningKeys(r.Context(), by, h.Keys)
	if err != nil {
		return err
	}
	out := make([]signingKey, len(rows))
	for i, k := range rows {
		out[i] = keyOf(k)
	}
	return web.WriteJSON(w, http.StatusOK, map[string]any{"keys": out})
}

// RotateKey answers POST /api/v1/signing-keys/rotate with the new key, which starts to sign
// later.
func (h *Handlers) RotateKey(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, writePortal)
	if err != nil {
		return err
	}
	if err := web.NoFields(w, r); err != nil {
		return err
	}
	made, err := h.Catalogue.RotateKey(r.Context(), by, h.Keys)
	if errors.Is(err, keys.ErrRotating) {
		return &web.Error{Status: http.StatusConflict, Code: "conflict", Message: "A newer key is already published. You can rotate again once it signs.", Cause: err}
	}
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusCreated, keyOf(made))
}
