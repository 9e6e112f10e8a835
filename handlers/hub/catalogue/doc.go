// Package catalogue holds what the portal's owners decide: the APIs with their documents and
// scopes, the portal's settings, its signing keys, the outbox, and the end of every token at
// once. Package hub explains the terms, what its methods promise and which errors they return.
package catalogue
