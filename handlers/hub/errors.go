package hub

import (
	"fmt"
	"time"
)

// refusal is a failure with one meaning, in words for the person whom it is told.
type refusal string

func (r refusal) Error() string { return string(r) }

// Failures with one meaning each.
const (
	ErrWrongPassword = refusal("The e-mail or the password is wrong.")
	ErrLinkDead      = refusal("This link was used, has expired or was replaced by a newer one.")
	ErrHasAccount    = refusal("There is an account with this e-mail already.")
	ErrSecretLimit   = refusal("This app has five live secrets, which is the most. Revoke one that is no longer used, then add a new one.")
	ErrSecretEnded   = refusal("This secret has ended already.")
	ErrLoginOff      = refusal("Signing in by password over the API is switched off on this portal. Use a personal token or the authorization code grant.")
	ErrAppChanged    = refusal("The app was changed since you read it. Read it again, then send your change once more.")
	ErrTokenEnded    = refusal("This token has ended already.")
	ErrDeviceThere   = refusal("The team has a device with this unique id already.")
	ErrDeviceChanged = refusal("The device was changed since you read it, or If-Match names no version of it. Read it again.")
	ErrNoSecrets     = refusal("This app has no secrets: it is a native app, which could not keep one.")
)

// FieldError is what is wrong with one field of a form or a request.
type FieldError struct {
	Field   string // the field's name in the form
	Message string // what to write instead
}

// Invalid says what to change in the input.
type Invalid struct{ Fields []FieldError }

func (e *Invalid) Error() string {
	if len(e.Fields) == 0 {
		return "invalid input"
	}
	return e.Fields[0].Field + ": " + e.Fields[0].Message
}

func (e *Invalid) add(field, format string, args ...any) {
	e.Fields = append(e.Fields, FieldError{field, fmt.Sprintf(format, args...)})
}

func (e *Invalid) orNil() error {
	if len(e.Fields) == 0 {
		return nil
	}
	return e
}

func invalid(field, format string, args ...any) *Invalid {
	e := &Invalid{}
	e.add(field, format, args...)
	return e
}

// Forbidden says what the actor may not do, and who can change that.
type Forbidden struct{ What, WhoCan string }

func (e *Forbidden) Error() string {
	return fmt.Sprintf("You may not %s. %s", e.What, e.WhoCan)
}

// Throttled says that there were too many tries.
type Throttled struct{ RetryAfter time.Duration }

func (e *Throttled) Error() string {
	return fmt.Sprintf("Too many tries. Try again in %d minutes.", int(e.RetryAfter.Minutes())+1)
}

// AlreadyDone says that the same form was sent before; Target is what it made then.
type AlreadyDone struct{ Target string }

func (e *AlreadyDone) Error() string { return "this form was sent before" }
