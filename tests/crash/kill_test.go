package crash

import (
	"database/sql"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver named "sqlite"

	"gatepost/tests/testapp"
)

// REL-01, REL-02: what was answered before a kill -9 holds after it.
func TestKillUnderLoadLosesNothingThatWasAnswered(t *testing.T) {
	t.Parallel()
	const cycles, workers, enough = 5, 8, 40
	app := testapp.New(t)
	team := app.AddTeam(t, "Acme")
	c := app.AddApp(t, team.ID, "Warehouse", "read", "apps:read", "apps:write")
	for cycle := range cycles {
		answered := make(chan struct{}, 100*enough)
		results := make([]answers, workers)
		token := app.Token(t, c)
		var load sync.WaitGroup
		for i := range workers {
			load.Go(func() { results[i] = ask(app, c, token, fmt.Sprintf("made %d %d", cycle, i), answered) })
		}
		for range enough {
			select {
			case <-answered:
			case <-time.After(time.Minute):
				t.Fatalf("fewer than %d answers in a minute", enough)
			}
		}
		app.Kill(t)
		load.Wait()
		started := time.Now()
		app.Start(t)
		if took := time.Since(started); took > 10*time.Second {
			t.Errorf("the start after a kill took %s, want at most 10 s", took)
		}
		checkDatabase(t, app.DB)
		for _, r := range results {
			if r.failed != "" {
				t.Error(r.failed)
			}
			for _, token := range r.tokens {
				if status := app.Me(t, token); status != http.StatusOK {
					t.Fatalf("a token that was answered before the kill: GET /api/v1/me = %d, want 200", status)
				}
			}
			for _, made := range r.apps {
				app.Token(t, made)
			}
		}
	}
}

// answers are what a worker got before the server was gone.
type answers struct {
	tokens []string
	apps   []testapp.Credentials
	failed string // an answer that is neither right nor cut off
}

// ask gets tokens, and now and then makes an app, until the server is gone.
func ask(app *testapp.App, c testapp.Credentials, token, name string, answered chan<- struct{}) (a answers) {
	client := testapp.Client{URL: app.URL}
	for n := 0; ; n++ {
		if n%10 == 9 {
			made, status, err := client.CreateApp(token, fmt.Sprintf("%s %d", name, n))
			if err != nil {
				return a
			}
			if status != http.StatusCreated {
				a.failed = fmt.Sprintf("POST /api/v1/apps under load = %d, want 201", status)
				return a
			}
			a.apps = append(a.apps, made)
		} else {
			got, status, err := client.Token(c)
			if err != nil {
				return a
			}
			if status != http.StatusOK {
				a.failed = fmt.Sprintf("POST /oauth2/token under load = %d, want 200", status)
				return a
			}
			a.tokens = append(a.tokens, got)
		}
		select {
		case answered <- struct{}{}:
		default:
		}
	}
}

func checkDatabase(t *testing.T, path string) {
	t.Helper()
	d, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=query_only(1)")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var verdict string
	if err := d.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("PRAGMA integrity_check = %q, %v, want ok", verdict, err)
	}
	rows, err := d.Query("PRAGMA foreign_key_check")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if rows.Next() {
		t.Error("PRAGMA foreign_key_check names a row without its parent")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// REL-07: two servers on one database share everything.
func TestTwoServersOnOneDatabase(t *testing.T) {
	t.Parallel()
	pg := testapp.StartPostgres(t)
	for name, options := range map[string][]testapp.Option{
		"sqlite":   nil,
		"postgres": {testapp.WithDatabase(pg.Database(t))},
	} {
		t.Run(name, func(t *testing.T) {
			one := testapp.New(t, options...)
			two := testapp.New(t, testapp.Beside(one))
			team := one.AddTeam(t, "Acme")
			c := two.AddApp(t, team.ID, "Warehouse", "read")
			keys := func(a *testapp.App) string {
				return a.Do(t, a.Request(t, http.MethodGet, "/.well-known/jwks.json", "")).Body
			}
			if a, b := keys(one), keys(two); a != b {
				t.Errorf("the key sets differ: %s and %s", a, b)
			}
			for from, to := range map[*testapp.App]*testapp.App{one: two, two: one} {
				if status := to.Me(t, from.Token(t, c)); status != http.StatusOK {
					t.Errorf("the other server's token: GET /api/v1/me = %d, want 200", status)
				}
			}
			// Both know the secret by now; a revocation by one holds at the other immediately.
			one.Run(t, "", "app", "revoke-secret", c.ClientID, c.ClientSecret[len(c.ClientSecret)-4:])
			for _, a := range []*testapp.App{one, two} {
				if r := a.RequestToken(t, c); r.Status != http.StatusUnauthorized {
					t.Errorf("POST /oauth2/token with a revoked secret = %d, want 401", r.Status)
				}
			}
		})
	}
}
