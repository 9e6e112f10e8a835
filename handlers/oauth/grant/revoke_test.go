package grant

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// client is a request of an app that has shown who it is.
func (k *desk) client() Request {
	return Request{ClientID: k.web.ClientID, ClientSecret: k.secret, Dialect: "nxtsoft", Caller: db.Caller{Address: "203.0.113.9", UserAgent: "test"}}
}

// tokens are those of a yes of Ann's to the web app.
func (k *desk) tokens() Response {
	k.t.Helper()
	req := k.client()
	req.GrantType, req.Code, req.RedirectURI, req.CodeVerifier = AuthorizationCode, k.familyCode(), callback, verifier
	return k.answered(req)
}

// familyCode is a new code of Ann's, whatever she has allowed before.
func (k *desk) familyCode() string {
	k.t.Helper()
	location, ask := k.asked(k.asks(k.web), k.ann)
	if ask != nil {
		location = k.allow(ask, k.ann).Location
	}
	return param(location, "code")
}

// personal makes a personal token.
func (k *desk) personal(person string, change func(*db.PersonalToken)) string {
	k.t.Helper()
	plain, hash := secret.NewChecked(secret.PersonalToken)
	p := db.PersonalToken{ID: secret.ID(), PersonID: person, Name: "script", Hash: hash, Hint: secret.Hint(plain), Scopes: []string{"read", "events"}, CreatedAt: k.now}
	if change != nil {
		change(&p)
	}
	k.write(func(tx *db.Tx) error { return tx.InsertPersonalToken(k.t.Context(), p) })
	return plain
}

// refreshable says whether a refresh token can still be used, by using it up.
func (k *desk) refreshable(token string) bool {
	k.t.Helper()
	req := k.client()
	req.GrantType, req.RefreshToken = RefreshToken, token
	_, err := k.Token(k.t.Context(), req)
	return err == nil
}

// REV-01 to REV-04, RFC 7009 section 2.1: access and refresh token die together.
func TestRevokedTokensDieWithWhatBelongsToThem(t *testing.T) {
	for name, revoke := range map[string]func(k *desk, token string) error{
		"RFC 7009": func(k *desk, token string) error { return k.Revoke(t.Context(), k.client(), token) },
		"Netrex's document, by the holder": func(k *desk, token string) error {
			_, err := k.RevokeByBearer(t.Context(), token, db.Caller{Address: "203.0.113.9"})
			return err
		},
	} {
		for _, what := range []string{"access", "refresh", "expired access", "used refresh"} {
			k := newDesk(t)
			if what == "expired access" {
				k.now = k.now.Add(-2 * time.Hour)
			}
			other, res := k.tokens(), k.tokens()
			token := res.AccessToken
			switch what {
			case "refresh":
				token = res.RefreshToken
			case "expired access":
				k.now = k.now.Add(2 * time.Hour)
			case "used refresh":
				token = res.RefreshToken
				req := k.client()
				req.GrantType, req.RefreshToken = RefreshToken, res.RefreshToken
				res = k.answered(req)
			}
			for _, time := range []string{"first", "second"} {
				if err := revoke(k, token); err != nil {
					t.Errorf("%s: revoke(%s token, %s time) = %v, want nil", name, what, time, err)
				}
			}
			k.live("the access token", res.AccessToken, false)
			if k.refreshable(res.RefreshToken) {
				t.Errorf("%s: after revoke(%s token) the refresh token works", name, what)
			}
			k.live("another yes's access token", other.AccessToken, what != "expired access")
			if !k.refreshable(other.RefreshToken) {
				t.Errorf("%s: after revoke(%s token) another yes's refresh token is dead", name, what)
			}
			if n := strings.Count(strings.Join(k.actions(), "; "), " token.revoked "); n != 1 {
				t.Errorf("%s: audit events of revoke(%s token) = %d, want 1", name, what, n)
			}
		}
	}
}

func TestClientsOwnTokenIsRevoked(t *testing.T) {
	k := newDesk(t)
	k.web.Grants = append(k.web.Grants, ClientCredentials)
	k.write(func(tx *db.Tx) error { return tx.UpdateApp(t.Context(), k.web) })
	req := k.client()
	req.GrantType = ClientCredentials
	one, two := k.answered(req), k.answered(req)
	if err := k.Revoke(t.Context(), k.client(), one.AccessToken); err != nil {
		t.Fatalf("Revoke() = %v, want nil", err)
	}
	k.live("revoked", one.AccessToken, false)
	k.live("the other", two.AccessToken, true)
}

