package sweep

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatepost/handlers"
	"gatepost/tests/testapp"
)

// Why a form of a page sends no version.
const (
	adds   = "adds something, and leaves what is there as it is"
	ends   = "ends or revokes something for good"
	states = "its button says the one state that it sets"
	names  = "sets what was chosen now, and sends nothing back that the page showed"
	acts   = "does something once, and changes no setting"
	signs  = "signs somebody in or out, or proves who they are"
)

// unversioned are the forms and scripts of pages that send no version of what they change, and why. Every
// other one sends it: tests/testapp/version.go lists those.
var unversioned = map[string]string{
	"POST /account/authorizations/{id}/revoke":    ends,
	"POST /account/calendars/{team}":              "makes a new address, which is shown once",
	"POST /account/calendars/{team}/revoke":       ends,
	"POST /account/email":                         "asks for a change, which its mails confirm",
	"POST /account/security":                      "takes the password of now, which another change has made wrong",
	"POST /account/security/passkeys/begin":       signs,
	"POST /account/security/passkeys/finish":      adds,
	"POST /account/security/passkeys/{id}/remove": ends,
	"POST /account/security/recovery":             "makes new codes, which are shown once",
	"POST /account/security/recovery/file":        acts,
	"POST /account/security/totp":                 adds,
	"POST /account/security/totp/confirm":         adds,
	"POST /account/security/totp/remove":          ends,
	"POST /account/sessions/end-others":           ends,
	"POST /account/sessions/{id}/end":             ends,
	"POST /account/tokens":                        adds,
	"POST /account/tokens/{id}/revoke":            ends,
	"POST /activate/{token}":                      signs,
	"POST /apis/{slug}/proxy/{server}/{path...}":  acts,
	"POST /apps":                                    adds,
	"POST /apps/{client_id}/delete":                 ends,
	"POST /apps/{client_id}/playground-secret":      adds,
	"POST /apps/{client_id}/redirect-uris":          adds,
	"POST /apps/{client_id}/secrets":                adds,
	"POST /apps/{client_id}/secrets/prove":          acts,
	"POST /apps/{client_id}/secrets/rotate":         "adds a secret, and never makes the old one expire later",
	"POST /apps/{client_id}/secrets/{id}/drill":     acts,
	"POST /apps/{client_id}/secrets/{id}/drill/end": acts,
	"POST /apps/{client_id}/secrets/{id}/handover":  adds,
	"POST /apps/{client_id}/secrets/{id}/revoke":    ends,
	"POST /apps/{client_id}/tokens/revoke-all":      ends,
	"POST /apps/{client_id}/tokens/{jti}/revoke":    ends,
	"POST /apps/{client_id}/transfer":               "asks for the app's name, and takes the app out of the team of whoever comes second",
	"POST /apps/{client_id}/try-token":              acts,
	"POST /confirm":                                 signs,
	"POST /confirm/passkey/begin":                   signs,
	"POST /device":                                  acts,
	"POST /email/{token}":                           acts,
	"POST /forgot":                                  signs,
	"POST /handovers/{id}/cancel":                   ends,
	"POST /handovers/{id}/open":                     acts,
	"POST /login":                                   signs,
	"POST /login/passkey/begin":                     signs,
	"POST /login/passkey/finish":                    signs,
	"POST /login/second":                            signs,
	"POST /logout":                                  signs,
	"POST /oauth2/auth":                             signs,
	"POST /oauth2/auth/{$}":                         signs,
	"POST /oauth2/consent":                          "answers the request that it shows",
	"POST /owner/apis":                              adds,
	"POST /owner/apis/{id}/document":                "adds a version of the document, and keeps the others",
	"POST /owner/apis/{id}/fetch":                   "adds a version of the document, and keeps the others",
	"POST /owner/apis/{id}/remove":                  ends,
	"POST /owner/apis/{id}/restore":                 "adds a version of the document, and keeps the others",
	"POST /owner/apis/{id}/scopes":                  adds,
	"POST /owner/keys/rotate":                       adds,
	"POST /owner/mail/test":                         acts,
	"POST /owner/mail/{id}/retry":                   acts,
	"POST /owner/people/{id}/disable":               states,
	"POST /owner/people/{id}/enable":                states,
	"POST /owner/people/{id}/owner":                 states,
	"POST /owner/people/{id}/reset-second-factor":   ends,
	"POST /owner/teams":                             adds,
	"POST /preferences/theme":                       "the colours of this browser alone",
	"POST /reset/{token}":                           signs,
	"POST /team/device-imports":                     adds,
	"POST /team/device-imports/{id}/preview":        adds,
	"POST /team/device-templates":                   adds,
	"POST /team/device-templates/{template}":        "sends the version of its JSON, and shows both texts",
	"POST /team/device-templates/{template}/remove": ends,
	"POST /team/devices":                            adds,
	"POST /team/devices/selected":                   names,
	"POST /team/devices/{guid}/remove":              ends,
	"POST /team/exposure/{person}/rotate":           acts,
	"POST /team/invitations":                        adds,
	"POST /team/invitations/{id}/cancel":            ends,
	"POST /team/invitations/{id}/resend":            acts,
	"POST /team/leave":                              ends,
	"POST /team/members/{id}/remove":                ends,
	"POST /team/switch":                             "which team this browser shows",
}

