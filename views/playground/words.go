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

// kept says that the team's desk has such a refusal: the script puts the answer's error_id into the link.
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

// answerWords say what an answer means: of two with the same key the first counts, so those of the flow stand first.
func (m Page) answerWords() []word { return append(flowWords[m.Choice.Flow], answerWords...) }

// flowWords are where a flow has another sentence than the others.
var flowWords = map[string][]word{
	FlowClient: {
		{"token", "You have a token. Everything that the app may do, whoever holds it may do until it ends.", ""},
		{"me", "The token works. This is the app that it stands for, and what it may do.", ""},
	},
	FlowCode: {
		{"invalid_grant", "The code is used, older than 60 seconds, or was given for another app, redirect URI or verifier. Open the consent page again.", "invalid_grant"},
	},
	FlowRefresh: {
		{"invalid_grant", "The refresh token is used, ended, revoked, or another app's. Used a second time, it ends everything that came of the same consent: get a new one by the authorization code flow.", "invalid_grant"},
	},
	FlowDevice: {
		{"access_denied", "The person said no. Ask for a new code to try again.", "access_denied"},
	},
	FlowPersonal: {
		{"401", "The token is not taken: mistyped, ended or revoked, or its person is disabled. Look for it under API tokens.", "invalid_token"},
	},
}

var answerWords = []word{
	{"token", "You have a token. It may do what the person allowed, and never more than this person may do now.", ""},
	{"me", "The token works. This is whom it stands for, and what it may do.", ""},
	{"revoked", "The token is dead, and what was issued with it. Without a token, or with one that nobody knows, the answer is the same.", ""},
	{"active=true", "The token is good at this moment. This is what the portal knows of it.", ""},
	{"active=false", "The token is no good: ended, revoked, mistyped, or none that this app may ask about. The answer does not say which.", "inactive"},
	{"device", "Here is a code. A device shows it to its person, and asks for the token until the person has answered.", ""},
	{"authorization_pending", "Nobody has answered yet. The question is sent again after the interval.", "authorization_pending"},
	{"slow_down", "Asked too soon. The interval is 5 seconds longer from now on.", "slow_down"},
	{"expired_token", "The code has ended without an answer. Ask for a new one.", "expired_token"},
	{"access_denied", "The person said no, so there is no token.", "access_denied"},
	{"invalid_grant", "The code or token is used, ended, revoked, or another app's.", "invalid_grant"},
	{"invalid_target", "The audience is none that this portal knows, or none that was allowed.", "invalid_target"},
	{"invalid_client", "The client id or the secret is wrong, or the secret is revoked or expired; the answer does not say which. Compare the last four characters with the app's secrets, and look for a space that was copied along.", "invalid_client"},
	{"invalid_request", "The request lacks something or has something twice. The answer names it.", "invalid_request"},
	{"invalid_scope", "The app does not have one of these scopes. Tick it in the app's settings, or ask for fewer.", "invalid_scope"},
	{"unauthorized_client", "The app may not use this flow.", "unauthorized_client"},
	{"unsupported_response_type", "The portal gives codes alone: response_type is code.", "unsupported_response_type"},
	{"unsupported_token_type", "The portal does not revoke tokens of this kind.", "unsupported_token_type"},
	{"server_error", "The fault is the portal's. Try again, and tell its operator when it stays.", "server_error"},
	{"temporarily_unavailable", "The portal is busy. Try again in a moment.", "temporarily_unavailable"},
	{"401", "The token is not taken: wrong, expired, revoked, or for another audience than this portal. Get a new one.", "invalid_token"},
	{"403", "The token is good and lacks a scope. Tick it in the app's settings, then get a new token.", "insufficient_scope"},
	{"404", "There is nothing at this address.", ""},
	{"429", "Too many tries. Wait for the seconds that Retry-After names.", "temporarily_unavailable"},
	{"503", "The portal is busy. Wait for the seconds that Retry-After names.", "temporarily_unavailable"},
	{"500", "The fault is the portal's. Tell its operator the value of X-Request-Id.", "server_error"},
	{"other", "The request was refused. The answer says why.", ""},
	{"0", "There was no answer. See whether you are online and the portal is up, then send the request again.", ""},
}

// missingWords say what to do for a value that the request needs.
var missingWords = []word{
	{"client_secret", "Paste the client secret first, or make a playground secret.", ""},
	{"code", "There is no code yet. Open the consent page: its answer comes back here.", ""},
	{"refresh_token", "Paste a refresh token first. The authorization code flow gives one.", ""},
	{"token", "Paste a token first.", ""},
	{"code_verifier", "This page came over plain http, where browsers lend pages no cryptography. Open the portal by https or on localhost.", ""},
}

// saidWords stand under the buttons.
var saidWords = []word{
	{"made", "Made, and put into the field. It works for an hour.", ""},
	{"iss", "Refused: the answer's iss is not this portal. It comes from another authorization server.", ""},
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

// callbackWords stand on the page that a code comes to.
var callbackWords = []word{
	{"taken", "The answer is with the playground's tab. Go on there; this one can be closed.", ""},
	{"refused", "Refused: no tab of the playground in this browser sent this state. Keep its tab open, without changing a choice, while you answer the consent page.", ""},
	{"nothing", "Nothing came with this address. The playground opens it by itself, at the end of its authorization code flow.", ""},
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
