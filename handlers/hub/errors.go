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
	ErrWrongPassword     = refusal("The e-mail or the password is wrong.")
	ErrLinkDead          = refusal("This link was used, has expired or was replaced by a newer one.")
	ErrHasAccount        = refusal("There is an account with this e-mail already.")
	ErrSecretLimit       = refusal("This app has five live secrets, which is the most. Revoke one that is no longer used, then add a new one.")
	ErrSecretEnded       = refusal("This secret has ended already.")
	ErrLoginOff          = refusal("Signing in by password over the API is switched off on this portal. Use a personal token or the authorization code grant.")
	ErrAppChanged        = refusal("The app was changed since you read it. Read it again, then send your change once more.")
	ErrTokenEnded        = refusal("This token has ended already.")
	ErrDeviceThere       = refusal("The team has a device with this unique id already.")
	ErrDeviceChanged     = refusal("The device was changed since you read it, or If-Match names no version of it. Read it again.")
	ErrHandoverOver      = refusal("This was opened, cancelled or has ended. Ask for it to be handed over again.")
	ErrWrongCode         = refusal("This code is wrong or was used before. Type the one that the app shows now.")
	ErrSecondOver        = refusal("This sign-in took too long or had too many wrong codes. Sign in again.")
	ErrSetupOver         = refusal("This took longer than 15 minutes. Start again.")
	ErrNotYou            = refusal("This is not your password.")
	ErrPasskey           = refusal("This passkey was not accepted. Try again, or go another way.")
	ErrPasskeysOff       = refusal("Passkeys need a portal at an https address with a name.")
	ErrPasskeyLimit      = refusal("You have twenty passkeys, which is the most. Remove one that you no longer use.")
	ErrNoSecondFactor    = refusal("There is no second factor on this account.")
	ErrFactorDemanded    = refusal("You have to have a second factor here. Set up another one, then remove this one.")
	ErrLoginSecondFactor = refusal("This account needs two factors to sign in, which this login can't ask for. Use a personal token or the authorization code grant.")
	ErrLastAdmin         = refusal("This is the team's last admin. Make somebody else admin first.")
	ErrLastOwner         = refusal("This is the portal's last owner. Make somebody else an owner first.")
	ErrNotActive         = refusal("This account is not active.")
	ErrLoginApp          = refusal("This app stands for password logins of its team over the API, so it stays with the team.")
	ErrMailOff           = refusal("This portal sends no mail. Whoever runs it can set a mail server (GATEPOST_SMTP_URL).")
	ErrNoSecrets         = refusal("This app has no secrets: it is a native app, which could not keep one.")
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

func (e *Throttled) Error() string { return "Too many tries. Try again in " + e.Words() + "." }

// Words is the wait in words, rounded up: "30 seconds", "2 minutes".
func (e *Throttled) Words() string {
	n, unit := int((e.RetryAfter+time.Second-1)/time.Second), "second"
	switch {
	case n > 90*60:
		n, unit = (n+3599)/3600, "hour"
	case n > 90:
		n, unit = (n+59)/60, "minute"
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}

// AlreadyDone says that the same form was sent before; Target is what it made then.
type AlreadyDone struct{ Target string }

func (e *AlreadyDone) Error() string { return "this form was sent before" }
