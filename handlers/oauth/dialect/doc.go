// Package dialect translates between the bytes that each vendor's clients send and expect, and
// grant.Request, grant.Response and grant.Error: one file per vendor, all in one table. It
// decides nothing about who gets a token, and has no endpoints of its own.
//
// Sources: nextome, Nextome's documents (POST /apps/auth); nxtsoft, NXTsoft's document and RFC
// 6749 (POST /oauth2/token); netrex, Netrex's document (POST /oauth2/token with parameters in
// the query). IoTConnect's vendor login is in package oauth, since it shares no shape with
// these.
//
// Decisions: each dialect is proved by a txtar under testdata with the bytes of the vendor's own
// example. Where a vendor's document defines no error response, it is that of RFC 6749 section
// 5.2.
package dialect
