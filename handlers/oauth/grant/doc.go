// Package grant owns the rules of the grants (RFC 6749): who a client is, what a person is
// asked and what comes of a yes, which scopes a client gets, what an access token says (RFC
// 9068 section 2.2), when one is still good (RFC 7662), and how it ends (RFC 7009).
//
// It speaks neither HTTP nor SQL. A request comes as a Request that package dialect made of
// a vendor's bytes, and leaves as a Response or an *Error with a code of RFC 6749 section
// 5.2. Every grant goes through the same phases in the same order, written down once in
// Server.Token: the client is authenticated and its right to the grant checked; the grant's
// own rule finds what the request redeems and says for whom the token is; scopes and
// audience are chosen within that; the token is minted; and it is recorded before anybody
// sees it, in one transaction with the use of the code or token that it was redeemed for. A
// grant adds its rule to the table in rules.go and can skip nothing.
//
// An authorization request is checked in two steps by Server.CheckAuthorizationRequest: who asks and
// where the answer goes, whose failures lead nowhere, and then the rest, whose failures the
// client reads. What the person answers is one transaction: the request is used up, the
// consent remembered, the family of tokens and its code made, and the audit event written.
//
// Grants: client_credentials (RFC 6749 section 4.4), authorization_code (section 4.1, RFC
// 7636), refresh_token (section 6), device_code (RFC 8628). Clients authenticate by a
// secret, by a signed assertion (RFC 7523) or, public ones, by their id.
//
// Decisions:
//   - Access tokens are JWTs, so that other services verify them offline, and each has a row
//     here, so that a revocation holds in this portal from the next request on.
//   - PKCE is S256 only. Clients without a secret must use it; clients with one may leave it
//     out, because Netrex's document has none.
//   - Every refusal of a client reads the same to a stranger and costs the same. The true
//     reason is recorded under an error_id for the team that owns the app.
package grant
