// Package sweep holds properties that all addresses share, and checks each of them on every
// route of handlers/routes.go, which it reads: a new route is swept from its first day. It
// has only tests.
package sweep
