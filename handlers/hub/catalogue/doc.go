// Package catalogue holds what the portal's owners decide: the APIs with their documents and scopes,
// the portal's settings, its signing keys, the view of the outbox, and revoking everything. Package hub
// explains the terms, what methods promise and which errors they return.
package catalogue
