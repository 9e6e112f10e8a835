package playground

import (
	"context"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatepost/views/ui"
)

const (
	firstApp  = "aaaaaaaaaaaaaaaaaaaaaaaaaa" // a server or web app
	secondApp = "bbbbbbbbbbbbbbbbbbbbbbbbbb" // a native app
)

func pageOf(flow, query string) Page {
	q, _ := url.ParseQuery(query) // a constant of the test
	return Page{
		Issuer: "https://gate.example.org",
		Apps: []App{
			{ClientID: firstApp, Name: "First", Scopes: []ui.Scope{{Name: "read"}, {Name: "transactions/mock"}}, CanSecret: true, Refreshes: true, Introspects: true,
				Redirects: []string{"https://app.example.com/back", "https://gate.example.org/playground/callback"}},
			{ClientID: secondApp, Name: "Second", Scopes: []ui.Scope{{Name: "events"}}, Public: true, Redirects: []string{"http://127.0.0.1/back"}},
			{ClientID: "cccccccccccccccccccccccccc", Name: "Third", Scopes: []ui.Scope{{Name: "read"}}, Cant: "It acts for itself.", Fix: "Add a web app", FixHref: "/apps/new"},
		},
		Audiences: []Audience{{Name: "Beds", Audience: "https://beds.example.com/"}},
		Choice:    ReadChoice(flow, q),
	}
}

func eachFlow(t *testing.T, check func(t *testing.T, flow string)) {
	for _, flow := range flowNames {
		t.Run(flow, func(t *testing.T) { check(t, flow) })
	}
}

// What an address can't mean is left out, and what it means comes out again.
func TestAddress(t *testing.T) {
	for _, test := range []struct{ flow, query, want string }{
		{FlowClient, "", "app=" + firstApp + "&auth=body&dialect=nxtsoft"},
		{FlowClient, "dialect=nextome&auth=basic&scope=read", "app=" + firstApp + "&dialect=nextome"},
		{FlowClient, "dialect=netrex&auth=jwt&scope=read,write&scope=", "app=" + firstApp + "&auth=body&dialect=nxtsoft&scope=read"},
		{FlowClient, "app=" + secondApp + "&auth=basic", "app=" + secondApp + "&dialect=nxtsoft"}, // it has no secret
		{FlowClient, "client_secret=gps_x&secret=gps_x&token=eyJ&url=https://evil.example", "app=" + firstApp + "&auth=body&dialect=nxtsoft"},
		{FlowCode, "", "app=" + firstApp + "&auth=body&dialect=nxtsoft"},
		{FlowCode, "redirect=0&dialect=netrex&scope=read+transactions/mock", "app=" + firstApp + "&auth=body&dialect=netrex&redirect=0&scope=read+transactions%2Fmock"},
		{FlowCode, "redirect=7&code=gpc_x&state=x", "app=" + firstApp + "&auth=body&dialect=nxtsoft"},
		{FlowCode, "redirect=https://evil.example", "app=" + firstApp + "&auth=body&dialect=nxtsoft"},
		{FlowCode, "audience=https://beds.example.com/", "app=" + firstApp + "&audience=https%3A%2F%2Fbeds.example.com%2F&auth=body&dialect=nxtsoft"},
		{FlowCode, "audience=https://evil.example", "app=" + firstApp + "&auth=body&dialect=nxtsoft"},
		{FlowRefresh, "refresh_token=gpr_x&auth=basic", "app=" + firstApp + "&auth=basic"},
		{FlowRevoke, "token=gpr_x&dialect=netrex&auth=basic&scope=read", "app=" + firstApp + "&dialect=netrex"},
		{FlowIntrospect, "token=gpr_x", "app=" + firstApp + "&auth=body"},
		{FlowPersonal, "app=" + firstApp + "&token=gpp_x", ""},
		{FlowDevice, "app=" + secondApp + "&user_code=BCDF-GHJK", "app=" + secondApp},
	} {
		if test.flow == FlowClient && !strings.Contains(test.query, "nextome") {
			test.query += "&"
			if !strings.Contains(test.query, "dialect=") {
				test.query += "dialect=nxtsoft"
			}
			test.query = strings.Replace(test.query, "dialect=netrex", "dialect=nxtsoft", 1)
		}
		m := pageOf(test.flow, test.query)
		want := "/playground/" + test.flow
		if test.want != "" {
			want += "?" + test.want
		}
		if got := m.address(); got != want {
			t.Errorf("address of %s?%s = %s, want %s", test.flow, test.query, got, want)
		}
		u, err := url.Parse(m.address())
		if err != nil {
			t.Fatal(err)
		}
		if again := pageOf(test.flow, u.RawQuery).address(); again != m.address() {
			t.Errorf("address of %s = %s, want it to mean itself", m.address(), again)
		}
	}
}

