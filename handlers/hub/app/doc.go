// Package app holds the rules of apps, which are OAuth clients: their settings and secrets,
// rotation and the evidence for it, drills, handovers, the exposure ledger, warnings before a secret
// expires, transfers between teams, refused requests, and the tokens and authorizations of apps.
// Package hub explains the terms, what methods promise and which errors they return.
package app
