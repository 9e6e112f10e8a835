// Package testapp runs a whole Gatepost for a test: the built program (with the race detector
// and cheap hashes, see .ci/race) in a process of its own on a free loopback port, with a fresh
// database, and what surrounds it: a PostgreSQL server, a mailbox behind a real SMTP server, an
// HTTP client with a cookie jar. It also has the vocabulary that the tests share: forms, rows,
// assertions, and what people make on the pages. Everything it starts stops with the test, by
// its process id.
package testapp
