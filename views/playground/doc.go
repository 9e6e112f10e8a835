// Package playground is the page /playground/{flow}, on which a person sends real OAuth requests to this portal with one
// of their team's apps, and the page /playground/callback, to which its authorization codes come.
//
// The server writes each request whole, with slots for what only the browser knows (a pasted secret, a code, a token);
// static/playground.js fills the slots and sends it. So the address, the page and its snippets never hold a secret, and
// without script the request is still there to copy.
package playground
