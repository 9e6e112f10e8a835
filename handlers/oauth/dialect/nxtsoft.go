package dialect

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"gatepost/handlers/oauth/grant"
)

// tokenBody is the response of RFC 6749 section 5.1, with the order of fields of NXTsoft's
// document.
type tokenBody struct {
	AccessToken  string `json:"access_token"`
	ExpiresIn    int64  `json:"expires_in"` // seconds
	TokenType    string `json:"token_type"`
	RefreshToken string `json:"refresh_token,omitempty"`
	Scope        string `json:"scope,omitempty"`
}

func nxtsoft() Dialect {
	return Dialect{
		Name: Nxtsoft,
		Request: func(in Input) (grant.Request, error) {
			form, err := in.Form()
			if err != nil {
				return grant.Request{}, err
			}
			return tokenRequest(in.Authorization, form, Nxtsoft)
		},
		Response: tokenResponse,
		Failure:  errorResponse,
	}
}

// tokenRequest reads the parameters of RFC 6749 (sections 4.1.3, 4.4.2 and 6), RFC 7636,
// RFC 8628 and RFC 8707.
func tokenRequest(authorization []string, form url.Values, name string) (grant.Request, error) {
	req, err := Credentials(authorization, form)
	req.GrantType, req.Scope, req.Resources, req.Dialect = form.Get("grant_type"), form.Get("scope"), Resources(form), name
	req.Code, req.RedirectURI, req.CodeVerifier = form.Get("code"), form.Get("redirect_uri"), form.Get("code_verifier")
	req.RefreshToken, req.DeviceCode = form.Get("refresh_token"), form.Get("device_code")
	return req, err
}

func tokenResponse(r grant.Response) any {
	return tokenBody{r.AccessToken, seconds(r.ExpiresIn), r.TokenType, r.RefreshToken, strings.Join(r.Scopes, " ")}
}

// Resource is the only parameter that may be repeated (RFC 8707 section 2).
const Resource = "resource"

// Resources returns the resources in a form, without empty ones.
func Resources(form url.Values) []string {
	return slices.DeleteFunc(slices.Clone(form[Resource]), func(s string) bool { return s == "" })
}

// Credentials reads a client's credentials at any endpoint: from the header, a secret in the
// form, an assertion (RFC 7521 section 4.2), or its id alone.
func Credentials(authorization []string, form url.Values) (grant.Request, error) {
	req := grant.Request{
		ClientID: form.Get("client_id"), ClientSecret: form.Get("client_secret"),
		AssertionType: form.Get("client_assertion_type"), Assertion: form.Get("client_assertion"),
	}
	var err error
	if len(authorization) > 0 {
		err = credentialsFromHeader(authorization, &req)
	}
	return req, err
}

// credentialsFromHeader reads the credentials from the header. A client may use only one
// authentication method (RFC 6749 section 2.3), so a secret or another id in the body is
// refused.
func credentialsFromHeader(authorization []string, req *grant.Request) error {
	if len(authorization) > 1 {
		return grant.BadAuth("The header Authorization was sent more than once.")
	}
	id, clientSecret, ok := parseBasic(authorization[0])
	switch {
	case !ok:
		return grant.BadClient("the header Authorization is not well-formed HTTP Basic")
	case req.ClientSecret != "" || req.Assertion != "":
		return grant.BadAuth("The client sent credentials in the header and in the body: use one of them.")
	case req.ClientID != "" && req.ClientID != id:
		return grant.BadAuth("The header and the body name different clients.")
	}
	req.ClientID, req.ClientSecret = id, clientSecret
	return nil
}

// parseBasic reads HTTP Basic credentials (RFC 7617). Both halves are form-encoded within it
// (RFC 6749 section 2.3.1). The scheme's name is case-insensitive (RFC 9110 section 11.1).
func parseBasic(header string) (id, clientSecret string, ok bool) {
	scheme, encoded, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Basic") {
		return "", "", false
	}
	raw, err := base64.StdEncoding.DecodeString(strings.Trim(encoded, " "))
	if err != nil {
		return "", "", false
	}
	rawID, rawSecret, ok := strings.Cut(string(raw), ":")
	if !ok {
		return "", "", false
	}
	id, err1 := url.QueryUnescape(rawID)
	clientSecret, err2 := url.QueryUnescape(rawSecret)
	return id, clientSecret, err1 == nil && err2 == nil
}
