package rfc

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

// OpenID Connect Core section 3.1.2.1, RFC 9700 section 4.11.2: prompt=none is answered without a page, whoever is signed
// in (AUT-27).
func TestOpenIDConnectCore_3_1_2_1_None(t *testing.T) {
	w := shared
	c := w.client(t, "web")
	_, challenge := testapp.Verifier()
	person := w.Member(t, team, "developer")
	signedOut := w.Visitor(t)
	ask := func(more ...string) string {
		return testapp.AuthorizePath(c, challenge, append([]string{"scope", "read", "prompt", "none"}, more...)...)
	}
	w.wantReturned(t, "signed out", signedOut.Get(t, ask()), "login_required", "a state")
	w.wantReturned(t, "signed out, with a scope that isn't there", signedOut.Get(t, ask("scope", "nothing")), "invalid_scope", "a state")
	w.wantReturned(t, "before a consent", person.Get(t, ask()), "consent_required", "a state")
	w.Secret(person.Code(t, testapp.AuthorizePath(c, challenge, "scope", "read")))
	if r := person.Get(t, ask()); r.Status != http.StatusSeeOther || w.Secret(r.Returned(t).Get("code")) == "" {
		t.Errorf("after a consent = %d to %q, want a code", r.Status, r.Location)
	}
	w.wantReturned(t, "for more", person.Get(t, ask("scope", "read write")), "consent_required", "a state")
	w.wantReturned(t, "with max_age=0", person.Get(t, ask("max_age", "0")), "login_required", "a state")
	for _, odd := range []string{"none login", "login none", "none none consent"} {
		w.wantReturned(t, "prompt="+odd, person.Get(t, ask("prompt", odd)), "invalid_request", "a state")
		w.wantReturned(t, "signed out, prompt="+odd, signedOut.Get(t, ask("prompt", odd)), "invalid_request", "a state")
	}
	// Whoever can't be trusted isn't redirected to, silently or not, and the page can't be framed.
	for _, more := range [][]string{{"redirect_uri", "https://evil.example/"}, {"client_id", "nobody"}} {
		r := signedOut.Get(t, ask(more...))
		wantPage(t, "prompt=none of a stranger", r)
		if r.Header.Get("X-Frame-Options") != "DENY" {
			t.Error("the page for a stranger can be framed")
		}
	}
	// Who has to set up a second factor is not sent to that page.
	w.Change(t, "UPDATE teams SET requires_second_factor = 1 WHERE name = ?", team)
	defer w.Change(t, "UPDATE teams SET requires_second_factor = 0 WHERE name = ?", team)
	w.wantReturned(t, "without a second factor that is required", person.Get(t, ask()), "interaction_required", "a state")
}

