package api

import (
	"errors"
	"net/http"

	"gatepost/handlers/hub"
	"gatepost/handlers/web"
)

// WriteError answers with problem details, and with a challenge if the token is missing, wrong or lacks
// a scope.
func (h *Handlers) WriteError(w http.ResponseWriter, r *http.Request, err error) {
	if d := (*denied)(nil); errors.As(err, &d) {
		w.Header().Set("WWW-Authenticate", d.challenge)
	}
	web.WriteProblem(w, r, err)
}

// fault returns the error of one field of a request.
func fault(field, message string) error {
	return &hub.Invalid{Fields: []hub.FieldError{{Field: field, Message: message}}}
}

// fileTooLarge returns the error of a file that is too large.
func fileTooLarge(message string) error {
	return &web.Error{Status: http.StatusRequestEntityTooLarge, Code: "invalid_request", Message: message}
}
