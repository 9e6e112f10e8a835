package testapp

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	startsWithin = 60 * time.Second
	endsWithin   = 60 * time.Second
)

// App is a running Gatepost.
type App struct {
	URL string // its issuer, without a slash at the end
	Dir string // its working folder; the database of SQLite is in it
	DB  string // what GATEPOST_DB says
	Log *Log   // everything that it printed, over restarts

	env     []string
	cmd     *exec.Cmd
	ended   <-chan error
	mu      sync.Mutex
	secrets []string
}

// Option changes how New starts an App.
type Option func(*App)

// WithEnv sets an environment variable, such as GATEPOST_SIGNING_ALG.
func WithEnv(name, value string) Option {
	return func(a *App) { a.env = append(a.env, name+"="+value) }
}

// WithDatabase sets GATEPOST_DB: a path, or the URL that Postgres.Database gave.
func WithDatabase(dsn string) Option { return func(a *App) { a.DB = dsn } }

// WithMailbox sends the portal's mails to m.
func WithMailbox(m *Mailbox) Option { return WithEnv("GATEPOST_SMTP_URL", m.URL) }

// Beside starts a second server on the first one's database and key, at another address.
func Beside(first *App) Option {
	return func(a *App) {
		a.DB, a.Dir = first.DB, first.Dir
		a.env = append(a.env, "GATEPOST_URL="+first.URL)
	}
}

// New starts a Gatepost with an empty database. When the test ends it is stopped as an
// operator would (SIGTERM); then its exit status must be 0, and its log must hold no data
// race, no panic, and nothing that was given to Secret.
func New(t testing.TB, options ...Option) *App {
	t.Helper()
	a := &App{Dir: t.TempDir(), Log: &Log{}}
	a.DB = filepath.Join(a.Dir, "data", "gatepost.db")
	address := freeAddress(t)
	a.URL = "http://" + strings.Replace(address, "127.0.0.1", "localhost", 1)
	a.env = []string{"GATEPOST_URL=" + a.URL, "GATEPOST_ADDR=" + address}
	for _, option := range options {
		option(a)
	}
	a.env = append(a.env, "GATEPOST_DB="+a.DB, "GATEPOST_KEY_FILE="+filepath.Join(a.Dir, "data", "gatepost.key"))
	t.Cleanup(func() {
		if a.cmd != nil {
			a.Stop(t)
		}
		a.checkLog(t)
	})
	a.Start(t)
	return a
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Start starts the server and waits until it is ready.
func (a *App) Start(t testing.TB) {
	t.Helper()
	a.cmd = a.Command(t, "serve")
	a.cmd.Stdout, a.cmd.Stderr = a.Log, a.Log
	if err := a.cmd.Start(); err != nil {
		t.Fatalf("gatepost serve: %v", err)
	}
	a.ended = inBackground(a.cmd.Wait)
	ready := "http://" + a.setting("GATEPOST_ADDR") + "/readyz"
	Until(t, startsWithin, "the server is ready", func() bool {
		select {
		case err := <-a.ended:
			a.cmd = nil
			t.Fatalf("gatepost serve ended at its start: %v\n%s", err, a.Log)
		default:
		}
		res, err := http.Get(ready)
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

// setting is the value of an environment variable of the server; of several the last.
func (a *App) setting(name string) (value string) {
	for _, pair := range a.env {
		if v, ok := strings.CutPrefix(pair, name+"="); ok {
			value = v
		}
	}
	return value
}

// atExit cuts the second for which a program with the race detector waits at its end, in case
// a race is still being reported: the tests start hundreds.
const atExit = "GORACE=atexit_sleep_ms=20"

// Command is the program with the server's settings, in its folder.
func (a *App) Command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(Binary(t), args...)
	cmd.Dir = a.Dir
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "GATEPOST_") {
			cmd.Env = append(cmd.Env, pair)
		}
	}
	cmd.Env = append(cmd.Env, atExit)
	cmd.Env = append(cmd.Env, a.env...)
	cmd.SysProcAttr = endWithParent(&syscall.SysProcAttr{}, syscall.SIGKILL)
	return cmd
}

// PID is the server's process id.
func (a *App) PID() int { return a.cmd.Process.Pid }

// Signal sends a signal to the server; Wait waits for its end.
func (a *App) Signal(t testing.TB, s syscall.Signal) {
	t.Helper()
	if err := a.cmd.Process.Signal(s); err != nil {
		t.Errorf("signal %v: %v", s, err)
	}
}

// Wait waits until the server has exited and returns its exit status, -1 after a signal.
func (a *App) Wait(t testing.TB) int {
	t.Helper()
	select {
	case <-a.ended:
	case <-time.After(endsWithin):
		a.cmd.Process.Kill()
		<-a.ended
		t.Errorf("gatepost did not end within %s", endsWithin)
	}
	status := a.cmd.ProcessState.ExitCode()
	a.cmd = nil
	return status
}

// Stop stops the server as an operator would; it must end with exit status 0.
func (a *App) Stop(t testing.TB) {
	t.Helper()
	a.Signal(t, syscall.SIGTERM)
	if status := a.Wait(t); status != 0 {
		t.Errorf("exit status after SIGTERM = %d, want 0; the log ends in:\n%s", status, a.Log.tail())
	}
}

// Kill ends the server as a crash would.
func (a *App) Kill(t testing.TB) {
	t.Helper()
	a.Signal(t, syscall.SIGKILL)
	a.Wait(t)
}

// Restart stops the server and starts it again on the same database and address.
func (a *App) Restart(t testing.TB) {
	t.Helper()
	a.Stop(t)
	a.Start(t)
}

// Run runs a command next to the server and returns what it printed; it must succeed.
func (a *App) Run(t testing.TB, stdin string, args ...string) string {
	t.Helper()
	cmd := a.Command(t, args...)
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = strings.NewReader(stdin), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("gatepost %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	return string(out)
}

// RunJSON is Run for a command with --json, whose one object it decodes into v.
func (a *App) RunJSON(t testing.TB, v any, args ...string) {
	t.Helper()
	out := a.Run(t, "", append(args, "--json")...)
	if err := json.Unmarshal([]byte(out), v); err != nil {
		t.Fatalf("gatepost %s printed no JSON: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// Secret notes what the server must never log.
func (a *App) Secret(s string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.secrets = append(a.secrets, s)
	return s
}

var ownerLink = regexp.MustCompile(`https?://\S+/activate/[A-Za-z0-9_-]+`)

// OwnerLink is the link that makes the first owner, as serve printed it last.
func (a *App) OwnerLink(t testing.TB) string {
	t.Helper()
	var links []string
	Until(t, startsWithin, "serve printed a link for the first owner", func() bool {
		links = ownerLink.FindAllString(a.Log.String(), -1)
		return len(links) > 0
	})
	return links[len(links)-1]
}

func (a *App) checkLog(t testing.TB) {
	t.Helper()
	log := a.Log.String()
	for _, bad := range []string{"WARNING: DATA RACE", "panic:", "goroutine 1 ["} {
		if at := strings.Index(log, bad); at >= 0 {
			t.Errorf("the server's log has %q:\n%s", bad, log[at:min(len(log), at+4000)])
		}
	}
	for _, s := range a.secrets {
		if at := strings.Index(log, s); at >= 0 {
			t.Errorf("the server's log has a secret: %s", log[max(0, at-200):min(len(log), at+len(s)+20)])
		}
	}
}

func (l *Log) tail() string {
	text := l.String()
	return text[max(0, len(text)-2000):]
}
