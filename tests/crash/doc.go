// Package crash holds what an operator does to a server: stop it, kill it, start two on one
// database, start it where it can't write. What was answered must hold afterwards. It has
// only tests.
package crash
