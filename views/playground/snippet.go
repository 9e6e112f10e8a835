package playground

import (
	"fmt"
	"slices"
	"strings"

	"gatepost/views/ui"
)

// snippets are the flow in four languages, by environment variables and never by values, whatever is pasted into the
// page. ISSUER, CLIENT_ID and CLIENT_SECRET are the names in the .env lines of the page that reveals a secret; a token
// or code has the name of its slot in capitals.
func (m Page) snippets() []ui.CodeTab {
	s := snippet{Page: m, call: m.call()}
	return []ui.CodeTab{
		{ID: "curl", Label: "curl", Text: s.curl()}, {ID: "js", Label: "JavaScript", Text: s.js()},
		{ID: "python", Label: "Python", Text: s.python()}, {ID: "go", Label: "Go", Text: s.golang()},
	}
}

// snippetTabs are parts of the page each, so that a new choice leaves the language as it is.
func (m Page) snippetTabs() ui.Tabs {
	t := ui.Tabs{ID: "snippet", Label: "The same request as code"}
	for _, tab := range m.snippets() {
		t.Items = append(t.Items, ui.Tab{ID: tab.ID, Label: tab.Label, Body: snippetPart(tab)})
	}
	return t
}

// snippet writes a request of the playground as code.
type snippet struct {
	Page
	call
}

// made are the slots that the code fills on its own, and those that it asks for while it runs.
func (s snippet) made() []string {
	if s.Choice.Flow == FlowCode {
		return []string{"code", "code_verifier"}
	}
	return nil
}

func variable(slot string) string { return strings.ToUpper(slot) }

// variables are the names in the environment apart from ISSUER.
func (s snippet) variables() (out []string) {
	named := func(p param) bool { return strings.EqualFold(strings.ReplaceAll(p.Name, "_", ""), "clientid") }
	if s.Basic || slices.ContainsFunc(s.Params, named) || s.Choice.Flow == FlowCode {
		out = append(out, "CLIENT_ID")
	}
	for _, slot := range s.slots() {
		if !slices.Contains(s.made(), slot) {
			out = append(out, variable(slot))
		}
	}
	return out
}

// each gives every parameter with the expression of its value: env of a variable, or the value in quotes.
func each(params []param, env func(name string) string, quote func(string) string, write func(name, value string)) {
	for _, p := range params {
		switch {
		case p.Slot != "":
			write(p.Name, env(variable(p.Slot)))
		case strings.EqualFold(strings.ReplaceAll(p.Name, "_", ""), "clientid"):
			write(p.Name, env("CLIENT_ID"))
		default:
			write(p.Name, quote(p.Value))
		}
	}
}

// exports set the variables in a shell; what is secret is read, so that it stays out of the shell's history.
func (s snippet) exports() string {
	out := "export ISSUER='" + s.Issuer + "'"
	var reads string
	for _, name := range s.variables() {
		if name == "CLIENT_ID" {
			out += " CLIENT_ID='" + s.app().ClientID + "'"
			continue
		}
		reads += "read -rs " + name + " && export " + name + "\n"
	}
	return out + "\n" + reads
}

func (s snippet) curl() string {
	out := s.exports()
	switch s.Choice.Flow {
	case FlowCode:
		out += fmt.Sprintf(curlConsent, s.query(func(name string) string { return "$" + name }))
	case FlowDevice:
		return out + curlOf(s.call) + "\n\n# show user_code, then ask every 5 seconds\nread -rs DEVICE_CODE && export DEVICE_CODE\n" + curlOf(s.poll())
	}
	return out + curlOf(s.call)
}

func curlOf(c call) string {
	lines := []string{`curl -sS "$ISSUER` + c.Path + `"`}
	if c.Bearer != "" {
		lines = append(lines, `-H "Authorization: Bearer $`+variable(c.Bearer)+`"`)
	}
	if c.Basic {
		lines = append(lines, `-u "$CLIENT_ID:$CLIENT_SECRET"`)
	}
	if c.Type == "application/json" {
		lines = append(lines, `-H 'Content-Type: application/json'`, `-d "{\"clientId\":\"$CLIENT_ID\",\"clientSecret\":\"$CLIENT_SECRET\"}"`)
		return strings.Join(lines, " \\\n  ")
	}
	shell := func(v string) string {
		if strings.ContainsAny(v, " :,/") {
			return "'" + v + "'"
		}
		return v
	}
	each(c.Params, func(name string) string { return `"$` + name + `"` }, shell, func(name, value string) {
		option := "-d "
		if value[0] == '\'' {
			option = "--data-urlencode "
		}
		lines = append(lines, option+name+"="+value)
	})
	return strings.Join(lines, " \\\n  ")
}

// query is the consent page's address, with the variables of a language.
func (s snippet) query(env func(name string) string) string {
	return strings.NewReplacer(
		"client_id="+s.app().ClientID, "client_id="+env("CLIENT_ID"), "«state form»", env("STATE"), "«code_challenge form»", env("CODE_CHALLENGE"),
	).Replace(s.authorize())
}

func (s snippet) poll() call {
	calls := s.calls()
	return calls[len(calls)-1]
}

func quoted(v string) string { return fmt.Sprintf("%q", v) }

func indent(text, by string) string { return by + strings.ReplaceAll(text, "\n", "\n"+by) }

const curlConsent = `CODE_VERIFIER=$(openssl rand -hex 32) STATE=$(openssl rand -hex 16)
CODE_CHALLENGE=$(printf %%s "$CODE_VERIFIER" | openssl dgst -sha256 -binary | openssl base64 -A | tr '+/' '-_' | tr -d '=')
echo "$ISSUER%s"
# open it, compare state, take the code out of the address that it leads to
read -rs CODE
`
