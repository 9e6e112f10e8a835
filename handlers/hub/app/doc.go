// Package app holds the rules of apps, which are OAuth clients: their settings and secrets,
// rotation and the evidence for it, drills, hand-overs, exposure, warnings before an expiry,
// transfer between teams, refused requests, and the tokens and authorizations that they have.
// Package hub explains the terms, what its methods promise and which errors they return.
package app
