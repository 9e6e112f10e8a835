// Package dialect proves each vendor's wire format on the bytes of that vendor's own examples; README.md
// says what each vendor's document fixes. It has only tests.
//
// Every file of testdata is a conversation with the server: requests as they go over the wire, and the
// answers. In both, {host}, {issuer}, {client_id}, {client_secret} and {token} are replaced by the real
// values. {token} is the token of the last answer that had one, which the answer itself shows as <token>;
// {refresh_token} works the same way. {code} is the code that comes when a person allows what the last
// answer's Location leads to. Every header line of an answer must be there, and its body must be equal
// byte for byte.
package dialect
