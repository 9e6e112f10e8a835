package pages

import (
	"strings"

	"gatepost/views/ui"
)

// snippets are the same request in four languages, by environment variables and never by values, whatever is pasted
// into the page. ISSUER, CLIENT_ID and CLIENT_SECRET are the names in the .env lines of the page that reveals a secret.
func (m Playground) snippets() ui.CodeTabs {
	kind := m.Choice.Dialect
	if kind == Nxtsoft {
		kind = m.Choice.Auth
	}
	fill := strings.NewReplacer("«issuer»", m.Issuer, "«id»", m.app().ClientID, "«scope»", m.asked())
	tab := func(id, label string) ui.CodeTab {
		return ui.CodeTab{ID: id, Label: label, Text: fill.Replace(pick(snippetTexts[id+" "+kind], m.asked() != ""))}
	}
	return ui.CodeTabs{ID: "snippet", Label: "The same request as code", Items: []ui.CodeTab{
		tab("curl", "curl"), tab("js", "JavaScript"), tab("python", "Python"), tab("go", "Go"),
	}}
}

// pick leaves out the lines about scopes, which start with "?", when none is asked for.
func pick(text string, scoped bool) string {
	var out []string
	for _, line := range strings.Split(text, "\n") {
		if rest, about := strings.CutPrefix(line, "?"); !about {
			out = append(out, line)
		} else if scoped {
			out = append(out, rest)
		}
	}
	return strings.Join(out, "\n")
}

const exports = `export ISSUER='«issuer»' CLIENT_ID='«id»'
read -rs CLIENT_SECRET && export CLIENT_SECRET
`

// snippetTexts are keyed by language and by dialect or, for nxtsoft, the way to send the credentials.
var snippetTexts = map[string]string{
	"curl nextome": exports + `curl -sS "$ISSUER/apps/auth" \
  -H 'Content-Type: application/json' \
  -d "{\"clientId\":\"$CLIENT_ID\",\"clientSecret\":\"$CLIENT_SECRET\"}"`,

	"curl body": exports + `curl -sS "$ISSUER/oauth2/token" \
?  -d scope='«scope»' \
  -d grant_type=client_credentials \
  -d client_id="$CLIENT_ID" \
  -d client_secret="$CLIENT_SECRET"`,

	"curl basic": exports + `curl -sS "$ISSUER/oauth2/token" \
?  -d scope='«scope»' \
  -u "$CLIENT_ID:$CLIENT_SECRET" \
  -d grant_type=client_credentials`,

	"js nextome": `const { ISSUER, CLIENT_ID, CLIENT_SECRET } = process.env;
const answer = await fetch(ISSUER + "/apps/auth", {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
  }),
});
const { accessToken } = await answer.json();`,

	"js body": `const { ISSUER, CLIENT_ID, CLIENT_SECRET } = process.env;
const answer = await fetch(ISSUER + "/oauth2/token", {
  method: "POST",
  body: new URLSearchParams({
    grant_type: "client_credentials",
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
?    scope: "«scope»",
  }),
});
const { access_token } = await answer.json();`,

	"js basic": `const { ISSUER, CLIENT_ID, CLIENT_SECRET } = process.env;
const answer = await fetch(ISSUER + "/oauth2/token", {
  method: "POST",
  headers: {
    Authorization: "Basic " + btoa(CLIENT_ID + ":" + CLIENT_SECRET),
  },
  body: new URLSearchParams({
    grant_type: "client_credentials",
?    scope: "«scope»",
  }),
});
const { access_token } = await answer.json();`,

	"python nextome": `import json, os
from urllib.request import Request, urlopen

body = json.dumps({
    "clientId": os.environ["CLIENT_ID"],
    "clientSecret": os.environ["CLIENT_SECRET"],
})
request = Request(
    os.environ["ISSUER"] + "/apps/auth", body.encode(),
    {"Content-Type": "application/json"},
)
with urlopen(request) as answer:
    token = json.load(answer)["accessToken"]`,

	"python body": `import json, os
from urllib.parse import urlencode
from urllib.request import urlopen

body = urlencode({
    "grant_type": "client_credentials",
    "client_id": os.environ["CLIENT_ID"],
    "client_secret": os.environ["CLIENT_SECRET"],
?    "scope": "«scope»",
})
with urlopen(os.environ["ISSUER"] + "/oauth2/token", body.encode()) as answer:
    token = json.load(answer)["access_token"]`,

	"python basic": `import base64, json, os
from urllib.parse import urlencode
from urllib.request import Request, urlopen

pair = os.environ["CLIENT_ID"] + ":" + os.environ["CLIENT_SECRET"]
body = urlencode({
    "grant_type": "client_credentials",
?    "scope": "«scope»",
})
request = Request(
    os.environ["ISSUER"] + "/oauth2/token", body.encode(),
    {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()},
)
with urlopen(request) as answer:
    token = json.load(answer)["access_token"]`,

	"go nextome": `body, _ := json.Marshal(map[string]string{
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
err = json.NewDecoder(answer.Body).Decode(&token)`,

	"go body": goNxtsoft + `	AuthStyle:    oauth2.AuthStyleInParams,
}
token, err := config.Token(ctx)`,

	"go basic": goNxtsoft + `	AuthStyle:    oauth2.AuthStyleInHeader,
}
token, err := config.Token(ctx)`,
}

const goNxtsoft = `// golang.org/x/oauth2 and its package clientcredentials
config := clientcredentials.Config{
	ClientID:     os.Getenv("CLIENT_ID"),
	ClientSecret: os.Getenv("CLIENT_SECRET"),
	TokenURL:     os.Getenv("ISSUER") + "/oauth2/token",
?	Scopes:       strings.Fields("«scope»"),
`
