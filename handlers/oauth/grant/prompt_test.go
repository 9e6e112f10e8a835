package grant

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"
)

// OpenID Connect Core section 3.1.2.1: what prompt and max_age may say.
func TestWish(t *testing.T) {
	for query, want := range map[string]Wish{
		"":                              {MaxAge: -1},
		"prompt=":                       {MaxAge: -1},
		"prompt=none":                   {MaxAge: -1, Silent: true},
		"prompt=login+consent":          {MaxAge: -1, SignIn: true, Consent: true},
		"prompt=select_account&max_age": {MaxAge: -1, Account: true},
		"max_age=0":                     {},
		"max_age=3600&prompt=none":      {MaxAge: time.Hour, Silent: true},
		"max_age=4294967295":            {MaxAge: maxMaxAge},
	} {
		req, err := ParseAuthorizationRequest(query)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := req.wish(); err != nil || got != want {
			t.Errorf("wish(%q) = %+v, %v, want %+v", query, got, err, want)
		}
	}
	w := newConsentWorld(t)
	for _, pairs := range [][]string{
		{"prompt", "none login"}, {"prompt", "consent none"}, {"prompt", "NONE"}, {"prompt", "create"}, {"prompt", "login,consent"},
		{"max_age", "-1"}, {"max_age", "+1"}, {"max_age", "1.5"}, {"max_age", "1e3"}, {"max_age", "an hour"}, {"max_age", "99999999999999999999"}, {"max_age", " 1"},
	} {
		_, err := w.checkQuery(w.query(w.web, pairs...))
		var refused *RedirectError
		if !errors.As(err, &refused) || refused.Refusal.Code != InvalidRequest || refused.State != "st" {
			t.Errorf("CheckAuthorizationRequest(%v) = %v, want invalid_request at the redirect URI", pairs, err)
		}
	}
}

// prompt=none is answered by a code or by the reason why not, and prompt=consent asks once more.
func TestSilentRequests(t *testing.T) {
	w := newConsentWorld(t)
	silently := func(session Session, pairs ...string) string {
		t.Helper()
		a, err := w.checkQuery(w.query(w.web, append(pairs, "prompt", "none")...))
		if err != nil {
			t.Fatal(err)
		}
		location, prompt, err := w.Authorize(t.Context(), a, session)
		var refused *RedirectError
		switch {
		case errors.As(err, &refused) && prompt == nil && location == "" && refused.RedirectURI == callback && refused.State == "st":
			return refused.Refusal.Code
		case err != nil || prompt != nil:
			t.Fatalf("Authorize(%v) = %q, %+v, %v, want a code or a refusal", pairs, withoutCode(location), prompt, err)
		}
		return param(location, "code")
	}
	if got := silently(w.ann); got != ConsentRequired {
		t.Errorf("silent before any consent = %s, want %s", got, ConsentRequired)
	}
	w.codeByConsent(w.web, w.ann)
	if got := silently(w.ann); !strings.HasPrefix(got, "gpc_") {
		t.Errorf("silent after the consent = %s, want a code", got)
	}
	if got := silently(w.ann, "scope", "read events"); got != ConsentRequired {
		t.Errorf("silent for more = %s, want %s", got, ConsentRequired)
	}
	if got := silently(Session{}); got != LoginRequired {
		t.Errorf("silent for nobody = %s, want %s", got, LoginRequired)
	}
	owes := w.ann
	owes.OwesFactor = true
	if got := silently(owes); got != InteractionRequired {
		t.Errorf("silent for somebody who has to set up a second factor = %s, want %s", got, InteractionRequired)
	}
	old := w.ann
	old.AuthTime = w.now.Add(-time.Hour)
	for age, want := range map[string]string{"0": LoginRequired, "3599": LoginRequired, "3600": "gpc_"} {
		if got := silently(old, "max_age", age); !strings.HasPrefix(got, want) {
			t.Errorf("silent an hour after signing in, max_age=%s = %s, want %s", age, got, want)
		}
	}
	if location, prompt := w.authorize(w.query(w.web, "prompt", "consent"), w.ann); location != "" || !prompt.AuthorizedBefore {
		t.Errorf("Authorize(prompt=consent) = %q, %+v, want to be asked again", withoutCode(location), prompt)
	}
}

