package grant

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// RFC 6749 sections 4.1.3 and 4.1.4, RFC 9068 section 2.2.
func TestCodeGivesTheTokensOfItsAuthorization(t *testing.T) {
	w := newFamilyWorld(t)
	var family db.Family
	code := w.newCode(func(f *db.Family) { f.Scope = "write read"; family = *f }, nil)
	req := w.codeRequest(code)
	req.Scope = "transactions/post" // not a parameter of this request: ignored
	res := w.mustToken(req)
	if res.TokenType != "Bearer" || res.ExpiresIn != time.Hour || !slices.Equal(res.Scopes, []string{"write", "read"}) || !secret.WellFormed(secret.RefreshToken, res.RefreshToken) {
		t.Errorf("Token(code) = %+v, want a Bearer token for an hour, what Ann allowed, and a refresh token", res)
	}
	c := claimsOf(t, res.AccessToken)
	if c.Subject != "ann" || c.ClientID != w.app.ClientID || c.AuthTime != family.AuthTime.Unix() || c.IssuedAt != w.now.Unix() || len(c.Audience) != 1 || c.Audience[0] != issuer {
		t.Errorf("claims = %+v, want ann's, with the time of her sign-in", c)
	}
	record, err := w.DB.AccessToken(t.Context(), c.ID)
	if err != nil || record.FamilyID != family.ID || record.PersonID != "ann" || record.SecretID != w.row.ID || record.Dialect != "nxtsoft" {
		t.Errorf("record = %+v, %v, want one of the family, by the app's secret", record, err)
	}
	kept, err := w.DB.RefreshToken(t.Context(), secret.HashToken(res.RefreshToken))
	if err != nil || kept.FamilyID != family.ID || kept.SecretID != w.row.ID || !kept.ExpiresAt.Equal(w.now.Add(RefreshIdle)) {
		t.Errorf("refresh token = %+v, %v, want one of the family for 30 days", kept, err)
	}
	if kept, err := w.DB.Family(t.Context(), family.ID); err != nil || kept.LastUsedAt.IsZero() {
		t.Errorf("family = %+v, %v, want its use noted", kept, err)
	}
	w.wantLive("the code's token", res.AccessToken, true)
}

// RFC 6749 section 4.1.3, RFC 7636 section 4.6, RFC 9700 section 2.1.1; COD-04, COD-05, AUT-09.
func TestCodeIsBoundToClientRedirectAndVerifier(t *testing.T) {
	plainText := func(c *db.AuthorizationCode) { c.Challenge = "" }
	for name, c := range map[string]struct {
		code    func(*db.AuthorizationCode)
		family  func(*db.Family)
		request func(*world, *Request)
		want    string
	}{
		"as it should be":                    {},
		"no code":                            {request: func(_ *world, r *Request) { r.Code = "" }, want: InvalidRequest},
		"unknown code":                       {request: func(_ *world, r *Request) { r.Code, _ = secret.NewChecked(secret.AuthorizationCode) }, want: InvalidGrant},
		"mistyped code":                      {request: func(_ *world, r *Request) { r.Code = strings.ToUpper(r.Code) }, want: InvalidGrant},
		"SQL":                                {request: func(_ *world, r *Request) { r.Code = "' OR 1=1 --" }, want: InvalidGrant},
		"a refresh token":                    {request: func(_ *world, r *Request) { r.Code, _ = secret.NewChecked(secret.RefreshToken) }, want: InvalidGrant},
		"other redirect":                     {request: func(_ *world, r *Request) { r.RedirectURI += "/" }, want: InvalidGrant},
		"redirect left out":                  {request: func(_ *world, r *Request) { r.RedirectURI = "" }, want: InvalidGrant},
		"redirect never named":               {code: func(c *db.AuthorizationCode) { c.RedirectGiven = false }, request: func(_ *world, r *Request) { r.RedirectURI = "" }},
		"redirect named late":                {code: func(c *db.AuthorizationCode) { c.RedirectGiven = false }},
		"other redirect named late":          {code: func(c *db.AuthorizationCode) { c.RedirectGiven = false }, request: func(_ *world, r *Request) { r.RedirectURI = "https://evil.example/" }, want: InvalidGrant},
		"other verifier":                     {request: func(_ *world, r *Request) { r.CodeVerifier = strings.Repeat("a", 43) }, want: InvalidGrant},
		"verifier with another end":          {request: func(_ *world, r *Request) { r.CodeVerifier = verifier[:42] + "l" }, want: InvalidGrant},
		"no verifier":                        {request: func(_ *world, r *Request) { r.CodeVerifier = "" }, want: InvalidGrant},
		"the challenge as verifier":          {request: func(_ *world, r *Request) { r.CodeVerifier = challenge }, want: InvalidGrant},
		"short verifier that fits":           {code: func(c *db.AuthorizationCode) { c.Challenge = s256("short") }, request: func(_ *world, r *Request) { r.CodeVerifier = "short" }, want: InvalidGrant},
		"verifier with a space that fits":    {code: func(c *db.AuthorizationCode) { c.Challenge = s256(verifier + " ") }, request: func(_ *world, r *Request) { r.CodeVerifier = verifier + " " }, want: InvalidGrant},
		"a verifier without a challenge":     {code: plainText, want: InvalidGrant},
		"neither, by a confidential client":  {code: plainText, request: func(_ *world, r *Request) { r.CodeVerifier = "" }},
		"neither, by a public client":        {code: plainText, request: func(w *world, r *Request) { w.makePublic(); r.ClientSecret, r.CodeVerifier = "", "" }, want: InvalidGrant},
		"by a public client":                 {request: func(w *world, r *Request) { w.makePublic(); r.ClientSecret = "" }},
		"no client authentication":           {request: func(_ *world, r *Request) { r.ClientSecret = "" }, want: InvalidClient},
		"a secret of a public client":        {request: func(w *world, r *Request) { w.makePublic() }, want: InvalidClient},
		"another client's code":              {request: func(w *world, r *Request) { w.asOther(r) }, want: InvalidGrant},
		"a family of another client":         {family: func(f *db.Family) { f.ClientID = otherClient }, want: InvalidGrant},
		"an app that lost the grant":         {request: func(w *world, _ *Request) { w.app.Grants = []string{ClientCredentials}; w.saveApp() }, want: UnauthorizedClient},
		"an app that lost all of its scopes": {request: func(w *world, _ *Request) { w.app.Scopes = []string{"transactions/post"}; w.saveApp() }, want: InvalidGrant},
		"an authorization that is over":      {family: func(f *db.Family) { f.ExpiresAt = f.CreatedAt.Add(-time.Second) }, want: InvalidGrant},
	} {
		w := newFamilyWorld(t)
		w.addOther()
		req := w.codeRequest(w.newCode(c.family, c.code))
		good := req
		if c.request != nil {
			c.request(w, &req)
		}
		if c.want == "" {
			if _, err := w.Token(t.Context(), req); err != nil {
				t.Errorf("Token(%s) = %v, want nil", name, err)
			}
			continue
		}
		w.wantRefusal(name, req, c.want)
		stored, err := w.DB.Code(t.Context(), secret.HashToken(good.Code))
		if err != nil || !stored.ConsumedAt.IsZero() {
			t.Errorf("%s: code = %+v, %v, want it unused still", name, stored, err)
		}
	}
}

