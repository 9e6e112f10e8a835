package playground

import (
	"context"
	"io"
	"strings"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// word is a sentence that the script shows when it applies. Key says of what, and is an error code, a status, or a name;
// More is the entry of the page /docs/errors that says more.
type word struct{ Key, Text, More string }

// kept says that the team's list of refused requests has such a refusal: the script puts the answer's error_id into the link.
func (w word) kept() bool {
	return strings.HasPrefix(w.Key, "invalid_") || w.Key == "unauthorized_client"
}

// toneOf draws the sentences about a signature as notices.
func toneOf(key string) string {
	switch key {
	case "signature good":
		return "notice ok"
	case "signature wrong", "signature unknown":
		return "notice bad"
	case "signature insecure", "signature unable":
		return "notice warn"
	}
	return ""
}

// answerWords say what an answer means: of two with the same key the first counts, so those of the flow come first.
func (m Page) answerWords() []word { return append(flowWords[m.Choice.Flow], answerWords...) }

// flowWords are the sentences of one flow that differ from those of the others.
var flowWords = map[string][]word{
	FlowClient: {
		{"token", "You have a token. Until it expires, anyone who has it can do everything that the app may do.", ""},
		{"me", "The token works. This is the app that it belongs to, and what it may do.", ""},
	},
	FlowCode: {
		{"invalid_grant", "The code was already used, is older than 60 seconds, or was issued for another app, redirect URI or verifier. Open the consent page again.", "invalid_grant"},
	},
	FlowRefresh: {
		{"invalid_grant", "The refresh token was already used, has expired, was revoked, or belongs to another app. Using one again after the app's refresh grace revokes everything from the same consent: get a new one with the authorization code flow.", "invalid_grant"},
	},
	FlowDevice: {
		{"access_denied", "The person said no. Ask for a new code to try again.", "access_denied"},
	},
	FlowPersonal: {
		{"401", "The token isn't accepted: it is mistyped, expired or revoked, or the account is disabled. Look for it under API tokens.", "invalid_token"},
	},
}

var answerWords = []word{
	{"token", "You have a token. It may do what the person allowed, and never more than this person may do now.", ""},
	{"me", "The token works. This is who it acts for, and what it may do.", ""},
	{"revoked", "The token is revoked, and so is everything issued with it. The answer is the same without a token, or with an unknown one.", ""},
	{"active=true", "The token is valid right now. This is what the portal knows about it.", ""},
	{"active=false", "The token isn't valid: it has expired, was revoked or mistyped, or this app may not ask about it. The answer doesn't say which.", "inactive"},
	{"device", "Here is a code. The device shows it to the person, and keeps asking for the token until they have answered.", ""},
	{"authorization_pending", "Nobody has answered yet. The request is sent again after the interval.", "authorization_pending"},
	{"slow_down", "Asked too soon. The interval is 5 seconds longer from now on.", "slow_down"},
	{"expired_token", "The code expired without an answer. Ask for a new one.", "expired_token"},
	{"access_denied", "The person said no, so there is no token.", "access_denied"},
	{"invalid_grant", "The code or token was already used, has expired, was revoked, or belongs to another app.", "invalid_grant"},
	{"invalid_target", "This portal doesn't know the audience, or it wasn't allowed.", "invalid_target"},
	{"invalid_client", "The client id or the secret is wrong, or the secret is revoked or expired; the answer doesn't say which. Compare the last four characters with the app's secrets, and look for a space that was copied with it.", "invalid_client"},
	{"invalid_request", "The request is missing something or has something twice. The answer says what.", "invalid_request"},
	{"invalid_scope", "The app doesn't have one of these scopes. Tick it in the app's settings, or ask for fewer.", "invalid_scope"},
	{"unauthorized_client", "The app may not use this flow.", "unauthorized_client"},
	{"unsupported_response_type", "The portal issues only codes: response_type must be code.", "unsupported_response_type"},
	{"unsupported_token_type", "The portal doesn't revoke tokens of this kind.", "unsupported_token_type"},
	{"server_error", "Something went wrong in the portal. Try again, and tell its operator if it keeps happening.", "server_error"},
	{"temporarily_unavailable", "The portal is busy. Try again in a moment.", "temporarily_unavailable"},
	{"401", "The token isn't accepted: it is wrong, expired, revoked, or for another audience. Get a new one.", "invalid_token"},
	{"403", "The token is valid but lacks a scope. Tick it in the app's settings, then get a new token.", "insufficient_scope"},
	{"404", "There is nothing at this address.", ""},
	{"429", "Too many attempts. Wait as many seconds as Retry-After says.", "temporarily_unavailable"},
	{"503", "The portal is busy. Wait as many seconds as Retry-After says.", "temporarily_unavailable"},
	{"500", "Something went wrong in the portal. Tell its operator the value of X-Request-Id.", "server_error"},
	{"other", "The request was refused. The answer says why.", ""},
	{"0", "There was no answer. Check that you are online and the portal is up, then send the request again.", ""},
}

// missingWords say what to do for a value that the request needs.
var missingWords = []word{
	{"client_secret", "Paste the client secret first, or create a playground secret.", ""},
	{"code", "There is no code yet. Open the consent page: its answer comes back here.", ""},
	{"refresh_token", "Paste a refresh token first. The authorization code flow returns one.", ""},
	{"token", "Paste a token first.", ""},
	{"code_verifier", "This page was loaded over plain http, where browsers don't allow cryptography. Open the portal over https or on localhost.", ""},
}

// saidWords are shown under the buttons.
var saidWords = []word{
	{"made", "Created, and put into the field. It works for an hour.", ""},
	{"iss", "Refused: the answer's iss is not this portal. It comes from another authorization server.", ""},
}

// claimWords say what a field of a token's header or payload is.
var claimWords = []word{
	{"alg", "How it is signed", ""},
	{"kid", "Which key signed it", ""},
	{"typ", "An access token (RFC 9068)", ""},
	{"iss", "Who issued it", ""},
	{"sub", "Who it acts for", ""},
	{"aud", "Who it is for", ""},
	{"client_id", "The app that got it", ""},
	{"scope", "What it may do", ""},
	{"token_use", "What kind of token it is", ""},
	{"auth_time", "Authenticated", ""},
	{"iat", "Issued", ""},
	{"nbf", "Not before", ""},
	{"exp", "Expires", ""},
	{"jti", "The id of this token", ""},
	{"version", "Version of these claims", ""},
}

// signatureWords say what came of checking the signature.
var signatureWords = []word{
	{"good", "The signature verifies against the key with this kid in /.well-known/jwks.json.", ""},
	{"wrong", "The signature does not verify against /.well-known/jwks.json. Don't accept this token.", ""},
	{"unknown", "No key in /.well-known/jwks.json has the kid of this token.", ""},
	{"insecure", "Not checked: this page was loaded over plain http, where browsers don't allow cryptography. Open the portal over https or on localhost.", ""},
	{"unable", "Not checked: this browser can't verify this algorithm.", ""},
}

// callbackWords are shown on the page that a code comes to.
var callbackWords = []word{
	{"taken", "The playground's tab has the answer. Continue there; you can close this one.", ""},
	{"refused", "Refused: no tab of the playground in this browser sent this state. Keep its tab open, and don't change anything there, while you answer the consent page.", ""},
	{"nothing", "There is nothing here. The playground opens this page automatically at the end of its authorization code flow.", ""},
}

// Callback is GET /playground/callback: it hands the answer in its address to the tab that asked.
type Callback struct{ layout.Page }

// Render writes the page.
func (m Callback) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Back to the playground", layout.NavPlayground, false)
	return callback(m).Render(ctx, w)
}

// sendKind is primary where sending is the page's next step: in the authorization code flow that is consent.
func (m Page) sendKind() string {
	if m.Choice.Flow == FlowCode {
		return ui.Secondary
	}
	return ui.Primary
}

func stepKind(c call) string {
	if c.ID == "me" {
		return ui.Primary
	}
	return ui.Secondary
}
