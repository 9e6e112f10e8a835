package grant

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/keys"
	"gatepost/handlers/secret"
)

// JWT-01, tests/dialect/README.md (nxtsoft): these claims and no others.
func TestAccessTokenHasExactlyItsClaims(t *testing.T) {
	w := newWorld(t)
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(w.token().AccessToken, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	jti, _ := got["jti"].(string)
	delete(got, "jti")
	now := float64(w.now.Unix())
	want := map[string]any{
		"iss": issuer, "sub": w.app.ClientID, "aud": issuer, "client_id": w.app.ClientID, "scope": "read write transactions/post",
		"token_use": "access", "auth_time": now, "iat": now, "exp": now + 3600, "version": 2.0,
	}
	if len(jti) != 36 || len(got) != len(want) {
		t.Errorf("claims = %s, want jti and %v", raw, want)
	}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("claim %s = %v, want %v", name, got[name], value)
		}
	}
	if order := `{"iss":"` + issuer + `","sub":`; !strings.HasPrefix(string(raw), order) {
		t.Errorf("claims = %s, want them to start with %s", raw, order)
	}
}

// JWT-03, REV-02.
func TestAccessRefusesTokensThatAreNotGood(t *testing.T) {
	good := func(w *world) claims {
		return claims{
			Issuer: issuer, Subject: w.app.ClientID, Audience: keys.Audience{issuer}, ClientID: w.app.ClientID, Scope: "read", TokenUse: "access",
			AuthTime: w.now.Unix(), IssuedAt: w.now.Unix(), Expires: w.now.Unix() + 3600, ID: "recorded", Version: 2,
		}
	}
	for name, c := range map[string]struct {
		claims func(*claims)
		before func(*world)
		ok     bool
	}{
		"good":                   {ok: true},
		"in its last second":     {before: func(w *world) { w.now = w.now.Add(time.Hour - time.Second) }, ok: true},
		"expired":                {before: func(w *world) { w.now = w.now.Add(time.Hour) }},
		"longer than its record": {claims: func(c *claims) { c.Expires += 3600 }, before: func(w *world) { w.now = w.now.Add(time.Hour) }},
		"no expiry":              {claims: func(c *claims) { c.Expires = 0 }},
		"other issuer":           {claims: func(c *claims) { c.Issuer = "https://evil.example" }},
		"issuer with a slash":    {claims: func(c *claims) { c.Issuer += "/" }},
		"other audience":         {claims: func(c *claims) { c.Audience = keys.Audience{"https://evil.example"} }},
		"no audience":            {claims: func(c *claims) { c.Audience = nil }},
		"an ID token":            {claims: func(c *claims) { c.TokenUse = "id" }},
		"other client":           {claims: func(c *claims) { c.ClientID = "16ec4na9av8011ibj9hskf9umf" }},
		"not recorded":           {claims: func(c *claims) { c.ID = "never" }},
		"no jti":                 {claims: func(c *claims) { c.ID = "" }},
		"a clock that is ahead":  {claims: func(c *claims) { c.IssuedAt += 30 }, ok: true},
		"from the future":        {claims: func(c *claims) { c.IssuedAt += 31 }},
		"revoked": {before: func(w *world) {
			w.write(func(tx *db.Tx) error {
				_, err := tx.RevokeTokensOfSecret(w.t.Context(), w.app.ClientID, w.row.ID)
				return err
			})
		}},
		"app deleted": {before: func(w *world) {
			w.write(func(tx *db.Tx) error { return tx.DeleteApp(w.t.Context(), w.app.ClientID) })
		}},
	} {
		w := newWorld(t)
		err := w.DB.RecordToken(t.Context(), db.AccessToken{
			JTI: "recorded", ClientID: w.app.ClientID, SecretID: w.row.ID, Scope: "read", Audience: issuer,
			IssuedAt: w.now, ExpiresAt: w.now.Add(time.Hour),
		}, db.Caller{})
		if err != nil {
			t.Fatal(err)
		}
		said := good(w)
		if c.claims != nil {
			c.claims(&said)
		}
		token, err := w.Keys.Sign(said)
		if err != nil {
			t.Fatal(err)
		}
		if c.before != nil {
			c.before(w)
		}
		_, err = w.Access(t.Context(), token, db.Caller{})
		if c.ok && err != nil || !c.ok && !errors.Is(err, ErrInvalidToken) {
			t.Errorf("Access(%s) = %v, want ok %v", name, err, c.ok)
		}
	}
}

