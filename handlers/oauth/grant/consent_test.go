package grant

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// authorize returns what the person gets for a query: a location to go to, or a consent prompt.
func (w *consentWorld) authorize(query string, session Session) (string, *ConsentPrompt) {
	w.t.Helper()
	a, err := w.checkQuery(query)
	if err != nil {
		w.t.Fatalf("CheckAuthorizationRequest(%s) = %v, want nil", query, err)
	}
	location, prompt, err := w.Authorize(w.t.Context(), a, session)
	if err != nil || (location == "") == (prompt == nil) {
		w.t.Fatalf("Authorize() = %q, %v, %v, want an address or a consent", withoutCode(location), prompt, err)
	}
	return location, prompt
}

// allow answers a consent prompt with yes.
func (w *consentWorld) allow(prompt *ConsentPrompt, session Session) ConsentResult {
	w.t.Helper()
	out, err := w.AnswerConsent(w.t.Context(), prompt.ID, ConsentAnswer{Allow: true}, session)
	if err != nil {
		w.t.Fatalf("AnswerConsent(allow) = %v, want nil", err)
	}
	return out
}

// codeByConsent returns the code that a person's consent to a request yields.
func (w *consentWorld) codeByConsent(app db.App, session Session, pairs ...string) string {
	w.t.Helper()
	_, prompt := w.authorize(w.query(app, pairs...), session)
	if prompt == nil {
		w.t.Fatal("Authorize() asked nobody, want a consent")
	}
	return param(w.allow(prompt, session).Location, "code")
}

// withoutCode returns a location without its code, for the output of a test.
func withoutCode(location string) string {
	base, _, _ := strings.Cut(location, "code=")
	return base
}

func param(location, name string) string {
	u, err := url.Parse(location)
	if err != nil {
		return ""
	}
	return u.Query().Get(name)
}

// auditActions lists the actions of the team's audit events, oldest first.
func (w *consentWorld) auditActions() (out []string) {
	w.t.Helper()
	events, err := w.DB.AuditEvents(w.t.Context(), db.AuditQuery{TeamID: "team", Limit: 50})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range slices.Backward(events) {
		out = append(out, e.Actor+" "+e.Action+" "+e.Detail)
	}
	return out
}

// RFC 6749 section 4.1.2, RFC 9207 section 2, COD-03: consent yields a code for what was allowed.
func TestConsentYieldsACode(t *testing.T) {
	w := newConsentWorld(t)
	location, prompt := w.authorize(w.query(w.web, "scope", "read write", "state", "a b&c"), w.ann)
	if location != "" || prompt.AuthorizedBefore || len(prompt.NewScopes) > 0 || prompt.App.Name != "Web reader" || !slices.Equal(prompt.Scopes, []string{"read", "write"}) || prompt.RedirectURI != callback {
		t.Fatalf("Authorize(first time) = %q, %+v, want a consent for read and write", withoutCode(location), prompt)
	}
	out := w.allow(prompt, w.ann)
	code := param(out.Location, "code")
	if !out.Allowed || out.AppName != "Web reader" || !strings.HasPrefix(out.Location, callback+"?code=gpc_") ||
		param(out.Location, "state") != "a b&c" || param(out.Location, "iss") != issuer || param(out.Location, "error") != "" {
		t.Errorf("AnswerConsent(allow) = %s, want the callback with a code, the state and iss", withoutCode(out.Location))
	}
	row, err := w.DB.Code(t.Context(), secret.HashToken(code))
	if err != nil || row.Challenge != challenge || !row.RedirectGiven || row.RedirectURI != callback || row.ClientID != w.web.ClientID ||
		row.PersonID != "ann" || row.ExpiresAt.Sub(row.CreatedAt) != time.Minute {
		t.Errorf("code = %+v, %v, want one of the app, ann, redirect and challenge that lives 60 s", row, err)
	}
	family, err := w.DB.Family(t.Context(), row.FamilyID)
	if err != nil || family.Scope != "read write" || family.Audience != issuer || family.PersonID != "ann" || !family.AuthTime.Equal(w.ann.AuthTime) ||
		family.ExpiresAt.Sub(family.CreatedAt) != RefreshAbsolute {
		t.Errorf("family = %+v, %v, want read write for ann, 180 days", family, err)
	}
	if got := strings.Join(w.auditActions(), "; "); got != "ann consent.given read write" {
		t.Errorf("audit = %q, want ann consent.given read write", got)
	}
	req := w.request()
	req.ClientID, req.ClientSecret, req.GrantType = w.web.ClientID, w.secret, AuthorizationCode
	req.Code, req.RedirectURI, req.CodeVerifier = code, callback, verifier
	res, err := w.Token(t.Context(), req)
	if err != nil || res.RefreshToken == "" || !slices.Equal(res.Scopes, []string{"read", "write"}) {
		t.Errorf("Token(the code) = %+v, %v, want tokens for read and write", res, err)
	}
}

