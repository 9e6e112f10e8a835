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

// asked is what the person gets for a query: an address to go to, or a consent.
func (k *desk) asked(query string, v Session) (string, *ConsentPrompt) {
	k.t.Helper()
	a, err := k.check(query)
	if err != nil {
		k.t.Fatalf("CheckAuthorizationRequest(%s) = %v, want nil", query, err)
	}
	location, ask, err := k.Authorize(k.t.Context(), a, v)
	if err != nil || (location == "") == (ask == nil) {
		k.t.Fatalf("Authorize() = %q, %v, %v, want an address or a consent", shown(location), ask, err)
	}
	return location, ask
}

// allow gives the answer of a yes.
func (k *desk) allow(ask *ConsentPrompt, v Session) ConsentResult {
	k.t.Helper()
	out, err := k.AnswerConsent(k.t.Context(), ask.ID, true, v)
	if err != nil {
		k.t.Fatalf("AnswerConsent(allow) = %v, want nil", err)
	}
	return out
}

// allowed is the code that comes of a person's yes to a request.
func (k *desk) allowed(app db.App, v Session, pairs ...string) string {
	k.t.Helper()
	_, ask := k.asked(k.asks(app, pairs...), v)
	if ask == nil {
		k.t.Fatal("Authorize() asked nobody, want a consent")
	}
	return param(k.allow(ask, v).Location, "code")
}

