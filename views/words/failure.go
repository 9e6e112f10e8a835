package words

import "slices"

// Failure is a kind of true reason for a refused token request: its title in the filter, what it
// means, what to do about it, and on which page of the app that is done.
type Failure struct {
	Kind, Title, What string
	Do                []string
	At                Place
}

// Place is a page of an app.
type Place int

// Where something can be done about a refused request.
const (
	Nowhere Place = iota
	AtSecrets
	AtSettings
	AtTokens
)

var failures = []Failure{
	{"secret_revoked", "Revoked secret", "The caller has a secret that was right once. It was revoked, and nothing gets a token with it any more.",
		[]string{"Find the program by its address and name below.", "Give it a live secret of the app; add one if nobody has the plain text of another.", "If you don't know the caller, somebody else has your old secret: it is of no use to them."}, AtSecrets},
	{"secret_expired", "Expired secret", "The caller has a secret that was right once. It has come to its end.",
		[]string{"Add a new secret on the app's page, with an end that suits you.", "Deploy it to the program below."}, AtSecrets},
	{"drill", "Brownout drill", "Somebody of the team has this secret refused for some minutes, to see who still uses it. This caller does.",
		[]string{"Move the program below to the app's new secret before the old one is retired.", "When the drill is over the secret works again by itself."}, AtSecrets},
	{"secret_whitespace", "Whitespace in the credentials", "The secret is right but for characters that nobody sees. They came along when it was copied or read from a file.",
		[]string{"Trim the value where the program reads it. A file that ends in a newline is the usual cause: write it with printf '%s', not with echo.", "In a Kubernetes secret, encode it with base64 of the value alone: echo -n."}, Nowhere},
	{"secret_quoted", "Quotation marks around the secret", "The secret is right but for quotation marks around it, which are part of what was sent.",
		[]string{"Remove the quotation marks in the settings. Docker's --env-file and many CI systems take them literally."}, Nowhere},
	{"secret_truncated", "Cut secret", "What came starts as a secret of this portal does, and is not as long as one.",
		[]string{"Look for a column, a field or a variable that holds fewer than 44 characters, or a shell that read a $ or a line break.", "Compare the last four characters with the hints on the app's page."}, AtSecrets},
	{"secret_of_other_app", "Secret of another app", "The secret is one of another app of your team: client id and secret do not belong together.",
		[]string{"Take both from the same app. Each integration has an app of its own, so look which of the two the program should be."}, AtSecrets},
	{"secret_unknown", "Unknown secret", "The client id is that of your app, and the secret is none that the portal ever made for it. A client id is no secret, so this can be anybody.",
		[]string{"If you know the caller: copy the secret again, or add a new one.", "If you don't: there is nothing to do. Such requests cost the portal next to nothing, and no number of them opens the app."}, AtSecrets},
	{"unknown_client", "Unknown client id", "No app of this portal has this client id. It was deleted, mistyped, or is one of another portal.",
		[]string{"Ask whoever runs the caller which app it should be, and for its client id."}, Nowhere},
	{"no_credentials", "No credentials", "The request did not say who it is in a way that this app can use.",
		[]string{"Send client_id and client_secret in the form, or by HTTP Basic.", "Look whether the program's variables are set: an empty one is the same as none."}, Nowhere},
	{"auth_method", "Another way to authenticate", "The caller showed who it is in another way than the app's settings say, or in two ways at once.",
		[]string{"Compare the program's settings with the app's: a client secret, a private key, or none for a native app."}, AtSettings},
	{"assertion_clock", "Clock of the caller", "The times in the signed assertion do not fit the portal's clock.",
		[]string{"Set the caller's clock by NTP: thirty seconds off is the most.", "Make a new assertion for each request, with iat now and exp a few minutes ahead."}, Nowhere},
	{"assertion_bad", "Assertion", "The signed assertion (private_key_jwt) is not one that this portal can take for the app.",
		[]string{"Compare it with the docs: iss and sub are the client id, aud is this portal, jti is new each time.", "See that the public key in the app's settings, or at its jwks_uri, is that of the private key that signs."}, AtSettings},
	{"body_not_form", "Not a form", "The endpoint takes a form, and something else came.",
		[]string{"Send the parameters as application/x-www-form-urlencoded: curl --data, requests.post(data=..), URLSearchParams.", "If the program can send JSON only, use POST /apps/auth."}, Nowhere},
	{"body_not_json", "Not JSON", "The endpoint takes a JSON object, and something else came.",
		[]string{"Send Content-Type: application/json and a body such as {\"clientId\": \"..\", \"clientSecret\": \"..\"}.", "If the program sends forms, use POST /oauth2/token."}, Nowhere},
	{"duplicate_parameter", "Parameter sent twice", "A parameter came more than once, so that nobody can tell which was meant.",
		[]string{"Look for a value that stands both in the library's settings and in the extra parameters."}, Nowhere},
	{"query_not_allowed", "Parameters in the address", "The parameters came in the query string, where proxies and logs keep them.",
		[]string{"Send them in the body.", "Rotate the secret if it was among them: it stands in logs on the way.", "For a program that can't be changed, the app's settings can allow it."}, AtSettings},
	{"grant_not_allowed", "Not allowed for this app", "The app's settings do not let it make this kind of request.",
		[]string{"Compare the grant type that was asked for with the kind of the app. A server app has client credentials; people authorize web and native apps."}, AtSettings},
	{"scope_not_granted", "Scope not granted", "The request asked for a scope that the app, or the authorization that it redeems, does not have.",
		[]string{"Tick the scope in the app's settings, or leave the parameter scope out to get all that the app has."}, AtSettings},
	{"resource_unknown", "Unknown resource", "The request asked for a token for an API that this portal does not know, or that was not granted.",
		[]string{"Compare the parameter resource with the audiences in the docs, character by character."}, Nowhere},
	{"code_unknown", "Unknown code", "The code is none that this portal gave to this app, or one from long ago.",
		[]string{"See that the program redeems the code that came to its redirect URI, with the client id that asked for it."}, Nowhere},
	{"code_used", "Code used twice", "The code was redeemed before. Somebody may have copied it, so all tokens that it gave were revoked.",
		[]string{"Look for a program that handles its redirect URI twice: a reload, a second worker, a retry.", "Send the person to the consent page again."}, AtTokens},
	{"code_expired", "Expired code", "The code came too late: one works for 60 seconds.",
		[]string{"Redeem the code at once. If the program does, look how long its request takes."}, Nowhere},
	{"redirect_mismatch", "Redirect URI differs", "The redirect_uri of the token request must be the same as in the authorization request, character by character.",
		[]string{"Take both from one setting. A slash at the end, http for https, or another port makes them differ."}, AtSettings},
	{"pkce_mismatch", "PKCE does not fit", "The code_verifier is missing or does not fit the code_challenge of the authorization request.",
		[]string{"Keep the verifier between the two requests in the person's session, not in a global variable.", "Use S256, and send the verifier itself."}, Nowhere},
	{"refresh_unknown", "Unknown refresh token", "The refresh token is none that this portal gave to this app, or one from long ago.",
		[]string{"See that the program stores the newest refresh token, whole, and sends it with the client id that got it."}, Nowhere},
	{"refresh_reused", "Refresh token used twice", "The refresh token was used before. Somebody may have copied it, so all tokens of the authorization were revoked.",
		[]string{"Store the new refresh token of each answer before anything else.", "Let one process refresh at a time.", "Send the person to the consent page again."}, AtTokens},
	{"refresh_expired", "Expired refresh token", "The refresh token waited longer than 30 days for its use.",
		[]string{"Send the person to the consent page again, or refresh at least once a month."}, Nowhere},
	{"grant_ended", "Authorization ended", "What the person allowed was taken back, revoked, or is 180 days old.",
		[]string{"Send the person to the consent page again."}, AtTokens},
	{"device_denied", "Device refused", "The person has refused the device.", []string{"Start again when the person asks for it."}, Nowhere},
	{"device_expired", "Device code expired", "Nobody has typed the device's code within 15 minutes.", []string{"Start again, and show the person the new code."}, Nowhere},
	{"wrong_login", "Wrong username or password", "A login in the iotconnect dialect with this team's solution key was refused: the username or the password is wrong, or the person is not in this team.",
		[]string{"Ask the person to sign in on the portal with the same e-mail and password, and to choose a new password if that fails."}, Nowhere},
	{"second_factor", "Second factor needed", "The person signs in with two factors, and this login has no way to ask for the second.",
		[]string{"Use a personal token, or the authorization code grant."}, Nowhere},
	{"throttled", "Too many tries", "The caller came too often, or the portal had too much to do at this moment.",
		[]string{"Wait for the seconds in the header Retry-After, and longer after each refusal.", "Keep a token until it ends: one works for an hour."}, Nowhere},
	{"other", "Malformed request", "The request lacks a parameter, or has one that can't be read. The caller was told which.",
		[]string{"Compare the request with the docs."}, Nowhere},
}

// Failures are all kinds, in the order of the filter.
func Failures() []Failure { return slices.Clone(failures) }

// FailureOf returns the words for a kind; those of the last, for anything else, when it isn't known.
func FailureOf(kind string) Failure {
	for _, f := range failures {
		if f.Kind == kind {
			return f
		}
	}
	return failures[len(failures)-1]
}