// AUT-15, RFC 6749 section 4.1.2.1.
func TestNoGivesAccessDenied(t *testing.T) {
	w := newConsentWorld(t)
	_, prompt := w.authorize(w.query(w.web, "state", "é&"), w.ann)
	out, err := w.AnswerConsent(t.Context(), prompt.ID, ConsentAnswer{}, w.ann)
	if err != nil || out.Allowed || param(out.Location, "error") != "access_denied" || param(out.Location, "state") != "é&" ||
		param(out.Location, "iss") != issuer || param(out.Location, "code") != "" {
		t.Errorf("AnswerConsent(deny) = %s, %v, want access_denied with the state and iss", withoutCode(out.Location), err)
	}
	if location, again := w.authorize(w.query(w.web), w.ann); location != "" || again.AuthorizedBefore {
		t.Errorf("Authorize(after a no) = %q, %+v, want to be asked as if for the first time", withoutCode(location), again)
	}
	if got := strings.Join(w.auditActions(), "; "); got != "ann consent.denied read" {
		t.Errorf("audit = %q, want ann consent.denied read", got)
	}
}

// AUT-17: single use, bound to the session, ten minutes.
func TestConsentIsAnsweredOnceByWhomItWasShown(t *testing.T) {
	w := newConsentWorld(t)
	_, prompt := w.authorize(w.query(w.web), w.ann)
	other := w.ann
	other.ID = "another of ann's"
	stolen := w.bob
	stolen.ID = w.ann.ID
	expired := db.ConsentRequest{
		ID: "expired", SessionID: w.ann.ID, PersonID: "ann", ClientID: w.web.ClientID, RedirectURI: callback, Scope: "read",
		Audience: issuer, CreatedAt: w.now.Add(-11 * time.Minute), ExpiresAt: w.now.Add(-time.Minute),
	}
	w.write(func(tx *db.Tx) error { return tx.InsertConsentRequest(t.Context(), expired) })
	for name, c := range map[string]struct {
		id string
		v  Session
	}{
		"unknown": {"nothing", w.ann}, "empty": {"", w.ann}, "another person": {prompt.ID, w.bob}, "another session": {prompt.ID, other},
		"another person in the session": {prompt.ID, stolen}, "expired": {"expired", w.ann},
	} {
		for _, allow := range []bool{true, false} {
			if out, err := w.AnswerConsent(t.Context(), c.id, ConsentAnswer{Allow: allow}, c.v); !errors.Is(err, ErrConsentNotPending) || out.Location != "" {
				t.Errorf("AnswerConsent(%s, %t) = %s, %v, want ErrConsentNotPending", name, allow, withoutCode(out.Location), err)
			}
		}
	}
	w.allow(prompt, w.ann)
	for _, allow := range []bool{true, false} {
		if out, err := w.AnswerConsent(t.Context(), prompt.ID, ConsentAnswer{Allow: allow}, w.ann); !errors.Is(err, ErrConsentNotPending) || out.Location != "" {
			t.Errorf("AnswerConsent(again, %t) = %s, %v, want ErrConsentNotPending", allow, withoutCode(out.Location), err)
		}
	}
	if n := len(w.auditActions()); n != 1 {
		t.Errorf("audit events = %d, want the one of the consent", n)
	}
}

func TestSimultaneousAnswersYieldOneCode(t *testing.T) {
	w := newConsentWorld(t)
	_, prompt := w.authorize(w.query(w.web), w.ann)
	others := []*Server{w.Server, w.process(secret.NewHasher(1, 4))}
	var codes sync.Map
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			out, err := others[i%2].AnswerConsent(t.Context(), prompt.ID, ConsentAnswer{Allow: true}, w.ann)
			if err == nil {
				codes.Store(out.Location, true)
			} else if !errors.Is(err, ErrConsentNotPending) {
				t.Errorf("AnswerConsent(race) = %v, want nil or ErrConsentNotPending", err)
			}
		})
	}
	wg.Wait()
	n := 0
	codes.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("simultaneous answers gave %d codes, want 1", n)
	}
}

// Consent is remembered per person, app and scopes, and asked for again for more scopes.
func TestConsentIsRemembered(t *testing.T) {
	w := newConsentWorld(t)
	w.codeByConsent(w.web, w.ann)
	location, _ := w.authorize(w.query(w.web), w.ann)
	if !strings.HasPrefix(param(location, "code"), "gpc_") || param(location, "state") != "st" || param(location, "iss") != issuer {
		t.Errorf("Authorize(allowed before) = %q, want a code without being asked", location)
	}
	if again, _ := w.authorize(w.query(w.web), w.ann); param(again, "code") == param(location, "code") {
		t.Error("Authorize(twice) gives one code, want a new one each time")
	}
	if location, prompt := w.authorize(w.query(w.web), w.bob); location != "" || prompt.AuthorizedBefore {
		t.Errorf("Authorize(another person) = %q, %+v, want to be asked for the first time", withoutCode(location), prompt)
	}
	location, prompt := w.authorize(w.query(w.web, "scope", "read events"), w.ann)
	if location != "" || !prompt.AuthorizedBefore || !slices.Equal(prompt.NewScopes, []string{"events"}) {
		t.Errorf("Authorize(scopes grow) = %q, %+v, want to be asked with events as new", withoutCode(location), prompt)
	}
	w.allow(prompt, w.ann)
	for _, scope := range []string{"read events", "events", "read"} {
		if location, _ := w.authorize(w.query(w.web, "scope", scope), w.ann); location == "" {
			t.Errorf("Authorize(%s, all allowed by now) asks, want a code", scope)
		}
	}
}