const otherClient = "16ec4na9av8011ibj9hskf9umf"

// addOther stores another app with every grant.
func (w *world) addOther() {
	w.t.Helper()
	other := w.app
	other.ClientID, other.Name, other.JWKS = otherClient, "Other", ""
	w.write(func(tx *db.Tx) error { return tx.InsertApp(w.t.Context(), other) })
}

// asOther turns a request into one of the other app, with its own credentials.
func (w *world) asOther(r *Request) {
	w.t.Helper()
	mine := w.app
	w.app.ClientID = otherClient
	r.ClientID = otherClient
	r.ClientSecret, _ = w.addSecret(time.Time{})
	w.app = mine
}

// RFC 6749 sections 4.1.2 and 10.5; COD-01.
func TestSecondUseOfACodeEndsWhatItGave(t *testing.T) {
	w := newFamilyWorld(t)
	req := w.codeRequest(w.newCode(nil, nil))
	first := w.mustToken(req)
	next := w.mustToken(w.refreshRequest(first.RefreshToken))
	w.now = w.now.Add(retryWindow)
	w.wantRefusal("the code a second time", req, InvalidGrant)
	w.wantLive("the first token", first.AccessToken, false)
	w.wantLive("the refreshed token", next.AccessToken, false)
	w.wantRefusal("its refresh token", w.refreshRequest(next.RefreshToken), InvalidGrant)
	w.wantRefusal("the code a third time", req, InvalidGrant)
	if n := w.auditCount("code.reused"); n != 1 {
		t.Errorf("audit events = %d, want 1", n)
	}
	w.wantLive("a new token", w.redeemCode().AccessToken, true)
}

// A second use counts as long as the portal remembers the first, also after the expiry; but only
// if it comes from the client itself.
func TestSecondUseCountsAfterTheExpiryTooButNotAnothersUse(t *testing.T) {
	w := newFamilyWorld(t)
	w.addOther()
	d := w.startDevice()
	w.answerDevice(d, db.DeviceCodeApproved)
	for name, c := range map[string]struct {
		req  Request
		wait time.Duration
	}{
		"code":          {w.codeRequest(w.newCode(nil, nil)), CodeLifetime},
		"device code":   {w.pollRequest(d.DeviceCode), DeviceLifetime},
		"refresh token": {w.refreshRequest(w.redeemCode().RefreshToken), RefreshIdle},
	} {
		used := w.mustToken(c.req)
		others := c.req
		w.asOther(&others)
		w.wantRefusal("another client's use of a "+name, others, InvalidGrant)
		w.wantLive("the token of the "+name, used.AccessToken, true)
		start, before := w.now, w.auditCount("code.reused")+w.auditCount("refresh.reused")
		w.now = start.Add(c.wait)
		w.wantRefusal("second use of a "+name+" after its expiry", c.req, InvalidGrant)
		w.now = start
		w.wantLive("the token of the "+name, used.AccessToken, false)
		if n := w.auditCount("code.reused") + w.auditCount("refresh.reused"); n != before+1 {
			t.Errorf("%s: audit events = %d, want %d", name, n, before+1)
		}
	}
}

