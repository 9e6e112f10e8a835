// Package oauth owns the endpoints for OAuth clients:
//
//	POST /oauth2/token                               RFC 6749 section 3.2, RFC 8628 section 3.4, the documents of NXTsoft and Netrex
//	GET  /oauth2/auth                                RFC 6749 section 3.1, RFC 7636, RFC 8707, RFC 9207
//	POST /oauth2/auth                                the same, as Netrex's document sends it
//	POST /oauth2/consent                             the person's answer to the consent page
//	POST /oauth2/revoke                              RFC 7009, Netrex's document
//	POST /oauth2/introspect                          RFC 7662
//	POST /oauth2/device_authorization                RFC 8628 section 3.1
//	GET  /device                                     RFC 8628 section 3.3: the page for user codes
//	POST /device                                     the user code that a person entered
//	POST /apps/auth                                  Nextome's documents
//	GET, POST /api/v2/Auth/basic-token               IoTConnect's document
//	POST /api/v2/Auth/login, /refresh-token          the same: the vendor login
//	.. /api/v2.1/Auth/..                             the same in the live shape, for that vendor's published client
//	GET  /api/uisdk/solutionkey/{key}/env/{env}      where that client finds the rest
//	GET  /.well-known/oauth-authorization-server     RFC 8414
//	GET  /.well-known/openid-configuration           the same document
//	GET  /.well-known/jwks.json                      RFC 7517
//
// It reads and writes HTTP. Package dialect decodes and encodes the vendors' bytes; package
// grant decides who gets a token, and its doc.go explains the terms: a device here is always
// RFC 8628's, and a client is always an OAuth client.
//
// Decisions:
//   - Handlers return their errors. One writer per audience (WriteError, WriteAppsAuthError)
//     encodes them as RFC 6749 section 5.2 JSON or in the vendor's form.
//   - Every refusal at an endpoint for clients is recorded with its true reason under an
//     error_id. The client sees the error_id and the RFC's error, the app's team sees the
//     reason, and nothing from the request is quoted to either.
//   - A 401 to a script on a page doesn't name the scheme Basic: the browser would cover the
//     page with its own password dialog.
//   - The consent form goes to the portal itself, and its answer is a page that moves on to the
//     client. A redirect would be stopped by the page's form-action: browsers check it for every
//     hop, also for those of the client's own site, which nobody can list.
//   - Only a GET redirects to a client: the authorization request, whose person has allowed it
//     before or can't.
package oauth
