// Package arrows checks how the house is laid out: which package may import which, what may be at
// the top level, how long a file may be, that every requirement id is in the table of
// tests/rfc/README.md with tests that exist, and that references lead somewhere. It has only tests.
package arrows
