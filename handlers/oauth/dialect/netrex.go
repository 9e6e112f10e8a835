package dialect

import "gatepost/handlers/oauth/grant"

// netrex is the token endpoint of Netrex's document: the parameters are in the query, or partly
// in the body. Package grant refuses it unless the app's settings allow it. The response is RFC
// 6749's.
func netrex() Dialect {
	return Dialect{
		Name: Netrex,
		Request: func(in Input) (grant.Request, error) {
			form, err := in.QueryAndForm()
			if err != nil {
				return grant.Request{}, err
			}
			req, err := tokenRequest(in.Authorization, form, Netrex)
			req.InQuery = true
			return req, err
		},
		Response: tokenResponse,
		Failure:  errorResponse,
	}
}
