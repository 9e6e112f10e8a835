// Package contract proves what db promises, in the same way on both engines: SQLite on disk, and
// a PostgreSQL server that the test starts. A promise is one function in the list of its noun's
// file, which has the name of db's file; TestContract runs each of them on a fresh database. The
// package has only tests.
package contract
