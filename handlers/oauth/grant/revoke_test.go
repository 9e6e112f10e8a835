package grant

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// webRequest returns a request with the web app's credentials.
func (w *consentWorld) webRequest() Request {
	return Request{ClientID: w.web.ClientID, ClientSecret: w.secret, Dialect: "nxtsoft", Caller: db.Caller{Address: "203.0.113.9", UserAgent: "test"}}
}

// webTokens returns tokens that Ann has authorized for the web app.
func (w *consentWorld) webTokens() Response {
	w.t.Helper()
	req := w.webRequest()
	req.GrantType, req.Code, req.RedirectURI, req.CodeVerifier = AuthorizationCode, w.familyCode(), callback, verifier
	return w.mustToken(req)
}

// familyCode returns a new code of Ann's, whatever she has authorized before.
func (w *consentWorld) familyCode() string {
	w.t.Helper()
	location, ask := w.authorize(w.query(w.web), w.ann)
	if ask != nil {
		location = w.allow(ask, w.ann).Location
	}
	return param(location, "code")
}

// personalToken creates a personal token.
func (w *consentWorld) personalToken(person string, change func(*db.PersonalToken)) string {
	w.t.Helper()
	plain, hash := secret.NewChecked(secret.PersonalToken)
	p := db.PersonalToken{ID: secret.ID(), PersonID: person, Name: "script", Hash: hash, Hint: secret.Hint(plain), Scopes: []string{"read", "events"}, CreatedAt: w.now}
	if change != nil {
		change(&p)
	}
	w.write(func(tx *db.Tx) error { return tx.InsertPersonalToken(w.t.Context(), p) })
	return plain
}

// canRefresh says whether a refresh token still works, by consuming it.
func (w *consentWorld) canRefresh(token string) bool {
	w.t.Helper()
	req := w.webRequest()
	req.GrantType, req.RefreshToken = RefreshToken, token
	_, err := w.Token(w.t.Context(), req)
	return err == nil
}

// REV-01 to REV-04, RFC 7009 section 2.1: access and refresh token are revoked together.
func TestRevokedTokensDieWithWhatBelongsToThem(t *testing.T) {
	for name, revoke := range map[string]func(w *consentWorld, token string) error{
		"RFC 7009": func(w *consentWorld, token string) error { return w.Revoke(t.Context(), w.webRequest(), token) },
		"Netrex's document, by the bearer": func(w *consentWorld, token string) error {
			_, err := w.RevokeByBearer(t.Context(), token, db.Caller{Address: "203.0.113.9"})
			return err
		},
	} {
		for _, what := range []string{"access", "refresh", "expired access", "used refresh"} {
			w := newConsentWorld(t)
			if what == "expired access" {
				w.now = w.now.Add(-2 * time.Hour)
			}
			other, res := w.webTokens(), w.webTokens()
			token := res.AccessToken
			switch what {
			case "refresh":
				token = res.RefreshToken
			case "expired access":
				w.now = w.now.Add(2 * time.Hour)
			case "used refresh":
				token = res.RefreshToken
				req := w.webRequest()
				req.GrantType, req.RefreshToken = RefreshToken, res.RefreshToken
				res = w.mustToken(req)
			}
			for _, time := range []string{"first", "second"} {
				if err := revoke(w, token); err != nil {
					t.Errorf("%s: revoke(%s token, %s time) = %v, want nil", name, what, time, err)
				}
			}
			w.wantLive("the access token", res.AccessToken, false)
			if w.canRefresh(res.RefreshToken) {
				t.Errorf("%s: after revoke(%s token) the refresh token works", name, what)
			}
			w.wantLive("another authorization's access token", other.AccessToken, what != "expired access")
			if !w.canRefresh(other.RefreshToken) {
				t.Errorf("%s: after revoke(%s token) another authorization's refresh token is revoked too", name, what)
			}
			if n := strings.Count(strings.Join(w.auditActions(), "; "), " token.revoked "); n != 1 {
				t.Errorf("%s: audit events of revoke(%s token) = %d, want 1", name, what, n)
			}
		}
	}
}

func TestClientsOwnTokenIsRevoked(t *testing.T) {
	w := newConsentWorld(t)
	w.web.Grants = append(w.web.Grants, ClientCredentials)
	w.write(func(tx *db.Tx) error { return tx.UpdateApp(t.Context(), w.web) })
	req := w.webRequest()
	req.GrantType = ClientCredentials
	one, two := w.mustToken(req), w.mustToken(req)
	if err := w.Revoke(t.Context(), w.webRequest(), one.AccessToken); err != nil {
		t.Fatalf("Revoke() = %v, want nil", err)
	}
	w.wantLive("revoked", one.AccessToken, false)
	w.wantLive("the other", two.AccessToken, true)
}

