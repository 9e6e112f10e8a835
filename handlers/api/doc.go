// Package api answers programs that have an access token, and describes itself to them:
//
//	/api/v1/me
//	/api/v1/apps.. with their secrets, tokens and events
//	/api/v1/devices.. and who can see them
//	/api/v1/teams.., members.., invitations.., audit-events, auth-failures..
//	/api/v1/account, personal-tokens.., authorizations.., sessions..: what belongs to the token's person
//	/api/v1/portal, signing-keys.., apis.., scopes: what the portal's owners manage
//	/api/v1.1/Device.., /api/v2/Device.. (the iotconnect dialect), with that vendor's error shape
//	/api/v2.1/Device.., Entity.., User.., device-template.. (its live shape, for that vendor's published client)
//	POST /transactions/mock (NXTsoft's sample API)
//	GET /openapi.json · GET /swagger-ui/{file}
//
// The token comes in the Authorization header only (RFC 6750 section 2.1). An app's own token
// reaches what belongs to its team. A token of a person reaches what that person can see and do at
// that moment, within the token's scopes; package hub has the rules. Errors are problem details
// (RFC 9457), whose type is an entry of the page /docs/errors.
//
// /api/v1 refuses what it doesn't know: fields, query parameters and values of filters. A misspelled field
// that is ignored does something else than its sender meant, and a misspelled filter lists everything. The
// vendor's API and the OAuth endpoints ignore it, as their clients send more than is read.
package api
