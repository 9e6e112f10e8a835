package dialect

import (
	"net/url"
	"strings"
	"time"

	"gatepost/handlers/oauth/grant"
)

// Input is a token request as package oauth passes it on. The body is read once, by whichever
// function the dialect calls.
type Input struct {
	Authorization []string                   // the header's values
	Form          func() (url.Values, error) // of the body
	QueryAndForm  func() (url.Values, error) // of the query and the body, which may be empty
	JSON          func(v any) error
}

// Dialect is one vendor's wire format.
type Dialect struct {
	Name string
	// Request decodes a token request; its errors are *grant.Error or those of Input.
	Request func(Input) (grant.Request, error)
	// Response and Failure return what to write as JSON.
	Response func(grant.Response) any
	Failure  func(*grant.Error) any
}

// The names of the dialects, as used in links and stored records.
const (
	Nextome = "nextome"
	Nxtsoft = "nxtsoft"
	Netrex  = "netrex"
)

// Table returns the dialects by name.
func Table() map[string]Dialect {
	return map[string]Dialect{
		Nextome: nextome(),
		Nxtsoft: nxtsoft(),
		Netrex:  netrex(),
	}
}

// errorBody is the error response of RFC 6749 section 5.2, which all dialects use.
type errorBody struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

func errorResponse(e *grant.Error) any { return errorBody{e.Code, description(e)} }

// description returns the error's description with its error_id at the end, under which the
// app's team finds the true reason.
func description(e *grant.Error) string {
	if e.ID == "" {
		return sanitize(e.Description)
	}
	return sanitize(e.Description + " error_id: " + e.ID)
}

// sanitize keeps only the characters that RFC 6749 section 5.2 allows in a description.
func sanitize(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return ' '
		}
		return c
	}, s)
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }
