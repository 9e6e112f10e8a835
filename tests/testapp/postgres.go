package testapp

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver named "pgx"
)

// Postgres is a PostgreSQL server of its own: a fresh cluster in a temporary folder that
// listens only on a socket in that folder.
type Postgres struct {
	dir   string
	count atomic.Int64
}

// StartPostgres makes a cluster and starts its server, which ends with the test. Under -short
// it skips the test. Otherwise a machine without PostgreSQL's programs fails the test with what
// to install.
func StartPostgres(t testing.TB) *Postgres {
	t.Helper()
	if testing.Short() {
		t.Skip("PostgreSQL is left out under -short")
	}
	initdb, postgres := postgresProgram(t, "initdb"), postgresProgram(t, "postgres")
	// Not t.TempDir(): a socket's path may have 107 characters at most.
	dir, err := os.MkdirTemp("", "gatepost-pg-")
	if err != nil {
		t.Fatalf("PostgreSQL: %v", err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	attr := unprivileged(t, dir)

	data := filepath.Join(dir, "data")
	create := exec.Command(initdb, "-D", data, "-U", "gatepost", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
	create.Dir, create.SysProcAttr = dir, attr
	if out, err := create.CombinedOutput(); err != nil {
		t.Fatalf("PostgreSQL: initdb: %v\n%s", err, out)
	}

	// A test's database need not outlive the machine: no fsync.
	server := exec.Command(postgres, "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=100")
	log := &Log{}
	server.Dir, server.Stdout, server.Stderr = dir, log, log
	server.SysProcAttr = endWithParent(attr, syscall.SIGQUIT)
	if err := server.Start(); err != nil {
		t.Fatalf("PostgreSQL: %v", err)
	}
	ended := inBackground(server.Wait)
	t.Cleanup(func() {
		server.Process.Signal(syscall.SIGQUIT) // exits immediately; its folder is removed too
		<-ended
	})
	p := &Postgres{dir: dir}
	p.waitUntilReady(t, ended, log)
	return p
}

// Engines are options for a server on each engine: SQLite, and PostgreSQL except under -short.
func Engines(t testing.TB) map[string][]Option {
	t.Helper()
	engines := map[string][]Option{"sqlite": nil}
	if !testing.Short() {
		engines["postgres"] = []Option{WithDatabase(StartPostgres(t).Database(t))}
	}
	return engines
}

func (p *Postgres) waitUntilReady(t testing.TB, ended <-chan error, log *Log) {
	t.Helper()
	db := p.open(t)
	defer db.Close()
	deadline := time.After(60 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if db.Ping() == nil {
			return
		}
		select {
		case err := <-ended:
			t.Fatalf("PostgreSQL ended at its start: %v\n%s", err, log)
		case <-deadline:
			t.Fatalf("PostgreSQL does not answer after 60 s\n%s", log)
		case <-tick.C:
		}
	}
}

// Database makes an empty database and returns its URL.
func (p *Postgres) Database(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test%d", p.count.Add(1))
	p.Exec(t, "CREATE DATABASE "+name)
	return p.url("gatepost", name)
}

// DatabaseOfOneConnection makes an empty database and returns a URL whose user may have only
// one connection to the server.
func (p *Postgres) DatabaseOfOneConnection(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test%d", p.count.Add(1))
	p.Exec(t, "CREATE ROLE "+name+" LOGIN CONNECTION LIMIT 1")
	p.Exec(t, "CREATE DATABASE "+name+" OWNER "+name)
	return p.url(name, name)
}

// Exec runs one statement as the cluster's superuser.
func (p *Postgres) Exec(t testing.TB, statement string) {
	t.Helper()
	db := p.open(t)
	defer db.Close()
	if _, err := db.ExecContext(context.Background(), statement); err != nil {
		t.Fatalf("PostgreSQL: %s: %v", statement, err)
	}
}

// WaitUntilLeft waits until nobody is connected to a database of this cluster: a server
// process outlives its connection for a moment, and counts until then.
func (p *Postgres) WaitUntilLeft(t testing.TB, databaseURL string) {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	db := p.open(t)
	defer db.Close()
	Until(t, 10*time.Second, "everybody has left the database", func() bool {
		var n int
		err := db.QueryRow("SELECT COUNT(*) FROM pg_stat_activity WHERE datname = $1", strings.TrimPrefix(u.Path, "/")).Scan(&n)
		return err == nil && n == 0
	})
}

func (p *Postgres) open(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", p.url("gatepost", "postgres"))
	if err != nil {
		t.Fatalf("PostgreSQL: %v", err)
	}
	return db
}

func (p *Postgres) url(user, name string) string {
	return fmt.Sprintf("postgres://%s@/%s?host=%s", user, name, url.QueryEscape(p.dir))
}

// postgresProgram finds one of PostgreSQL's programs, which Debian keeps off the PATH.
func postgresProgram(t testing.TB, name string) string {
	t.Helper()
	for _, pattern := range []string{os.Getenv("POSTGRES_BIN"), "/usr/lib/postgresql/*/bin",
		"/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin"} {
		found, _ := filepath.Glob(filepath.Join(pattern, name))
		if pattern != "" && len(found) > 0 {
			return found[len(found)-1] // the newest version
		}
	}
	program, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("this test needs PostgreSQL's %s: type .ci/install, or set POSTGRES_BIN to the folder that holds it", name)
	}
	return program
}

// unprivileged is how to start a program that refuses to run as root: as another user, to
// whom dir is given.
func unprivileged(t testing.TB, dir string) *syscall.SysProcAttr {
	t.Helper()
	if os.Geteuid() != 0 {
		return &syscall.SysProcAttr{}
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		account, err = user.Lookup("nobody")
	}
	if err != nil {
		t.Fatalf("PostgreSQL refuses to run as root, and there is no user postgres or nobody: %v", err)
	}
	uid, err1 := strconv.ParseUint(account.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(account.Gid, 10, 32)
	if err := cmp.Or(err1, err2, os.Chown(dir, int(uid), int(gid))); err != nil {
		t.Fatalf("PostgreSQL: %v", err)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}
