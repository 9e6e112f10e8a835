// Package testapp gives a test a whole Gatepost: the built program (with the race detector and cheap hashes)
// as a process of its own on a free loopback port, with a fresh database, and what stands
// around it: a PostgreSQL server, a mailbox behind a real SMTP server, an HTTP client with a
// cookie jar. Everything it starts ends with the test, by its process id.
package testapp
