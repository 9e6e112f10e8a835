package grant

import (
	"errors"

	"gatepost/db"
)

// ReasonKind is one of db's Reason constants.
type ReasonKind string

// Reason is the true reason for a refusal, for the log and the team of the app. It quotes
// nothing from the request.
type Reason struct {
	Kind   ReasonKind // empty: the error's description says it all
	Detail string     // in words
	// Proven says that the caller held something of the client's that nobody can guess.
	Proven         bool
	SecretID, Hint string // of the presented secret, if it is one of the client's
	ClientID       string // where the request didn't name the client in the regular place
	// MadeFor says whether the presented secret was made for another client; nil: it doesn't
	// have the form of a secret.
	MadeFor func(clientID string) bool
}

// because returns a copy of the error with its true reason.
func (e *Error) because(r Reason) *Error {
	out := *e
	out.Reason = r
	return &out
}

// withCredential adds to a refusal what is known about the client, once it has authenticated.
func withCredential(err error, c db.Credential) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	out := *e
	if c.Secret.ID != "" && out.Reason.SecretID == "" {
		out.Reason.SecretID, out.Reason.Hint = c.Secret.ID, c.Secret.Hint
	}
	out.Reason.Proven = out.Reason.Proven || c.AuthMethod != db.AuthNone
	return &out
}
