// Package client runs real OAuth clients against a whole server: golang.org/x/oauth2 gets
// tokens, and coreos/go-oidc finds the keys by discovery and verifies them, as a customer's
// own service would. It has only tests.
package client