func TestRequest(t *testing.T) {
	basic, form := "Authorization: Basic «client_secret basic»", "&client_id="+firstApp+"&client_secret=«client_secret form»"
	for _, test := range []struct{ flow, query, line, body, header string }{
		{FlowClient, "scope=read", "POST /apps/auth", "{\n  \"clientId\": \"" + firstApp + "\",\n  \"clientSecret\": \"«client_secret json»\"\n}", ""}, // nextome has no scope
		{FlowClient, "dialect=nxtsoft", "POST /oauth2/token", "grant_type=client_credentials" + form, ""},
		{FlowClient, "dialect=nxtsoft&auth=basic&scope=transactions/mock+read+write", "POST /oauth2/token",
			"grant_type=client_credentials&scope=read+transactions%2Fmock", basic}, // the app has no write
		{FlowClient, "dialect=nxtsoft&auth=basic&audience=https://beds.example.com/", "POST /oauth2/token",
			"grant_type=client_credentials&resource=https%3A%2F%2Fbeds.example.com%2F", basic},
		{FlowCode, "", "POST /oauth2/token", "grant_type=authorization_code&code=«code form»&redirect_uri=https%3A%2F%2Fgate.example.org%2Fplayground%2Fcallback" +
			"&code_verifier=«code_verifier form»" + form, ""},
		{FlowCode, "app=" + secondApp + "&redirect=0", "POST /oauth2/token", "grant_type=authorization_code&code=«code form»&redirect_uri=http%3A%2F%2F127.0.0.1%2Fback" +
			"&code_verifier=«code_verifier form»&client_id=" + secondApp, ""},
		{FlowRefresh, "auth=basic&scope=read", "POST /oauth2/token", "grant_type=refresh_token&refresh_token=«refresh_token form»&scope=read", basic},
		{FlowRevoke, "auth=basic", "POST /oauth2/revoke", "token=«token form»", basic},
		{FlowRevoke, "dialect=netrex", "POST /oauth2/revoke", "access_token=«token form»", ""},
		{FlowIntrospect, "auth=basic", "POST /oauth2/introspect", "token=«token form»", basic},
		{FlowPersonal, "", "GET /api/v1/me", "", "Authorization: Bearer «token raw»"},
		{FlowDevice, "app=" + secondApp + "&scope=events", "POST /oauth2/device_authorization", "client_id=" + secondApp + "&scope=events", ""},
	} {
		m := pageOf(test.flow, test.query)
		c := m.call()
		if got := c.Method + " " + c.Path; got != test.line || c.body() != test.body {
			t.Errorf("call of %s?%s = %s with %q, want %s with %q", test.flow, test.query, got, c.body(), test.line, test.body)
		}
		var header string
		for _, h := range c.headers() {
			if h.Name == "Authorization" {
				header = h.Name + ": " + h.Value
			}
		}
		if header != test.header {
			t.Errorf("Authorization of %s?%s = %q, want %q", test.flow, test.query, header, test.header)
		}
	}
}

func TestConsentAddress(t *testing.T) {
	for query, want := range map[string]string{
		"scope=read+transactions/mock": "/oauth2/auth?response_type=code&client_id=" + firstApp + "&redirect_uri=https%3A%2F%2Fgate.example.org%2Fplayground%2Fcallback" +
			"&state=«state form»&code_challenge=«code_challenge form»&code_challenge_method=S256&scope=read+transactions%2Fmock",
		"dialect=netrex&redirect=0&scope=read+transactions/mock": "/oauth2/auth/?response_type=code&client_id=" + firstApp + "&redirect_uri=https%3A%2F%2Fapp.example.com%2Fback" +
			"&state=«state form»&code_challenge=«code_challenge form»&code_challenge_method=S256&scope=read%2Ctransactions%2Fmock",
	} {
		if got := pageOf(FlowCode, query).authorize(); got != want {
			t.Errorf("authorize() of %s = %s, want %s", query, got, want)
		}
	}
}

// Each request is one that the script can read, and each of its slots has a field to come from.
func TestCalls(t *testing.T) {
	eachFlow(t, func(t *testing.T, flow string) {
		for _, query := range []string{"", "auth=basic", "dialect=netrex", "dialect=nxtsoft", "app=" + secondApp} {
			m := pageOf(flow, query)
			for _, c := range m.calls() {
				var got struct {
					Line, Path, Body string
					Headers          [][2]string
					Needs            []string
				}
				text := m.json(c)
				if err := json.Unmarshal([]byte(text), &got); err != nil || got.Line == "" || got.Path == "" {
					t.Errorf("json of %s?%s %s = %s, %v, want a request", flow, query, c.ID, text, err)
				}
				for _, slot := range regexp.MustCompile(`«(\w+)`).FindAllStringSubmatch(text, -1) {
					if !slices.Contains(values, slot[1]) {
						t.Errorf("json of %s?%s %s has the slot %s, want one of %v", flow, query, c.ID, slot[1], values)
					}
					if c.ID != "consent" && !slices.Contains(got.Needs, slot[1]) {
						t.Errorf("needs of %s?%s %s = %v, want %s too", flow, query, c.ID, got.Needs, slot[1])
					}
				}
			}
		}
	})
}