// Every form that changes what others can change too sends the version that it showed, and without it changes
// nothing. What it sends is covered by the version: a field that isn't would be undone silently.
func TestEveryFormSendsTheVersionThatItShowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seen, forms := map[string]bool{}, 0
	for _, r := range routes(t) {
		key := r.method + " " + r.pattern
		if r.method != http.MethodPost || !r.page() && !r.script() && r.group != handlers.CrossSiteForm {
			continue
		}
		path := w.path(t, r.pattern)
		_, listed := unversioned[key]
		seen[key] = true
		switch page := testapp.VersionPage(path); {
		case listed && page != "":
			t.Errorf("%s is listed as a form without a version, and in tests/testapp/version.go", key)
		case !listed && page == "":
			t.Errorf("%s sends no version: use saveEdit (handlers/portal/edit.go) and add its page to tests/testapp/version.go, or say in version_test.go why it needs none", key)
		case page != "":
			forms++
			w.checkVersion(t, key, page, path)
		}
	}
	for key := range unversioned {
		if !seen[key] {
			t.Errorf("the list of forms without a version has %s, which handlers/routes.go doesn't have", key)
		}
	}
	if forms < 13 {
		t.Errorf("forms with a version = %d, want at least 13", forms)
	}
}

func (w *world) checkVersion(t *testing.T, key, page, path string) {
	t.Helper()
	shown := w.owner.Get(t, page)
	version := shown.Version(path)
	if version == "" {
		t.Errorf("GET %s has no version in the form of %s", page, key)
		return
	}
	fields := shown.Fields(path)
	for name := range fields {
		// The email address of the user section is shown in its form, and isn't changed by it.
		if name != "seen" && !strings.Contains(version, "."+name+"~") && !(path == "/account" && name == "email") {
			t.Errorf("the version in the form of %s leaves out its field %s: add it to the Form of its page", key, name)
		}
	}
	for _, sent := range []string{"", "nonsense", "1.", "x.name~y"} {
		fields.Set("seen", sent)
		for name := range fields {
			if !slices.Contains([]string{"seen", "version", "access"}, name) {
				fields[name] = append([]string{"other"}, fields[name]...)
			}
		}
		a := w.owner.PostAsItIs(t, path, fields)
		if a.Status != http.StatusConflict || !strings.Contains(a.Body, "Nothing") {
			t.Errorf("%s with the version %.20q = %d to %q, want 409", key, sent, a.Status, a.Location)
		}
	}
	_, before, _ := strings.Cut(version, ".")
	if _, after, _ := strings.Cut(w.owner.Version(t, path), "."); after != before {
		t.Errorf("%s without a version has changed what the page shows", key)
	}
}
