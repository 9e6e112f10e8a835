package dialect

import (
	"encoding/base64"
	"net/url"
	"strings"

	"gatepost/handlers/oauth/grant"
)

// oauthToken is the answer of RFC 6749 section 5.1, in the order of seed 002.
type oauthToken struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   int64  `json:"expires_in"` // seconds
	TokenType   string `json:"token_type"`
	Scope       string `json:"scope,omitempty"`
}

func nxtsoft() Dialect {
	return Dialect{
		Name: Nxtsoft,
		Request: func(in Input) (grant.Request, error) {
			form, err := in.Form()
			if err != nil {
				return grant.Request{}, err
			}
			req := grant.Request{
				GrantType: form.Get("grant_type"), Scope: form.Get("scope"), Dialect: Nxtsoft,
				ClientID: form.Get("client_id"), ClientSecret: form.Get("client_secret"),
			}
			if len(in.Authorization) > 0 {
				err = byHeader(in.Authorization, &req)
			}
			return req, err
		},
		Response: func(r grant.Response) any {
			return oauthToken{r.AccessToken, seconds(r.ExpiresIn), r.TokenType, strings.Join(r.Scopes, " ")}
		},
		Failure: fail,
	}
}

// byHeader takes the credentials from the header. A client uses one way only (RFC 6749
// section 2.3): a secret in the body too, or another id, is refused.
func byHeader(authorization []string, req *grant.Request) error {
	if len(authorization) > 1 {
		return grant.Invalid("The header Authorization came more than once.")
	}
	id, clientSecret, ok := basic(authorization[0])
	switch {
	case !ok:
		return grant.BadClient("a header Authorization that is not Basic")
	case req.ClientSecret != "":
		return grant.Invalid("The client sent credentials in the header and in the body: use one of them.")
	case req.ClientID != "" && req.ClientID != id:
		return grant.Invalid("The header and the body name different clients.")
	}
	req.ClientID, req.ClientSecret = id, clientSecret
	return nil
}

// basic reads HTTP Basic credentials (RFC 7617). Both halves are form-encoded inside it
// (RFC 6749 section 2.3.1). The scheme's name is case-insensitive (RFC 9110 section 11.1).
func basic(header string) (id, clientSecret string, ok bool) {
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
