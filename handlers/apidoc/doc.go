// Package apidoc reads the OpenAPI documents that an owner registers: versions 3.0 and 3.1, in
// JSON or YAML. Read returns the document as JSON for Swagger UI, the facts that the portal
// needs (its servers, scopes and header parameters), and a list of findings with their lines.
// It has no endpoints: packages portal and api let owners register documents, and serve them.
//
// Decisions:
//   - Nothing that a document refers to is ever fetched: a $ref must point into the document.
//   - YAML becomes JSON before it is stored, so that browsers parse only one format. What JSON
//     can't express, duplicate keys and deep nesting are refused with their line.
//   - Reading takes time proportional to the length, and ends with the request. $refs are found through an index and the
//     document is checked here, since the OpenAPI library sorts all components for each $ref and follows whole chains
//     from each place: 20,000 of them took 26 s.
//   - YAML aliases are written out, counted in full against the limit of values.
//   - A document that breaks the specification in a way that Swagger UI tolerates is accepted,
//     with the violations listed.
package apidoc
