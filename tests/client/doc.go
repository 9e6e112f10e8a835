// Package client runs real OAuth clients against a whole server: golang.org/x/oauth2 goes
// through the grants, coreos/go-oidc finds the keys by discovery and verifies tokens, as a
// customer's own service would, and openid-client, oauth4webapi and simple-oauth2 do the same
// in node, by the programs of testdata. A program in Python does what IoTConnect's published
// client does. It has only tests.
package client
