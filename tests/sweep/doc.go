// Package sweep checks properties that all addresses share on every route of
// handlers.Routes: a new route is swept from its first day. It has only tests.
package sweep
