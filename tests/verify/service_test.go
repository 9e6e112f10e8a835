package verify

import (
	"bufio"
	"cmp"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"gatepost/assets"
	"gatepost/tests/testapp"
)

// sample is a program of the page.
type sample struct {
	name, language, file string
	// missing says what to install for it, or nothing when all is there.
	missing func() string
	// command makes it ready in its folder and says how to start it.
	command func(t *testing.T, dir string) []string
	// everywhere: it needs nothing that the other tests don't.
	everywhere bool
	// calm says that strangers can't make it read the keys again and again.
	calm bool
}

var samples = []sample{
	{name: "Go", language: "go", file: "service.go", missing: nothing, command: goCommand, everywhere: true},
	{name: "Node", language: "js", file: "service.mjs", missing: missingNode, command: nodeCommand, everywhere: true, calm: true},
	{name: "Python", language: "python", file: "service.py", missing: missingPython, command: pythonCommand},
	{name: "Java", language: "java", file: "Service.java", missing: missingJDK, command: javaCommand, calm: true},
}

func nothing() string { return "" }

func goCommand(t *testing.T, dir string) []string {
	program := filepath.Join(dir, "service")
	build := exec.Command("go", "build", "-o", program, program+".go") // by this module's go.mod
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build service.go: %v\n%s", err, out)
	}
	return []string{program}
}

func missingNode() string {
	if _, err := exec.LookPath("node"); err != nil {
		return "Node.js: install it (Debian: sudo apt-get install nodejs npm), then type .ci/install"
	}
	if _, err := os.Stat("node_modules/jose"); err != nil {
		return "the packages of tests/verify/package-lock.json: type .ci/install, or cd tests/verify && npm ci"
	}
	return ""
}

func nodeCommand(t *testing.T, dir string) []string {
	modules, err := filepath.Abs("node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return []string{"node", filepath.Join(dir, "service.mjs")}
}

// python is the first Python that has PyJWT: that of the path may be another than the one for
// which Debian packages it.
var python = sync.OnceValue(func() string {
	for _, program := range []string{os.Getenv("PYTHON"), "python3", "/usr/bin/python3"} {
		if program != "" && exec.Command(program, "-c", "import jwt, cryptography").Run() == nil {
			return program
		}
	}
	return ""
})

func missingPython() string {
	if python() == "" {
		return `a Python with PyJWT (Debian: sudo apt-get install python3-jwt python3-cryptography; elsewhere: pip install "pyjwt[crypto]", and set PYTHON to its program)`
	}
	return ""
}

func pythonCommand(_ *testing.T, dir string) []string {
	return []string{python(), "-B", filepath.Join(dir, "service.py")}
}

// missingJDK asks for javac, since java can't run a source file without it.
var missingJDK = sync.OnceValue(func() string {
	version, _ := exec.Command("javac", "-version").CombinedOutput() // an error: there is none
	if !regexp.MustCompile(`^javac (1[7-9]|[2-9]\d)`).Match(version) {
		return "a JDK, version 17 or newer (Debian: sudo apt-get install default-jdk-headless)"
	}
	return ""
})

func javaCommand(_ *testing.T, dir string) []string {
	return []string{"java", "-XX:TieredStopAtLevel=1", filepath.Join(dir, "Service.java")} // starts sooner
}

// text is the program as the page of a portal shows it that signs by the algorithm.
func (s sample) text(t *testing.T, algorithm string) string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("testdata", s.file))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(source), "SIGNING_ALG", algorithm)
}

// without says what the sample needs that this machine has not got, empty when it can run.
// Where everything must run, the test fails.
func (s sample) without(t *testing.T) string {
	t.Helper()
	missing := s.missing()
	if missing != "" && (s.everywhere || os.Getenv("CI") != "") {
		t.Fatalf("this test needs %s", missing)
	}
	return missing
}

// service is a sample that runs.
type service struct {
	sample
	url    string
	log    *testapp.Log
	tokens []string
}

const (
	startsWithin = 2 * time.Minute // java compiles first
	// rotatesWithin is how soon a service must take a key that has just been published: the
	// samples fetch the keys every 5 seconds at most.
	rotatesWithin = time.Minute
)

