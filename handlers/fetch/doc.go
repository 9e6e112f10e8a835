// Package fetch gets documents from addresses that the portal's users chose, such as a
// client's jwks_uri or an API's OpenAPI document, and carries calls to their APIs. It reaches
// public https hosts only: an address must not make the portal ask its own network
// (server-side request forgery).
//
// An address is https on port 443, without a user name. Where it leads is checked when the
// connection is made, for the very address that the name was resolved to, so that a name
// which changes its mind between a check and the connection gains nothing. All that IANA
// lists as special (loopback, private, shared, link-local, multicast, documentation,
// benchmarking, 6to4, NAT64, IPv4-mapped and so on) is refused. Redirects are not followed,
// no proxy of the environment is used, and the answer is bounded in size and time.
package fetch
