// Package hub is the core of the rules: who acts (Actor), what they can do in a team (Rights), how
// a rule refuses (errors.go), the audit log, the outbox of emails, failed tries, one-time keys,
// mailed links and the portal's settings. It knows no HTTP and no SQL. Each noun has a room of its
// own:
//
//   - hub/account: people, signing in, second factors, passkeys, sessions, passwords, personal tokens
//   - hub/team: teams, members, invitations, team rules
//   - hub/app: apps, client secrets, rotation, hand-over, exposure, authorizations
//   - hub/device: IoT devices, their groups and viewers, imports from CSV files
//   - hub/catalogue: APIs and their documents, scopes, portal settings, signing keys, the owners' outbox
//
// Rooms import the core, never the other way around. Of each other, only account and app import
// team: an account joins teams, and an app belongs to one.
//
// # What a method promises
//
// A method that changes something takes the Actor first and checks what that actor is allowed to
// do. It writes the change and its audit event in one transaction: either both are stored or
// neither is. Emails go into the outbox in that transaction too.
//
// Errors are db.ErrNotFound (also for what the actor isn't allowed to know about), *Invalid,
// *Forbidden, *Throttled, *AlreadyDone, *Changed and the refusals of errors.go. Apart from db.ErrNotFound,
// each carries a text for the person. *Invalid names fields as the JSON API does; the inputs of
// the pages have the same names.
//
// # Terms for signing in
//
//   - sign in: start a session with a password, a passkey, or a password and a second factor
//   - second factor: an authenticator app or a passkey, asked for after the password
//   - step up: enter the password or use a passkey again within a session, before a sensitive change
//   - reset: choose a new password with an emailed link; an owner's reset of a second factor
//     removes it
//   - recovery: use a recovery code in place of a lost second factor
//   - vendor login: exchange a password for tokens over the API, as IoTConnect's document
//     describes; it can't ask for a second factor
//
// A device is an IoT device. The programs that people sign in with are browsers.
package hub
