package grant

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// MaxAuthorizationRequest bounds an authorization request, in bytes.
	MaxAuthorizationRequest = 8 << 10
	// MaxState bounds the parameter state, in bytes: it is sent back in a URL.
	MaxState = 4 << 10
)

// AuthorizationRequest is an authorization request (RFC 6749 section 4.1.1) as it was sent. An
// empty field was omitted or sent without a value, which is the same (section 3.1).
type AuthorizationRequest struct {
	ClientID, RedirectURI              string
	ResponseType, ResponseMode         string
	Scope, State                       string
	CodeChallenge, CodeChallengeMethod string   // RFC 7636
	Resources                          []string // RFC 8707; the one parameter that may be repeated
	Request, RequestURI                string   // RFC 9101; never read, nor fetched
	Prompt, MaxAge, LoginHint          string   // OpenID Connect Core section 3.1.2.1; its ui_locales and others are ignored
	Stamp                              string   // StampParameter
	// Repeated lists the parameters that were sent more than once; the fields hold the first.
	Repeated []string
}

// ParseAuthorizationRequest reads the query of an authorization request. A query that isn't
// application/x-www-form-urlencoded gives an *Unredirectable: nothing in it can be trusted.
// Unknown parameters are ignored.
func ParseAuthorizationRequest(query string) (AuthorizationRequest, error) {
	bad := func(reason string) (AuthorizationRequest, error) {
		return AuthorizationRequest{}, &Unredirectable{Reason: reason}
	}
	if len(query) > MaxAuthorizationRequest {
		return bad("The request is longer than 8 KiB.")
	}
	var req AuthorizationRequest
	seen := map[string]bool{}
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err1 := url.QueryUnescape(rawName)
		value, err2 := url.QueryUnescape(rawValue)
		if err1 != nil || err2 != nil {
			return bad("The request is not encoded correctly: a percent sign must be followed by two hexadecimal digits.")
		}
		if text := name + value; !utf8.ValidString(text) || strings.Contains(text, "\x00") {
			return bad("The request is not UTF-8 text without NUL.")
		}
		if name == "resource" {
			if value != "" {
				req.Resources = append(req.Resources, value)
			}
			continue
		}
		if seen[name] {
			if !slices.Contains(req.Repeated, name) {
				req.Repeated = append(req.Repeated, name)
			}
			continue
		}
		seen[name] = true
		if field := req.field(name); field != nil {
			*field = value
		}
	}
	return req, nil
}

// field returns where to store a parameter's value, or nil for an unknown parameter.
func (req *AuthorizationRequest) field(name string) *string {
	switch name {
	case "client_id":
		return &req.ClientID
	case "redirect_uri":
		return &req.RedirectURI
	case "response_type":
		return &req.ResponseType
	case "response_mode":
		return &req.ResponseMode
	case "scope":
		return &req.Scope
	case "state":
		return &req.State
	case "code_challenge":
		return &req.CodeChallenge
	case "code_challenge_method":
		return &req.CodeChallengeMethod
	case "prompt":
		return &req.Prompt
	case "max_age":
		return &req.MaxAge
	case "login_hint":
		return &req.LoginHint
	case StampParameter:
		return &req.Stamp
	case "request":
		return &req.Request
	case "request_uri":
		return &req.RequestURI
	}
	return nil
}

// ResponseURI returns a redirect URI with an authorization response in its query (RFC 6749
// section 4.1.2), always with the issuer (RFC 9207 section 2). The URI's own query is kept.
// Names and values alternate; empty values are left out.
func (s *Server) ResponseURI(redirectURI string, parameters ...string) string {
	var b strings.Builder
	b.WriteString(redirectURI)
	separator := byte('?')
	if i := strings.IndexByte(redirectURI, '?'); i >= 0 {
		separator = '&'
		if i == len(redirectURI)-1 {
			separator = 0
		}
	}
	parameters = append(parameters, "iss", s.Issuer)
	for i := 0; i+1 < len(parameters); i += 2 {
		if parameters[i+1] == "" {
			continue
		}
		if separator != 0 {
			b.WriteByte(separator)
		}
		separator = '&'
		b.WriteString(parameters[i] + "=" + url.QueryEscape(parameters[i+1]))
	}
	return b.String()
}

// ErrorResponseURI returns the redirect URI with an error response.
func (s *Server) ErrorResponseURI(e *RedirectError) string {
	return s.ResponseURI(e.RedirectURI, "error", e.Refusal.Code, "error_description", e.Refusal.Description, "state", e.State)
}
