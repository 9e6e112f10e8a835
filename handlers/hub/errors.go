package hub

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"gatepost/db"
	"gatepost/views/words"
)

// Refusal is an error with one meaning. Its text is for the person.
type Refusal string

// Error returns the text.
func (r Refusal) Error() string { return string(r) }

// Refusals, one for each meaning.
const (
	ErrWrongPassword           = Refusal("The email or the password is wrong.")
	ErrCredentialEnded         = Refusal("Your session or token has just ended. Sign in or get a new token, then do this again.")
	ErrLinkDead                = Refusal("This link was used, has expired or was replaced by a newer one.")
	ErrHasOwner                = Refusal("This portal already has an owner.")
	ErrHasAccount              = Refusal("There is already an account with this email address.")
	ErrSecretLimit             = Refusal("This app has five live secrets, the maximum. Revoke one that is no longer used, then add a new one.")
	ErrSecretEnded             = Refusal("This secret has already expired or been revoked.")
	ErrVendorLoginOff          = Refusal("Signing in by password over the API is switched off on this portal. Use a personal token or the authorization code grant.")
	ErrAppChanged              = Refusal("The app was changed since you read it. Read it again, then resend your change.")
	ErrTokenEnded              = Refusal("This token has already expired or been revoked.")
	ErrDeviceExists            = Refusal("The team has a device with this unique id already.")
	ErrDeviceChanged           = Refusal("The device was changed since you read it, or If-Match names no version of it. Read it again.")
	ErrTemplateExists          = Refusal("The team has a device template with this code already.")
	ErrTemplateChanged         = Refusal("The template was changed since you read it, or If-Match names no version of it. Read it again.")
	ErrHandoverChanged         = Refusal("This was handed over for another person or secret, so it can't be opened here. Ask for it to be handed over again.")
	ErrHandoverOver            = Refusal("This secret was opened, or its hand-over was cancelled or has expired. Ask for it to be handed over again.")
	ErrWrongCode               = Refusal("This code is wrong or was used before. Enter the one that the app shows now.")
	ErrSignInOver              = Refusal("This sign-in took too long or had too many wrong codes. Sign in again.")
	ErrSetupOver               = Refusal("This took longer than 15 minutes. Start again.")
	ErrNotYourPassword         = Refusal("This is not your password.")
	ErrPasskey                 = Refusal("This passkey was not accepted. Try again, or choose another way.")
	ErrPasskeysOff             = Refusal("Passkeys need a portal with an https address and a host name.")
	ErrPasskeyLimit            = Refusal("You have twenty passkeys, the maximum. Remove one that you no longer use.")
	ErrNoSecondFactor          = Refusal("This account has no second factor.")
	ErrSecondFactorRequired    = Refusal("Your account needs a second factor. Set up another one, then remove this one.")
	ErrVendorLoginSecondFactor = Refusal("This account needs two factors to sign in, which this login can't ask for. Use a personal token or the authorization code grant.")
	ErrLastAdmin               = Refusal("This is the team's last admin. Make somebody else an admin first.")
	ErrLastOwner               = Refusal("This is the portal's last owner. Make somebody else an owner first.")
	ErrNotActive               = Refusal("This account is not active.")
	ErrVendorLoginApp          = Refusal("The team's password logins over the API belong to this app, so it stays with the team.")
	ErrMailOff                 = Refusal("This portal doesn't send email. Its operator can configure a mail server (GATEPOST_SMTP_URL).")
	ErrNoSecrets               = Refusal("This app has no secrets: it is a native app, which can't keep one.")
)

// FieldError is what is wrong with one field of a form or a request.
type FieldError struct {
	Field   string // its name in the API, and of the input on a page
	Message string // what to write instead
}

// Invalid is the error of an input that must be changed.
type Invalid struct{ Fields []FieldError }

// Error returns the first field and what is wrong with it.
func (e *Invalid) Error() string {
	if len(e.Fields) == 0 {
		return "invalid input"
	}
	return e.Fields[0].Field + ": " + e.Fields[0].Message
}

// Add adds what is wrong with a field.
func (e *Invalid) Add(field, format string, args ...any) {
	e.Fields = append(e.Fields, FieldError{field, fmt.Sprintf(format, args...)})
}

// Take adds the fields of err if it is *Invalid, and returns nil then. It returns any other error unchanged.
func (e *Invalid) Take(err error) error {
	var more *Invalid
	if !errors.As(err, &more) {
		return err
	}
	e.Fields = append(e.Fields, more.Fields...)
	return nil
}

// OrNil returns e, or nil if nothing was added.
func (e *Invalid) OrNil() error {
	if len(e.Fields) == 0 {
		return nil
	}
	return e
}

// BadField returns the error of one field.
func BadField(field, format string, args ...any) *Invalid {
	e := &Invalid{}
	e.Add(field, format, args...)
	return e
}

// Forbidden is the error of an actor without the right to do What, such as "change roles".
type Forbidden struct {
	What   string
	WhoCan WhoCan
}

// GiveDeveloper is what admins can do for a viewer who may not do something, after their name and "can".
const GiveDeveloper = "give you the role developer"

// WhoCan is a sentence about who can do, or allow, what somebody may not do.
type WhoCan string

// Who can do or allow most things.
const (
	DeveloperByAdmin  WhoCan = "An admin of the team can " + GiveDeveloper + "."
	AdminCan          WhoCan = "An admin of the team can do it, or give you the role admin."
	MakerCan          WhoCan = "The developer who made the app, or an admin of the team, can do it."
	AdminOfAppCan     WhoCan = "The app has a scope that only admins can give, so an admin of the team can do it."
	OwnerCan          WhoCan = "An owner of the portal can do it."
	InvitationByAdmin WhoCan = "You are in no team. Ask an admin of a team for an invitation."
)

// Error returns a sentence about what is forbidden, and WhoCan.
func (e *Forbidden) Error() string {
	return fmt.Sprintf("You may not %s. %s", e.What, e.WhoCan)
}

// Throttled is the error of whoever is beyond a limit. The next try is accepted after RetryAfter. What
// says which limit it is, as a sentence; empty means too many tries.
type Throttled struct {
	RetryAfter time.Duration
	What       string
}

// Error returns a sentence with the wait.
func (e *Throttled) Error() string {
	return cmp.Or(e.What, "Too many tries.") + " Try again in " + words.Wait(e.RetryAfter) + "."
}

// InUse is the error of removing a device template that devices use.
type InUse struct{ Devices int }

// Error returns a sentence with their number.
func (e *InUse) Error() string {
	return words.Count(e.Devices, "device uses", "devices use") + " this template. Choose another template for them or remove them, then delete it."
}

// AlreadyDone is the error of a request that was sent before. Target is the id of what it created then.
type AlreadyDone struct{ Target string }

// Error returns a text for the log: a page or the API says what was created.
func (e *AlreadyDone) Error() string { return "this form was sent before" }

// IsMissing says whether err means that a row doesn't exist.
func IsMissing(err error) bool { return errors.Is(err, db.ErrNotFound) }
