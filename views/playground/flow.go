package playground

import "gatepost/views/ui"

// The flows of the playground, as their addresses name them.
const (
	FlowClient     = "client-credentials"
	FlowCode       = "authorization-code"
	FlowRefresh    = "refresh"
	FlowRevoke     = "revoke"
	FlowIntrospect = "introspect"
	FlowPersonal   = "personal-token"
	FlowDevice     = "device"
)

// flow is what a page of the playground is about. Its requests are in call.go.
type flow struct {
	title, lead string
	docs        string   // the address of the page that says more
	docsTitle   string   // its title
	dialects    []string // the first is the one that is chosen when the address names none
	withApp     bool     // it takes an app
	scoped      bool     // it takes scopes and an audience
	send        string   // what the button says
	empty       string   // what is in the answer's place at first
}

var flowNames = []string{FlowClient, FlowCode, FlowRefresh, FlowRevoke, FlowIntrospect, FlowPersonal, FlowDevice}

const notSent = "Nothing has been sent yet. Status, time and size come first, then what the answer means."

var flows = map[string]flow{
	FlowClient: {
		title: "Client credentials", lead: "A token for the app itself: real requests to this portal, with one of your apps.",
		docs: "/docs/quickstart", docsTitle: "Quick start",
		dialects: []string{Nextome, Nxtsoft}, withApp: true, scoped: true, send: "Get token", empty: notSent,
	},
	FlowCode: {
		title: "Authorization code", lead: "A token for what a person allows: you consent as yourself, and this page exchanges the code.",
		docs: "/docs/authorization-code", docsTitle: "Authorization code",
		dialects: []string{Nxtsoft, Netrex}, withApp: true, scoped: true, send: "Exchange code",
		empty: "Nothing has been sent yet. Open the consent page and answer it: the code comes back here and is exchanged.",
	},
	FlowRefresh: {
		title: "Refresh", lead: "The next access token for a refresh token, which is replaced each time.",
		docs: "/docs/authorization-code#refresh", docsTitle: "Refresh tokens",
		dialects: []string{Nxtsoft}, withApp: true, scoped: true, send: "Refresh token", empty: notSent,
	},
	FlowRevoke: {
		title: "Revoke", lead: "Revokes a token, and the tokens that were issued with it.",
		docs: "/docs/tokens#revoke", docsTitle: "Revoke a token",
		dialects: []string{Nxtsoft, Netrex}, withApp: true, send: "Revoke token", empty: notSent,
	},
	FlowIntrospect: {
		title: "Introspect", lead: "Asks the portal whether a token is valid right now.",
		docs: "/docs/tokens#introspect", docsTitle: "Introspect a token",
		dialects: []string{Nxtsoft}, withApp: true, send: "Introspect token", empty: notSent,
	},
	FlowPersonal: {
		title: "Personal token", lead: "A call with a token that you create for yourself, without an app.",
		docs: "/docs/personal-tokens", docsTitle: "Personal tokens",
		dialects: []string{Nxtsoft}, send: "Call GET /api/v1/me", empty: notSent,
	},
	FlowDevice: {
		title: "Device", lead: "A token for something without a browser: it shows a code, and a person enters it elsewhere.",
		docs: "/docs/device", docsTitle: "Devices and command lines",
		dialects: []string{Nxtsoft}, withApp: true, scoped: true, send: "Ask for a code", empty: notSent,
	},
}

// IsFlow says whether the playground has a flow of that name.
func IsFlow(name string) bool {
	_, ok := flows[name]
	return ok
}

// dialectTexts say what a dialect of a flow is.
var dialectTexts = map[string]string{
	FlowClient + " " + Nextome: "JSON to /apps/auth",
	FlowClient + " " + Nxtsoft: "A form to /oauth2/token, as RFC 6749 says",
	FlowCode + " " + Nxtsoft:   "Scopes by space, as RFC 6749 says",
	FlowCode + " " + Netrex:    "/oauth2/auth/ with scopes by comma",
	FlowRevoke + " " + Nxtsoft: "token, with the app's credentials, as RFC 7009 says",
	FlowRevoke + " " + Netrex:  "access_token, without credentials: whoever holds a token may revoke it",
}

// pasted is the field of the flow for a value of an earlier answer.
func (m Page) pasted() (ui.SecretInput, bool) {
	switch m.Choice.Flow {
	case FlowCode:
		return secretInput("code", "Code", "gpc_…"), true
	case FlowRefresh:
		return secretInput("refresh_token", "Refresh token", "gpr_…"), true
	case FlowRevoke:
		if m.Choice.Dialect == Nxtsoft {
			return secretInput("token", "Access token or refresh token", "eyJ… or gpr_…"), true
		}
		return secretInput("token", "Access token or personal token", "eyJ… or gpp_…"), true
	case FlowIntrospect:
		return secretInput("token", "Token", "eyJ…, gpr_… or gpp_…"), true
	case FlowPersonal:
		return secretInput("token", "Personal token", "gpp_…"), true
	}
	return ui.SecretInput{}, false
}

// blocked says that the chosen app can't do the flow.
func (m Page) blocked() bool { return m.usesApp() && m.app().Cant != "" }
