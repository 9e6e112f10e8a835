package dialect

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// SEE-08: there is one store of tokens: what one dialect gave, each other can introspect and
// revoke.
func TestEveryDialectKnowsEveryToken(t *testing.T) {
	t.Parallel()
	app := testapp.New(t, testapp.WithEnv("GATEPOST_LOG_FORMAT", "json")) // whose lines must hold no secret either
	owner := app.Owner(t)
	own := owner.AddApp(t, "Own tokens", "read")
	site := owner.AddClient(t, "Site", "web")
	save := func(c testapp.Credentials, name string, more url.Values) {
		form := url.Values{"name": {name}, "scopes": {"read"}, "token_lifetime": {"3600"}, "auth_method": {"client_secret"}}
		for key, values := range more {
			form[key] = values
		}
		if r := owner.Post(t, "/apps/"+c.ClientID, form); r.Status != http.StatusSeeOther {
			t.Fatalf("saving %s = %d\n%.600s", name, r.Status, r.Body)
		}
	}
	save(own, "Own tokens", url.Values{"introspection": {"team"}})
	save(site, "Site", url.Values{"redirect_uris": {testapp.Redirect}, "access": {"unlimited"}, "query_parameters": {"on"}})

	withSecret := func(c testapp.Credentials, name, value string) url.Values {
		return url.Values{"client_id": {c.ClientID}, "client_secret": {c.ClientSecret}, name: {value}}
	}
	type issued struct {
		client testapp.Credentials
		token  string
	}
	ways := map[string]func(*testing.T) issued{
		"nextome": func(t *testing.T) issued { return issued{own, app.NextomeToken(t, own)} },
		"nxtsoft": func(t *testing.T) issued { return issued{own, app.Token(t, own)} },
		"netrex": func(t *testing.T) issued {
			code := owner.Code(t, testapp.AuthorizePath(site, ""))
			q := withSecret(site, "code", code)
			q.Set("grant_type", "authorization_code")
			q.Set("redirect_uri", testapp.Redirect)
			return issued{site, app.Tokens(t, app.PostForm(t, "/oauth2/token?"+q.Encode(), nil)).AccessToken}
		},
		"the page": func(t *testing.T) issued {
			return issued{own, owner.AddToken(t, "Laptop", "read")}
		},
		"the code grant": func(t *testing.T) issued { return issued{site, owner.Authorize(t, site).AccessToken} },
	}
	revocations := map[string]func(*testing.T, issued) *testapp.Answer{
		"RFC 7009": func(t *testing.T, i issued) *testapp.Answer {
			return app.PostForm(t, "/oauth2/revoke", withSecret(i.client, "token", i.token))
		},
		"netrex in the query": func(t *testing.T, i issued) *testapp.Answer {
			return app.PostForm(t, "/oauth2/revoke?access_token="+i.token, nil)
		},
		"netrex in the body": func(t *testing.T, i issued) *testapp.Answer {
			return app.PostForm(t, "/oauth2/revoke", url.Values{"access_token": {i.token}})
		},
		"the page": func(t *testing.T, i issued) *testapp.Answer {
			list := "/apps/" + i.client.ClientID + "/tokens"
			if strings.HasPrefix(i.token, "gpp_") {
				list = "/account/tokens"
			}
			_, id, _ := strings.Cut(owner.Get(t, list).Body, list+"/") // the newest
			id, _, _ = strings.Cut(id, "/")
			r := owner.Post(t, list+"/"+id+"/revoke", nil)
			r.Status -= http.StatusSeeOther - http.StatusOK
			return r
		},
	}
	active := func(t *testing.T, token string) bool {
		var answer struct{ Active bool }
		app.PostForm(t, "/oauth2/introspect", withSecret(own, "token", token)).JSON(t, &answer)
		return answer.Active
	}
	for from, get := range ways {
		for by, revoke := range revocations {
			t.Run(fmt.Sprintf("%s revoked by %s", from, by), func(t *testing.T) {
				token := get(t)
				if !active(t, token.token) || app.Me(t, token.token) != http.StatusOK {
					t.Error("the token is not active before")
				}
				if r := revoke(t, token); r.Status != http.StatusOK {
					t.Errorf("the revocation = %d %.300s, want 200", r.Status, r.Body)
				}
				if active(t, token.token) || app.Me(t, token.token) != http.StatusUnauthorized {
					t.Error("the token is active afterwards")
				}
			})
		}
	}
}
