package grant

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

const callback = "https://reader.example/callback"

// consentWorld is a world with a web app, a native app, and two signed-in people.
type consentWorld struct {
	*world
	web, native db.App
	ann, bob    Session
}

func newConsentWorld(t *testing.T) *consentWorld {
	t.Helper()
	w := &consentWorld{world: newWorld(t)}
	w.web = db.App{
		ClientID: secret.ID(), TeamID: "team", Name: "Web reader", Kind: "web", AuthMethod: db.AuthSecret,
		Grants: []string{AuthorizationCode, RefreshToken}, Scopes: []string{"read", "write", "events"},
		RedirectURIs: []string{callback}, TokenLifetime: time.Hour,
	}
	w.native = db.App{
		ClientID: secret.ID(), TeamID: "team", Name: "Phone reader", Kind: "native", AuthMethod: db.AuthNone,
		Grants: []string{AuthorizationCode, RefreshToken, DeviceCode}, Scopes: []string{"read", "events"},
		RedirectURIs: []string{"http://127.0.0.1/callback", "com.example.reader:/callback"}, TokenLifetime: time.Hour,
	}
	ann := db.Person{ID: "ann", Email: "ann@example.com", Name: "Ann"}
	bob := db.Person{ID: "bob", Email: "bob@example.com", Name: "Bob"}
	w.write(func(tx *db.Tx) error {
		return errors.Join(tx.InsertApp(t.Context(), w.web), tx.InsertApp(t.Context(), w.native),
			tx.InsertPerson(t.Context(), ann), tx.InsertPerson(t.Context(), bob))
	})
	w.app = w.web // for addSecret
	w.secret, w.row = w.addSecret(time.Time{})
	caller := db.Caller{Address: "203.0.113.9", UserAgent: "browser"}
	w.ann = Session{Person: ann, ID: "session-ann", AuthTime: w.now.Add(-time.Hour), Caller: caller}
	w.bob = Session{Person: bob, ID: "session-bob", AuthTime: w.now.Add(-time.Hour), Caller: caller}
	return w
}

// query returns a valid authorization request of an app, changed by pairs of name and value.
func (w *consentWorld) query(app db.App, pairs ...string) string {
	q := url.Values{
		"response_type": {"code"}, "client_id": {app.ClientID}, "redirect_uri": {app.RedirectURIs[0]}, "scope": {"read"},
		"state": {"st"}, "code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return q.Encode()
}

// checkQuery parses and checks a query.
func (w *consentWorld) checkQuery(query string) (CheckedRequest, error) {
	req, err := ParseAuthorizationRequest(query)
	if err != nil {
		return CheckedRequest{}, err
	}
	return w.CheckAuthorizationRequest(w.t.Context(), req)
}

// outcome returns what happened to a request: "page", "page redirect_uri", the code of an error
// that is redirected, or an empty string if it was accepted.
func outcome(err error) string {
	var page *Unredirectable
	var back *RedirectError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &page) && page.BadRedirectURI:
		return "page redirect_uri"
	case errors.As(err, &page):
		return "page"
	case errors.As(err, &back):
		return back.Refusal.Code
	}
	return err.Error()
}

