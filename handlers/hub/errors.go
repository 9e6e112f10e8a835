package hub

import (
	"errors"
	"fmt"
	"time"
)

// Failures with one meaning each; the text is for people.
var (
	ErrWrongPassword = errors.New("The e-mail or the password is wrong.")
	ErrLinkDead      = errors.New("This link was used, has expired or was replaced by a newer one.")
	ErrHasAccount    = errors.New("There is an account with this e-mail already.")
	ErrSecretLimit   = fmt.Errorf("This app has %d live secrets, which is the most. Revoke one that is no longer used, then add a new one.", MaxLiveSecrets)
	ErrSecretEnded   = errors.New("This secret has ended already.")
	ErrLastSecret    = errors.New("This is the app's last live secret.")
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
