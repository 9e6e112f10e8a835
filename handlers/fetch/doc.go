// Package fetch fetches documents from addresses that the portal's users chose, such as a
// client's jwks_uri or an API's OpenAPI document, and sends people's requests to their APIs. It
// has no endpoints. It reaches only public https hosts: an address must not make the portal
// call its own network (server-side request forgery, OWASP).
//
// Decisions:
//   - An address is https on port 443, without a user name.
//   - Where it leads is checked when the connection is made, for the IP address that the name
//     was resolved to, so that a name can't resolve to a public address for a check and to a
//     private one for the connection (DNS rebinding).
//   - Everything in IANA's special-purpose registries is refused: loopback, private, shared,
//     link-local, multicast, documentation, benchmarking, 6to4, NAT64, IPv4-mapped and so on.
//   - Redirects are not followed, the environment's proxy is not used, and the response is
//     bounded in size and time.
package fetch
