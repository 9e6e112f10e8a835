// Package dialect proves each vendor's wire format on the bytes of the document's own examples.
// Every file of testdata is a conversation with the server: requests as they go over the
// wire, and the answers. In both, {host}, {issuer}, {client_id}, {client_secret} and {token}
// stand for the real values; {token} is the token of the last answer that had one, whose place
// an answer marks by <token>, and {refresh_token} likewise. {code} is the code that comes when
// a person allows what the last answer's Location leads to. An answer's header lines must all be there; its body must be equal byte
// for byte. It has only tests.
package dialect
