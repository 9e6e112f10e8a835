// Package rfc holds the authorization server to its RFCs: tables of rules, over HTTP, against
// one running server. A test is named after the section that it proves: TestRFC6749_4_1_2_1
// is section 4.1.2.1 of RFC 6749. It has only tests.
package rfc
