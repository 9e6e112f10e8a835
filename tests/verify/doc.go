// Package verify runs the programs that the page Verify a token of the documentation shows:
// services in Go, Node, Python and Java (testdata, word for word what is on the page)
// whose callers bring access tokens of a whole server, and of an issuer in the small that
// signs what no portal would. It has only tests.
package verify
