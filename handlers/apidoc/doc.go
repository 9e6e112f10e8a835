// Package apidoc reads the OpenAPI documents that an owner registers: versions 3.0 and 3.1, in
// JSON or YAML. Read returns the document as JSON for Swagger UI, the facts that the portal
// needs (its servers, scopes and header parameters), and a list of findings with their lines.
// It has no endpoints: packages portal and api let owners register documents, and serve them.
//
// Decisions:
//   - Nothing that a document refers to is ever fetched: a $ref must point into the document, by a pointer, an $anchor or
//     an $id. Examples, defaults, enums, extensions and unknown keywords are data, in which nothing is a reference.
//   - YAML becomes JSON before it is stored, so that browsers parse only one format: aliases and merges are written out and
//     counted in full. Scalars are those of YAML 1.2.
//   - A document is checked by the OpenAPI Initiative's own JSON Schemas (folder schemas), path by path and component by
//     component, by github.com/santhosh-tekuri/jsonschema. What is found is said in our own words. What the schemas can't
//     say (references, path parameters, operationIds) is checked here.
//   - A document that breaks the specification in a way that Swagger UI tolerates is accepted, with the violations listed.
//   - Reading takes time proportional to the length, and ends with the request.
//
// Libraries for OpenAPI were measured in November 2026 on published documents of up to 3 MB, on documents written for it,
// and on 4,000 schemas that refer to each other in a circle:
//
//	                        kin-openapi 0.152   libopenapi 0.42.5   jsonschema 6.0.3 with an index of our own
//	$anchor and $id         refused             not found           resolved
//	a $ref in an example    left alone          reported            left alone
//	a pattern with \1       refused             accepted            accepted
//	version: 1.0            refused             accepted            accepted, reported
//	the circle              40 s, quadratic     0.5 s               0.15 s
//	new dependencies        none                6 modules           none
//
// kin-openapi, which the tests of our own document use, sorts all components for each $ref and follows whole chains from
// each place. libopenapi is fast, but can't be stopped, and looks for references in data.
//
// Swagger 2.0 and OpenAPI 3.2 are refused. kin-openapi's converter of Swagger 2.0 loses the order of paths, tsv lists and
// the default of collectionFormat, so that Execute would send other requests than the document describes; nothing converts
// 3.2.
package apidoc
