// Package hub holds the rules of people, teams, apps and their secrets: who may do what,
// what a valid name or password is, when a link or a secret expires, and which audit event
// each change leaves. It knows no HTTP and no SQL.
//
// A method that changes something takes the Actor first, checks what that actor may do,
// and writes the change and its audit event in one transaction. Errors are db.ErrNotFound
// (also for what the actor may not know of), *Invalid, *Forbidden, *Throttled, *AlreadyDone
// and the sentinels of errors.go; each carries words that the person may read.
//
// Six terms cover how people show who they are:
//
//   - sign in: start a session with a password, a passkey, or a password and a second factor
//   - second factor: an authenticator app or a passkey, asked for after the password
//   - step up: show the password or a passkey again within a session, before a sensitive change
//   - reset: choose a new password by a mailed link; an owner's reset of a second factor
//     removes it
//   - recovery: use a recovery code in place of a lost second factor
//   - vendor login: exchange a password for tokens over the API, as IoTConnect's document
//     describes; it can't ask for a second factor
//
// A device is an IoT device. The programs that people sign in with are browsers.
package hub
