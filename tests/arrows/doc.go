// Package arrows checks how the house is laid out: which package may import which, what
// stands at the top level, and how long a file may be. It has only tests.
package arrows
