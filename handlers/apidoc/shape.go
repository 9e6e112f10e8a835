package apidoc

// shape says which fields of a kind of object have objects of other kinds in them. Whatever isn't named is data, such as an
// example, a default or an extension, and is left alone. What the fields must be is said by the specification's own schema.
type shape struct {
	called  string            // with its article, for findings
	fields  map[string]string // a kind, in [] for a list of such objects and in {} for an object whose values are such
	members string            // the kind of all other fields but x-.., if they are objects too
}

// shapes are those of OpenAPI 3.0 and 3.1, and of JSON Schema up to 2020-12.
var shapes = map[string]shape{
	"document": {called: "the document", fields: map[string]string{"paths": "paths", "webhooks": "{path}", "components": "components"}},
	"paths":    {called: "paths", members: "path"},
	"components": {called: "components", fields: map[string]string{
		"schemas": "{schema}", "responses": "{response}", "parameters": "{parameter}", "examples": "{example}", "requestBodies": "{body}",
		"headers": "{header}", "securitySchemes": "{security}", "links": "{link}", "callbacks": "{callback}", "pathItems": "{path}"}},
	"path": {called: "a path", fields: map[string]string{
		"parameters": "[parameter]", "get": "operation", "put": "operation", "post": "operation", "delete": "operation",
		"options": "operation", "head": "operation", "patch": "operation", "trace": "operation"}},
	"operation": {called: "an operation", fields: map[string]string{
		"parameters": "[parameter]", "requestBody": "body", "responses": "responses", "callbacks": "{callback}"}},
	"parameter": {called: "a parameter", fields: map[string]string{"schema": "schema", "content": "{media}", "examples": "{example}"}},
	"header":    {called: "a header", fields: map[string]string{"schema": "schema", "content": "{media}", "examples": "{example}"}},
	"body":      {called: "a request body", fields: map[string]string{"content": "{media}"}},
	"media":     {called: "a media type", fields: map[string]string{"schema": "schema", "examples": "{example}", "encoding": "{encoding}"}},
	"encoding":  {called: "an encoding", fields: map[string]string{"headers": "{header}"}},
	"responses": {called: "the responses", members: "response"},
	"response":  {called: "a response", fields: map[string]string{"headers": "{header}", "content": "{media}", "links": "{link}"}},
	"callback":  {called: "a callback", members: "path"},
	"example":   {called: "an example"},
	"link":      {called: "a link"},
	"security":  {called: "a security scheme"},
	"schema": {called: "a schema", fields: map[string]string{
		"properties": "{schema}", "patternProperties": "{schema}", "$defs": "{schema}", "definitions": "{schema}", "dependentSchemas": "{schema}",
		"allOf": "[schema]", "anyOf": "[schema]", "oneOf": "[schema]", "prefixItems": "[schema]",
		"items": "schema", "additionalItems": "schema", "unevaluatedItems": "schema", "contains": "schema", "additionalProperties": "schema",
		"unevaluatedProperties": "schema", "propertyNames": "schema", "not": "schema", "if": "schema", "then": "schema", "else": "schema",
		"contentSchema": "schema"}},
}
