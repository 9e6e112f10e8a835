// Package secret owns everything that must not be guessed: the portal's key and the keys
// derived from it, random ids and tokens, the format and tag of client secrets, argon2id
// behind an admission gate, and the memory of client secrets that were verified already.
//
// Decisions:
//   - argon2id has OWASP's cost (19 MiB, 2 passes, 1 lane) as constants. As many hashes run at
//     once as there are processors, a bounded number wait, and the rest are refused with
//     ErrOverloaded, which becomes 503 and Retry-After: logins must not take the machine down.
//   - Client secrets are stored as argon2id, like passwords. So that this doesn't cost an
//     argon2 a request, the keyed tag refuses made-up ones first, the hint picks the row, and
//     Verified remembers right ones: a busy client costs one argon2 in all.
//   - What nobody types (links, sessions, refresh tokens) has 256 random bits, which needs no
//     slow hash: SHA-256.
//   - Every key is derived from the portal's one key by purpose, so a backup of the database
//     without the key file opens nothing.
//
// It has no endpoints, and knows neither HTTP nor SQL. Sources: RFC 9106 (argon2id, with
// OWASP's parameters), RFC 5869 (HKDF), RFC 2104 (HMAC), RFC 9562 (UUID version 7).
package secret
