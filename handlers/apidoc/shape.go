package apidoc

// shape says what the specification demands of one kind of object. Versions 3.0 and 3.1 differ so little that one table
// holds both; validate knows the differences.
type shape struct {
	called   string            // with its article, for findings
	required []string          // fields that must be there
	fields   map[string]string // the kind of a field's value. Unknown fields are let through, since newer versions add some
	members  string            // the kind of all other fields but x-.., if they are objects too
}

// words are the fields that describe an object to people.
var words = map[string]string{"summary": "text", "description": "text"}

// shapes holds the shape of each kind. A kind is the name of a shape, in [] for a list of such objects and in {} for an
// object whose values are such; or one of text, flag, list and map, whose contents aren't checked.
var shapes = map[string]shape{
	"document": {called: "the document", required: []string{"info"}, fields: map[string]string{
		"info": "info", "servers": "[server]", "paths": "paths", "webhooks": "{path}", "components": "components", "security": "list", "tags": "[tag]",
		"externalDocs": "map"}},
	"info": {called: "info", required: []string{"title", "version"}, fields: map[string]string{
		"title": "text", "version": "text", "termsOfService": "text", "contact": "map", "license": "license"}},
	"license":  {called: "the license", required: []string{"name"}, fields: map[string]string{"name": "text", "url": "text"}},
	"server":   {called: "a server", required: []string{"url"}, fields: map[string]string{"url": "text", "variables": "{variable}"}},
	"variable": {called: "a server variable", required: []string{"default"}, fields: map[string]string{"enum": "list"}},
	"tag":      {called: "a tag", required: []string{"name"}, fields: map[string]string{"name": "text", "externalDocs": "map"}},
	"paths":    {called: "paths", members: "path"},
	"components": {called: "components", fields: map[string]string{
		"schemas": "{schema}", "responses": "{response}", "parameters": "{parameter}", "examples": "{example}", "requestBodies": "{body}",
		"headers": "{header}", "securitySchemes": "{security}", "links": "{link}", "callbacks": "{callback}", "pathItems": "{path}"}},
	"path": {called: "a path", fields: map[string]string{
		"parameters": "[parameter]", "servers": "[server]", "get": "operation", "put": "operation", "post": "operation", "delete": "operation",
		"options": "operation", "head": "operation", "patch": "operation", "trace": "operation"}},
	"operation": {called: "an operation", fields: map[string]string{
		"tags": "list", "operationId": "text", "parameters": "[parameter]", "requestBody": "body", "responses": "responses",
		"callbacks": "{callback}", "deprecated": "flag", "security": "list", "servers": "[server]", "externalDocs": "map"}},
	"parameter": {called: "a parameter", required: []string{"name", "in"}, fields: map[string]string{
		"name": "text", "in": "text", "schema": "schema", "content": "{media}", "examples": "{example}", "required": "flag", "deprecated": "flag"}},
	"header": {called: "a header", fields: map[string]string{
		"schema": "schema", "content": "{media}", "examples": "{example}", "required": "flag", "deprecated": "flag"}},
	"body":      {called: "a request body", required: []string{"content"}, fields: map[string]string{"content": "{media}", "required": "flag"}},
	"media":     {called: "a media type", fields: map[string]string{"schema": "schema", "examples": "{example}", "encoding": "{encoding}"}},
	"encoding":  {called: "an encoding", fields: map[string]string{"contentType": "text", "headers": "{header}", "style": "text"}},
	"responses": {called: "the responses", members: "response"},
	"response": {called: "a response", required: []string{"description"}, fields: map[string]string{
		"headers": "{header}", "content": "{media}", "links": "{link}"}},
	"callback": {called: "a callback", members: "path"},
	"example":  {called: "an example", fields: map[string]string{"externalValue": "text"}},
	"link": {called: "a link", fields: map[string]string{
		"operationRef": "text", "operationId": "text", "parameters": "map", "server": "server"}},
	"security": {called: "a security scheme", required: []string{"type"}, fields: map[string]string{"type": "text", "flows": "map"}},
	"schema": {called: "a schema", fields: map[string]string{
		"title": "text", "properties": "{schema}", "patternProperties": "{schema}", "items": "schema", "additionalProperties": "schema",
		"allOf": "[schema]", "anyOf": "[schema]", "oneOf": "[schema]", "not": "schema", "if": "schema", "then": "schema", "else": "schema",
		"contains": "schema", "propertyNames": "schema", "prefixItems": "[schema]", "$defs": "{schema}", "dependentSchemas": "{schema}",
		"enum": "list", "discriminator": "map"}},
}

// neededBySecurity are the fields that a security scheme needs, by its type.
var neededBySecurity = map[string][]string{
	"apiKey": {"name", "in"}, "http": {"scheme"}, "oauth2": {"flows"}, "openIdConnect": {"openIdConnectUrl"}, "mutualTLS": nil,
}

// schemaTypes are the types that a schema can have.
var schemaTypes = []string{"array", "boolean", "integer", "null", "number", "object", "string"}
