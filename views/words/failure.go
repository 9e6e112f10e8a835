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
	{"secret_revoked", "Revoked secret", "The caller has a secret that used to work. It was revoked, and requests with it get a 401.",
		[]string{"Find the program by its address and name below.", "Give it a live secret of the app. Add one if nobody has the plain text of another.", "If you don't know the caller, somebody else has your old secret. It is useless to them."}, AtSecrets},
	{"secret_expired", "Expired secret", "The caller has a secret that used to work. It has expired.",
		[]string{"Add a new secret on the app's page, with an expiry that suits you.", "Deploy it to the program below."}, AtSecrets},
	{"drill", "Brownout drill", "Somebody on the team has this secret refused for a few minutes, to see who still uses it. This caller does.",
		[]string{"Move the program below to the app's new secret before the old one is retired.", "When the drill is over, the secret works again automatically."}, AtSecrets},
	{"secret_whitespace", "Whitespace in the credentials", "The secret is right except for invisible characters, which came along when it was copied or read from a file.",
		[]string{"Trim the value where the program reads it. A file that ends in a newline is the usual cause: write it with printf '%s', not with echo.", "In a Kubernetes secret, encode it with base64 of the value alone: echo -n."}, Nowhere},
	{"secret_quoted", "Quotation marks around the secret", "The secret is right except for the quotation marks around it, which are part of what was sent.",
		[]string{"Remove the quotation marks in the settings. Docker's --env-file and many CI systems take them literally."}, Nowhere},
	{"secret_truncated", "Cut secret", "What was sent starts like a secret of this portal, but is too short.",
		[]string{"Look for a column, a field or a variable that holds fewer than 44 characters, or a shell that read a $ or a line break.", "Compare the last four characters with the hints on the app's page."}, AtSecrets},
	{"secret_of_other_app", "Secret of another app", "The secret belongs to another app of your team: the client id and the secret don't match.",
		[]string{"Take both from the same app. Each integration has its own app, so check which of the two the program should be."}, AtSecrets},
	{"secret_unknown", "Unknown secret", "The client id is your app's, but the portal never made this secret for it. A client id isn't secret, so the caller can be anybody.",
		[]string{"If you know the caller: copy the secret again, or add a new one.", "If you don't: there's nothing to do. Such requests cost the portal next to nothing, and no number of them gets into the app."}, AtSecrets},
	{"unknown_client", "Unknown client id", "No app of this portal has this client id. It was deleted or mistyped, or belongs to another portal.",
		[]string{"Ask whoever runs the caller which app it should be, and for its client id."}, Nowhere},
	{"no_credentials", "No credentials", "The request had no credentials that this app can use.",
		[]string{"Send client_id and client_secret in the form, or by HTTP Basic.", "Check that the program's variables are set: an empty one is the same as none."}, Nowhere},
	{"auth_method", "Another way to authenticate", "The caller authenticated in another way than the app's settings say, or in two ways in one request.",
		[]string{"Compare the program's settings with the app's: a client secret, a private key, or none for a native app."}, AtSettings},
	{"assertion_clock", "Clock of the caller", "The times in the signed assertion don't match the portal's clock.",
		[]string{"Set the caller's clock by NTP: thirty seconds off is the most.", "Make a new assertion for each request, with iat now and exp at most an hour ahead."}, Nowhere},
	{"assertion_bad", "Assertion", "The signed assertion (private_key_jwt) isn't one that this portal can accept for the app.",
		[]string{"Compare it with the docs: iss and sub are the client id, aud is this portal, and jti is new each time.", "Check that the public key in the app's settings, or at its jwks_uri, belongs to the private key that signs."}, AtSettings},
	{"body_not_form", "Not a form", "The endpoint takes a form, but something else was sent.",
		[]string{"Send the parameters as application/x-www-form-urlencoded: curl --data, requests.post(data=..), URLSearchParams.", "If the program can send JSON only, use POST /apps/auth."}, Nowhere},
	{"body_not_json", "Not JSON", "The endpoint takes a JSON object, but something else was sent.",
		[]string{"Send Content-Type: application/json and a body such as {\"clientId\": \"..\", \"clientSecret\": \"..\"}.", "If the program sends forms, use POST /oauth2/token."}, Nowhere},
	{"duplicate_parameter", "Parameter sent twice", "A parameter was sent more than once, so nobody can tell which one was meant.",
		[]string{"Look for a value that is in both the library's settings and the extra parameters."}, Nowhere},
	{"query_not_allowed", "Parameters in the address", "The parameters were in the query string, where proxies and logs keep them.",
		[]string{"Send them in the body.", "Rotate the secret if it was among them: it is in logs along the way.", "For a program that can't be changed, the app's settings can allow it."}, AtSettings},
	{"grant_not_allowed", "Not allowed for this app", "The app's settings don't allow this kind of request.",
		[]string{"Compare the requested grant type with the kind of app. A server app uses client credentials; people authorize web and native apps."}, AtSettings},
	{"scope_not_granted", "Scope not granted", "The request asked for a scope that the app, or the authorization that it redeems, doesn't have.",
		[]string{"Tick the scope in the app's settings, or leave the parameter scope out to get all that the app has."}, AtSettings},
	{"resource_unknown", "Unknown resource", "The request asked for a token for an API that this portal doesn't know, or that wasn't granted.",
		[]string{"Compare the parameter resource with the audiences in the docs, character by character."}, Nowhere},
	{"code_unknown", "Unknown code", "This portal never issued the code to this app, or did so long ago.",
		[]string{"Check that the program redeems the code sent to its redirect URI, with the client id that asked for it."}, Nowhere},
	{"code_used", "Code used twice", "The code was redeemed before. Somebody may have copied it, so all its tokens were revoked.",
		[]string{"Look for a program that handles its redirect URI twice: a reload, a second worker, a retry.", "Send the person to the consent page again."}, AtTokens},
	{"code_repeated", "Code sent twice", "The app sent a code again within 2 seconds of its use. That was taken for a retry: the tokens of the first answer work.",
		[]string{"Use the tokens of the first answer. Let one worker redeem the code, and don't retry while its request is running."}, Nowhere},
	{"code_expired", "Expired code", "The code was redeemed too late: it works for 60 seconds.",
		[]string{"Redeem the code immediately. If the program does, check how long its request takes."}, Nowhere},
	{"redirect_mismatch", "Redirect URI differs", "The redirect_uri of the token request must be the same as in the authorization request, character by character.",
		[]string{"Take both from one setting. A slash at the end, http for https, or another port makes them differ."}, AtSettings},
	{"pkce_mismatch", "PKCE doesn't match", "The code_verifier is missing or doesn't match the code_challenge of the authorization request.",
		[]string{"Keep the verifier between the two requests in the person's session, not in a global variable.", "Use S256, and send the verifier itself."}, Nowhere},
	{"refresh_unknown", "Unknown refresh token", "This portal never issued the refresh token to this app, or did so long ago.",
		[]string{"Check that the program stores the newest refresh token in full, and sends it with the client id that got it."}, Nowhere},
	{"refresh_reused", "Refresh token used twice", "The refresh token was used before. Somebody may have copied it, so all tokens of the authorization were revoked.",
		[]string{"Store the new refresh token of each answer before anything else.", "Let one process refresh at a time, or give the app a longer refresh grace in its settings.", "Send the person to the consent page again."}, AtTokens},
	{"refresh_expired", "Expired refresh token", "The refresh token wasn't used for more than 30 days.",
		[]string{"Send the person to the consent page again, or refresh at least once a month."}, Nowhere},
	{"grant_ended", "Authorization ended", "The person's authorization was revoked, or is 180 days old.",
		[]string{"Send the person to the consent page again."}, AtTokens},
	{"device_denied", "Device refused", "The person refused the device.", []string{"Start again when the person asks you to."}, Nowhere},
	{"device_expired", "Device code expired", "Nobody typed the device's code within 15 minutes.", []string{"Start again, and show the person the new code."}, Nowhere},
	{"wrong_login", "Wrong username or password", "A login in the iotconnect dialect with this team's solution key was refused: the username or the password is wrong, or the person is not in this team.",
		[]string{"Ask the person to sign in on the portal with the same email and password, and to choose a new password if that fails."}, Nowhere},
	{"second_factor", "Second factor needed", "The person signs in with two factors, and this login has no way to ask for the second.",
		[]string{"Use a personal token, or the authorization code grant."}, Nowhere},
	{"throttled", "Too many tries", "The caller sent too many requests, or the portal was too busy.",
		[]string{"Wait for as many seconds as the Retry-After header says, and longer after each refusal.", "Keep a token until it expires: it works for an hour unless the app says otherwise."}, Nowhere},
	{"other", "Malformed request", "The request lacks a parameter, or has one that can't be read. The caller was told which one.",
		[]string{"Compare the request with the docs."}, Nowhere},
}

// Failures are all kinds, in the order of the filter.
func Failures() []Failure { return slices.Clone(failures) }

// FailureOf returns the words for a kind; an unknown kind gets those for any other reason.
func FailureOf(kind string) Failure {
	for _, f := range failures {
		if f.Kind == kind {
			return f
		}
	}
	return failures[len(failures)-1]
}
