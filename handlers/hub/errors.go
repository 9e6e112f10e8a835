package hub

import (
	"errors"
	"fmt"
	"time"

	"gatepost/db"
	"gatepost/views/words"
)

// Refusal is a failure with one meaning, in words for the person whom it is told.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// Failures with one meaning each.
const (
	ErrWrongPassword           = Refusal("The e-mail or the password is wrong.")
	ErrLinkDead                = Refusal("This link was used, has expired or was replaced by a newer one.")
	ErrHasAccount              = Refusal("There is an account with this e-mail already.")
	ErrSecretLimit             = Refusal("This app has five live secrets, which is the most. Revoke one that is no longer used, then add a new one.")
	ErrSecretEnded             = Refusal("This secret has ended already.")
	ErrVendorLoginOff          = Refusal("Signing in by password over the API is switched off on this portal. Use a personal token or the authorization code grant.")
	ErrAppChanged              = Refusal("The app was changed since you read it. Read it again, then send your change once more.")
	ErrTokenEnded              = Refusal("This token has ended already.")
	ErrDeviceThere             = Refusal("The team has a device with this unique id already.")
	ErrDeviceChanged           = Refusal("The device was changed since you read it, or If-Match names no version of it. Read it again.")
	ErrHandoverOver            = Refusal("This was opened, cancelled or has ended. Ask for it to be handed over again.")
	ErrWrongCode               = Refusal("This code is wrong or was used before. Type the one that the app shows now.")
	ErrSignInOver              = Refusal("This sign-in took too long or had too many wrong codes. Sign in again.")
	ErrSetupOver               = Refusal("This took longer than 15 minutes. Start again.")
	ErrNotYou                  = Refusal("This is not your password.")
	ErrPasskey                 = Refusal("This passkey was not accepted. Try again, or go another way.")
	ErrPasskeysOff             = Refusal("Passkeys need a portal at an https address with a name.")
	ErrPasskeyLimit            = Refusal("You have twenty passkeys, which is the most. Remove one that you no longer use.")
	ErrNoSecondFactor          = Refusal("There is no second factor on this account.")
	ErrFactorDemanded          = Refusal("You have to have a second factor here. Set up another one, then remove this one.")
	ErrVendorLoginSecondFactor = Refusal("This account needs two factors to sign in, which this login can't ask for. Use a personal token or the authorization code grant.")
	ErrLastAdmin               = Refusal("This is the team's last admin. Make somebody else admin first.")
	ErrLastOwner               = Refusal("This is the portal's last owner. Make somebody else an owner first.")
	ErrNotActive               = Refusal("This account is not active.")
	ErrVendorLoginApp          = Refusal("This app stands for password logins of its team over the API, so it stays with the team.")
	ErrMailOff                 = Refusal("This portal sends no mail. Whoever runs it can set a mail server (GATEPOST_SMTP_URL).")
	ErrNoSecrets               = Refusal("This app has no secrets: it is a native app, which could not keep one.")
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

// Add notes what to write in a field instead.
func (e *Invalid) Add(field, format string, args ...any) {
	e.Fields = append(e.Fields, FieldError{field, fmt.Sprintf(format, args...)})
}

// Take adds what another check found. Any other error it gives back.
func (e *Invalid) Take(err error) error {
	var more *Invalid
	if !errors.As(err, &more) {
		return err
	}
	e.Fields = append(e.Fields, more.Fields...)
	return nil
}

// OrNil returns e, or nil when nothing is wrong.
func (e *Invalid) OrNil() error {
	if len(e.Fields) == 0 {
		return nil
	}
	return e
}

// BadField is an Invalid about one field.
func BadField(field, format string, args ...any) *Invalid {
	e := &Invalid{}
	e.Add(field, format, args...)
	return e
}

// Forbidden says what the actor may not do, such as "change roles", and who can do it or allow it.
type Forbidden struct {
	What   string
	WhoCan WhoCan
}

// WhoCan is a sentence about who can do, or allow, what somebody may not do.
type WhoCan string

// Who can do or allow most things.
const (
	DeveloperByAdmin  WhoCan = "An admin of the team can give you the role developer."
	AdminCan          WhoCan = "An admin of the team can do it, or give you the role admin."
	MakerCan          WhoCan = "The developer who made the app, or an admin of the team, can do it."
	OwnerCan          WhoCan = "An owner of the portal can do it."
	InvitationByAdmin WhoCan = "You are in no team. Ask an admin of a team for an invitation."
)

func (e *Forbidden) Error() string {
	return fmt.Sprintf("You may not %s. %s", e.What, e.WhoCan)
}

// Throttled says that there were too many tries.
type Throttled struct{ RetryAfter time.Duration }

func (e *Throttled) Error() string {
	return "Too many tries. Try again in " + words.Wait(e.RetryAfter) + "."
}

// AlreadyDone says that the same form was sent before; Target is what it made then.
type AlreadyDone struct{ Target string }

func (e *AlreadyDone) Error() string { return "this form was sent before" }

// isMissing says whether a row was not there.
func IsMissing(err error) bool { return errors.Is(err, db.ErrNotFound) }
