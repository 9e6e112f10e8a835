// Package dialect translates between the bytes of each vendor's client and grant.Request,
// grant.Response, grant.Error: one file per vendor, all in one table. It decides nothing
// about who gets a token.
//
// nextome is POST /apps/auth; nxtsoft is RFC 6749's POST /oauth2/token; netrex is the same with the
// parameters in the address. What each vendor's document says is in tests/dialect/README.md.
package dialect

import (
	"net/url"
	"strings"
	"time"

	"gatepost/handlers/oauth/grant"
)

// Input is a token request as the edge hands it over. A dialect calls one of the three
// functions, which reads the body.
type Input struct {
	Authorization []string                   // the header's values
	Form          func() (url.Values, error) // of the body
	QueryAndForm  func() (url.Values, error) // of the address and the body, which may be empty
	JSON          func(v any) error
}

// Dialect is one vendor's wire format.
type Dialect struct {
	Name string
	// Request decodes; its errors are *grant.Error or those of Input.
	Request func(Input) (grant.Request, error)
	// Response and Failure give what is to be written as JSON.
	Response func(grant.Response) any
	Failure  func(*grant.Error) any
}

// The names of the dialects, as they stand in links and records.
const (
	Nextome = "nextome"
	Nxtsoft = "nxtsoft"
	Netrex  = "netrex"
)

// Table gives the dialects by name.
func Table() map[string]Dialect {
	return map[string]Dialect{
		Nextome: nextome(),
		Nxtsoft: nxtsoft(),
		Netrex:  netrex(),
	}
}

// failure is the error shape of RFC 6749 section 5.2, which all dialects use.
type errorBody struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

func errorResponse(e *grant.Error) any { return errorBody{e.Code, description(e)} }

// describe ends with the error_id, under which the client's own team finds the true reason.
func description(e *grant.Error) string {
	if e.ID == "" {
		return sanitize(e.Description)
	}
	return sanitize(e.Description + " error_id: " + e.ID)
}

// plain keeps the characters that RFC 6749 section 5.2 allows in a description.
func sanitize(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return ' '
		}
		return c
	}, s)
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }
