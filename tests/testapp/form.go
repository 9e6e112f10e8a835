package testapp

import (
	"net/url"
	"regexp"

	"gatepost/handlers/secret"
)

// Form is a form of names and values in turn; a name may come more than once.
func Form(values ...string) url.Values {
	form := url.Values{}
	for i := 0; i+1 < len(values); i += 2 {
		form.Add(values[i], values[i+1])
	}
	return form
}

// With is Form with the client's credentials in it.
func (c Credentials) With(values ...string) url.Values {
	form := Form(values...)
	form.Set("client_id", c.ClientID)
	if c.ClientSecret != "" {
		form.Set("client_secret", c.ClientSecret)
	}
	return form
}

// Without is the form without a parameter.
func Without(form url.Values, name string) url.Values {
	rest := url.Values{}
	for key, values := range form {
		if key != name {
			rest[key] = values
		}
	}
	return rest
}

// Bearer is the header that carries a token, as name and value.
func Bearer(token string) []string { return []string{"Authorization", "Bearer " + token} }

var errorID = regexp.MustCompile(secret.ErrorIDPattern)

// ErrorID is the error_id of a refusal, or empty.
func (r *Answer) ErrorID() string { return errorID.FindString(r.Body) }

// SameID is a text whose error_id, a new one with each answer, is always the same.
func SameID(text string) string { return errorID.ReplaceAllString(text, "<error_id>") }
