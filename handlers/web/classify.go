package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
)

// Classify gives the status and the words for any error. What it does not know is a 500
// whose text stays in the log.
func Classify(err error) *Error {
	var (
		own       *Error
		invalid   *hub.Invalid
		forbidden *hub.Forbidden
		throttled *hub.Throttled
		again     *hub.AlreadyDone
		tooLarge  *http.MaxBytesError
	)
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &invalid):
		return &Error{Status: http.StatusUnprocessableEntity, Code: "invalid_request", Message: invalid.Error(), Cause: err}
	case errors.As(err, &forbidden):
		return &Error{Status: http.StatusForbidden, Code: "access_denied", Message: forbidden.Error(), Cause: err}
	case errors.As(err, &throttled):
		return &Error{Status: http.StatusTooManyRequests, Code: "too_many_requests", Message: throttled.Error(), RetryAfter: throttled.RetryAfter, Cause: err}
	case errors.As(err, &again):
		return &Error{Status: http.StatusConflict, Code: "already_done", Message: "This request was made before; it was not made again.", Cause: err}
	case errors.As(err, &tooLarge):
		return &Error{Status: http.StatusRequestEntityTooLarge, Code: "invalid_request", Message: "The body is larger than 64 KiB.", Cause: err}
	case errors.Is(err, hub.ErrSecretLimit), errors.Is(err, hub.ErrSecretEnded), errors.Is(err, hub.ErrTokenEnded), errors.Is(err, hub.ErrNoSecrets), errors.Is(err, hub.ErrDrilling), errors.Is(err, hub.ErrDrillOnly), errors.Is(err, hub.ErrNoDrill),
		errors.Is(err, hub.ErrLastAdmin), errors.Is(err, hub.ErrLastOwner), errors.Is(err, hub.ErrNotActive), errors.Is(err, hub.ErrLoginApp), errors.Is(err, hub.ErrMailOff),
		errors.Is(err, hub.ErrHasAccount),
		errors.Is(err, hub.ErrDeviceThere):
		return &Error{Status: http.StatusConflict, Code: "conflict", Message: err.Error(), Cause: err}
	case errors.Is(err, hub.ErrNoSecondFactor), errors.Is(err, hub.ErrFactorDemanded), errors.Is(err, hub.ErrPasskeyLimit), errors.Is(err, hub.ErrPasskeysOff):
		return &Error{Status: http.StatusConflict, Code: "conflict", Message: err.Error(), Cause: err}
	case errors.Is(err, hub.ErrLoginSecondFactor):
		return &Error{Status: http.StatusForbidden, Code: "access_denied", Message: hub.ErrLoginSecondFactor.Error(), Cause: err}
	case errors.Is(err, hub.ErrPasskey):
		return &Error{Status: http.StatusUnauthorized, Code: "access_denied", Message: hub.ErrPasskey.Error(), Cause: err}
	case errors.Is(err, hub.ErrSecondOver), errors.Is(err, hub.ErrSetupOver):
		return &Error{Status: http.StatusGone, Code: "link_dead", Message: err.Error(), Cause: err}
	case errors.Is(err, hub.ErrDeviceChanged), errors.Is(err, hub.ErrAppChanged):
		return &Error{Status: http.StatusPreconditionFailed, Code: "precondition_failed", Message: err.Error(), Cause: err}
	case errors.Is(err, hub.ErrLinkDead), errors.Is(err, hub.ErrHandoverOver):
		return &Error{Status: http.StatusGone, Code: "link_dead", Message: err.Error(), Cause: err}
	case errors.Is(err, db.ErrNotFound):
		e := NotFound()
		e.Cause = err
		return e
	case errors.Is(err, db.ErrConflict):
		return &Error{Status: http.StatusConflict, Code: "conflict", Message: "This conflicts with what is stored. Load the page again.", Cause: err}
	case errors.Is(err, db.ErrBusy), errors.Is(err, secret.ErrOverloaded), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &Error{Status: http.StatusServiceUnavailable, Code: "temporarily_unavailable", Message: "The portal is busy. Try again in a few seconds.", RetryAfter: 3 * time.Second, Cause: err}
	}
	return &Error{Status: http.StatusInternalServerError, Code: "server_error", Message: "Something failed on our side. It was logged under this request's id.", Cause: err}
}
