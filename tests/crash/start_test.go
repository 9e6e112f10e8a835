package crash

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

// REL-06, REL-16: a start that can't work fails immediately, with one line that says what to do.
func TestStartFailsWithOneLine(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	key := filepath.Join(app.Dir, "data", "gatepost.key")
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	foreign, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if foreign[0] == 'A' {
		foreign[0] = 'B'
	} else {
		foreign[0] = 'A'
	}
	open := write("open.key", string(foreign), 0o644)
	os.Chmod(open, 0o644)
	listening := strings.TrimPrefix(app.URL, "http://")
	for name, c := range map[string]struct {
		env  []string
		says []string
	}{
		"the data folder can't be written": {[]string{"GATEPOST_DB=" + filepath.Join(unwritable(t), "gatepost.db")}, []string{"database"}},
		"the data folder is a file":        {[]string{"GATEPOST_DB=" + filepath.Join(key, "gatepost.db")}, []string{"database"}},
		"the database is a folder":         {[]string{"GATEPOST_DB=" + dir}, []string{"database"}},
		"the database is another file":     {[]string{"GATEPOST_DB=" + write("text.db", strings.Repeat("not a database ", 500), 0o600)}, []string{"text.db"}},
		"PostgreSQL does not answer":       {[]string{"GATEPOST_DB=postgres://ana:hunter2@127.0.0.1:1/x"}, []string{"GATEPOST_DB", "PostgreSQL"}},
		"the key is another portal's":      {[]string{"GATEPOST_KEY_FILE=" + write("foreign.key", string(foreign), 0o600)}, []string{"GATEPOST_KEY_FILE"}},
		"the key is missing":               {[]string{"GATEPOST_KEY_FILE=" + filepath.Join(dir, "none.key")}, []string{"none.key", "missing"}},
		"the key is too short":             {[]string{"GATEPOST_KEY_FILE=" + write("short.key", "c2hvcnQ=\n", 0o600)}, []string{"short.key", "32 bytes"}},
		"others may read the key":          {[]string{"GATEPOST_KEY_FILE=" + open}, []string{"chmod 600"}},
		"the address is taken":             {[]string{"GATEPOST_ADDR=" + strings.Replace(listening, "localhost", "127.0.0.1", 1)}, []string{"GATEPOST_ADDR"}},
		"the address is not one":           {[]string{"GATEPOST_ADDR=8080"}, []string{"GATEPOST_ADDR", "host:port"}},
		"the URL has a path":               {[]string{"GATEPOST_URL=https://portal.example.com/x"}, []string{"GATEPOST_URL"}},
		"the URL has no scheme":            {[]string{"GATEPOST_URL=portal.example.com"}, []string{"GATEPOST_URL"}},
		"the algorithm is unknown":         {[]string{"GATEPOST_SIGNING_ALG=HS256"}, []string{"GATEPOST_SIGNING_ALG", "RS256"}},
		"the mail server is not a URL":     {[]string{"GATEPOST_SMTP_URL=mail.example.com"}, []string{"GATEPOST_SMTP_URL", "smtp://"}},
		"the proxies are not addresses":    {[]string{"GATEPOST_TRUSTED_PROXIES=proxy"}, []string{"GATEPOST_TRUSTED_PROXIES"}},
		"the log format is unknown":        {[]string{"GATEPOST_LOG_FORMAT=xml"}, []string{"GATEPOST_LOG_FORMAT", "json"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := app.Command(t, "serve")
			cmd.Env = append(cmd.Env, "GATEPOST_ADDR=127.0.0.1:0")
			cmd.Env = append(cmd.Env, c.env...)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			status := run(t, cmd)
			if status != 1 {
				t.Errorf("exit status = %d, want 1", status)
			}
			said := stderr.String()
			if !strings.HasPrefix(said, "gatepost: ") || strings.Count(said, "\n") != 1 {
				t.Errorf("standard error = %q, want one line", said)
			}
			for _, word := range c.says {
				if !strings.Contains(said, word) {
					t.Errorf("standard error = %q, want it to say %q", said, word)
				}
			}
			if strings.Contains(said, "hunter2") {
				t.Errorf("standard error tells the password: %q", said)
			}
			if strings.Contains(stdout.String(), "serves") {
				t.Errorf("standard output = %q, want nothing served", stdout.String())
			}
		})
	}
}

// run gives the exit status of a command that must end on its own.
func run(t *testing.T, cmd *exec.Cmd) int {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		cmd.Process.Kill()
		<-ended
		t.Fatal("it did not end on its own")
	}
	return cmd.ProcessState.ExitCode()
}

// unwritable is a folder in which nothing can be made, even by root.
func unwritable(t *testing.T) string {
	t.Helper()
	if os.Geteuid() == 0 {
		return "/sys/gatepost"
	}
	dir := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	return dir
}
