package oauth_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/secret"
)

// shapes are the requests in which a client authenticates.
var shapes = map[string]func(b *browser, id, clientSecret string) *http.Request{
	"client credentials":   inBody("/oauth2/token", "grant_type", "client_credentials"),
	"a code":               inBody("/oauth2/token", "grant_type", "authorization_code", "code", "x"),
	"a refresh token":      inBody("/oauth2/token", "grant_type", "refresh_token", "refresh_token", "gpr_x"),
	"a device code":        inBody("/oauth2/token", "grant_type", "urn:ietf:params:oauth:grant-type:device_code", "device_code", "gpd_x"),
	"revocation":           inBody("/oauth2/revoke", "token", "x"),
	"introspection":        inBody("/oauth2/introspect", "token", "x"),
	"device authorization": inBody("/oauth2/device_authorization"),
	"HTTP Basic": func(b *browser, id, clientSecret string) *http.Request {
		r := b.request("POST", "/oauth2/token", url.Values{"grant_type": {"client_credentials"}})
		r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(clientSecret))
		return r
	},
	"the query": func(b *browser, id, clientSecret string) *http.Request {
		q := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {clientSecret}}
		return b.request("POST", "/oauth2/token?"+q.Encode(), nil)
	},
	"nextome": func(b *browser, id, clientSecret string) *http.Request {
		body, _ := json.Marshal(map[string]string{"clientId": id, "clientSecret": clientSecret})
		r, _ := http.NewRequestWithContext(b.t.Context(), "POST", b.url+"/apps/auth", strings.NewReader(string(body)))
		r.Header.Set("Content-Type", "application/json")
		return r
	},
	"an assertion": func(b *browser, id, _ string) *http.Request {
		now := time.Now()
		claims, _ := json.Marshal(map[string]any{"iss": id, "sub": id, "aud": b.url, "jti": "1", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()})
		parts := [][]byte{[]byte(`{"alg":"ES256"}`), claims, make([]byte, 64)}
		text := make([]string, len(parts))
		for i, p := range parts {
			text[i] = base64.RawURLEncoding.EncodeToString(p)
		}
		return b.request("POST", "/oauth2/token", url.Values{
			"grant_type": {"client_credentials"}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {strings.Join(text, ".")},
		})
	},
}

func inBody(path string, pairs ...string) func(*browser, string, string) *http.Request {
	return func(b *browser, id, clientSecret string) *http.Request {
		form := url.Values{"client_id": {id}, "client_secret": {clientSecret}}
		for i := 0; i+1 < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return b.request("POST", path, form)
	}
}

var errorIDs = regexp.MustCompile(secret.ErrorIDPattern)

// seen is all that a caller can see of a response, without what differs each time.
func (a answer) seen() string {
	a.Header.Del("Date")
	a.Header.Del("X-Request-Id")
	return fmt.Sprint(a.StatusCode, a.Header, errorIDs.ReplaceAllString(a.body, "ERROR_ID"))
}

// TOK-04: a caller without a live secret gets the same bytes whether or not the client exists,
// whatever its kind, and whatever is wrong.
func TestStrangersLearnNothing(t *testing.T) {
	p := newPortal(t)
	b, operator := p.browser(), hub.OperatorActor()
	server := func(name string) app.Created {
		return p.app(operator, app.NewApp{TeamID: p.web.App.TeamID, Name: name})
	}
	one, keyed := server("One"), server("Keyed")
	keyed.App.AuthMethod, keyed.App.JWKS = db.AuthJWT, `{"keys":[]}`
	if err := p.db.Tx(t.Context(), func(tx *db.Tx) error { return tx.UpdateApp(t.Context(), keyed.App) }); err != nil {
		t.Fatal(err)
	}
	unknown, madeUp := strings.Repeat("z", 26), "gps_"+strings.Repeat("a", 40)
	wrong := map[string]string{
		"one that is made up": madeUp, "no secret at all": "hunter2", "another app's": one.Secret.Plain,
		"one with a newline": p.web.Secret.Plain + "\n", "half of one": p.web.Secret.Plain[:20],
	}
	for name, request := range shapes {
		want := b.do(request(b, unknown, madeUp)).seen()
		for what, clientSecret := range wrong {
			for who, id := range map[string]string{"nobody": unknown, "a web app": p.web.App.ClientID, "a native app": p.native.App.ClientID, "an app with keys": keyed.App.ClientID} {
				if got := b.do(request(b, id, clientSecret)).seen(); got != want {
					t.Errorf("%s of %s with %s =\n%s\nwant as of an unknown client\n%s", name, who, what, got, want)
				}
			}
		}
	}
	// Somebody with a revoked, expired or drilled secret sees no more than a stranger.
	ends := map[string]func(c app.Created) error{
		"revoked": func(c app.Created) error {
			return p.apps.RevokeSecret(t.Context(), operator, c.App.ClientID, c.Secret.ID, false)
		},
		"expired": func(c app.Created) error {
			return p.db.Tx(t.Context(), func(tx *db.Tx) error {
				return tx.ExpireSecret(t.Context(), c.Secret.ID, c.App.ClientID, time.Now().Add(-time.Minute), 0)
			})
		},
		"drilled": func(c app.Created) error {
			if _, _, err := p.apps.AddSecret(t.Context(), operator, c.App.ClientID, app.NewSecret{}); err != nil {
				return err
			}
			_, err := p.apps.StartDrill(t.Context(), operator, c.App.ClientID, c.Secret.ID, app.MinDrill)
			return err
		},
	}
	for how, end := range ends {
		c := server("App whose secret is " + how)
		if err := end(c); err != nil {
			t.Fatal(err)
		}
		for name, request := range shapes {
			want := b.do(request(b, unknown, madeUp)).seen()
			if got := b.do(request(b, c.App.ClientID, c.Secret.Plain)).seen(); got != want {
				t.Errorf("%s with a %s secret =\n%s\nwant as of an unknown client\n%s", name, how, got, want)
			}
		}
	}
}
