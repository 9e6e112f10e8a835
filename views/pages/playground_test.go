package pages

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatepost/views/ui"
)

func playgroundOf(query string) Playground {
	q, _ := url.ParseQuery(query) // a constant of the test
	return Playground{
		Issuer: "https://gate.example.org",
		Apps: []PlaygroundApp{
			{ClientID: "aaaaaaaaaaaaaaaaaaaaaaaaaa", Name: "First", Scopes: []ui.Scope{{Name: "read"}, {Name: "transactions/mock"}}, CanSecret: true},
			{ClientID: "bbbbbbbbbbbbbbbbbbbbbbbbbb", Name: "Second", Scopes: []ui.Scope{{Name: "events"}}},
		},
		Choice: PlaygroundState(q),
	}
}

func TestPlaygroundState(t *testing.T) {
	for query, want := range map[string]PlaygroundChoice{
		"": {Dialect: Nextome, Auth: AuthBody},
		"app=x&dialect=nxtsoft&auth=basic&scope=read+events":   {App: "x", Dialect: Nxtsoft, Auth: AuthBasic, Scopes: []string{"read", "events"}},
		"dialect=netrex&auth=jwt&scope=read,events&scope=":     {Dialect: Nextome, Auth: AuthBody, Scopes: []string{"read", "events"}},
		"client_secret=gps_x&secret=gps_x&token=eyJ&scope=%20": {Dialect: Nextome, Auth: AuthBody},
	} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		got := PlaygroundState(q)
		if got.App != want.App || got.Dialect != want.Dialect || got.Auth != want.Auth || !slices.Equal(got.Scopes, want.Scopes) {
			t.Errorf("PlaygroundState(%q) = %+v, want %+v", query, got, want)
		}
	}
}

func TestPlaygroundRequest(t *testing.T) {
	for query, want := range map[string]tokenCall{
		"scope=read": { // nextome has no scope
			Path: "/apps/auth", Encode: "json",
			Body: "{\n  \"clientId\": \"aaaaaaaaaaaaaaaaaaaaaaaaaa\",\n  \"clientSecret\": \"CLIENT_SECRET_HERE\"\n}",
		},
		"dialect=nxtsoft": {
			Path: "/oauth2/token", Encode: "form",
			Body: "grant_type=client_credentials&client_id=aaaaaaaaaaaaaaaaaaaaaaaaaa&client_secret=CLIENT_SECRET_HERE",
		},
		"dialect=nxtsoft&auth=basic&scope=transactions/mock+read+write": { // the app has no write
			Path: "/oauth2/token", Encode: "basic",
			Body: "grant_type=client_credentials&scope=read+transactions%2Fmock",
		},
	} {
		got := playgroundOf(query).call()
		if got.Path != want.Path || got.Encode != want.Encode || got.Body != want.Body {
			t.Errorf("call of %q = %+v, want %+v", query, got, want)
		}
		var headers [][2]string
		if err := json.Unmarshal([]byte(got.headerJSON()), &headers); err != nil || len(headers) != len(got.Headers) {
			t.Errorf("headerJSON of %q = %s, want the %d headers", query, got.headerJSON(), len(got.Headers))
		}
		basic := slices.Contains(headers, [2]string{"Authorization", "Basic CLIENT_SECRET_HERE"})
		if basic != (want.Encode == "basic") {
			t.Errorf("headers of %q = %v, want Authorization only with HTTP Basic", query, headers)
		}
	}
}

func TestPlaygroundSnippets(t *testing.T) {
	for _, way := range []string{"", "dialect=nxtsoft", "dialect=nxtsoft&auth=basic"} {
		for _, scope := range []string{"", "&scope=read+transactions/mock"} {
			for _, tab := range playgroundOf(way + scope).snippets().Items {
				at := tab.Label + " of " + way + scope
				if tab.Text == "" || strings.Contains(tab.Text, "«") || strings.Contains(tab.Text, "\n?") {
					t.Errorf("snippet %s = %q, want code with nothing left to fill", at, tab.Text)
				}
				if !strings.Contains(tab.Text, "CLIENT_SECRET") {
					t.Errorf("snippet %s = %q, want the secret by its environment variable", at, tab.Text)
				}
				asked, can := strings.Contains(tab.Text, "read transactions/mock"), way != ""
				if asked != (can && scope != "") {
					t.Errorf("snippet %s: names the scopes = %t, want %t", at, asked, !asked)
				}
			}
		}
	}
}

func TestPlaygroundPage(t *testing.T) {
	render := func(m Playground) string {
		var out strings.Builder
		if err := m.Render(context.Background(), &out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if text := render(playgroundOf("app=bbbbbbbbbbbbbbbbbbbbbbbbbb")); !strings.Contains(text, `data-client="bbbbbbbbbbbbbbbbbbbbbbbbbb"`) {
		t.Error("the page does not choose the app of its address")
	}
	if text := render(playgroundOf("app=cccccccccccccccccccccccccc")); !strings.Contains(text, "is not one of yours") {
		t.Error("the page says nothing of an app that is not the visitor's")
	}
	// The field of the secret has no name, so that no form can carry it into an address.
	text := render(playgroundOf(""))
	at := strings.Index(text, `id="secret"`)
	field := text[at : strings.Index(text[at:], ">")+at]
	if strings.Contains(field, "name=") || !strings.Contains(field, `type="password"`) {
		t.Errorf("the secret's field = %s, want a password field without a name", field)
	}
	if text := render(Playground{CanCreate: true}); !strings.Contains(text, "ADD API APP") {
		t.Error("without an app the page does not offer ADD API APP")
	}
	if text := render(Playground{WhoCan: "Ana can add one."}); !strings.Contains(text, "Ana can add one.") {
		t.Error("a visitor who may not add apps is not told who can")
	}
}
