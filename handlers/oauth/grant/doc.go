// Package grant owns the rules of OAuth: who a client is, what a person is asked to consent to,
// which token a client gets, what an access token says (RFC 9068 section 2.2), whether it is
// still valid (RFC 7662), and how it is revoked (RFC 7009). It speaks neither HTTP nor SQL, and
// has no endpoints: package oauth has those. A request comes as a Request that package dialect
// decoded from a vendor's bytes, and leaves as a Response or as an *Error with a code of RFC
// 6749 section 5.2.
//
// # Grants
//
// client_credentials (RFC 6749 section 4.4), authorization_code (section 4.1, RFC 7636),
// refresh_token (section 6) and device_code (RFC 8628), in the table of rules.go. IoTConnect's
// vendor login is not a grant of the token endpoint, but issues tokens by the same means.
// Clients authenticate with a secret (client_secret_basic, client_secret_post), with a signed
// assertion (private_key_jwt, RFC 7523) or, public ones, with their id alone (none).
//
// # Phases
//
// Server.Token runs every grant through the same phases in the same order. A grant adds only
// its rule to the table, and can skip none of them:
//
//  1. parameters in the query are refused, unless the app's settings allow them
//  2. the grant type is looked up
//  3. the client is authenticated
//  4. the client's right to the grant type is checked
//  5. the rule of the grant resolves what the request redeems: the subject, and the scopes and
//     audiences that were authorized; it consumes nothing yet
//  6. the requested scopes (RFC 6749 section 3.3) and resources (RFC 8707) are chosen within that
//  7. the token is minted
//  8. one transaction consumes the code or refresh token and records the new tokens, before
//     anybody sees them
//
// An authorization request is checked in two steps by Server.CheckAuthorizationRequest: first
// the client and the redirect URI, whose failures must not be redirected, and then the rest,
// whose failures are sent to the client. A person's answer is one transaction: it consumes the
// consent request, records the authorization, stores the token family and the code, and writes
// the audit event.
//
// # Terms
//
//   - client: an OAuth client, which pages call an app. The code calls its stored form db.App.
//   - session: the browser session of the signed-in person, RFC 6749's resource owner.
//   - authorization: the scopes that a person has allowed a client, in the teams that they chose.
//     It lasts until it is revoked; once the client has changed, the person is asked again.
//   - token family: everything issued for one authorization grant: a code, and the access tokens
//     and refresh tokens that follow from it. It is revoked as a whole.
//   - device authorization, device code, user code: RFC 8628's. A device here is never an IoT
//     device.
//   - vendor login: the sign-in with a password that IoTConnect's document defines.
//   - reason: why a request was truly refused, for the log and the app's team. The description
//     of an Error is for the client, and quotes nothing from the request.
//
// # Decisions
//
//   - The OAuth core is our own, on go-jose (see package keys): the existing servers for Go are
//     unmaintained, or pin a JOSE library with known vulnerabilities.
//   - Codes and refresh tokens are consumed by one conditional UPDATE .. RETURNING, never by a
//     read and then a write, so that of two concurrent requests only one gets tokens.
//   - Reuse of a refresh token revokes the family (RFC 9700 section 4.14.2), but each app has a
//     grace, within which the used one answers again: without it, a lost answer, two tabs or three
//     workers would sign the person out. Each answer is a pair of its own; a pair that superseded
//     another would sign out whoever kept the other. The price is that a thief who comes within the
//     grace isn't noticed by reuse, so each such answer is in the audit log, and a grace of 0 turns
//     it off.
//   - A code gives tokens once. From the same client within 2 s a second use is a retry, which gets
//     none and revokes none.
//   - A secret's tag is checked before any query and any argon2id: an unknown client and a wrong
//     secret cost the same, and a made-up secret costs one HMAC.
//   - A consent is bound to teams, and a token reaches what its app and its person have now. An
//     owner's rights never count in an app's token: one owner's consent would otherwise give a
//     team's app every team of the portal.
//   - A token for the portal's own API has no other audience, and which other APIs a client may
//     name is data (RFC 8707 section 3: whoever receives a token could use it at its other APIs).
//   - Access tokens are JWTs, but each has a record: it is valid only while that record isn't
//     revoked, and every token can be listed and revoked.
package grant
