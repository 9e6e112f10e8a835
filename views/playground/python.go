package playground

import (
	"fmt"
	"slices"
	"strings"
)

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
