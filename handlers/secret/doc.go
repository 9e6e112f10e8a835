// Package secret owns everything that must not be guessed: the portal's key and the keys derived
// from it, random ids and tokens, the format and tag of client secrets, argon2id with a bounded
// queue, and the memory of client secrets that were already verified. It has no endpoints, and
// knows neither HTTP nor SQL.
//
// Sources: RFC 9106 (argon2id, with OWASP's parameters), RFC 5869 (HKDF), RFC 2104 (HMAC), RFC
// 9562 (UUID version 7).
//
// Decisions:
//   - argon2id runs with OWASP's parameters (19 MiB, 2 iterations, 1 lane), on all cores but one,
//     which is left to everything else, with a bounded queue. Whoever doesn't fit is refused with
//     503 and Retry-After, so that a flood of sign-ins can't use up the memory.
//   - A client secret ends with a tag, an HMAC bound to the client id, so that a made-up secret
//     costs one HMAC and no query. Random tokens of 256 bits are stored as SHA-256: nobody can
//     guess them, so they need no slow hash.
//   - Tokens have a prefix (gps_, gpp_, ..) by which scanners find them in leaks.
package secret