func TestAuthorizationRequests(t *testing.T) {
	w := newConsentWorld(t)
	several := w.web
	several.ClientID, several.Name, several.RedirectURIs = secret.ID(), "Several", []string{callback, callback + "/two"}
	none := w.web
	none.ClientID, none.Name, none.RedirectURIs, none.Grants = secret.ID(), "None", nil, []string{ClientCredentials}
	noCode := w.web
	noCode.ClientID, noCode.Name, noCode.Grants = secret.ID(), "No code", []string{RefreshToken}
	scopeless := w.web
	scopeless.ClientID, scopeless.Name, scopeless.Scopes = secret.ID(), "No scopes", nil
	w.write(func(tx *db.Tx) error {
		ctx := t.Context()
		return errors.Join(tx.InsertApp(ctx, several), tx.InsertApp(ctx, none), tx.InsertApp(ctx, noCode), tx.InsertApp(ctx, scopeless),
			tx.InsertAPI(ctx, db.API{ID: "api", Name: "Meters", Audience: "https://meters.example"}),
			tx.UpdateAPI(ctx, db.API{ID: "api", Name: "Meters", Audience: "https://meters.example", Scopes: []string{"meters", "read"}}))
	})
	good := w.query(w.web)
	with := func(pairs ...string) string { return w.query(w.web, pairs...) }
	native := func(pairs ...string) string { return w.query(w.native, pairs...) }
	for name, c := range map[string]struct{ query, want string }{
		"RFC 6749 4.1.1: a good request":                  {good, ""},
		"Netrex's document: no PKCE, scopes by comma":     {with("scope", "read,write", "code_challenge", "", "code_challenge_method", "", "state", ""), ""},
		"RFC 6749 3.1: unknown parameters are ignored":    {with("prompt", "none", "nonce", "n", "display", "popup"), ""},
		"RFC 6749 3.1: empty means left out":              {with("response_mode", "", "request", "", "scope", ""), ""},
		"response_mode query":                             {with("response_mode", "query"), ""},
		"RFC 6749 3.1.2.3: one redirect may be left out":  {with("redirect_uri", ""), ""},
		"RFC 6749 3.1.2.3: one of several may not":        {w.query(several, "redirect_uri", ""), "page redirect_uri"},
		"RFC 8252 7.3: any port of a loopback address":    {native("redirect_uri", "http://127.0.0.1:49152/callback"), ""},
		"RFC 8252 7.1: a private-use scheme":              {native("redirect_uri", "com.example.reader:/callback"), ""},
		"RFC 8707 2: a resource that is known":            {with("resource", "https://meters.example"), ""},
		"RFC 8707 2: the portal itself with another":      {good + "&resource=https%3A%2F%2Fmeters.example&resource=" + url.QueryEscape(issuer), "invalid_target"},
		"AUT-01: no client":                               {with("client_id", ""), "page"},
		"AUT-01: unknown client":                          {with("client_id", "zzzzzzzzzzzzzzzzzzzzzzzzzz"), "page"},
		"AUT-01: no client id at all":                     {with("client_id", "' OR 1=1 --"), "page"},
		"AUT-01: unregistered redirect":                   {with("redirect_uri", "https://evil.example/"), "page redirect_uri"},
		"AUT-01: an app without redirects":                {w.query(w.web, "client_id", none.ClientID), "page redirect_uri"},
		"AUT-02: a slash more":                            {with("redirect_uri", callback+"/"), "page redirect_uri"},
		"AUT-02: a query more":                            {with("redirect_uri", callback+"?x=1"), "page redirect_uri"},
		"AUT-02: a fragment more":                         {with("redirect_uri", callback+"#x"), "page redirect_uri"},
		"AUT-02: dot segments":                            {with("redirect_uri", "https://reader.example/x/../callback"), "page redirect_uri"},
		"AUT-02: escaped":                                 {with("redirect_uri", "https://reader.example/c%61llback"), "page redirect_uri"},
		"AUT-02: user info":                               {with("redirect_uri", "https://reader.example@evil.example/callback"), "page redirect_uri"},
		"AUT-02: host suffix":                             {with("redirect_uri", "https://reader.example.evil.example/callback"), "page redirect_uri"},
		"AUT-02: case":                                    {with("redirect_uri", "https://reader.example/Callback"), "page redirect_uri"},
		"AUT-02: another port":                            {with("redirect_uri", "https://reader.example:8443/callback"), "page redirect_uri"},
		"AUT-02: javascript":                              {with("redirect_uri", "javascript:alert(1)//"+callback), "page redirect_uri"},
		"AUT-02: CR LF":                                   {with("redirect_uri", callback+"\r\nX: y"), "page redirect_uri"},
		"AUT-02: loopback port of another path":           {native("redirect_uri", "http://127.0.0.1:49152/other"), "page redirect_uri"},
		"AUT-02: localhost for 127.0.0.1":                 {native("redirect_uri", "http://localhost:49152/callback"), "page redirect_uri"},
		"AUT-04: client twice":                            {good + "&client_id=x", "page"},
		"AUT-04: first good then evil redirect":           {good + "&redirect_uri=https%3A%2F%2Fevil.example", "page"},
		"AUT-04: scope twice":                             {good + "&scope=read", "invalid_request"},
		"AUT-04: state twice":                             {good + "&state=other", "invalid_request"},
		"AUT-04: response_type twice":                     {good + "&response_type=code", "invalid_request"},
		"AUT-04: unknown twice":                           {good + "&x=1&x=2", "invalid_request"},
		"AUT-05: no response type":                        {with("response_type", ""), "invalid_request"},
		"AUT-05: token":                                   {with("response_type", "token"), "unsupported_response_type"},
		"AUT-05: id_token token":                          {with("response_type", "id_token token"), "unsupported_response_type"},
		"AUT-05: code token":                              {with("response_type", "code token"), "unsupported_response_type"},
		"AUT-05: CODE":                                    {with("response_type", "CODE"), "unsupported_response_type"},
		"AUT-05: fragment":                                {with("response_mode", "fragment"), "invalid_request"},
		"AUT-05: form_post":                               {with("response_mode", "form_post"), "invalid_request"},
		"AUT-07: public client without a challenge":       {native("code_challenge", "", "code_challenge_method", ""), "invalid_request"},
		"AUT-08, RFC 7636 4.3: plain":                     {with("code_challenge_method", "plain"), "invalid_request"},
		"AUT-08: no method":                               {with("code_challenge_method", ""), "invalid_request"},
		"AUT-08: unknown method":                          {with("code_challenge_method", "S512"), "invalid_request"},
		"AUT-08: s256":                                    {with("code_challenge_method", "s256"), "invalid_request"},
		"AUT-08: short challenge":                         {with("code_challenge", challenge[1:]), "invalid_request"},
		"AUT-08: long challenge":                          {with("code_challenge", challenge+"A"), "invalid_request"},
		"AUT-08: base64 challenge":                        {with("code_challenge", strings.Replace(challenge, "-", "+", 1)), "invalid_request"},
		"AUT-08: method without a challenge":              {with("code_challenge", ""), "invalid_request"},
		"AUT-14, RFC 9101: request":                       {with("request", "eyJhbGciOiJub25lIn0.e30."), "request_not_supported"},
		"AUT-14, RFC 9101: request_uri":                   {with("request_uri", "http://169.254.169.254/"), "request_uri_not_supported"},
		"RFC 6749 4.1.2.1: a scope that the app lacks":    {with("scope", "read apps:write"), "invalid_scope"},
		"RFC 6749 3.3: malformed scope":                   {with("scope", "re\"ad"), "invalid_scope"},
		"RFC 6749 3.3: nothing but separators":            {with("scope", " , "), "invalid_scope"},
		"an app without scopes":                           {w.query(scopeless, "scope", ""), "invalid_scope"},
		"RFC 6749 4.1.2.1: an app without the grant":      {w.query(noCode), "unauthorized_client"},
		"RFC 8707 2: unknown resource":                    {with("resource", "https://other.example"), "invalid_target"},
		"RFC 8707 2: resource with a fragment":            {with("resource", "https://meters.example#x"), "invalid_target"},
		"RFC 8707 2: relative resource":                   {with("resource", "meters"), "invalid_target"},
		"not well encoded":                                {good + "&x=%zz", "page"},
		"not UTF-8":                                       {good + "&x=%ff", "page"},
		"NUL":                                             {with("state", "a\x00b"), "page"},
		"too long":                                        {with("x", strings.Repeat("x", MaxAuthorizationRequest)), "page"},
		"state too long":                                  {with("state", strings.Repeat("x", MaxState+1)), "page"},
		"no query":                                        {"", "page"},
		"MAX state":                                       {with("state", strings.Repeat("x", MaxState)), ""},
		"RFC 9700 4.11.2: an evil redirect and bad scope": {with("redirect_uri", "https://evil.example/", "scope", "bad"), "page redirect_uri"},
	} {
		_, err := w.checkQuery(c.query)
		if got := outcome(err); got != c.want {
			t.Errorf("%s: CheckAuthorizationRequest = %q, want %q", name, got, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "evil") {
			t.Errorf("%s: CheckAuthorizationRequest echoes the request: %v", name, err)
		}
	}
}

func TestValidRequestIsParsed(t *testing.T) {
	w := newConsentWorld(t)
	a, err := w.checkQuery(w.query(w.web, "scope", "write, read write", "redirect_uri", ""))
	if err != nil || a.App.ClientID != w.web.ClientID || a.RedirectURI != callback || a.RedirectGiven || a.State != "st" ||
		a.CodeChallenge != challenge || !slices.Equal(a.Scopes, []string{"write", "read"}) || !slices.Equal(a.Audiences, []string{issuer}) {
		t.Errorf("CheckAuthorizationRequest() = %+v, %v, want write and read for the one redirect, which was not given", a, err)
	}
	a, err = w.checkQuery(w.query(w.web, "scope", ""))
	if err != nil || !slices.Equal(a.Scopes, w.web.Scopes) || !a.RedirectGiven {
		t.Errorf("CheckAuthorizationRequest(no scope) = %v, %t, %v, want all of the app's and a given redirect", a.Scopes, a.RedirectGiven, err)
	}
}

// AUT-06, RFC 9207 section 2: errors keep the state byte for byte, and name the issuer.
func TestErrorsAreSentBackWithStateAndIssuer(t *testing.T) {
	w := newConsentWorld(t)
	for _, state := range []string{"st", "a b+c&d=e%20f", `{"x":"ü<\">\\"}`, "1\r\n2", "=", "%"} {
		_, err := w.checkQuery(w.query(w.web, "response_type", "token", "state", state))
		var back *RedirectError
		if !errors.As(err, &back) {
			t.Fatalf("CheckAuthorizationRequest(response_type token) = %v, want *RedirectError", err)
		}
		u, parseErr := url.Parse(w.ErrorResponseURI(back))
		q := u.Query()
		if parseErr != nil || !strings.HasPrefix(u.String(), callback+"?") || q.Get("state") != state || q.Get("iss") != issuer ||
			q.Get("error") != "unsupported_response_type" || q.Has("code") || u.Fragment != "" || strings.ContainsAny(w.ErrorResponseURI(back), "\r\n <>\"") {
			t.Errorf("ErrorResponseURI(state %q) = %q, %v, want the callback with the error, that state and iss", state, u, parseErr)
		}
	}
	_, err := w.checkQuery(w.query(w.web) + "&state=other")
	var back *RedirectError
	if !errors.As(err, &back) || strings.Contains(w.ErrorResponseURI(back), "state=") {
		t.Errorf("CheckAuthorizationRequest(state twice) = %v, want an error that is sent back without a state", err)
	}
}