// Somebody who finds a used code in a log or a history, without its verifier, can't revoke
// anybody's tokens with it.
func TestUsedCodeRevokesNothingWithoutItsVerifier(t *testing.T) {
	w := newFamilyWorld(t)
	w.makePublic()
	req := w.codeRequest(w.newCode(nil, nil))
	res := w.mustToken(req)
	req.CodeVerifier = strings.Repeat("a", 43)
	w.wantRefusal("used code, other verifier", req, InvalidGrant)
	w.wantLive("the token", res.AccessToken, true)
	if n := w.auditCount("code.reused"); n != 0 {
		t.Errorf("audit events = %d, want 0", n)
	}
}

// COD-03.
func TestCodeLives60Seconds(t *testing.T) {
	w := newFamilyWorld(t)
	req := w.codeRequest(w.newCode(nil, nil))
	start := w.now
	w.now = start.Add(CodeLifetime)
	w.wantRefusal("after 60 s", req, InvalidGrant)
	w.now = start.Add(CodeLifetime - time.Second)
	w.mustToken(req)
	if CodeLifetime != time.Minute {
		t.Errorf("CodeLifetime = %v, want 60 s", CodeLifetime)
	}
}

// tests/dialect/README.md (netrex): one-time access ends with the access token.
func TestOneTimeAccessHasNoRefreshToken(t *testing.T) {
	w := newFamilyWorld(t)
	w.app.Grants = []string{AuthorizationCode}
	w.saveApp()
	if res := w.redeemCode(); res.AccessToken == "" || res.RefreshToken != "" {
		t.Errorf("Token(one-time access) = %+v, want no refresh token", res)
	}
}

func TestDisabledPersonsCodeYieldsNoToken(t *testing.T) {
	w := newFamilyWorld(t)
	w.write(func(tx *db.Tx) error {
		return tx.InsertPerson(t.Context(), db.Person{ID: "bob", Email: "bob@example.com", Name: "Bob", DisabledAt: w.now})
	})
	w.wantRefusal("code of a disabled person", w.codeRequest(w.newCode(func(f *db.Family) { f.PersonID = "bob" }, nil)), InvalidGrant)
	if n, err := w.DB.CountTokens(t.Context(), w.app.ClientID, w.now); n != 0 || err != nil {
		t.Errorf("tokens of a disabled person = %d, %v, want 0", n, err)
	}
}

// If the secret is revoked between its check and the record, the code isn't consumed.
func TestSecretRevokedMeanwhileConsumesNoCode(t *testing.T) {
	w := newFamilyWorld(t)
	plain := w.newCode(nil, nil)
	f := &flow{Request: w.codeRequest(plain), now: w.now, client: db.Credential{ClientID: w.app.ClientID, Grants: w.app.Grants, Scopes: w.app.Scopes, Secret: w.row}}
	var err error
	if f.resolved, err = authorizationCode(t.Context(), w.Server, f); err != nil {
		t.Fatal(err)
	}
	w.write(func(tx *db.Tx) error { return tx.RevokeSecret(t.Context(), w.row.ID, w.app.ClientID, "Ann") })
	if res, err := w.issue(t.Context(), f, time.Hour); code(err) != InvalidClient || res.AccessToken != "" || res.RefreshToken != "" {
		t.Errorf("issue(secret revoked meanwhile) = %+v, %v, want no token, %s", res, err, InvalidClient)
	}
	stored, err := w.DB.Code(t.Context(), secret.HashToken(plain))
	if err != nil || !stored.ConsumedAt.IsZero() {
		t.Errorf("code = %+v, %v, want it unused", stored, err)
	}
}

// An authorization that is revoked between its check and the transaction yields no token.
func TestFamilyRevokedMeanwhileYieldsNoToken(t *testing.T) {
	w := newFamilyWorld(t)
	f := &flow{Request: w.codeRequest(w.newCode(nil, nil)), now: w.now, client: db.Credential{ClientID: w.app.ClientID, Grants: w.app.Grants, Scopes: w.app.Scopes, Secret: w.row}}
	var err error
	if f.resolved, err = authorizationCode(t.Context(), w.Server, f); err != nil {
		t.Fatal(err)
	}
	w.write(func(tx *db.Tx) error { _, err := tx.RevokeFamily(t.Context(), f.resolved.family.ID); return err })
	if res, err := w.issue(t.Context(), f, time.Hour); code(err) != InvalidGrant || res.AccessToken != "" || res.RefreshToken != "" {
		t.Errorf("issue(family revoked meanwhile) = %+v, %v, want no token, %s", res, err, InvalidGrant)
	}
	if n := w.auditCount("code.reused"); n != 0 {
		t.Errorf("audit events = %d, want 0: nobody used the code twice", n)
	}
}