func TestAccessRefusesForeignTokens(t *testing.T) {
	w := newWorld(t)
	token := w.token().AccessToken
	future, err := w.Keys.Sign(map[string]any{
		"iss": issuer, "aud": issuer, "token_use": "access", "jti": "x", "exp": w.now.Unix() + 60, "nbf": w.now.Unix() + 45,
	})
	if err != nil {
		t.Fatal(err)
	}
	odd, err := w.Keys.Sign(map[string]any{"iss": issuer, "aud": []int{1}, "exp": "tomorrow"})
	if err != nil {
		t.Fatal(err)
	}
	for name, bearer := range map[string]string{
		"empty": "", "a secret": w.secret, "cut": token[:len(token)-3], "not before": future, "odd claims": odd,
	} {
		if _, err := w.Access(t.Context(), bearer, db.Caller{}); !errors.Is(err, ErrInvalidToken) {
			t.Errorf("Access(%s) = %v, want ErrInvalidToken", name, err)
		}
	}
}

// A database that doesn't respond must not make a token look invalid.
func TestAccessTellsABadTokenFromADatabaseThatIsDown(t *testing.T) {
	w := newWorld(t)
	token := w.token().AccessToken
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Access(ctx, token, db.Caller{}); err == nil || errors.Is(err, ErrInvalidToken) {
		t.Errorf("Access(no answer from the database) = %v, want another error than ErrInvalidToken", err)
	}
}

// ACC-16: a personal token is as valid as its row and its person, and its use is recorded once a minute.
func TestPersonalTokenGivesAccess(t *testing.T) {
	w := newConsentWorld(t)
	token := w.personalToken("ann", func(p *db.PersonalToken) { p.ID, p.ExpiresAt = "script", w.now.Add(time.Hour) })
	caller := db.Caller{Address: "198.51.100.4", UserAgent: "curl/8"}
	a, err := w.Access(t.Context(), token, caller)
	if err != nil || !a.Personal || a.PersonID != "ann" || a.Person.Name != "Ann" || a.ClientID != "" || a.App.ClientID != "" || a.JTI != "script" ||
		strings.Join(a.Scopes, " ") != "read events" || !a.ExpiresAt.Equal(w.now.Add(time.Hour)) {
		t.Errorf("Access(personal token) = %+v, %v, want Ann's with read and events", a, err)
	}
	row, err := w.DB.PersonalTokenByHash(t.Context(), secret.HashToken(token))
	if err != nil || row.LastUsedAt.IsZero() || row.LastAddress != caller.Address || row.LastAgent != caller.UserAgent {
		t.Errorf("row after its use = %+v, %v, want the time and the caller", row, err)
	}
	if _, err := w.Access(t.Context(), token, db.Caller{Address: "203.0.113.7"}); err != nil {
		t.Errorf("Access(again) = %v, want nil", err)
	}
	if row, _ = w.DB.PersonalTokenByHash(t.Context(), secret.HashToken(token)); row.LastAddress != caller.Address {
		t.Errorf("last address within a minute = %s, want it not written again", row.LastAddress)
	}
	for name, bad := range map[string]string{
		"unknown": "gpp_" + strings.Repeat("a", 49), "cut": token[:len(token)-1], "longer": token + "a", "other case": strings.ToUpper(token),
		"with a space": token + " ", "prefix only": "gpp_",
		"revoked": w.personalToken("ann", func(p *db.PersonalToken) { p.RevokedAt = w.now }),
		"expired": w.personalToken("ann", func(p *db.PersonalToken) { p.ExpiresAt = w.now }),
	} {
		if _, err := w.Access(t.Context(), bad, caller); !errors.Is(err, ErrInvalidToken) {
			t.Errorf("Access(%s) = %v, want ErrInvalidToken", name, err)
		}
	}
	w.DB.Close()
	if _, err := w.Access(t.Context(), "gpp_"+strings.Repeat("a", 49), caller); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("Access(bad checksum, no database) = %v, want ErrInvalidToken without a query", err)
	}
	if _, err := w.Access(t.Context(), token, caller); err == nil || errors.Is(err, ErrInvalidToken) {
		t.Errorf("Access(no database) = %v, want an error that does not blame the token", err)
	}
}

// REF-04: neither a refresh token nor a code is a bearer token.
func TestOnlyAccessTokensGiveAccess(t *testing.T) {
	w := newConsentWorld(t)
	res := w.webTokens()
	w.wantLive("access token", res.AccessToken, true)
	w.wantLive("refresh token", res.RefreshToken, false)
	w.wantLive("code", w.familyCode(), false)
}