// OpenID Connect Core section 3.1.2.1: login, consent, select_account, max_age, login_hint, ui_locales (AUT-28).
func TestOpenIDConnectCore_3_1_2_1(t *testing.T) {
	w := shared
	c := w.client(t, "web")
	verifier, challenge := testapp.Verifier()
	person := w.Member(t, team, "developer")
	ask := func(more ...string) string {
		return testapp.AuthorizePath(c, challenge, append([]string{"scope", "read"}, more...)...)
	}
	w.Secret(person.Code(t, ask()))
	w.Change(t, "UPDATE sessions SET created_at = created_at - 1000 WHERE person_id = (SELECT id FROM people WHERE email = ?)", person.Email)

	// Asked to sign in once, and not let through without it.
	for _, more := range [][]string{{"prompt", "login"}, {"max_age", "0"}, {"max_age", "999"}} {
		r := person.Get(t, ask(more...))
		if r.Status != http.StatusSeeOther || !strings.HasPrefix(r.Location, "/login?next=") {
			t.Fatalf("%v = %d to %q, want the sign-in page", more, r.Status, r.Location)
		}
		login, err := url.Parse(r.Location)
		if err != nil {
			t.Fatal(err)
		}
		next := login.Query().Get("next")
		page := person.Get(t, r.Location)
		testapp.WantWords(t, "the sign-in page", page.Body, "Sign in again", `value="`+person.Email+`"`)
		if back := person.Get(t, next); back.Status != http.StatusSeeOther || !strings.HasPrefix(back.Location, "/login?next=") {
			t.Errorf("%v without signing in = %d to %q, want the sign-in page again", more, back.Status, back.Location)
		}
		other := person.Again(t) // another session that is older than the question would do no better; a newer one does
		testapp.WantMoveOn(t, "signing in", person.Post(t, "/login", testapp.Form("email", person.Email, "password", testapp.Password, "next", next)), next)
		for who, p := range map[string]*testapp.Person{"signed in again": person, "signed in elsewhere since": other} {
			back := p.Get(t, next)
			if back.Status != http.StatusSeeOther || w.Secret(back.Returned(t).Get("code")) == "" {
				t.Fatalf("%v, %s = %d to %q, want a code", more, who, back.Status, back.Location)
			}
		}
		for _, cookie := range append(person.Cookies(t), other.Cookies(t)...) {
			w.Secret(cookie.Value)
		}
		if done := person.Get(t, r.Location); done.Status != http.StatusSeeOther || done.Location != next {
			t.Errorf("the sign-in page afterwards = %d to %q, want the request", done.Status, done.Location)
		}
		w.Change(t, "UPDATE sessions SET created_at = created_at - 1000 WHERE person_id = (SELECT id FROM people WHERE email = ?)", person.Email)
	}

	// auth_time is when they signed in.
	person.SignIn(t, testapp.Password)
	for _, cookie := range person.Cookies(t) {
		w.Secret(cookie.Value)
	}
	r := person.Get(t, ask("max_age", "3600"))
	tokens := w.Tokens(t, w.TokenRequest(t, c, "grant_type", "authorization_code", "code", w.Secret(r.Returned(t).Get("code")), "redirect_uri", testapp.Redirect, "code_verifier", verifier))
	var claims struct {
		AuthTime int64 `json:"auth_time"`
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(tokens.AccessToken, ".")[1])
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if age := time.Now().Unix() - claims.AuthTime; err != nil || age < 0 || age > 60 {
		t.Errorf("auth_time is %d seconds ago (%v), want the sign-in just now", age, err)
	}

	// Asked although allowed, and allowed to choose.
	if r := person.Get(t, ask("prompt", "consent")); r.Status != http.StatusOK || r.ConsentRequest(t) == "" {
		t.Errorf("prompt=consent = %d, want the question", r.Status)
	}
	choose := person.Get(t, ask("prompt", "select_account"))
	page := person.Get(t, choose.Location)
	testapp.WantWords(t, "the page to choose", page.Body, "Choose an account", "Continue as "+person.Name)
	login, _ := url.Parse(choose.Location)
	if r := person.Get(t, login.Query().Get("next")); r.Status != http.StatusSeeOther || w.Secret(r.Returned(t).Get("code")) == "" {
		t.Errorf("the chosen account = %d to %q, want a code", r.Status, r.Location)
	}

	// The hint is filled in, as text; languages are ignored.
	hinted := w.Visitor(t).Get(t, w.Visitor(t).Get(t, ask("login_hint", `ana"><b>@example.com`, "ui_locales", "it de")).Location)
	testapp.WantWords(t, "the sign-in page", hinted.Body, `value="ana&#34;&gt;&lt;b&gt;@example.com"`)
	if r := person.Get(t, ask("ui_locales", "it de", "login_hint", "somebody@example.com")); r.Status != http.StatusSeeOther || w.Secret(r.Returned(t).Get("code")) == "" {
		t.Errorf("a hint to whoever is signed in = %d to %q, want a code", r.Status, r.Location)
	}
	for _, more := range [][]string{{"prompt", "create"}, {"prompt", "Login"}, {"max_age", "-1"}, {"max_age", "soon"}, {"max_age", "1.5"}} {
		w.wantReturned(t, strings.Join(more, "="), person.Get(t, ask(more...)), "invalid_request", "a state")
	}
}
