package api

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"gatepost/handlers/hub"
	"gatepost/handlers/web"
)

// WriteError answers with problem details, and with a challenge if the token is missing, wrong or lacks
// a scope.
func (h *Handlers) WriteError(w http.ResponseWriter, r *http.Request, err error) {
	if d := (*denied)(nil); errors.As(err, &d) {
		w.Header().Set("WWW-Authenticate", d.challenge)
	}
	if narrow := (*hub.InsufficientScope)(nil); errors.As(err, &narrow) {
		w.Header().Set("WWW-Authenticate", insufficientScope(strings.Join(narrow.Missing, " ")))
	}
	web.WriteProblem(w, r, err)
}

// insufficientScope is the challenge to a token without these scopes (RFC 6750 section 3.1).
func insufficientScope(scopes string) string {
	return fmt.Sprintf(`Bearer error="insufficient_scope", scope="%s"`, scopes)
}

// fault returns the error of one field of a request.
func fault(field, message string) error {
	return &hub.Invalid{Fields: []hub.FieldError{{Field: field, Message: message}}}
}

// fileTooLarge returns the error of a file that is too large.
func fileTooLarge(message string) error {
	return &web.Error{Status: http.StatusRequestEntityTooLarge, Code: "invalid_request", Message: message}
}
