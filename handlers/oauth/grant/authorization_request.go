package grant

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// MaxAuthorizationRequest bounds an authorization request, in bytes.
	MaxAuthorizationRequest = 8 << 10
	// MaxState bounds the parameter state, in bytes: it comes back in an address.
	MaxState = 4 << 10
)

// AuthorizationRequest is an authorization request (RFC 6749 section 4.1.1) as it was sent. An
// empty field was not sent, or without a value, which is the same (section 3.1).
type AuthorizationRequest struct {
	ClientID, RedirectURI              string
	ResponseType, ResponseMode         string
	Scope, State                       string
	CodeChallenge, CodeChallengeMethod string   // RFC 7636
	Resources                          []string // RFC 8707; the one parameter that may be repeated
	Request, RequestURI                string   // RFC 9101; never read, nor fetched
	// Repeated names the parameters that came more than once; the fields hold the first.
	Repeated []string
}

// ParseAuthorizationRequest reads the query of an authorization request. Its error, for a query that
// is not what a form would make, is an *Unredirectable: nothing in it can be trusted.
// Parameters that are not known are ignored.
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
			return bad("The request is not well encoded: a percent sign must be followed by two hexadecimal digits.")
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

// field is where a parameter's value goes, or nil for one that is not known.
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
	case "request":
		return &req.Request
	case "request_uri":
		return &req.RequestURI
	}
	return nil
}

// ResponseURI is a redirect address with an answer in its query (RFC 6749 section 4.1.2), in
// which every answer names the issuer (RFC 9207 section 2). What the address has in its
// query already stays as it is. The names and values alternate; an empty value is left out.
func (s *Server) ResponseURI(redirectURI string, answer ...string) string {
	var b strings.Builder
	b.WriteString(redirectURI)
	separator := byte('?')
	if i := strings.IndexByte(redirectURI, '?'); i >= 0 {
		separator = '&'
		if i == len(redirectURI)-1 {
			separator = 0
		}
	}
	answer = append(answer, "iss", s.Issuer)
	for i := 0; i+1 < len(answer); i += 2 {
		if answer[i+1] == "" {
			continue
		}
		if separator != 0 {
			b.WriteByte(separator)
		}
		separator = '&'
		b.WriteString(answer[i] + "=" + url.QueryEscape(answer[i+1]))
	}
	return b.String()
}

// ErrorResponseURI is the redirect address with an error.
func (s *Server) ErrorResponseURI(e *RedirectError) string {
	return s.ResponseURI(e.RedirectURI, "error", e.Refusal.Code, "error_description", e.Refusal.Description, "state", e.State)
}

var plainHost = regexp.MustCompile(`^[A-Za-z0-9.-]+(:[0-9]+)?$`)

// FormSource is the redirect address as a source of the policy form-action (CSP Level 3):
// its origin, or only its scheme where the grammar of sources has no room for the host (an
// IPv6 literal) or there is none (a private-use scheme).
func FormSource(redirectURI string) string {
	u, err := url.Parse(redirectURI)
	switch {
	case err != nil || u.Scheme == "":
		return ""
	case (u.Scheme == "https" || u.Scheme == "http") && plainHost.MatchString(u.Host):
		return u.Scheme + "://" + u.Host
	}
	return u.Scheme + ":"
}

// FormSourceOf is FormSource for the authorization request to which a path of this portal
// leads, or empty if it leads to none that would be answered by a redirect. The page whose
// form is on the way there, such as the sign-in page, has to allow it.
func (s *Server) FormSourceOf(ctx context.Context, path string) string {
	rest, ok := strings.CutPrefix(path, "/oauth2/auth")
	if !ok {
		return ""
	}
	req, err := ParseAuthorizationRequest(strings.TrimPrefix(strings.TrimPrefix(rest, "/"), "?"))
	if err != nil {
		return ""
	}
	a, err := s.checkClientAndRedirect(ctx, req)
	if err != nil {
		return ""
	}
	return FormSource(a.RedirectURI)
}
