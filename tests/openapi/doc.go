// Package openapi holds the running server against its own document, /openapi.json: each address for programs is in it
// and no other, and each request and answer of a walk through them all is what it says (UI-04). It has only tests.
package openapi
