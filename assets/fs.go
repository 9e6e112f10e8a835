// Package assets holds what the server reads and never serves unchanged: the OpenAPI document (openapi.yaml), the
// catalogue of scopes that a new portal starts with (scopes.json), the passwords that are too common to be taken
// (passwords.txt) and the pages of the documentation (docs/*.md).
//
// Decision: the OpenAPI document is written first and by hand, and so are the handlers; nothing is generated from either.
// Tests compare its paths with the table of routes and check every request and response of a walk against it, so neither
// can drift from the other.
package assets

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
)

// FS holds the files of this folder by their plain names, such as "openapi.yaml" and "docs/quickstart.md".
//
//go:embed openapi.yaml scopes.json passwords.txt docs/*.md
var FS embed.FS

// Issuer is the address that the OpenAPI document is written with; a portal puts its own issuer in its place.
const Issuer = "https://portal.example.com"

// Scope is an entry of the catalogue. Sentence says to people what a token with the scope may do; AdminOnly scopes
// are given to an app by an admin or owner alone.
type Scope struct {
	Name      string `json:"name"`
	Sentence  string `json:"sentence"`
	AdminOnly bool   `json:"admin_only"`
}

// Scopes lists the catalogue in the order in which pages show it.
func Scopes() ([]Scope, error) {
	text, err := FS.ReadFile("scopes.json")
	if err != nil {
		return nil, fmt.Errorf("assets: Scopes: %w", err)
	}
	var list []Scope
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("assets: Scopes: %w", err)
	}
	return list, nil
}

// Passwords lists the passwords that are too common to be taken, in lower case.
func Passwords() ([]string, error) {
	text, err := FS.ReadFile("passwords.txt")
	if err != nil {
		return nil, fmt.Errorf("assets: Passwords: %w", err)
	}
	var list []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			list = append(list, line)
		}
	}
	return list, nil
}
