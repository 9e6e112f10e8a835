// Package secret owns everything that must not be guessed: the portal's key and the keys
// derived from it, random ids and tokens, the format and tag of client secrets, argon2id
// behind an admission gate, and the memory of client secrets that were verified already.
//
// It has no endpoints, and knows neither HTTP nor SQL. Sources: RFC 9106 (argon2id, with
// OWASP's parameters), RFC 5869 (HKDF), RFC 2104 (HMAC), RFC 9562 (UUID version 7).
package secret
