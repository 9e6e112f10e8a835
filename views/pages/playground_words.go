package pages

// word is a sentence that the script shows when it applies. Key is an error code, a status, or a name of the script's;
// More is the entry of the page /docs/errors that says more.
type word struct{ Key, Text, More string }

// answerWords say what an answer means.
var answerWords = []word{
	{"token", "You have a token. Everything that the app may do, whoever holds it may do until it ends.", ""},
	{"me", "The token works. This is the app that it stands for, and what it may do.", ""},
	{"invalid_client", "The client id or the secret is wrong, or the secret is revoked or expired; the server does not say which. Compare the last four characters with the app's secrets, and look for a space that was copied along.", "invalid_client"},
	{"invalid_request", "The request lacks something or has something twice. The answer names it.", "invalid_request"},
	{"invalid_scope", "The app does not have one of these scopes. Tick it in the app's settings, or ask for fewer.", "invalid_scope"},
	{"unauthorized_client", "The app may not use this flow.", "unauthorized_client"},
	{"401", "The token is not taken: wrong, expired or revoked. Get a new one.", "invalid_token"},
	{"403", "The token is good and lacks a scope. Tick it in the app's settings, then get a new token.", "insufficient_scope"},
	{"404", "There is nothing at this address.", ""},
	{"429", "Too many tries. Wait for the seconds that Retry-After names.", "temporarily_unavailable"},
	{"503", "The portal is busy. Wait for the seconds that Retry-After names.", "temporarily_unavailable"},
	{"500", "The fault is the portal's. Tell its operator the value of X-Request-Id.", "server_error"},
	{"other", "The request was refused. The answer says why.", ""},
	{"offline", "There was no answer. See whether you are online and the portal is up, then send the request again.", ""},
}

// claimWords say what a field of a token's header or payload is.
var claimWords = []word{
	{"alg", "How it is signed", ""},
	{"kid", "Which key signed it", ""},
	{"typ", "An access token (RFC 9068)", ""},
	{"iss", "Who issued it", ""},
	{"sub", "Whom it stands for", ""},
	{"aud", "Whom it is for", ""},
	{"client_id", "The app that got it", ""},
	{"scope", "What it may do", ""},
	{"token_use", "What kind of token it is", ""},
	{"auth_time", "Authenticated", ""},
	{"iat", "Issued", ""},
	{"nbf", "Not before", ""},
	{"exp", "Ends", ""},
	{"jti", "The id of this token", ""},
	{"version", "Version of these claims", ""},
}

// signatureWords say what came of checking the signature.
var signatureWords = []word{
	{"good", "The signature verifies against the key with this kid in /.well-known/jwks.json.", ""},
	{"wrong", "The signature does not verify against /.well-known/jwks.json. Don't accept this token.", ""},
	{"unknown", "No key in /.well-known/jwks.json has the kid of this token.", ""},
	{"insecure", "Not checked: this page came over plain http, where browsers lend pages no cryptography. Open the portal by https or on localhost.", ""},
	{"unable", "Not checked: this browser can't verify this algorithm.", ""},
}