// shown is an address without its code, for the output of a test.
func shown(location string) string {
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

// actions lists the audit events of the team, oldest first.
func (k *desk) actions() (out []string) {
	k.t.Helper()
	events, err := k.DB.AuditEvents(k.t.Context(), db.AuditQuery{TeamID: "team", Limit: 50})
	if err != nil {
		k.t.Fatal(err)
	}
	for _, e := range slices.Backward(events) {
		out = append(out, e.Actor+" "+e.Action+" "+e.Detail)
	}
	return out
}

// RFC 6749 section 4.1.2, RFC 9207 section 2, COD-03: a yes gives a code, and what it stands for.
func TestYesGivesACode(t *testing.T) {
	k := newDesk(t)
	location, ask := k.asked(k.asks(k.web, "scope", "read write", "state", "a b&c"), k.ann)
	if location != "" || ask.AuthorizedBefore || len(ask.NewScopes) > 0 || ask.App.Name != "Web reader" || !slices.Equal(ask.Scopes, []string{"read", "write"}) || ask.RedirectURI != callback {
		t.Fatalf("Authorize(first time) = %q, %+v, want a consent for read and write", shown(location), ask)
	}
	out := k.allow(ask, k.ann)
	code := param(out.Location, "code")
	if !out.Allowed || out.AppName != "Web reader" || !strings.HasPrefix(out.Location, callback+"?code=gpc_") ||
		param(out.Location, "state") != "a b&c" || param(out.Location, "iss") != issuer || param(out.Location, "error") != "" {
		t.Errorf("AnswerConsent(allow) = %s, want the callback with a code, the state and iss", shown(out.Location))
	}
	row, err := k.DB.Code(t.Context(), secret.HashToken(code))
	if err != nil || row.Challenge != challenge || !row.RedirectGiven || row.RedirectURI != callback || row.ClientID != k.web.ClientID ||
		row.PersonID != "ann" || row.ExpiresAt.Sub(row.CreatedAt) != time.Minute {
		t.Errorf("code = %+v, %v, want one of the app, ann, redirect and challenge that lives 60 s", row, err)
	}
	family, err := k.DB.Family(t.Context(), row.FamilyID)
	if err != nil || family.Scope != "read write" || family.Audience != issuer || family.PersonID != "ann" || !family.AuthTime.Equal(k.ann.AuthTime) ||
		family.ExpiresAt.Sub(family.CreatedAt) != RefreshAbsolute {
		t.Errorf("family = %+v, %v, want read write for ann, 180 days", family, err)
	}
	if got := strings.Join(k.actions(), "; "); got != "ann consent.given read write" {
		t.Errorf("audit = %q, want ann consent.given read write", got)
	}
	req := k.request()
	req.ClientID, req.ClientSecret, req.GrantType = k.web.ClientID, k.secret, AuthorizationCode
	req.Code, req.RedirectURI, req.CodeVerifier = code, callback, verifier
	res, err := k.Token(t.Context(), req)
	if err != nil || res.RefreshToken == "" || !slices.Equal(res.Scopes, []string{"read", "write"}) {
		t.Errorf("Token(the code) = %+v, %v, want tokens for read and write", res, err)
	}
}

// AUT-15, RFC 6749 section 4.1.2.1.
func TestNoGivesAccessDenied(t *testing.T) {
	k := newDesk(t)
	_, ask := k.asked(k.asks(k.web, "state", "é&"), k.ann)
	out, err := k.AnswerConsent(t.Context(), ask.ID, false, k.ann)
	if err != nil || out.Allowed || param(out.Location, "error") != "access_denied" || param(out.Location, "state") != "é&" ||
		param(out.Location, "iss") != issuer || param(out.Location, "code") != "" {
		t.Errorf("AnswerConsent(deny) = %s, %v, want access_denied with the state and iss", shown(out.Location), err)
	}
	if location, again := k.asked(k.asks(k.web), k.ann); location != "" || again.AuthorizedBefore {
		t.Errorf("Authorize(after a no) = %q, %+v, want to be asked as if for the first time", shown(location), again)
	}
	if got := strings.Join(k.actions(), "; "); got != "ann consent.denied read" {
		t.Errorf("audit = %q, want ann consent.denied read", got)
	}
}

// AUT-17: single use, bound to the session, ten minutes.
func TestConsentIsAnsweredOnceByWhomItWasShown(t *testing.T) {
	k := newDesk(t)
	_, ask := k.asked(k.asks(k.web), k.ann)
	other := k.ann
	other.ID = "another of ann's"
	stolen := k.bob
	stolen.ID = k.ann.ID
	expired := db.ConsentRequest{
		ID: "expired", SessionID: k.ann.ID, PersonID: "ann", ClientID: k.web.ClientID, RedirectURI: callback, Scope: "read",
		Audience: issuer, CreatedAt: k.now.Add(-11 * time.Minute), ExpiresAt: k.now.Add(-time.Minute),
	}
	k.write(func(tx *db.Tx) error { return tx.InsertConsentRequest(t.Context(), expired) })
	for name, c := range map[string]struct {
		id string
		v  Session
	}{
		"unknown": {"nothing", k.ann}, "empty": {"", k.ann}, "another person": {ask.ID, k.bob}, "another session": {ask.ID, other},
		"another person in the session": {ask.ID, stolen}, "expired": {"expired", k.ann},
	} {
		for _, allow := range []bool{true, false} {
			if out, err := k.AnswerConsent(t.Context(), c.id, allow, c.v); !errors.Is(err, ErrConsentNotPending) || out.Location != "" {
				t.Errorf("AnswerConsent(%s, %t) = %s, %v, want ErrConsentNotPending", name, allow, shown(out.Location), err)
			}
		}
	}
	k.allow(ask, k.ann)
	for _, allow := range []bool{true, false} {
		if out, err := k.AnswerConsent(t.Context(), ask.ID, allow, k.ann); !errors.Is(err, ErrConsentNotPending) || out.Location != "" {
			t.Errorf("AnswerConsent(again, %t) = %s, %v, want ErrConsentNotPending", allow, shown(out.Location), err)
		}
	}
	if n := len(k.actions()); n != 1 {
		t.Errorf("audit events = %d, want the one of the yes", n)
	}
}

func TestConsentAnsweredAtOnceGivesOneCode(t *testing.T) {
	k := newDesk(t)
	_, ask := k.asked(k.asks(k.web), k.ann)
	others := []*Server{k.Server, k.process(secret.NewHasher(1, 4))}
	var codes sync.Map
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			out, err := others[i%2].AnswerConsent(t.Context(), ask.ID, true, k.ann)
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
		t.Errorf("answers at once gave %d codes, want 1", n)
	}
}

// Remembered per person, app and scopes; asked again when scopes grow.
func TestConsentIsRemembered(t *testing.T) {
	k := newDesk(t)
	k.allowed(k.web, k.ann)
	location, _ := k.asked(k.asks(k.web), k.ann)
	if !strings.HasPrefix(param(location, "code"), "gpc_") || param(location, "state") != "st" || param(location, "iss") != issuer {
		t.Errorf("Authorize(allowed before) = %q, want a code without being asked", location)
	}
	if again, _ := k.asked(k.asks(k.web), k.ann); param(again, "code") == param(location, "code") {
		t.Error("Authorize(twice) gives one code, want a new one each time")
	}
	if location, ask := k.asked(k.asks(k.web), k.bob); location != "" || ask.AuthorizedBefore {
		t.Errorf("Authorize(another person) = %q, %+v, want to be asked for the first time", shown(location), ask)
	}
	location, ask := k.asked(k.asks(k.web, "scope", "read events"), k.ann)
	if location != "" || !ask.AuthorizedBefore || !slices.Equal(ask.NewScopes, []string{"events"}) {
		t.Errorf("Authorize(scopes grow) = %q, %+v, want to be asked with events as new", shown(location), ask)
	}
	k.allow(ask, k.ann)
	for _, scope := range []string{"read events", "events", "read"} {
		if location, _ := k.asked(k.asks(k.web, "scope", scope), k.ann); location == "" {
			t.Errorf("Authorize(%s, all allowed by now) asks, want a code", scope)
		}
	}
}

