package crash

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

// acknowledged is what the load was answered, over all workers.
type acknowledged struct {
	mu      sync.Mutex
	tokens  []string
	revoked []string
	apps    []testapp.Credentials
	failed  string
}

func (a *acknowledged) add(fn func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	fn()
}

func (a *acknowledged) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.tokens) + len(a.revoked) + len(a.apps)
}

// REL-13: a backup that is made under load has everything that was answered before it began, and is a whole database.
func TestBackupUnderLoad(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team := app.AddTeam(t, "Acme")
	c := app.AddApp(t, team.ID, "Warehouse", "read", "apps:read", "apps:write")
	old := app.AddApp(t, team.ID, "Old", "read")
	app.Run(t, "", "app", "revoke-secret", old.ClientID, old.ClientSecret[len(old.ClientSecret)-4:])
	bearer := app.Token(t, c)

	var got acknowledged
	stop := make(chan struct{})
	var load sync.WaitGroup
	for worker := range 4 {
		load.Go(func() { work(app, c, bearer, worker, &got, stop) })
	}
	testapp.Until(t, 2*time.Minute, "sixty answers came", func() bool { return got.count() >= 60 })

	got.mu.Lock()
	tokens, revoked, apps := slices.Clone(got.tokens), slices.Clone(got.revoked), slices.Clone(got.apps)
	got.mu.Unlock()
	file := filepath.Join(t.TempDir(), "backup.db")
	app.Run(t, "", "backup", file)
	meanwhile := got.count()
	testapp.Until(t, time.Minute, "the server answers after the backup", func() bool { return got.count() > meanwhile })
	close(stop)
	load.Wait()
	if got.failed != "" {
		t.Error(got.failed)
	}

	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the backup = %v, want 0600", info.Mode())
	}
	checkDatabase(t, file)
	restored := testapp.New(t, testapp.Beside(app), testapp.WithDatabase(file))
	for _, token := range tokens {
		if status := restored.Me(t, token); status != http.StatusOK {
			t.Fatalf("a token that was answered before the backup: GET /api/v1/me = %d, want 200", status)
		}
	}
	for _, token := range revoked {
		if status := restored.Me(t, token); status != http.StatusUnauthorized {
			t.Fatalf("a token that was revoked before the backup: GET /api/v1/me = %d, want 401", status)
		}
	}
	for _, made := range apps {
		restored.Token(t, made)
	}
	if r := restored.RequestToken(t, old); r.Status != http.StatusUnauthorized {
		t.Errorf("POST /oauth2/token with a secret that was revoked before the backup = %d, want 401", r.Status)
	}
	restored.Run(t, "", "audit", "verify")
	revokeAll(t, restored, tokens[0], apps[0])
}

// REL-14: a token that was revoked since the backup lives again with it, until all are ended.
func revokeAll(t *testing.T, restored *testapp.App, token string, app testapp.Credentials) {
	t.Helper()
	restored.Run(t, "", "revoke-all")
	if status := restored.Me(t, token); status != http.StatusUnauthorized {
		t.Errorf("after revoke-all: GET /api/v1/me = %d, want 401", status)
	}
	if status := restored.Me(t, restored.Token(t, app)); status != http.StatusOK {
		t.Errorf("with a token of after revoke-all: GET /api/v1/me = %d, want 200", status)
	}
}

// work gets tokens, revokes some, and makes apps.
func work(app *testapp.App, c testapp.Credentials, bearer string, worker int, got *acknowledged, stop <-chan struct{}) {
	client := testapp.Client{URL: app.URL}
	fail := func(what string, status int, err error) {
		got.add(func() { got.failed = fmt.Sprintf("%s under load = %d, %v", what, status, err) })
	}
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		default:
		}
		if n%10 == 9 {
			made, status, err := client.CreateApp(bearer, fmt.Sprintf("made %d %d", worker, n))
			if err != nil || status != http.StatusCreated {
				fail("POST /api/v1/apps", status, err)
				return
			}
			got.add(func() { got.apps = append(got.apps, made) })
			continue
		}
		token, status, err := client.Token(c)
		if err != nil || status != http.StatusOK {
			fail("POST /oauth2/token", status, err)
			return
		}
		if n%5 != 4 {
			got.add(func() { got.tokens = append(got.tokens, token) })
			continue
		}
		status, err = client.Form("/oauth2/revoke", url.Values{"token": {token}, "client_id": {c.ClientID}, "client_secret": {c.ClientSecret}}, &struct{}{})
		if status != http.StatusOK {
			fail("POST /oauth2/revoke", status, err)
			return
		}
		got.add(func() { got.revoked = append(got.revoked, token) })
	}
}
