package web

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// HandlerFunc answers a request, or returns why it can't: whoever returns an error has not
// written anything. One place per group of routes turns the error into bytes.
type HandlerFunc func(w http.ResponseWriter, r *http.Request) error

// ErrorWriter turns a handler's error into the answer of its group: a page, RFC 6749
// section 5.2 JSON (or a vendor's shape), or problem+json.
type ErrorWriter func(w http.ResponseWriter, r *http.Request, err error)

// Error is a failure with the status and the words that the client is to read. Code is a
// word of RFC 6749 section 5.2 where one fits; Message names what to change and never
// quotes what came in.
type Error struct {
	Status     int
	Code       string
	Message    string
	RetryAfter time.Duration // of a 429 or 503, else 0
	Allow      string        // of a 405: the methods that the address takes
	Field      string        // the one field of a body whose type is wrong
	ErrorID    string        // under which the true reason is kept for the team that it concerns
	Cause      error         // for the log only
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%d %s: %s: %v", e.Status, e.Code, e.Message, e.Cause)
	}
	return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Message)
}

func (e *Error) Unwrap() error { return e.Cause }

// ErrTwice is the cause of the refusal of what came more than once.
var ErrTwice = errors.New("web: it came more than once")

func twice(message string) *Error {
	e := BadRequest("%s", message)
	e.Cause = ErrTwice
	return e
}

// BadRequest is a 400 with the code invalid_request.
func BadRequest(format string, args ...any) *Error {
	return &Error{Status: http.StatusBadRequest, Code: "invalid_request", Message: fmt.Sprintf(format, args...)}
}

// NotFound is a 404 that tells no more than the address does.
func NotFound() *Error {
	return &Error{Status: http.StatusNotFound, Code: "not_found", Message: "There is nothing at this address."}
}