// RFC 8252 section 8.6: a program could claim the redirect, so that somebody is asked, unless a page of the portal's
// own site asks in a frame, whose browser says so.
func TestSilentRequestsOfProgramsAreAsked(t *testing.T) {
	w := newConsentWorld(t)
	w.codeByConsent(w.native, w.ann, "redirect_uri", "http://127.0.0.1:49152/callback")
	for framed, want := range map[bool]string{false: ConsentRequired, true: ""} {
		session := w.ann
		session.Framed = framed
		a, err := w.checkQuery(w.query(w.native, "redirect_uri", "http://127.0.0.1:49152/callback", "prompt", "none"))
		if err != nil {
			t.Fatal(err)
		}
		var got string
		var refused *RedirectError
		location, _, err := w.Authorize(t.Context(), a, session)
		if errors.As(err, &refused) {
			got = refused.Refusal.Code
		}
		if got != want || want == "" && !strings.HasPrefix(param(location, "code"), "gpc_") {
			t.Errorf("Authorize(framed %t) = %q, %v, want %q", framed, withoutCode(location), err, want)
		}
	}
	session := w.ann
	session.Framed = true
	if a, err := w.checkQuery(w.query(w.native, "redirect_uri", "http://127.0.0.1:49152/callback")); err != nil {
		t.Fatal(err)
	} else if location, prompt, err := w.Authorize(t.Context(), a, session); err != nil || prompt == nil {
		t.Errorf("Authorize(framed, not silent) = %q, %v, want to be asked", withoutCode(location), err)
	}
}

// prompt=login and max_age ask until the person has signed in after they were asked, and then no more.
func TestSignInIsAskedForOnce(t *testing.T) {
	w := newConsentWorld(t)
	parse := func(query string) AuthorizationRequest {
		t.Helper()
		req, err := ParseAuthorizationRequest(query)
		if err != nil {
			t.Fatal(err)
		}
		return req
	}
	old := Session{Person: w.ann.Person, ID: "old", AuthTime: w.now.Add(-time.Hour)}
	again := func(query string, session Session) bool {
		t.Helper()
		return w.AsksToSignIn(parse(query), session).Again
	}
	for _, pairs := range [][]string{{"prompt", "login"}, {"prompt", "login consent"}, {"max_age", "0"}, {"max_age", "60"}} {
		query := w.query(w.web, pairs...)
		if !again(query, old) {
			t.Errorf("%v does not ask to sign in", pairs)
		}
		stamped := w.SignInQuery(query, parse(query), old.ID)
		if !again(stamped, old) {
			t.Errorf("%v: who comes back without signing in passes", pairs)
		}
		fresh := Session{Person: w.ann.Person, ID: "fresh", AuthTime: w.now}
		if again(stamped, fresh) {
			t.Errorf("%v: who has signed in is asked again", pairs)
		}
		if again(w.SignInQuery(query, parse(query), ""), fresh) {
			t.Errorf("%v: who was signed out and has signed in is asked again", pairs)
		}
		// Another session that is older than the question proves nothing, nor does another request's stamp.
		other := Session{Person: w.ann.Person, ID: "other", AuthTime: w.now.Add(-61 * time.Second)}
		if !again(stamped, other) {
			t.Errorf("%v: an older session passes", pairs)
		}
		values, err := url.ParseQuery(stamped)
		if err != nil {
			t.Fatal(err)
		}
		foreign := w.query(w.web, append(pairs, "state", "another", StampParameter, values.Get(StampParameter))...)
		if pairs[1] != "60" && !again(foreign, fresh) {
			t.Errorf("%v: the stamp of another request passes", pairs)
		}
		for _, forged := range []string{"", "x", "zzzzzz.x.y", values.Get(StampParameter) + "x", "0." + values.Get(StampParameter)} {
			if pairs[1] != "60" && !again(w.query(w.web, append(pairs, StampParameter, forged)...), fresh) {
				t.Errorf("%v: the stamp %q passes", pairs, forged)
			}
		}
		if twice := w.SignInQuery(stamped, parse(stamped), old.ID); strings.Count(twice, StampParameter) != 1 {
			t.Errorf("%v: stamped twice = %s", pairs, twice)
		}
	}
	if again(w.query(w.web, "max_age", "3600"), old) || again(w.query(w.web), old) || again(w.query(w.web, "prompt", "none", "max_age", "0"), old) {
		t.Error("who need not sign in is asked to")
	}
	query := w.query(w.web, "prompt", "select_account")
	if ask := w.AsksToSignIn(parse(query), old); ask.Again || !ask.Account {
		t.Errorf("AsksToSignIn(select_account) = %+v, want to choose an account", ask)
	}
	if ask := w.AsksToSignIn(parse(w.SignInQuery(query, parse(query), old.ID)), old); ask != (SignInAsk{}) {
		t.Errorf("AsksToSignIn(select_account, chosen) = %+v, want nothing", ask)
	}
}
