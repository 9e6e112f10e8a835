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

// refusals lists the status of each refusal that isn't a 409, a conflict with the current state.
var refusals = map[hub.Refusal]Error{
	hub.ErrVendorLoginSecondFactor: {Status: http.StatusForbidden, Code: "access_denied"},
	hub.ErrPasskey:                 {Status: http.StatusUnauthorized, Code: "access_denied"},
	hub.ErrCredentialEnded:         {Status: http.StatusUnauthorized, Code: "unauthorized"},
	hub.ErrSignInOver:              {Status: http.StatusGone, Code: "link_dead"},
	hub.ErrSetupOver:               {Status: http.StatusGone, Code: "link_dead"},
	hub.ErrHasOwner:                {Status: http.StatusGone, Code: "link_dead"},
	hub.ErrLinkDead:                {Status: http.StatusGone, Code: "link_dead"},
	hub.ErrHandoverChanged:         {Status: http.StatusGone, Code: "link_dead"},
	hub.ErrHandoverOver:            {Status: http.StatusGone, Code: "link_dead"},
	hub.ErrDeviceChanged:           {Status: http.StatusPreconditionFailed, Code: "precondition_failed"},
	hub.ErrTemplateChanged:         {Status: http.StatusPreconditionFailed, Code: "precondition_failed"},
	hub.ErrAppChanged:              {Status: http.StatusPreconditionFailed, Code: "precondition_failed"},
	hub.ErrChanged:                 {Status: http.StatusPreconditionFailed, Code: "precondition_failed"},
}

// codeStepUp is the code of a refusal that a step-up overcomes.
const codeStepUp = "step_up_required"

// IsFault reports whether an error is the portal's, such as a busy database, rather than a refusal: it says
// nothing about what the caller may do or what there is.
func IsFault(err error) bool {
	return err != nil && Classify(err).Status >= http.StatusInternalServerError
}

// Classify returns the status and the text for any error. An unknown one is a 500, whose own text only
// goes to the log.
func Classify(err error) *Error {
	var (
		own       *Error
		invalid   *hub.Invalid
		forbidden *hub.Forbidden
		narrow    *hub.InsufficientScope
		throttled *hub.Throttled
		stepUp    *hub.StepUpRequired
		again     *hub.AlreadyDone
		inUse     *hub.InUse
		refused   hub.Refusal
		tooLarge  *http.MaxBytesError
	)
	switch err := hub.OrThrottled(err); {
	case errors.As(err, &own):
		return own
	case errors.As(err, &invalid):
		return &Error{Status: http.StatusUnprocessableEntity, Code: "invalid_request", Message: invalid.Error(), Cause: err}
	case errors.As(err, &forbidden):
		return &Error{Status: http.StatusForbidden, Code: "access_denied", Message: forbidden.Error(), Cause: err}
	case errors.As(err, &stepUp):
		return &Error{Status: http.StatusForbidden, Code: codeStepUp, Message: stepUp.Error(), Cause: err}
	case errors.As(err, &narrow):
		return &Error{Status: http.StatusForbidden, Code: "insufficient_scope", Message: narrow.Error(), Cause: err}
	case errors.As(err, &throttled):
		return &Error{Status: http.StatusTooManyRequests, Code: "too_many_requests", Message: throttled.Error(), RetryAfter: throttled.RetryAfter, Cause: err}
	case errors.As(err, &again):
		return &Error{Status: http.StatusConflict, Code: "already_done", Message: "This request was already done; it was not repeated.", Cause: err}
	case errors.As(err, &inUse):
		return &Error{Status: http.StatusConflict, Code: "conflict", Message: inUse.Error(), Cause: err}
	case errors.As(err, &tooLarge):
		return &Error{Status: http.StatusRequestEntityTooLarge, Code: "invalid_request", Message: "The body is larger than 64 KiB.", Cause: err}
	case errors.As(err, &refused):
		known, ok := refusals[refused]
		if !ok {
			known = Error{Status: http.StatusConflict, Code: "conflict"}
		}
		known.Message, known.Cause = refused.Error(), err
		return &known
	case errors.Is(err, db.ErrNotFound):
		e := NotFound()
		e.Cause = err
		return e
	case errors.Is(err, db.ErrConflict):
		return &Error{Status: http.StatusConflict, Code: "conflict", Message: "This conflicts with a change that was made in the meantime. Reload the page.", Cause: err}
	case errors.Is(err, db.ErrBusy), errors.Is(err, secret.ErrOverloaded), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &Error{Status: http.StatusServiceUnavailable, Code: "temporarily_unavailable", Message: "The portal is busy. Try again in a few seconds.", RetryAfter: 3 * time.Second, Cause: err}
	}
	return &Error{Status: http.StatusInternalServerError, Code: "server_error", Message: "Something went wrong on our side. It is logged under this request's id.", Cause: err}
}
