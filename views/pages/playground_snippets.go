package pages

import (
	"fmt"
	"slices"
	"strings"

	"gatepost/views/ui"
)

// snippets are the flow in four languages, by environment variables and never by values, whatever is pasted into the
// page. ISSUER, CLIENT_ID and CLIENT_SECRET are the names in the .env lines of the page that reveals a secret; a token
// or code has the name of its slot in capitals.
func (m Playground) snippets() []ui.CodeTab {
	s := snippet{Playground: m, call: m.call()}
	return []ui.CodeTab{
		{ID: "curl", Label: "curl", Text: s.curl()}, {ID: "js", Label: "JavaScript", Text: s.js()},
		{ID: "python", Label: "Python", Text: s.python()}, {ID: "go", Label: "Go", Text: s.golang()},
	}
}

// snippetTabs are parts of the page each, so that a new choice leaves the language as it is.
func (m Playground) snippetTabs() ui.Tabs {
	t := ui.Tabs{ID: "snippet", Label: "The same request as code"}
	for _, tab := range m.snippets() {
		t.Items = append(t.Items, ui.Tab{ID: tab.ID, Label: tab.Label, Body: playgroundSnippet(tab)})
	}
	return t
}

// snippet writes a request of the playground as code.
type snippet struct {
	Playground
	call
}

// made are the slots that the code fills by itself, and those that it asks for while it runs.
func (s snippet) made() []string {
	if s.Choice.Flow == FlowCode {
		return []string{"code", "code_verifier"}
	}
	return nil
}

func variable(slot string) string { return strings.ToUpper(slot) }

// variables are the names in the environment besides ISSUER.
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

func (s snippet) js() string {
	out := "const { " + strings.Join(append([]string{"ISSUER"}, s.variables()...), ", ") + " } = process.env;\n"
	switch s.Choice.Flow {
	case FlowCode:
		out = jsImports + out + fmt.Sprintf(jsConsent, s.query(func(name string) string { return "${" + name + "}" }))
	case FlowDevice:
		return out + jsOf(s.call, "asked") + "\nconst { device_code: DEVICE_CODE, user_code, verification_uri, interval } = await asked.json();\n" +
			"console.log(`Open ${verification_uri} and type ${user_code}`);\nlet token;\ndo {\n  await new Promise((go) => setTimeout(go, interval * 1000));\n" +
			indent(jsOf(s.poll(), "answer"), "  ") + "\n  token = await answer.json();\n} while (token.error === \"authorization_pending\");"
	}
	return out + jsOf(s.call, "answer") + "\n" + s.jsResult()
}

func (s snippet) jsResult() string {
	switch {
	case s.Fine == "token" && s.Choice.Dialect == Nextome:
		return "const { accessToken } = await answer.json();"
	case s.Choice.Flow == FlowClient:
		return "const { access_token } = await answer.json();"
	case s.Fine == "token":
		return "const { access_token, refresh_token } = await answer.json();"
	}
	return "console.log(answer.status, await answer.json());"
}

func jsOf(c call, result string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "const %s = await fetch(ISSUER + %q, {\n", result, c.Path)
	if c.Method != "GET" {
		fmt.Fprintf(&out, "  method: %q,\n", c.Method)
	}
	switch {
	case c.Bearer != "":
		fmt.Fprintf(&out, "  headers: { Authorization: \"Bearer \" + %s },\n", variable(c.Bearer))
	case c.Basic:
		out.WriteString("  headers: {\n    Authorization: \"Basic \" + btoa(CLIENT_ID + \":\" + CLIENT_SECRET),\n  },\n")
	case c.Type == "application/json":
		out.WriteString("  headers: { \"Content-Type\": \"application/json\" },\n")
	}
	if c.Type != "" {
		open, end := "new URLSearchParams({", "}),"
		if c.Type == "application/json" {
			open = "JSON.stringify({"
		}
		out.WriteString("  body: " + open + "\n")
		each(c.Params, func(name string) string { return name }, quoted, func(name, value string) {
			out.WriteString("    " + name + ": " + value + ",\n")
		})
		out.WriteString("  " + end + "\n")
	}
	return out.String() + "});"
}

func quoted(v string) string { return fmt.Sprintf("%q", v) }

func indent(text, by string) string { return by + strings.ReplaceAll(text, "\n", "\n"+by) }

