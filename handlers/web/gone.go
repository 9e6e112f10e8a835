package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"syscall"
)

// statusGone is the status in the log of a request whose client disconnected before its response.
// No standard has one; this is nginx's.
const statusGone = 499

// Gone reports whether an error is only the consequence of the client's disconnecting: it cancels the
// request's own context, or cuts its body off. That is nobody's fault, and nothing to record.
func Gone(r *http.Request, err error) bool {
	return err != nil && (cutOff(err) || errors.Is(r.Context().Err(), context.Canceled) && Classify(err).Status >= http.StatusInternalServerError)
}

// cutOff reports whether a body ended before its length, or its connection did.
func cutOff(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.incomplete &&
		(errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, context.Canceled))
}
