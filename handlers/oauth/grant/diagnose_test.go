package grant

import (
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// A damaged secret is distinguished from anything else. Neither authenticates, and no hint is
// recorded of what doesn't have the right tag.
func TestWrongSecretsAreDiagnosed(t *testing.T) {
	w := newWorld(t)
	plain, id := w.secret, w.app.ClientID
	other, _ := w.Minter.New("another1234567890abcdefghij")
	for _, c := range []struct {
		name, clientID, presented string
		kind                      ReasonKind
		detail                    string
		held                      bool // the presented text contains the client's secret
	}{
		{"a newline", id, plain + "\n", db.ReasonSecretWhitespace, "a trailing newline in the secret", true},
		{"a CR LF", id, plain + "\r\n", db.ReasonSecretWhitespace, "a trailing newline in the secret", true},
		{"spaces", id, "  " + plain + " ", db.ReasonSecretWhitespace, "whitespace before and after the secret", true},
		{"a tab", id, "\t" + plain, db.ReasonSecretWhitespace, "a leading tab in the secret", true},
		{"a byte order mark", id, "\ufeff" + plain, db.ReasonSecretWhitespace, "a leading run of whitespace in the secret", true},
		{"an escape", id, plain + `\n`, db.ReasonSecretWhitespace, "a trailing line break, written as an escape, in the secret", true},
		{"a percent escape", id, plain + "%0A", db.ReasonSecretWhitespace, "a trailing line break, written as an escape, in the secret", true},
		{"a line end inside", id, plain[:10] + "\n" + plain[10:], db.ReasonSecretWhitespace, "a line break or a space inside the secret", true},
		{"quotes", id, `"` + plain + `"`, db.ReasonSecretQuoted, "quotation marks around the secret", true},
		{"typographic quotes and a space", id, "“" + plain + "” ", db.ReasonSecretQuoted, "quotation marks around the secret", true},
		{"one quote", id, plain + "'", db.ReasonSecretQuoted, "quotation marks around the secret", true},
		{"a variable's name before it", id, "SECRET=" + plain, db.ReasonSecretTruncated, "7 extra characters around the secret", true},
		{"more at its end", id, plain + "abc", db.ReasonSecretTruncated, "3 extra characters around the secret", true},
		{"a client id with a space", id + " ", plain, db.ReasonSecretWhitespace, "whitespace around the client id", true},
		{"a client id in quotes", `"` + id + `"`, plain, db.ReasonSecretWhitespace, "quotation marks around the client id", true},
		{"cut", id, plain[:43], db.ReasonSecretTruncated, "a cut secret: 43 characters of 44", false},
		{"the prefix alone", id, "gps_", db.ReasonSecretTruncated, "a cut secret: 4 characters of 44", false},
		{"another client's", id, other, db.ReasonSecretUnknown, "the secret has the right form", false},
		{"another client's with a newline", id, other + "\n", db.ReasonSecretUnknown, "the secret has the right form", false},
		{"other letters", id, strings.ToLower(plain), db.ReasonSecretUnknown, "the secret has the right form", false},
		{"the client id", id, id, db.ReasonSecretUnknown, "the client id was sent in place of the secret", false},
		{"a personal token", id, "gpp_x", db.ReasonSecretUnknown, "a personal token was sent in place of the secret", false},
		{"a JWT", id, "eyJhbGciOi", db.ReasonSecretUnknown, "a JWT was sent in place of the secret", false},
		{"a shell's variable", id, "${CLIENT_SECRET}", db.ReasonSecretUnknown, "a placeholder was sent", false},
		{"a blank", id, " \n", db.ReasonSecretUnknown, "the secret is blank", false},
		{"a password", id, "hunter2", db.ReasonSecretUnknown, "all start with gps_", false},
		{"2 MB", id, strings.Repeat("gps_", 500_000), db.ReasonSecretUnknown, "longer than any secret", false},
		{"bytes", id, "gps_\xff\x00" + plain[4:], db.ReasonSecretTruncated, "a cut secret: 4 characters of 44", false},
	} {
		got := w.diagnose(c.clientID, c.presented)
		if got.Kind != c.kind || !strings.Contains(got.Detail, c.detail) || got.Proven != c.held || (got.Hint == plain[40:]) != c.held {
			t.Errorf("diagnose(%s) = %s, %q, proven %t, hint %q, want %s, %q, %t", c.name, got.Kind, got.Detail, got.Proven, got.Hint, c.kind, c.detail, c.held)
		}
		if !c.held && (got.Hint != "" || got.ClientID != "") {
			t.Errorf("diagnose(%s) = %+v, want nothing recorded of what isn't a secret of the client", c.name, got)
		}
		req := w.request()
		req.ClientID, req.ClientSecret = c.clientID, c.presented
		w.wantRefusal(c.name, req, InvalidClient)
	}
	if got := w.diagnose(id, other); got.MadeFor == nil || !got.MadeFor("another1234567890abcdefghij") || got.MadeFor(id) {
		t.Error("diagnose(another client's).MadeFor does not know the other client")
	}
}

// TOK-04: the diagnosis doesn't depend on whether the app exists.
func TestDiagnosisIsTheSameForAnUnknownClient(t *testing.T) {
	w := newWorld(t)
	for _, presented := range []string{"x", "gps_" + strings.Repeat("a", 40), "gps_" + strings.Repeat("a", 40) + "\n", " gps_", "eyJ"} {
		known, unknown := w.diagnose(w.app.ClientID, presented), w.diagnose(strings.Repeat("z", 26), presented)
		known.MadeFor, unknown.MadeFor = nil, nil
		if known.Kind != unknown.Kind || known.Detail != unknown.Detail || known.Hint != unknown.Hint {
			t.Errorf("diagnose(%.20q) = %+v for a known client, %+v for an unknown one, want the same", presented, known, unknown)
		}
	}
}

// Refusals after client authentication have their reason, with the secret that was used.
func TestRefusalsSayTheirReason(t *testing.T) {
	reason := func(w *world, req Request) Reason {
		t.Helper()
		_, err := w.Token(t.Context(), req)
		e, _ := err.(*Error)
		if e == nil {
			t.Fatalf("Token() = %v, want a refusal", err)
		}
		return e.Reason
	}
	w := newFamilyWorld(t)
	fresh := func(change func(*Request)) Request {
		req := w.codeRequest(w.newCode(nil, nil))
		change(&req)
		return req
	}
	used := w.codeRequest(w.newCode(nil, nil))
	refresh := w.mustToken(used).RefreshToken
	w.mustToken(w.refreshRequest(refresh))
	narrow := w.request()
	narrow.Scope = "read events liveview"
	for name, c := range map[string]struct {
		req  Request
		want ReasonKind
	}{
		"a code just used":   {used, db.ReasonCodeRepeated},
		"another redirect":   {fresh(func(r *Request) { r.RedirectURI += "/" }), db.ReasonRedirectMismatch},
		"no verifier":        {fresh(func(r *Request) { r.CodeVerifier = "" }), db.ReasonPKCE},
		"an unknown code":    {fresh(func(r *Request) { r.Code, _ = secret.NewChecked(secret.AuthorizationCode) }), db.ReasonCodeUnknown},
		"an unknown refresh": {w.refreshRequest("gpr_x"), db.ReasonRefreshUnknown},
		"another API": {func() Request {
			r := w.request()
			r.GrantType, r.Resources = ClientCredentials, []string{"https://x.example"}
			return r
		}(), db.ReasonResourceUnknown},
		"an unknown device":     {w.pollRequest("gpd_x"), db.ReasonCodeUnknown},
		"a scope that it lacks": {func() Request { r := narrow; r.GrantType = ClientCredentials; return r }(), db.ReasonScopeNotGranted},
	} {
		got := reason(w, c.req)
		if got.Kind != c.want || got.SecretID != w.row.ID || got.Hint != w.row.Hint || !got.Proven {
			t.Errorf("%s: reason = %+v, want %s by the secret that was shown", name, got, c.want)
		}
	}
	second := w.redeemCode().RefreshToken
	w.mustToken(w.refreshRequest(second))
	if got := reason(w, w.refreshRequest(second)); got.Kind != db.ReasonRefreshReused {
		t.Errorf("a used refresh token: reason = %+v, want %s", got, db.ReasonRefreshReused)
	}
	w.now = w.now.Add(retryWindow)
	if got := reason(w, used); got.Kind != db.ReasonCodeUsed {
		t.Errorf("a used code: reason = %+v, want %s", got, db.ReasonCodeUsed)
	}
	late := w.codeRequest(w.newCode(nil, nil))
	w.now = w.now.Add(CodeLifetime)
	if got := reason(w, late); got.Kind != db.ReasonCodeExpired {
		t.Errorf("a late code: reason = %+v, want %s", got, db.ReasonCodeExpired)
	}
	w.write(func(tx *db.Tx) error { return tx.RevokeSecret(t.Context(), w.row.ID, w.app.ClientID, "Ana") })
	if got := reason(w, w.request()); got.Kind != db.ReasonSecretRevoked || got.SecretID != w.row.ID || !got.Proven {
		t.Errorf("a revoked secret: reason = %+v, want %s with its id", got, db.ReasonSecretRevoked)
	}
}

func TestAssertionsSayTheirReason(t *testing.T) {
	w, key := newAssertionWorld(t)
	for name, c := range map[string]struct {
		claims func(map[string]any)
		kind   ReasonKind
		detail string
	}{
		"ahead": {func(c map[string]any) {
			c["iat"] = w.now.Add(4*time.Minute + 20*time.Second).Unix()
			c["exp"] = w.now.Add(5 * time.Minute).Unix()
		}, db.ReasonAssertionClock, "clock is 4 min 20 s fast"},
		"kept":             {func(c map[string]any) { c["exp"] = w.now.Add(-time.Hour).Unix() }, db.ReasonAssertionClock, "expired 1 h ago"},
		"another audience": {func(c map[string]any) { c["aud"] = "https://evil.example" }, db.ReasonAssertionBad, "aud is not this portal"},
		"no jti":           {func(c map[string]any) { delete(c, "jti") }, db.ReasonAssertionBad, "no jti"},
	} {
		claims := w.claims()
		c.claims(claims)
		_, err := w.Token(t.Context(), w.assertionRequest(assertion(t, key, "k1", claims)))
		e, _ := err.(*Error)
		if e == nil || e.Reason.Kind != c.kind || !strings.Contains(e.Reason.Detail, c.detail) || e.Reason.ClientID != w.app.ClientID {
			t.Errorf("an assertion %s = %v, want %s, %q of the client that it names", name, err, c.kind, c.detail)
		}
	}
	other, _ := pair(9, "k1")
	_, err := w.Token(t.Context(), w.assertionRequest(assertion(t, other, "k1", w.claims())))
	if e, _ := err.(*Error); e == nil || e.Reason.Kind != db.ReasonAssertionBad || e.Reason.Proven {
		t.Errorf("an assertion of another key = %v, want assertion_bad, unproven", err)
	}
}
