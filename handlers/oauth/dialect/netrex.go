package dialect

import "gatepost/handlers/oauth/grant"

// netrex is Netrex's way to the token endpoint: the parameters stand in the address, with
// nothing or some of them in the body. Package grant refuses it for apps that have not asked
// for it. Its answer is RFC 6749's.
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