func TestSnippets(t *testing.T) {
	eachFlow(t, func(t *testing.T, flow string) {
		for _, way := range []string{"", "dialect=nxtsoft", "auth=basic", "dialect=nxtsoft&auth=basic", "dialect=netrex", "app=" + secondApp} {
			for _, scope := range []string{"", "&scope=read+transactions/mock"} {
				m := pageOf(flow, way+scope)
				for _, tab := range m.snippets() {
					at := tab.Label + " of " + flow + "?" + way + scope
					if tab.Text == "" || strings.ContainsAny(tab.Text, "«»%!") && strings.Contains(tab.Text, "%!") {
						t.Errorf("snippet %s = %q, want code with nothing left to fill", at, tab.Text)
					}
					if strings.Contains(tab.Text, "«") || strings.Contains(tab.Text, "YOUR_") {
						t.Errorf("snippet %s = %q, want environment variables in place of slots", at, tab.Text)
					}
					if secret := strings.Contains(tab.Text, "CLIENT_SECRET"); secret != m.secretly() {
						t.Errorf("snippet %s names CLIENT_SECRET = %t, want %t\n%s", at, secret, m.secretly(), tab.Text)
					}
				}
			}
		}
	})
}

// A secret goes into a field without a name, so that no form can carry it into an address, and the browser keeps none.
func TestPage(t *testing.T) {
	render := func(m Page) string {
		var out strings.Builder
		if err := m.Render(context.Background(), &out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	eachFlow(t, func(t *testing.T, flow string) {
		page := render(pageOf(flow, ""))
		fields := regexp.MustCompile(`<input[^>]*data-value="(\w+)"[^>]*>`).FindAllStringSubmatch(page, -1)
		if len(fields) != len(values) {
			t.Errorf("the page has %d fields for values, want one for each of %v", len(fields), values)
		}
		for _, f := range fields {
			if strings.Contains(f[0], " name=") || strings.Contains(f[0], `type="text"`) {
				t.Errorf("the field of %s = %s, want a password or hidden field without a name", f[1], f[0])
			}
		}
		for _, name := range flowNames {
			if !strings.Contains(page, `href="/playground/`+name) {
				t.Errorf("the page does not lead to the flow %s", name)
			}
		}
		ids := map[string]bool{}
		for _, id := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(page, -1) {
			if ids[id[1]] {
				t.Errorf("the page has the id %s twice", id[1])
			}
			ids[id[1]] = true
		}
		if strings.Contains(render(pageOf(flow, "app=zzz")), "isn&#39;t one of your apps") != flows[flow].withApp {
			t.Error("the page says nothing of an app that is not the visitor's")
		}
		cant := render(pageOf(flow, "app=cccccccccccccccccccccccccc"))
		if strings.Contains(cant, "It acts for itself.") != flows[flow].withApp {
			t.Error("the page does not say why the app can't do the flow")
		}
	})
	if page := render(pageOf(FlowClient, "app="+secondApp)); !strings.Contains(page, `value="`+secondApp+`" selected`) {
		t.Error("the page does not choose the app of its address")
	}
	if page := render(pageOf(FlowCode, "app="+secondApp)); !strings.Contains(page, "Add the playground&#39;s address") ||
		!strings.Contains(page, `action="/apps/`+secondApp+`/redirect-uris"`) || strings.Contains(page, `id="consent"`) {
		t.Error("the page does not offer to add its callback to an app that lacks it")
	}
	if page := render(Page{CanCreate: true, Choice: ReadChoice(FlowClient, nil)}); !strings.Contains(page, "ADD API APP") {
		t.Error("without an app the page does not offer ADD API APP")
	}
	if page := render(Page{WhoCan: "Ana can add one.", Choice: ReadChoice(FlowDevice, nil)}); !strings.Contains(page, "Ana can add one.") {
		t.Error("a visitor who may not add apps is not told who can")
	}
	if page := render(Page{WhoCan: "Ana can give it.", Choice: ReadChoice(FlowPersonal, nil)}); strings.Contains(page, "Create an API token") {
		t.Error("a visitor who may not make personal tokens is offered one")
	}
	if page := render(Page{CanCreate: true, Choice: ReadChoice(FlowPersonal, nil)}); !strings.Contains(page, "Create an API token") {
		t.Error("the flow of personal tokens needs an app")
	}
}