func TestRevokeNeedsTheClientAndTheToken(t *testing.T) {
	k := newDesk(t)
	res := k.tokens()
	stranger := k.web
	stranger.ClientID, stranger.Name = secret.ID(), "Stranger"
	k.write(func(tx *db.Tx) error { return tx.InsertApp(t.Context(), stranger) })
	k.app = stranger
	theirs := k.client()
	theirs.ClientID = stranger.ClientID
	theirs.ClientSecret, _ = k.addSecret(time.Time{})
	public := Request{ClientID: k.native.ClientID}
	wrong := k.client()
	wrong.ClientSecret = "gps_wrong"
	for name, c := range map[string]struct {
		req   Request
		token string
		want  string
	}{
		"REV-01: unknown":                  {k.client(), "unknown", ""},
		"REV-01: unknown, well-formed":     {k.client(), "gpr_" + strings.Repeat("a", 49), ""},
		"REV-01: a forged JWT":             {k.client(), res.AccessToken[:len(res.AccessToken)-4] + "AAAA", ""},
		"REV-01: no token":                 {k.client(), "", InvalidRequest},
		"REV-01: wrong secret":             {wrong, res.AccessToken, InvalidClient},
		"REV-01: no credentials":           {Request{}, res.AccessToken, InvalidClient},
		"a confidential client by its id":  {Request{ClientID: k.web.ClientID}, res.AccessToken, InvalidClient},
		"REV-03: another client's access":  {theirs, res.AccessToken, UnauthorizedClient},
		"REV-03: another client's refresh": {theirs, res.RefreshToken, UnauthorizedClient},
		"REV-03: another, public client's": {public, res.RefreshToken, UnauthorizedClient},
		"a public client, and unknown":     {public, "unknown", ""},
		"100 kB":                           {k.client(), strings.Repeat("x", 100_000), ""},
	} {
		if err := k.Revoke(t.Context(), c.req, c.token); code(err) != c.want {
			t.Errorf("%s: Revoke() = %v, want %q", name, err, c.want)
		}
	}
	k.live("the token, after all that", res.AccessToken, true)
	if !k.refreshable(res.RefreshToken) {
		t.Error("the refresh token is dead after all that, want it live")
	}
	if _, err := k.RevokeByBearer(t.Context(), "", db.Caller{}); code(err) != InvalidRequest {
		t.Errorf("RevokeByBearer(nothing) = %v, want %s", err, InvalidRequest)
	}
	if ended, err := k.RevokeByBearer(t.Context(), "unknown", db.Caller{}); ended || err != nil {
		t.Errorf("RevokeByBearer(unknown) = %t, %v, want false, nil", ended, err)
	}
}

func TestPublicClientRevokesItsOwnTokens(t *testing.T) {
	k := newDesk(t)
	code := k.allowed(k.native, k.ann, "redirect_uri", "http://127.0.0.1:1234/callback")
	res := k.answered(Request{
		GrantType: AuthorizationCode, ClientID: k.native.ClientID, Code: code, RedirectURI: "http://127.0.0.1:1234/callback", CodeVerifier: verifier,
	})
	if err := k.Revoke(t.Context(), Request{ClientID: k.native.ClientID}, res.RefreshToken); err != nil {
		t.Errorf("Revoke(public client) = %v, want nil", err)
	}
	k.live("the public client's token", res.AccessToken, false)
}

func TestPersonalTokenIsRevokedByWhoHoldsIt(t *testing.T) {
	k := newDesk(t)
	one, two, other := k.personal("ann", nil), k.personal("ann", nil), k.personal("ann", nil)
	if ended, err := k.RevokeByBearer(t.Context(), one, db.Caller{}); !ended || err != nil {
		t.Errorf("RevokeByBearer(personal token) = %t, %v, want true, nil", ended, err)
	}
	for range 2 {
		if err := k.Revoke(t.Context(), k.client(), two); err != nil {
			t.Errorf("Revoke(personal token) = %v, want nil", err)
		}
	}
	for name, c := range map[string]struct {
		token string
		live  bool
	}{"Netrex's document": {one, false}, "RFC 7009": {two, false}, "another": {other, true}} {
		k.live(name, c.token, c.live)
	}
}

// A database that does not answer is no success.
func TestRevokeThatCanNotBeStoredFails(t *testing.T) {
	k := newDesk(t)
	res := k.tokens()
	k.DB.Close()
	if err := k.Revoke(t.Context(), k.client(), res.AccessToken); err == nil || errors.As(err, new(*Error)) {
		t.Errorf("Revoke(closed database) = %v, want an error that is no refusal", err)
	}
}