func (s snippet) python() string {
	imports, env := []string{"json", "os"}, func(name string) string { return `os.environ["` + name + `"]` }
	packages := []string{"from urllib.parse import urlencode"}
	use := "urlopen"
	if s.Basic {
		imports = append([]string{"base64"}, imports...)
	}
	if s.Basic || s.Bearer != "" || s.Type == "application/json" {
		use = "Request, urlopen"
	}
	if s.Type != formType {
		packages = nil
	}
	var out string
	switch s.Choice.Flow {
	case FlowCode:
		imports = append(imports, "hashlib", "secrets")
		if !s.Basic {
			imports = append([]string{"base64"}, imports...)
		}
		out = fmt.Sprintf(pythonConsent, s.query(func(name string) string {
			if name == "CLIENT_ID" {
				return "{os.environ['CLIENT_ID']}"
			}
			return "{" + name + "}"
		}))
		env = func(name string) string {
			if slices.Contains(s.made(), strings.ToLower(name)) {
				return name
			}
			return `os.environ["` + name + `"]`
		}
	case FlowDevice:
		imports = append(imports, "time")
		poll := pythonOf(s.poll(), func(name string) string {
			if name == "DEVICE_CODE" {
				return `asked["device_code"]`
			}
			return `os.environ["` + name + `"]`
		}, "token = json.load(answer)")
		out = pythonOf(s.call, env, "asked = json.load(answer)") + pythonDevice + indent(poll, "        ") + pythonDeviceEnd
		use += "\nfrom urllib.error import HTTPError"
	}
	slices.Sort(imports)
	head := "import " + strings.Join(imports, ", ") + "\n" + strings.Join(append(packages, "from urllib.request import "+use), "\n") + "\n\n"
	if s.Choice.Flow == FlowDevice {
		return head + out
	}
	return head + out + pythonOf(s.call, env, s.pythonResult())
}

func (s snippet) pythonResult() string {
	switch {
	case s.Fine == "token" && s.Choice.Dialect == Nextome:
		return `token = json.load(answer)["accessToken"]`
	case s.Choice.Flow == FlowClient:
		return `token = json.load(answer)["access_token"]`
	case s.Fine == "token":
		return "token = json.load(answer)  # access_token, refresh_token"
	}
	return "print(answer.status, json.load(answer))"
}

func pythonOf(c call, env func(string) string, result string) string {
	var out strings.Builder
	if c.Basic {
		fmt.Fprintf(&out, "pair = %s + \":\" + %s\n", env("CLIENT_ID"), env("CLIENT_SECRET"))
	}
	open, header := "urlencode({", `"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()`
	if c.Type == "application/json" {
		open, header = "json.dumps({", `"Content-Type": "application/json"`
	}
	if c.Type != "" {
		out.WriteString("body = " + open + "\n")
		each(c.Params, env, quoted, func(name, value string) { fmt.Fprintf(&out, "    %q: %s,\n", name, value) })
		out.WriteString("})\n")
	}
	request := `os.environ["ISSUER"] + "` + c.Path + `"`
	if c.Type != "" {
		request += ", body.encode()"
	}
	if c.Bearer != "" {
		header = `"Authorization": "Bearer " + ` + env(variable(c.Bearer))
	}
	if c.Bearer != "" || c.Basic || c.Type == "application/json" {
		if c.Type == "" {
			request += ", headers="
		} else {
			request += ",\n    "
		}
		fmt.Fprintf(&out, "request = Request(\n    %s{%s},\n)\n", strings.Replace(request, ", headers=", ",\n    headers=", 1), header)
		request = "request"
	}
	fmt.Fprintf(&out, "with urlopen(%s) as answer:\n    %s", request, result)
	return out.String()
}

const curlConsent = `CODE_VERIFIER=$(openssl rand -hex 32) STATE=$(openssl rand -hex 16)
CODE_CHALLENGE=$(printf %%s "$CODE_VERIFIER" | openssl dgst -sha256 -binary | openssl base64 -A | tr '+/' '-_' | tr -d '=')
echo "$ISSUER%s"
# open it, compare state, take the code out of the address that it leads to
read -rs CODE
`

const jsImports = `import { createHash, randomBytes } from "node:crypto";
import { createInterface } from "node:readline/promises";

`

const jsConsent = "const CODE_VERIFIER = randomBytes(32).toString(\"base64url\"), STATE = randomBytes(16).toString(\"base64url\");\n" +
	"const CODE_CHALLENGE = createHash(\"sha256\").update(CODE_VERIFIER).digest(\"base64url\");\n" +
	"console.log(`${ISSUER}%s`);\n" +
	"// a web app takes code and state from the request to its redirect URI, and compares state\n" +
	"const input = createInterface(process.stdin, process.stdout);\nconst CODE = await input.question(\"Code: \");\ninput.close();\n"

const pythonConsent = `def text(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")

CODE_VERIFIER, STATE = secrets.token_urlsafe(32), secrets.token_urlsafe(16)
CODE_CHALLENGE = text(hashlib.sha256(CODE_VERIFIER.encode()).digest())
print(os.environ["ISSUER"] + f"%s")
# a web app takes code and state from the request to its redirect URI, and compares state
CODE = input("Code: ")

`

const pythonDevice = `
print("Open", asked["verification_uri"], "and type", asked["user_code"])
while True:
    time.sleep(asked["interval"])
    try:
`

const pythonDeviceEnd = `
        break
    except HTTPError as error:
        if json.load(error)["error"] != "authorization_pending":
            raise`
