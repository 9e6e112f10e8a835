package dialect

import "gatepost/handlers/oauth/grant"

// appsAuth is the body of POST /apps/auth in Nextome's documents.
type appsAuth struct {
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
}

// appsAuthResponse is its response.
type appsAuthResponse struct {
	AccessToken string `json:"accessToken"`
	ExpiresIn   int64  `json:"expiresIn"` // seconds
	TokenType   string `json:"tokenType"`
}

// appsAuthError is RFC 6749's error response with the error_id as a member as well: the vendor's
// clients show the body as it is.
type appsAuthError struct {
	errorBody
	ErrorID string `json:"error_id,omitempty"`
}

func nextome() Dialect {
	return Dialect{
		Name: Nextome,
		Request: func(in Input) (grant.Request, error) {
			var body appsAuth
			if err := in.JSON(&body); err != nil {
				return grant.Request{}, err
			}
			switch {
			case body.ClientID == "":
				return grant.Request{}, grant.Invalid("clientId is missing.")
			case body.ClientSecret == "":
				return grant.Request{}, grant.Invalid("clientSecret is missing.")
			}
			return grant.Request{
				GrantType: grant.ClientCredentials, ClientID: body.ClientID, ClientSecret: body.ClientSecret, Dialect: Nextome,
			}, nil
		},
		Response: func(r grant.Response) any {
			return appsAuthResponse{r.AccessToken, seconds(r.ExpiresIn), r.TokenType}
		},
		Failure: func(e *grant.Error) any { return appsAuthError{errorBody{e.Code, description(e)}, e.ID} },
	}
}
