// Package grant owns the rules of the grants (RFC 6749): who a client is, which scopes it
// gets, what an access token says (RFC 9068 section 2.2) and when one is still good.
//
// It speaks neither HTTP nor SQL. A request comes as a Request that package dialect made of
// a vendor's bytes, and leaves as a Response or an *Error with a code of RFC 6749 section
// 5.2. Every grant goes through the same phases in the same order, written down once in
// Server.Token: the client is authenticated, its right to the grant and the scopes are
// checked, the grant's own rule says for whom the token is, the token is minted, and it is
// recorded before anybody sees it. A grant adds its rule to the table in rules.go and can
// skip nothing.
package grant