// RFC 6749 section 10.2, RFC 8252 section 8.6: what any program can claim is asked each time.
func TestClaimableRedirectIsAskedEachTime(t *testing.T) {
	k := newDesk(t)
	for _, redirect := range []string{"http://127.0.0.1:49152/callback", "com.example.reader:/callback"} {
		if code := k.allowed(k.native, k.ann, "redirect_uri", redirect); code == "" {
			t.Errorf("AnswerConsent(%s) gives no code", redirect)
		}
		location, ask := k.asked(k.asks(k.native, "redirect_uri", redirect), k.ann)
		if location != "" || !ask.AuthorizedBefore || len(ask.NewScopes) > 0 {
			t.Errorf("Authorize(%s, allowed before) = %q, %+v, want to be asked again, with nothing new", redirect, shown(location), ask)
		}
	}
}

// AUT-18: after a revocation the person is asked again, and nothing is left of before.
func TestRevokedAuthorizationIsForgotten(t *testing.T) {
	k := newDesk(t)
	code := k.allowed(k.web, k.ann)
	kept, err := k.DB.Authorization(t.Context(), "ann", k.web.ClientID)
	if err != nil {
		t.Fatal(err)
	}
	// The person has looked at the request before the revocation, and goes on after it.
	a, err := k.check(k.asks(k.web))
	if err != nil {
		t.Fatal(err)
	}
	k.write(func(tx *db.Tx) error { _, err := tx.RevokeAuthorization(t.Context(), kept.ID, "ann"); return err })
	r := db.ConsentRequest{PersonID: "ann", ClientID: k.web.ClientID, RedirectURI: callback, Scope: "read", Audience: issuer}
	if location, err := k.issueCodeWithoutPrompt(t.Context(), r, k.ann); !errors.Is(err, errAuthorizationRevoked) || location != "" {
		t.Errorf("again(revoked meanwhile) = %q, %v, want errForgotten", shown(location), err)
	}
	if _, err := k.DB.Authorization(t.Context(), "ann", k.web.ClientID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("Authorization(after that) = %v, want ErrNotFound: it is not brought back", err)
	}
	location, ask, err := k.Authorize(t.Context(), a, k.ann)
	if err != nil || location != "" || ask.AuthorizedBefore {
		t.Errorf("Authorize(after the revocation) = %q, %+v, %v, want to be asked for the first time", shown(location), ask, err)
	}
	req := k.request()
	req.ClientID, req.ClientSecret, req.GrantType = k.web.ClientID, k.secret, AuthorizationCode
	req.Code, req.RedirectURI, req.CodeVerifier = code, callback, verifier
	k.refused("the code of before", req, InvalidGrant)
}

// What the app may no longer have when the answer comes is not given.
func TestAppThatChangedMeanwhileGetsNothing(t *testing.T) {
	for name, change := range map[string]func(*db.App){
		"redirect removed": func(a *db.App) { a.RedirectURIs = []string{callback + "/new"} },
		"scope removed":    func(a *db.App) { a.Scopes = []string{"write"} },
		"grant removed":    func(a *db.App) { a.Grants = []string{RefreshToken} },
	} {
		k := newDesk(t)
		_, ask := k.asked(k.asks(k.web), k.ann)
		change(&k.web)
		k.write(func(tx *db.Tx) error { return tx.UpdateApp(t.Context(), k.web) })
		if out, err := k.AnswerConsent(t.Context(), ask.ID, true, k.ann); !errors.Is(err, ErrConsentNotPending) || out.Location != "" {
			t.Errorf("AnswerConsent(%s) = %s, %v, want ErrConsentNotPending", name, shown(out.Location), err)
		}
		if _, err := k.DB.Authorization(t.Context(), "ann", k.web.ClientID); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("Authorization(%s) = %v, want ErrNotFound", name, err)
		}
	}
	k := newDesk(t)
	_, ask := k.asked(k.asks(k.web), k.ann)
	k.write(func(tx *db.Tx) error { return tx.DeleteApp(t.Context(), k.web.ClientID) })
	if out, err := k.AnswerConsent(t.Context(), ask.ID, true, k.ann); !errors.Is(err, ErrConsentNotPending) || out.Location != "" {
		t.Errorf("AnswerConsent(app deleted) = %s, %v, want ErrConsentNotPending", shown(out.Location), err)
	}
}
