package playground

import (
	"fmt"
	"strings"
)

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

const jsImports = `import { createHash, randomBytes } from "node:crypto";
import { createInterface } from "node:readline/promises";

`

const jsConsent = "const CODE_VERIFIER = randomBytes(32).toString(\"base64url\"), STATE = randomBytes(16).toString(\"base64url\");\n" +
	"const CODE_CHALLENGE = createHash(\"sha256\").update(CODE_VERIFIER).digest(\"base64url\");\n" +
	"console.log(`${ISSUER}%s`);\n" +
	"// a web app takes code and state from the request to its redirect URI, and compares state\n" +
	"const input = createInterface(process.stdin, process.stdout);\nconst CODE = await input.question(\"Code: \");\ninput.close();\n"
