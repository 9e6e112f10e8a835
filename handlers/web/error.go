package web

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// HandlerFunc answers a request, or returns an error before it has written anything. One place per group
// of routes turns the error into a response.
type HandlerFunc func(w http.ResponseWriter, r *http.Request) error

// ErrorWriter turns a handler's error into the response of its group: a page, RFC 6749 section 5.2 JSON
// (or a vendor's shape), or problem+json.
type ErrorWriter func(w http.ResponseWriter, r *http.Request, err error)

// Error is an error with the status and the text for the client. Code is one of RFC 6749 section 5.2 if
// one fits. Message says what to change, and never quotes the request.
type Error struct {
	Status     int
	Code       string
	Message    string
	RetryAfter time.Duration // of a 429 or 503, else 0
	Allow      string        // of a 405: the methods that the path has
	Field      string        // the one field of a body whose type is wrong
	ErrorID    string        // under which the app's team can look up the real reason
	Again      string        // the path of the page that starts again; empty if there is none
	Cause      error         // for the log only
	incomplete bool          // the body ended early
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%d %s: %s: %v", e.Status, e.Code, e.Message, e.Cause)
	}
	return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Message)
}

func (e *Error) Unwrap() error { return e.Cause }

// ErrTwice is the cause of the refusal of a repeated parameter or key.
var ErrTwice = errors.New("web: repeated")

// twice returns a 400 because of ErrTwice.
func twice(message string) *Error {
	e := BadRequest("%s", message)
	e.Cause = ErrTwice
	return e
}

// BadRequest returns a 400 with the code invalid_request.
func BadRequest(format string, args ...any) *Error {
	return &Error{Status: http.StatusBadRequest, Code: "invalid_request", Message: fmt.Sprintf(format, args...)}
}

// NotFound returns a 404 that says no more than the address does.
func NotFound() *Error {
	return &Error{Status: http.StatusNotFound, Code: "not_found", Message: "There is nothing at this address."}
}
