package web

import (
	"errors"
	"net/http"

	"gatepost/handlers/hub"
)

// envelope is the error body of everything under /api/v1.1, /api/v2 and /api/v2.1 (the iotconnect dialect).
type envelope struct {
	Status  int             `json:"status"`
	Message string          `json:"message"`
	Error   []envelopeParam `json:"error"`
}

type envelopeParam struct {
	Param   string `json:"param"`
	Message string `json:"message"`
}

// WriteEnvelope is the ErrorWriter of the iotconnect dialect. Its status is HTTP's too; a
// form's fault, which is 422 elsewhere, is 400 here: IoTConnect's table of statuses has no 422.
func WriteEnvelope(w http.ResponseWriter, r *http.Request, err error) {
	e := Classify(err)
	status := e.Status
	if status == http.StatusUnprocessableEntity {
		status = http.StatusBadRequest
	}
	body := envelope{Status: status, Message: e.Message, Error: []envelopeParam{}}
	if e.Field != "" {
		body.Error = append(body.Error, envelopeParam{e.Field, e.Message})
	}
	var invalid *hub.Invalid
	if errors.As(err, &invalid) {
		body.Message = "Some parameters are wrong."
		for _, f := range invalid.Fields {
			body.Error = append(body.Error, envelopeParam{f.Field, f.Message})
		}
	}
	if e.ErrorID != "" {
		body.Message += " error_id: " + e.ErrorID
	}
	h := w.Header()
	if status == http.StatusUnauthorized && h.Get("WWW-Authenticate") == "" {
		h.Set("WWW-Authenticate", "Bearer") // never Basic, for which browsers open their own sign-in box
	}
	SetErrorHeaders(h, e)
	h.Set("Cache-Control", "no-store")
	_ = WriteJSON(w, status, body) // an envelope always marshals
}
