package playground

import (
	"fmt"
	"strings"
)

// golang is the flow in Go: by golang.org/x/oauth2 where it has the flow, and by net/http elsewhere.
func (s snippet) golang() string {
	switch {
	case s.Choice.Flow == FlowClient && s.Choice.Dialect == Nextome:
		return goNextome
	case s.Choice.Flow == FlowClient:
		return s.goConfig("clientcredentials.Config", "golang.org/x/oauth2 and its package clientcredentials") + "token, err := config.Token(ctx)"
	case s.Choice.Flow == FlowCode:
		return s.goConfig("oauth2.Config", "golang.org/x/oauth2") + strings.Replace(goCode, "OPTIONS", s.goOptions(), 1)
	case s.Choice.Flow == FlowRefresh:
		return s.goConfig("oauth2.Config", "golang.org/x/oauth2") + goRefresh
	case s.Choice.Flow == FlowDevice:
		return s.goConfig("oauth2.Config", "golang.org/x/oauth2") + strings.Replace(goDevice, "OPTIONS", s.goOptions(), 1)
	}
	return s.goRequest()
}

// goConfig is what x/oauth2 needs to know.
func (s snippet) goConfig(kind, from string) string {
	var out strings.Builder
	line := func(name, value string) { fmt.Fprintf(&out, "\t%-13s %s,\n", name+":", value) }
	indented := strings.HasPrefix(kind, "oauth2.")
	fmt.Fprintf(&out, "// %s\nconfig := %s{\n", from, kind)
	line("ClientID", `os.Getenv("CLIENT_ID")`)
	if !s.app().Public {
		line("ClientSecret", `os.Getenv("CLIENT_SECRET")`)
	}
	style := "oauth2.AuthStyleInParams"
	if s.Basic {
		style = "oauth2.AuthStyleInHeader"
	}
	if scopes := s.asked(); len(scopes) > 0 {
		list := make([]string, len(scopes))
		for i, name := range scopes {
			list[i] = quoted(name)
		}
		line("Scopes", "[]string{"+strings.Join(list, ", ")+"}")
	}
	if !indented {
		line("TokenURL", `os.Getenv("ISSUER") + "/oauth2/token"`)
		line("AuthStyle", style)
		if a := s.audience(); a != "" {
			fmt.Fprintf(&out, "\tEndpointParams: url.Values{\"resource\": {%q}},\n", a)
		}
		return out.String() + "}\n"
	}
	if s.Choice.Flow == FlowCode {
		line("RedirectURL", quoted(s.redirectURI()))
	}
	out.WriteString("\tEndpoint: oauth2.Endpoint{\n")
	inner := func(name, value string) { fmt.Fprintf(&out, "\t\t%-14s %s,\n", name+":", value) }
	switch s.Choice.Flow {
	case FlowCode:
		inner("AuthURL", `os.Getenv("ISSUER") + "/oauth2/auth"`)
	case FlowDevice:
		inner("DeviceAuthURL", `os.Getenv("ISSUER") + "/oauth2/device_authorization"`)
	}
	inner("TokenURL", `os.Getenv("ISSUER") + "/oauth2/token"`)
	inner("AuthStyle", style)
	return out.String() + "\t},\n}\n"
}

// goOptions ask for the audience.
func (s snippet) goOptions() string {
	if s.audience() == "" {
		return ""
	}
	return fmt.Sprintf(",\n\toauth2.SetAuthURLParam(%q, %q)", "resource", s.audience())
}

// goRequest is a request by net/http.
func (s snippet) goRequest() string {
	var out strings.Builder
	env := func(name string) string { return `os.Getenv("` + name + `")` }
	body := "nil"
	if s.Type != "" {
		out.WriteString("form := url.Values{\n")
		each(s.Params, env, quoted, func(name, value string) { fmt.Fprintf(&out, "\t%q: {%s},\n", name, value) })
		out.WriteString("}\n")
		body = "strings.NewReader(form.Encode())"
	}
	fmt.Fprintf(&out, "request, err := http.NewRequest(%q, os.Getenv(\"ISSUER\")+%q, %s)\nif err != nil {\n\treturn err\n}\n", s.Method, s.Path, body)
	if s.Type != "" {
		fmt.Fprintf(&out, "request.Header.Set(\"Content-Type\", %q)\n", s.Type)
	}
	if s.Basic {
		out.WriteString("request.SetBasicAuth(os.Getenv(\"CLIENT_ID\"), os.Getenv(\"CLIENT_SECRET\"))\n")
	}
	if s.Bearer != "" {
		fmt.Fprintf(&out, "request.Header.Set(\"Authorization\", \"Bearer \"+%s)\n", env(variable(s.Bearer)))
	}
	out.WriteString("answer, err := http.DefaultClient.Do(request)\nif err != nil {\n\treturn err\n}\ndefer answer.Body.Close()")
	return out.String()
}

const goNextome = `body, _ := json.Marshal(map[string]string{
	"clientId":     os.Getenv("CLIENT_ID"),
	"clientSecret": os.Getenv("CLIENT_SECRET"),
})
answer, err := http.Post(os.Getenv("ISSUER")+"/apps/auth",
	"application/json", bytes.NewReader(body))
if err != nil {
	return err
}
defer answer.Body.Close()
var token struct{ AccessToken string }
err = json.NewDecoder(answer.Body).Decode(&token)`

const goCode = `verifier, state := oauth2.GenerateVerifier(), rand.Text() // crypto/rand
fmt.Println(config.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier)OPTIONS))
// a web app takes code and state from the request to its redirect URI, and compares state
var code string
if _, err := fmt.Scan(&code); err != nil {
	return err
}
token, err := config.Exchange(ctx, code, oauth2.VerifierOption(verifier))`

const goRefresh = `// Each refresh gives a new refresh token: keep the last one.
source := config.TokenSource(ctx, &oauth2.Token{
	RefreshToken: os.Getenv("REFRESH_TOKEN"),
})
token, err := source.Token()`

const goDevice = `asked, err := config.DeviceAuth(ctxOPTIONS)
if err != nil {
	return err
}
fmt.Println("Open", asked.VerificationURI, "and type", asked.UserCode)
token, err := config.DeviceAccessToken(ctx, asked) // asks until there is an answer`
