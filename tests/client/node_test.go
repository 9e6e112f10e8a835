package client

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

// portal is a server with an app of each kind: what the programs of testdata are told.
type portal struct {
	app                          *testapp.App
	owner                        *testapp.Person
	site, camera, server, signer testapp.Credentials
}

func newPortal(t *testing.T) *portal {
	t.Helper()
	p := &portal{app: testapp.New(t)}
	p.owner = p.app.Owner(t)
	p.site = p.owner.AddClient(t, "Site", "web")
	p.camera = p.owner.AddClient(t, "Camera", "native")
	p.server = p.owner.AddApp(t, "Server", "read")
	p.signer = p.owner.AddApp(t, "Signer", "read")
	p.save(t, p.server, "Server", "introspection", "team", "auth_method", "client_secret")
	return p
}

// save changes the settings of an app that acts for itself.
func (p *portal) save(t *testing.T, c testapp.Credentials, name string, more ...string) {
	t.Helper()
	form := url.Values{"name": {name}, "scopes": {"read"}, "token_lifetime": {"3600"}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	if r := p.owner.Post(t, "/apps/"+c.ClientID, form); r.Status != http.StatusSeeOther {
		t.Fatalf("saving %s = %d\n%.800s", name, r.Status, r.Body)
	}
}

// answer does what a program asks of a person.
func (p *portal) answer(t *testing.T, question, value string) string {
	t.Helper()
	switch question {
	case "allow", "deny":
		r := p.owner.Get(t, strings.TrimPrefix(value, p.app.URL))
		if r.Status == http.StatusOK {
			r = p.owner.Answer(t, r, question)
		}
		if code := r.Returned(t).Get("code"); code != "" {
			p.app.Secret(code)
		}
		return r.Location
	case "device":
		r := p.owner.Answer(t, p.owner.Post(t, "/device", url.Values{"user_code": {value}}), "allow")
		if r.Status != http.StatusOK {
			t.Fatalf("allowing a device = %d", r.Status)
		}
		return ""
	case "later": // more than the 2 s within which a code is retried
		p.app.Change(t, "UPDATE authorization_codes SET used_nanos = used_nanos - 2000000000 WHERE used_nanos > 0")
		return ""
	case "register":
		p.save(t, p.signer, "Signer", "auth_method", "private_key_jwt", "jwks", value)
		return ""
	}
	t.Fatalf("the program asks %q", question)
	return ""
}

// TestNodeClients runs the clients of npm, in the versions of package-lock.json, each in a
// program of testdata.
func TestNodeClients(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("this test needs Node.js: install it (Debian: sudo apt-get install nodejs npm), then type .ci/install")
	}
	if _, err := os.Stat("node_modules/.package-lock.json"); err != nil {
		t.Fatal("this test needs the packages of tests/client/package-lock.json: type .ci/install, or cd tests/client && npm ci")
	}
	for _, name := range []string{"oauth4webapi", "openid-client", "openid-client-workers", "simple-oauth2"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPortal(t)
			p.run(t, node, filepath.Join("testdata", name+".mjs"))
		})
	}
}

// python is the first Python that has PyJWT: that of the path may be another than the one for
// which Debian packages it.
func python() string {
	for _, program := range []string{os.Getenv("PYTHON"), "python3", "/usr/bin/python3"} {
		if program != "" && exec.Command(program, "-c", "import jwt, cryptography").Run() == nil {
			return program
		}
	}
	return ""
}

// TestAuthlibAssertion runs a program that signs what authlib does, with its default exp of an hour.
func TestAuthlibAssertion(t *testing.T) {
	program := python()
	if program == "" {
		t.Fatal(`this test needs a Python with PyJWT (Debian: sudo apt-get install python3-jwt python3-cryptography; elsewhere: pip install "pyjwt[crypto]", and set PYTHON to its program)`)
	}
	newPortal(t).run(t, program, filepath.Join("testdata", "authlib.py"))
}

const programLimit = 2 * time.Minute

// run runs a program to its end: each line that it prints is a question, or the result.
func (p *portal) run(t *testing.T, node, program string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), node, program)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	limit := time.AfterFunc(programLimit, func() { cmd.Process.Kill() })
	defer limit.Stop()
	defer func() {
		if t.Failed() {
			cmd.Process.Kill()
		}
	}()
	say := json.NewEncoder(stdin)
	if err := say.Encode(map[string]any{"issuer": p.app.URL, "redirect": testapp.Redirect, "site": p.site, "camera": p.camera, "server": p.server, "signer": p.signer}); err != nil {
		t.Fatal(err)
	}
	finished := false
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		var line struct {
			Question, Value string
			Result          json.RawMessage
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("%s printed %.100q", program, lines.Text())
		}
		if line.Result != nil {
			finished = true
			continue
		}
		if err := say.Encode(p.answer(t, line.Question, line.Value)); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); err != nil || !finished {
		t.Errorf("%s: %v, finished %t\n%.3000s", program, err, finished, stderr.String())
	}
}
