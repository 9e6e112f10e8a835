// Package keys owns the keys that sign access tokens: it creates, publishes, uses and
// retires them, and it is the only user of the JOSE library.
//
// Algorithms: RS256 (RSA 2048), ES256, EdDSA (RFC 7518, RFC 8037). A key's id is its
// RFC 7638 thumbprint. Private keys are stored as PKCS #8 under AES-256-GCM with the key's
// id as additional data. Tokens are at+jwt (RFC 9068) in JWS compact form; the public
// halves are the JWK set (RFC 7517) of GET /.well-known/jwks.json.
//
// Several processes share one key set through the database. A new key is published at once
// and signs only when every process and every cache of the JWK set has had time to see it;
// the older one signs until then, and stays published until its last token has died. Rotate
// makes such a change; Open makes one when the settings name another algorithm.
//
// Decisions: the OAuth core is our own on go-jose v4. Fosite's module has not moved since 2024,
// pins a go-jose with a known vulnerability and quadruples the list of dependencies. RS256 is
// the default because the vendors' documents show tokens that are signed by it.
package keys