func TestRevokeNeedsTheClientAndTheToken(t *testing.T) {
	w := newConsentWorld(t)
	res := w.webTokens()
	stranger := w.web
	stranger.ClientID, stranger.Name = secret.ID(), "Stranger"
	w.write(func(tx *db.Tx) error { return tx.InsertApp(t.Context(), stranger) })
	w.app = stranger
	theirs := w.webRequest()
	theirs.ClientID = stranger.ClientID
	theirs.ClientSecret, _ = w.addSecret(time.Time{})
	public := Request{ClientID: w.native.ClientID}
	wrong := w.webRequest()
	wrong.ClientSecret = "gps_wrong"
	for name, c := range map[string]struct {
		req   Request
		token string
		want  string
	}{
		"REV-01: unknown":                  {w.webRequest(), "unknown", ""},
		"REV-01: unknown, well-formed":     {w.webRequest(), "gpr_" + strings.Repeat("a", 49), ""},
		"REV-01: a forged JWT":             {w.webRequest(), res.AccessToken[:len(res.AccessToken)-4] + "AAAA", ""},
		"REV-01: no token":                 {w.webRequest(), "", InvalidRequest},
		"REV-01: wrong secret":             {wrong, res.AccessToken, InvalidClient},
		"REV-01: no credentials":           {Request{}, res.AccessToken, InvalidClient},
		"a confidential client by its id":  {Request{ClientID: w.web.ClientID}, res.AccessToken, InvalidClient},
		"REV-03: another client's access":  {theirs, res.AccessToken, UnauthorizedClient},
		"REV-03: another client's refresh": {theirs, res.RefreshToken, UnauthorizedClient},
		"REV-03: another, public client's": {public, res.RefreshToken, UnauthorizedClient},
		"a public client, and unknown":     {public, "unknown", ""},
		"100 kB":                           {w.webRequest(), strings.Repeat("x", 100_000), ""},
	} {
		if err := w.Revoke(t.Context(), c.req, c.token); code(err) != c.want {
			t.Errorf("%s: Revoke() = %v, want %q", name, err, c.want)
		}
	}
	w.wantLive("the token, after all that", res.AccessToken, true)
	if !w.canRefresh(res.RefreshToken) {
		t.Error("the refresh token is dead after all that, want it live")
	}
	if _, err := w.RevokeByBearer(t.Context(), "", db.Caller{}); code(err) != InvalidRequest {
		t.Errorf("RevokeByBearer(nothing) = %v, want %s", err, InvalidRequest)
	}
	if ended, err := w.RevokeByBearer(t.Context(), "unknown", db.Caller{}); ended || err != nil {
		t.Errorf("RevokeByBearer(unknown) = %t, %v, want false, nil", ended, err)
	}
}

func TestPublicClientRevokesItsOwnTokens(t *testing.T) {
	w := newConsentWorld(t)
	code := w.codeByConsent(w.native, w.ann, "redirect_uri", "http://127.0.0.1:1234/callback")
	res := w.mustToken(Request{
		GrantType: AuthorizationCode, ClientID: w.native.ClientID, Code: code, RedirectURI: "http://127.0.0.1:1234/callback", CodeVerifier: verifier,
	})
	if err := w.Revoke(t.Context(), Request{ClientID: w.native.ClientID}, res.RefreshToken); err != nil {
		t.Errorf("Revoke(public client) = %v, want nil", err)
	}
	w.wantLive("the public client's token", res.AccessToken, false)
}

func TestPersonalTokenIsRevokedByItsBearer(t *testing.T) {
	w := newConsentWorld(t)
	one, two, other := w.personalToken("ann", nil), w.personalToken("ann", nil), w.personalToken("ann", nil)
	if ended, err := w.RevokeByBearer(t.Context(), one, db.Caller{}); !ended || err != nil {
		t.Errorf("RevokeByBearer(personal token) = %t, %v, want true, nil", ended, err)
	}
	for range 2 {
		if err := w.Revoke(t.Context(), w.webRequest(), two); err != nil {
			t.Errorf("Revoke(personal token) = %v, want nil", err)
		}
	}
	for name, c := range map[string]struct {
		token string
		live  bool
	}{"Netrex's document": {one, false}, "RFC 7009": {two, false}, "another": {other, true}} {
		w.wantLive(name, c.token, c.live)
	}
}

// A database that doesn't respond isn't a success.
func TestRevokeThatCanNotBeStoredFails(t *testing.T) {
	w := newConsentWorld(t)
	res := w.webTokens()
	w.DB.Close()
	if err := w.Revoke(t.Context(), w.webRequest(), res.AccessToken); err == nil || errors.As(err, new(*Error)) {
		t.Errorf("Revoke(closed database) = %v, want an error that isn't a refusal", err)
	}
}
