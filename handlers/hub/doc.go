// Package hub holds the rules of people, teams, apps and their secrets: who may do what,
// what a valid name or password is, when a link or a secret dies, and which audit event
// each change leaves. It knows no HTTP and no SQL.
//
// A method that changes something takes the Actor first, checks what that actor may do,
// and writes the change and its audit event in one transaction. Errors are db.ErrNotFound
// (also for what the actor may not know of), *Invalid, *Forbidden, *Throttled, *AlreadyDone
// and the sentinels of errors.go; each carries words that the person may read.
package hub