var listening = regexp.MustCompile(`^listening on (http://127\.0\.0\.1:\d+)$`)

// start starts the service: it takes tokens of the issuer that are for the issuer itself.
func (s sample) start(t *testing.T, algorithm, issuer string) *service {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, s.file), []byte(s.text(t, algorithm)), 0o600); err != nil {
		t.Fatal(err)
	}
	args := s.command(t, dir)
	v := &service{sample: s, log: &testapp.Log{}}
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...) // ends with the test
	cmd.Env = append(os.Environ(), "ISSUER="+issuer, "AUDIENCE="+issuer, "PORT=0")
	cmd.Stderr = v.log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	first := make(chan string, 1)
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		lines := bufio.NewScanner(stdout)
		lines.Scan()
		first <- lines.Text()
		for lines.Scan() {
			fmt.Fprintln(v.log, lines.Text())
		}
	}()
	t.Cleanup(func() { // t.Context has ended by now
		<-drained
		cmd.Wait()
		v.checkLog(t)
	})
	select {
	case line := <-first:
		m := listening.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("the service printed %q, want where it listens\n%s", line, v.log)
		}
		v.url = m[1]
	case <-time.After(startsWithin):
		t.Fatalf("the service does not listen after %s\n%s", startsWithin, v.log)
	}
	return v
}

// checkLog looks for what a service must never log, and for a program that fell over.
func (v *service) checkLog(t *testing.T) {
	log := v.log.String()
	for _, token := range v.tokens {
		if strings.Contains(log, token) {
			t.Errorf("the service logged a token:\n%.2000s", log)
		}
	}
	for _, bad := range []string{"panic", "Traceback", "Exception in thread", "StackOverflow", "Unhandled"} {
		if at := strings.Index(log, bad); at >= 0 {
			t.Errorf("the service's log has %q:\n%.2000s", bad, log[at:])
		}
	}
}

// client asks the services. Its transport is its own: a server of httptest that ends closes the connections of the default one, whoever
// uses them.
var client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{}}

// call calls the service and gives the status, with the challenge of a refusal (RFC 6750
// section 3) or the body of a success.
func (v *service) call(t *testing.T, authorization string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	if _, token, _ := strings.Cut(authorization, " "); len(token) > 100 {
		v.tokens = append(v.tokens, token)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatalf("GET %s: %v\n%s", v.url, err, v.log)
	}
	defer res.Body.Close()
	line, _ := bufio.NewReader(res.Body).ReadString('\n') // a refusal has no body
	return strings.TrimSpace(fmt.Sprintf("%d %s", res.StatusCode, cmp.Or(res.Header.Get("WWW-Authenticate"), line)))
}

// What a service answers.
const (
	noToken      = `401 Bearer`
	invalid      = `401 Bearer error="invalid_token"`
	insufficient = `403 Bearer error="insufficient_scope", scope="read"`
)

func hello(clientID string) string { return "200 hello " + clientID }

// want calls the service with a token.
func (v *service) want(t *testing.T, what, token, want string) {
	t.Helper()
	if got := v.call(t, "Bearer "+token); got != want {
		t.Errorf("%s, a token %s = %s, want %s", v.name, what, got, want)
	}
}

// The page shows the programs of testdata, all of them, and no others.
func TestThePageShowsTheSamples(t *testing.T) {
	source, err := assets.FS.ReadFile("docs/verify.md")
	if err != nil {
		t.Fatal(err)
	}
	fences := regexp.MustCompile("(?ms)^```(\\w+) (\\w+)\n(.*?)^```$").FindAllStringSubmatch(string(source), -1)
	shown := map[string]string{}
	for _, m := range fences {
		shown[m[1]+" "+m[2]] = m[3]
	}
	for _, s := range samples {
		text, err := os.ReadFile(filepath.Join("testdata", s.file))
		if err != nil {
			t.Fatal(err)
		}
		name := s.language + " " + s.name
		if shown[name] != string(text) {
			t.Errorf("the page's code %q is not testdata/%s: copy the one that is right over the other", name, s.file)
		}
		delete(shown, name)
	}
	for name := range shown {
		if !strings.HasPrefix(name, "sh ") {
			t.Errorf("the page has the code %q, which no test runs", name)
		}
	}
}
