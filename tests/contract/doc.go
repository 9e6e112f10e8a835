// Package contract proves what db promises, the same way on both engines: SQLite on disk,
// and a PostgreSQL server that the test starts. Each promise is one function in the list of
// its noun; TestContract runs all of them on a fresh database each. It has only tests.
package contract
