package grant

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// pair is a client's key with its JWK set.
func pair(seed byte, kid string) (ed25519.PrivateKey, string) {
	key := ed25519.NewKeyFromSeed(append(make([]byte, 31), seed))
	x := base64.RawURLEncoding.EncodeToString(key.Public().(ed25519.PublicKey))
	return key, fmt.Sprintf(`{"keys":[{"kty":"OKP","crv":"Ed25519","use":"sig","kid":%q,"x":%q}]}`, kid, x)
}

// assertion signs claims with a client's key.
func assertion(t *testing.T, key ed25519.PrivateKey, kid string, claims map[string]any) string {
	t.Helper()
	body, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	input := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"EdDSA","kid":"`+kid+`"}`)) + "." + base64.RawURLEncoding.EncodeToString(body)
	return input + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(key, []byte(input)))
}

// newAssertionWorld is a world whose app authenticates by private_key_jwt.
func newAssertionWorld(t *testing.T) (*world, ed25519.PrivateKey) {
	t.Helper()
	w := newFamilyWorld(t)
	key, set := pair(1, "k1")
	w.app.AuthMethod, w.app.JWKS = db.AuthJWT, set
	w.saveApp()
	return w, key
}

func (w *world) claims() map[string]any {
	return map[string]any{
		"iss": w.app.ClientID, "sub": w.app.ClientID, "aud": issuer, "jti": secret.ID(), "exp": w.now.Add(time.Minute).Unix(), "iat": w.now.Unix(),
	}
}

func (w *world) assertionRequest(assertion string) Request {
	req := w.request()
	req.ClientID, req.ClientSecret, req.AssertionType, req.Assertion = "", "", assertionType, assertion
	return req
}

// RFC 7523 section 3, RFC 7521 section 4.2; PKJ-01.
func TestAssertionAuthenticatesItsClientOnly(t *testing.T) {
	unix := func(w *world, d time.Duration) int64 { return w.now.Add(d).Unix() }
	for name, c := range map[string]struct {
		claims  func(*world, map[string]any)
		request func(*world, *Request)
		want    string
	}{
		"as it should be":           {},
		"the token endpoint as aud": {claims: func(_ *world, c map[string]any) { c["aud"] = issuer + "/oauth2/token" }},
		"aud in a list":             {claims: func(_ *world, c map[string]any) { c["aud"] = []string{issuer} }},
		"all our endpoints as aud": {claims: func(_ *world, c map[string]any) {
			c["aud"] = []string{issuer, issuer + "/oauth2/token", issuer + "/oauth2/introspect"}
		}},
		"with its client_id": {request: func(w *world, r *Request) { r.ClientID = w.app.ClientID }},
		"no iat":             {claims: func(_ *world, c map[string]any) { delete(c, "iat") }},
		"an hour ahead":      {claims: func(w *world, c map[string]any) { c["exp"] = unix(w, time.Hour) }},
		"expired 29 s ago":   {claims: func(w *world, c map[string]any) { c["exp"] = unix(w, -29*time.Second) }},
		"a clock that is ahead": {claims: func(w *world, c map[string]any) {
			c["iat"], c["nbf"] = unix(w, 30*time.Second), unix(w, 30*time.Second)
		}},
		"a long jti":                 {claims: func(_ *world, c map[string]any) { c["jti"] = strings.Repeat("x\x00", 500) }},
		"another audience":           {claims: func(_ *world, c map[string]any) { c["aud"] = "https://evil.example" }, want: InvalidClient},
		"aud with a slash":           {claims: func(_ *world, c map[string]any) { c["aud"] = issuer + "/" }, want: InvalidClient},
		"aud of another path":        {claims: func(_ *world, c map[string]any) { c["aud"] = issuer + "/oauth2/introspect" }, want: InvalidClient},
		"another audience beside":    {claims: func(_ *world, c map[string]any) { c["aud"] = []string{issuer, "https://evil.example"} }, want: InvalidClient},
		"a host that starts like us": {claims: func(_ *world, c map[string]any) { c["aud"] = []string{issuer, issuer + ".evil.example/oauth2/"} }, want: InvalidClient},
		"no aud":                     {claims: func(_ *world, c map[string]any) { delete(c, "aud") }, want: InvalidClient},
		"an empty aud":               {claims: func(_ *world, c map[string]any) { c["aud"] = []string{} }, want: InvalidClient},
		"no exp":                     {claims: func(_ *world, c map[string]any) { delete(c, "exp") }, want: InvalidClient},
		"expired":                    {claims: func(w *world, c map[string]any) { c["exp"] = unix(w, -30*time.Second) }, want: InvalidClient},
		"more than an hour ahead":    {claims: func(w *world, c map[string]any) { c["exp"] = unix(w, time.Hour+31*time.Second) }, want: InvalidClient},
		"exp in milliseconds":        {claims: func(w *world, c map[string]any) { c["exp"] = unix(w, 0) * 1000 }, want: InvalidClient},
		"exp as text":                {claims: func(w *world, c map[string]any) { c["exp"] = "soon" }, want: InvalidClient},
		"iat in the future":          {claims: func(w *world, c map[string]any) { c["iat"] = unix(w, 31*time.Second) }, want: InvalidClient},
		"nbf in the future":          {claims: func(w *world, c map[string]any) { c["nbf"] = unix(w, 31*time.Second) }, want: InvalidClient},
		"no jti":                     {claims: func(_ *world, c map[string]any) { delete(c, "jti") }, want: InvalidClient},
		"an empty jti":               {claims: func(_ *world, c map[string]any) { c["jti"] = "" }, want: InvalidClient},
		"no sub":                     {claims: func(_ *world, c map[string]any) { delete(c, "sub") }, want: InvalidClient},
		"no iss":                     {claims: func(_ *world, c map[string]any) { delete(c, "iss") }, want: InvalidClient},
		"iss of another client":      {claims: func(_ *world, c map[string]any) { c["iss"] = otherClient }, want: InvalidClient},
		"another client's":           {claims: func(_ *world, c map[string]any) { c["iss"], c["sub"] = otherClient, otherClient }, want: InvalidClient},
		"an unknown client's":        {claims: func(_ *world, c map[string]any) { c["iss"], c["sub"] = "nobody\x00", "nobody\x00" }, want: InvalidClient},
		"another client_id":          {request: func(_ *world, r *Request) { r.ClientID = otherClient }, want: InvalidClient},
		"cut":                        {request: func(_ *world, r *Request) { r.Assertion = r.Assertion[:len(r.Assertion)-4] }, want: InvalidClient},
		"nonsense":                   {request: func(_ *world, r *Request) { r.Assertion = "x" }, want: InvalidClient},
		"no assertion":               {request: func(_ *world, r *Request) { r.Assertion = "" }, want: InvalidRequest},
		"another type": {request: func(_ *world, r *Request) {
			r.AssertionType = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"
		}, want: InvalidRequest},
		"no type":                     {request: func(_ *world, r *Request) { r.AssertionType = "" }, want: InvalidRequest},
		"a secret beside":             {request: func(w *world, r *Request) { r.ClientID, r.ClientSecret = w.app.ClientID, w.secret }, want: InvalidRequest},
		"a secret in place of it":     {request: func(w *world, r *Request) { *r = w.request() }, want: InvalidClient},
		"only the client_id":          {request: func(w *world, r *Request) { *r = w.codeRequest(w.newCode(nil, nil)); r.ClientSecret = "" }, want: InvalidClient},
		"an app registered otherwise": {request: func(w *world, _ *Request) { w.app.AuthMethod = db.AuthSecret; w.saveApp() }, want: InvalidClient},
		"an app that is public":       {request: func(w *world, _ *Request) { w.app.AuthMethod = db.AuthNone; w.saveApp() }, want: InvalidClient},
		"an app without keys":         {request: func(w *world, _ *Request) { w.app.JWKS = ""; w.saveApp() }, want: InvalidClient},
		"an app with another key":     {request: func(w *world, _ *Request) { _, w.app.JWKS = pair(2, "k1"); w.saveApp() }, want: InvalidClient},
	} {
		w, key := newAssertionWorld(t)
		w.addOther()
		said := w.claims()
		if c.claims != nil {
			c.claims(w, said)
		}
		req := w.assertionRequest(assertion(t, key, "k1", said))
		if c.request != nil {
			c.request(w, &req)
		}
		if c.want != "" {
			w.wantRefusal(name, req, c.want)
		} else if _, err := w.Token(t.Context(), req); err != nil {
			t.Errorf("Token(%s) = %v, want nil", name, err)
		}
	}
}

// TOK-04 for assertions: only the log says what is wrong with one that no key of the client signed.
func TestEveryBadAssertionIsAnsweredAlike(t *testing.T) {
	w, key := newAssertionWorld(t)
	stranger, _ := pair(9, "k1")
	expired, unknown := w.claims(), w.claims()
	expired["exp"] = 1
	unknown["iss"], unknown["sub"] = otherClient, otherClient
	var first *Error
	for name, text := range map[string]string{
		"another's expired one": assertion(t, stranger, "k1", expired), "unknown client": assertion(t, key, "k1", unknown), "another's key": assertion(t, stranger, "k1", w.claims()),
		"unknown kid": assertion(t, key, "k2", w.claims()), "nonsense": "a.b.c",
	} {
		_, err := w.Token(t.Context(), w.assertionRequest(text))
		var e *Error
		if !errors.As(err, &e) || e.Code != InvalidClient || e.Status != 401 {
			t.Errorf("Token(%s) = %v, want a 401 %s", name, err, InvalidClient)
			continue
		}
		if first == nil {
			first = e
		}
		if e.Description != first.Description {
			t.Errorf("Token(%s) says %q, want %q as for all others", name, e.Description, first.Description)
		}
	}
}

// A client whose key signed the assertion has proved itself: it reads what is wrong, in the characters that
// RFC 6749 section 5.2 allows, and with nothing of the request in it.
func TestProvenClientIsToldWhatIsWrong(t *testing.T) {
	w, key := newAssertionWorld(t)
	w.addOther()
	replayed := assertion(t, key, "k1", w.claims())
	w.mustToken(w.assertionRequest(replayed))
	with := func(name string, value any) string {
		said := w.claims()
		said[name] = value
		if value == nil {
			delete(said, name)
		}
		return assertion(t, key, "k1", said)
	}
	in := func(d time.Duration) int64 { return w.now.Add(d).Unix() }
	for text, want := range map[string]string{
		replayed: "the assertion was sent before: each needs a new jti",
		with("exp", in(time.Hour+31*time.Second)):             "the assertion's exp is 1 h 1 min ahead: at most 1 h is accepted",
		with("exp", in(26*time.Hour)):                         "the assertion's exp is 1 d 2 h ahead: at most 1 h is accepted",
		with("exp", in(0)*1000):                               "the assertion's exp is more than a year ahead: at most 1 h is accepted",
		with("exp", in(-30*time.Second)):                      "the assertion expired 30 s ago: it was sent too late, or the caller's clock is slow",
		with("exp", in(-time.Hour)):                           "the assertion expired 1 h ago: it was sent too late, or the caller's clock is slow",
		with("iat", in(119*time.Second)):                      "the caller's clock is 1 min 59 s fast, judging by the assertion's iat or nbf",
		with("nbf", in(49*time.Hour+time.Second)):             "the caller's clock is 2 d 2 h fast, judging by the assertion's iat or nbf",
		with("exp", "soon"):                                   "a claim of the assertion has the wrong type: exp, iat and nbf are numbers, and iss, sub and jti are text",
		with("exp", nil):                                      "the assertion has no exp",
		with("jti", nil):                                      "the assertion has no jti",
		with("aud", "https://evil.example"):                   "the assertion's aud is not this portal, or not only this portal: write " + issuer,
		with("aud", []string{issuer, "https://evil.example"}): "the assertion's aud is not this portal, or not only this portal: write " + issuer,
		with("aud", nil):                                      "the assertion's aud is not this portal: write " + issuer,
		with("iss", "somebody"):                               "the assertion's iss and sub are not both the client_id",
	} {
		_, err := w.Token(t.Context(), w.assertionRequest(text))
		e := refusal(t, err)
		if want := "The client assertion is not valid: " + want + "."; e.Code != InvalidClient || e.Status != 401 || e.Description != want {
			t.Errorf("Token = %d %s %q, want a 401 %s %q", e.Status, e.Code, e.Description, InvalidClient, want)
		}
		if !e.Reason.Proven || e.Reason.ClientID != w.app.ClientID {
			t.Errorf("%s: reason = %+v, want it proven, of the app", want, e.Reason)
		}
		if strings.ContainsFunc(e.Description, func(c rune) bool { return c < ' ' || c > '~' || c == '"' || c == '\\' }) || strings.Contains(e.Description, "evil") {
			t.Errorf("description = %q, want no character that section 5.2 forbids, and nothing of the request", e.Description)
		}
	}
	req := w.assertionRequest(assertion(t, key, "k1", w.claims()))
	req.ClientID = otherClient
	if _, err := w.Token(t.Context(), req); !strings.Contains(refusal(t, err).Description, "from another client than the client_id") {
		t.Errorf("Token(another client_id) = %v, want it told", err)
	}
}

// A jti is remembered for as long as its assertion could be used.
func TestAssertionOfAnHourIsUsedOnce(t *testing.T) {
	w, key := newAssertionWorld(t)
	said := w.claims()
	said["exp"] = w.now.Add(time.Hour).Unix()
	req := w.assertionRequest(assertion(t, key, "k1", said))
	w.mustToken(req)
	start := w.now
	for _, later := range []time.Duration{time.Minute, 59 * time.Minute, time.Hour + 29*time.Second} {
		w.now = start.Add(later)
		if _, err := w.DB.Purge(t.Context(), 1000); err != nil {
			t.Fatal(err)
		}
		w.wantRefusal("the assertion again, "+later.String()+" later", req, InvalidClient)
	}
}

func TestExactDuration(t *testing.T) {
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		0: "0 s", time.Millisecond: "1 s", 59 * time.Second: "59 s", 59*time.Second + 1: "1 min", time.Minute: "1 min", 61 * time.Second: "1 min 1 s",
		time.Hour - 1: "1 h", time.Hour: "1 h", time.Hour + 1: "1 h 1 min", 119*time.Minute + 59*time.Second: "2 h", day: "1 d", day + time.Second: "1 d 1 h",
		day - time.Second: "1 d", 364*day + 23*time.Hour + 1: "365 d", 366 * day: "more than a year", 1<<63 - 1: "more than a year",
	} {
		if got := exactDuration(d); got != want {
			t.Errorf("exactDuration(%v) = %q, want %q", d, got, want)
		}
	}
}

// RFC 7523 section 3, item 7: a jti is used once, by whichever process and at whichever endpoint.
func TestAssertionIsUsedOnce(t *testing.T) {
	w, key := newAssertionWorld(t)
	said := w.claims()
	req := w.assertionRequest(assertion(t, key, "k1", said))
	other := w.process(secret.NewHasher(1, 0))
	won, lost := w.race(10, req, w.Server, other)
	if len(won) != 1 {
		t.Fatalf("winners = %d, want 1; the others got %v", len(won), lost)
	}
	for _, err := range lost {
		if code(err) != InvalidClient {
			t.Errorf("loser = %v, want %s", err, InvalidClient)
		}
	}
	said["exp"] = w.now.Add(5 * time.Minute).Unix()
	w.wantRefusal("another assertion with its jti", w.assertionRequest(assertion(t, key, "k1", said)), InvalidClient)

	// A stranger can't use up a jti of the client's.
	stranger, _ := pair(9, "k1")
	fresh := w.claims()
	w.wantRefusal("a stranger's", w.assertionRequest(assertion(t, stranger, "k1", fresh)), InvalidClient)
	w.mustToken(w.assertionRequest(assertion(t, key, "k1", fresh)))
}

// All grants and endpoints accept an assertion.
func TestAssertionWorksForEveryGrant(t *testing.T) {
	w, key := newAssertionWorld(t)
	fresh := func(req Request) Request {
		req.ClientSecret, req.AssertionType, req.Assertion = "", assertionType, assertion(t, key, "k1", w.claims())
		return req
	}
	res := w.mustToken(fresh(w.codeRequest(w.newCode(nil, nil))))
	w.mustToken(fresh(w.refreshRequest(res.RefreshToken)))
	d, err := w.StartDeviceAuthorization(t.Context(), fresh(w.request()))
	if err != nil {
		t.Fatalf("StartDevice(assertion) = %v, want nil", err)
	}
	w.wantRefusal("a poll", fresh(w.pollRequest(d.DeviceCode)), AuthorizationPending)
}
