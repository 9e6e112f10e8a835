// Package keys owns the keys that sign access tokens: it creates, publishes, uses and retires
// them. It also reads the public keys of clients, and verifies their assertions (RFC 7523). It
// is the only user of the JOSE library, and has no endpoints: package oauth serves its JWK set
// (RFC 7517) at GET /.well-known/jwks.json.
//
// Algorithms: RS256 (RSA 2048), ES256, EdDSA (RFC 7518, RFC 8037), and PS256 for assertions
// only. A key's id is its RFC 7638 thumbprint. Private keys are stored as PKCS #8, encrypted
// with AES-256-GCM with the key's id as additional data. Tokens are at+jwt (RFC 9068) in JWS
// compact form.
//
// Several processes share one key set through the database. A new key is published immediately
// and signs only after every process and every cache of the JWK set has had time to see it. The
// older key signs until then, and stays published until its last token has expired. Rotate makes
// such a change; Open makes one if the settings name another algorithm.
//
// Decisions:
//   - go-jose v4 parses and verifies. Sign encodes tokens itself, since the library would encode
//     the same header twice for every token.
//   - Verify finds the key by its id among our own and refuses every header parameter that could
//     choose another (RFC 8725 section 3.1).
//   - Client assertions are signed with a key pair, never with a MAC: the portal stores only
//     hashes of client secrets.
package keys