// RFC 6749 section 10.2, RFC 8252 section 8.6: a redirect URI that any program can receive is
// asked about every time.
func TestInterceptableRedirectIsAskedEachTime(t *testing.T) {
	w := newConsentWorld(t)
	for _, redirect := range []string{"http://127.0.0.1:49152/callback", "com.example.reader:/callback"} {
		if code := w.codeByConsent(w.native, w.ann, "redirect_uri", redirect); code == "" {
			t.Errorf("AnswerConsent(%s) gives no code", redirect)
		}
		location, prompt := w.authorize(w.query(w.native, "redirect_uri", redirect), w.ann)
		if location != "" || !prompt.AuthorizedBefore || len(prompt.NewScopes) > 0 {
			t.Errorf("Authorize(%s, allowed before) = %q, %+v, want to be asked again, with nothing new", redirect, withoutCode(location), prompt)
		}
	}
}

// AUT-18: after a revocation the person is asked again, as if for the first time.
func TestRevokedAuthorizationIsForgotten(t *testing.T) {
	w := newConsentWorld(t)
	code := w.codeByConsent(w.web, w.ann)
	kept, err := w.DB.Authorization(t.Context(), "ann", w.web.ClientID)
	if err != nil {
		t.Fatal(err)
	}
	// The person has looked at the request before the revocation, and goes on after it.
	a, err := w.checkQuery(w.query(w.web))
	if err != nil {
		t.Fatal(err)
	}
	w.write(func(tx *db.Tx) error { _, err := tx.RevokeAuthorization(t.Context(), kept.ID, "ann"); return err })
	r := db.ConsentRequest{PersonID: "ann", ClientID: w.web.ClientID, RedirectURI: callback, Scope: "read", Audience: issuer}
	if location, err := w.issueCodeWithoutPrompt(t.Context(), r, w.ann); !errors.Is(err, errAuthorizationRevoked) || location != "" {
		t.Errorf("again(revoked meanwhile) = %q, %v, want errForgotten", withoutCode(location), err)
	}
	if _, err := w.DB.Authorization(t.Context(), "ann", w.web.ClientID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("Authorization(after that) = %v, want ErrNotFound: it is not brought back", err)
	}
	location, prompt, err := w.Authorize(t.Context(), a, w.ann)
	if err != nil || location != "" || prompt.AuthorizedBefore {
		t.Errorf("Authorize(after the revocation) = %q, %+v, %v, want to be asked for the first time", withoutCode(location), prompt, err)
	}
	req := w.request()
	req.ClientID, req.ClientSecret, req.GrantType = w.web.ClientID, w.secret, AuthorizationCode
	req.Code, req.RedirectURI, req.CodeVerifier = code, callback, verifier
	w.wantRefusal("the code of before", req, InvalidGrant)
}

// What the app may no longer have when the answer arrives isn't granted.
func TestAppThatChangedMeanwhileGetsNothing(t *testing.T) {
	for name, change := range map[string]func(*db.App){
		"redirect removed": func(a *db.App) { a.RedirectURIs = []string{callback + "/new"} },
		"scope removed":    func(a *db.App) { a.Scopes = []string{"write"} },
		"grant removed":    func(a *db.App) { a.Grants = []string{RefreshToken} },
	} {
		w := newConsentWorld(t)
		_, prompt := w.authorize(w.query(w.web), w.ann)
		change(&w.web)
		w.write(func(tx *db.Tx) error { return tx.UpdateApp(t.Context(), w.web) })
		if out, err := w.AnswerConsent(t.Context(), prompt.ID, ConsentAnswer{Allow: true}, w.ann); !errors.Is(err, ErrConsentNotPending) || out.Location != "" {
			t.Errorf("AnswerConsent(%s) = %s, %v, want ErrConsentNotPending", name, withoutCode(out.Location), err)
		}
		if _, err := w.DB.Authorization(t.Context(), "ann", w.web.ClientID); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("Authorization(%s) = %v, want ErrNotFound", name, err)
		}
	}
	w := newConsentWorld(t)
	_, prompt := w.authorize(w.query(w.web), w.ann)
	w.write(func(tx *db.Tx) error { return tx.DeleteApp(t.Context(), w.web.ClientID) })
	if out, err := w.AnswerConsent(t.Context(), prompt.ID, ConsentAnswer{Allow: true}, w.ann); !errors.Is(err, ErrConsentNotPending) || out.Location != "" {
		t.Errorf("AnswerConsent(app deleted) = %s, %v, want ErrConsentNotPending", withoutCode(out.Location), err)
	}
}
